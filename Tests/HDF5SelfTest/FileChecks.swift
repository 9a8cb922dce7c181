import Glibc
import HDF5
import MPI

/// Frames, centres and classes of the file that the ranks write.
private let (F, N, K) = (12, 501, 3)

/// Writes a file with the structure of results.h5, independently and collectively, and reads it
/// back on all ranks.
func checkFile(_ world: Communicator, _ directory: String) throws {
  let path = "\(directory)/ranks-\(world.size).h5"
  var options = FileOptions()
  options.largestTransfer = 1000  // most blocks need several pieces
  let file = try File.createAtomically(path, on: world, options: options) { file in
    try layOut(file)
    requireEqual(access(path, F_OK), -1)
  }
  requireEqual(access(path, F_OK), 0)
  do {
    let phase = try file.dataset("particles/centers/m/phase/value")
    let position = try file.dataset("particles/centers/position/value")
    let probability = try file.dataset("/particles/centers/m/probability/value")
    let chunked = try file.dataset("chunked")
    for frame in stride(from: world.rank, to: F, by: world.size) {
      try phase.write((0..<N).map { UInt8(($0 + frame) % 4) }, at: [frame, 0], count: [1, N])
      try position.write(
        (0..<N * 3).map { Float($0 + frame * N * 3) }, at: [frame, 0, 0], count: [1, N, 3])
      try chunked.write((0..<N).map { Int64($0 * frame) }, at: [frame, 0], count: [1, N])
    }
    // Collective: the ranks share each frame's centres; the last of several ranks has none.
    let parts = max(1, world.size - 1)
    let mine = world.rank < parts ? N * world.rank / parts..<N * (world.rank + 1) / parts : 0..<0
    for frame in 0..<F {
      let values = mine.flatMap { centre in
        (0..<K).map { Float(frame * 1_000_000 + centre * K + $0) }
      }
      try probability.write(
        values, at: [frame, mine.lowerBound, 0], count: [1, mine.count, K], .collective)
    }
    try chunked.extend(to: [F + 2, N])
    requireEqual(chunked.shape, [F + 2, N])
    try file.flush()
    try world.barrier()
    let read = try probability.read(
      Float.self, at: [world.rank % F, 0, 0], count: [1, N, K], .collective)
    requireEqual(read, (0..<N * K).map { Float((world.rank % F) * 1_000_000 + $0) })
    requireEqual(try position.readAll(Double.self), (0..<F * N * 3).map { Double($0) })
    requireEqual(
      try phase.read(UInt8.self, at: [F - 1, 2], count: [1, 3]),
      (2..<5).map { UInt8(($0 + F - 1) % 4) })
    requireEqual(try file.group("h5md").attributes("version"), [1, 1] as [Int])
    requireEqual(try file.group("verglas").textAttributes("classes"), ["LDA", "HDA", "冰"])
    requireEqual(
      try file.dataset("particles/centers/m/phase/step").readAll(Int64.self),
      (0..<F).map { Int64($0 * 100) })
  }
  try file.close()
}

private func layOut(_ file: borrowing File) throws {
  let h5md = try file.createGroup("h5md")
  try h5md.setAttribute("version", to: [1, 1] as [Int32])
  try file.createGroup("h5md/author").setAttribute("name", to: "ranks", storage: .fixed)
  let verglas = try file.createGroup("verglas")
  try verglas.setAttribute("classes", to: ["LDA", "HDA", "冰"])
  try verglas.setAttribute("command line", to: "verglas analyze")
  try verglas.setAttribute("cutoff", to: 3.5)
  let step = try file.createDataset("steps", .int64, shape: [F])
  try step.write((0..<F).map { Int64($0 * 100) }, .collective)
  try file.createDataset("particles/centers/position/value", .float32, shape: [F, N, 3])
    .setAttribute("unit", to: "Angstrom")
  try file.createDataset(
    "particles/centers/m/probability/value", .float32, shape: [F, N, K], fill: .real(-1))
  try file.createDataset(
    "particles/centers/m/phase/value", .enumeration(["LDA", "HDA", "Ih", "IA"]), shape: [F, N],
    fill: .integer(3))
  try file.createDataset(
    "chunked", .int64, shape: [F, N], layout: .chunked([1, 100]), maximumShape: [nil, N],
    fill: .integer(-1))
  for name in ["position", "m/probability", "m/phase"] {
    try file.link(from: "particles/centers/\(name)/step", to: "/steps")
  }
}

/// Operations that parallel files refuse, on every rank alike and without a hang.
func checkRefusals(_ world: Communicator, _ directory: String) throws {
  let path = "\(directory)/refusals-\(world.size).h5"
  func fails(_ expected: String, line: Int = #line, _ body: () throws -> Void) {
    do {
      try body()
      require(false, "nothing failed, expected: \(expected)", line: line)
    } catch {
      require("\(error)".contains(expected), "found “\(error)”, expected “\(expected)”", line: line)
    }
  }
  let file = try File.createAtomically(path, on: world) { _ in }
  fails("it already exists") { _ = try File.createAtomically(path, on: world) { _ in } }
  fails("one process only") {
    try file.createDataset("a", .float64, shape: [10], layout: .deflated([5], level: 4))
  }
  fails("open dataset /nothing") { _ = try file.dataset("nothing") }
  do {
    let dataset = try file.createDataset("b", .float64, shape: [world.size, 4])
    fails("found float32") {
      try dataset.write([1, 2, 3, 4] as [Float], at: [world.rank, 0], count: [1, 4])
    }
    // One rank's block is refused in a collective write: it throws, the others write.
    let row = world.isRoot ? world.size : world.rank
    var refused = false
    do {
      try dataset.write([1, 2, 3, 4] as [Double], at: [row, 0], count: [1, 4], .collective)
    } catch { refused = true }
    requireEqual(refused, world.isRoot)
    refused = false
    do { _ = try dataset.read(Double.self, at: [row, 0], count: [1, 4], .collective) } catch {
      refused = true
    }
    requireEqual(refused, world.isRoot)
    requireEqual(
      try dataset.read(Double.self, at: [world.size - 1, 0], count: [1, 4]),
      world.size == 1 ? [0, 0, 0, 0] : [1, 2, 3, 4])
    fails("still open") {
      try File.create("\(directory)/leak-\(world.size).h5", on: world).closeTooEarly()
    }
  }
  let filtered = "\(directory)/filtered-\(world.size).h5"
  fails("one process only") {
    _ = try File.createAtomically(filtered, on: world) { file in
      try file.createDataset("a", .float64, shape: [10], layout: .deflated([5], level: 4))
    }
  }
  // Creating a file fails on all ranks if it fails midway on the creating rank, and leaves no file.
  let other = "\(directory)/failed-\(world.size).h5"
  fails("no ice") {
    _ = try File.createAtomically(other, on: world) { file in
      try file.createDataset("c", .int64, shape: [3])
      requireEqual(world.rank, 0)
      throw HDF5Error(action: "lay out", reason: "no ice")
    }
  }
  requireEqual(access(other, F_OK), -1)
  try file.close()
}

extension File {
  /// Closes the file while one of its datasets is open.
  fileprivate consuming func closeTooEarly() throws {
    let dataset = try createDataset("b", .float64, shape: [3])
    try close()
    _ = dataset.shape
  }
}
