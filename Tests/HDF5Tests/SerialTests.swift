import Foundation
import TestSupport
import Testing

@testable import HDF5

/// Files of one process: HDF5's parallel build works before MPI is initialised.
@Suite(.tags(.fast)) struct SerialTests {
  @Test func numbersOfEveryTypeComeBack() throws {
    let folder = try Folder()
    let path = folder.path + "/a.h5"
    func roundTrip<T: HDF5Scalar & Equatable>(_ file: borrowing File, _ values: [T]) throws {
      let name = "\(T.self)"
      try file.createDataset(name, T.datatype, shape: [values.count]).write(values)
      #expect(try file.dataset(name).readAll(T.self) == values)
      try file.setAttribute(name, to: values)
      try file.setAttribute("one \(name)", to: values[0])
      #expect(try file.attributes(name, as: T.self) == values)
      #expect(try file.attribute("one \(name)", as: T.self) == values[0])
    }
    let file = try File.create(path)
    try roundTrip(file, [1.5, -.infinity, .leastNonzeroMagnitude] as [Float])
    try roundTrip(file, [1.5, .pi, -0.0] as [Double])
    try roundTrip(file, [.min, 0, .max] as [Int32])
    try roundTrip(file, [.min, 0, .max] as [Int64])
    try roundTrip(file, [.min, 0, .max] as [Int])
    try roundTrip(file, [0, .max] as [UInt64])
    try roundTrip(file, [0, 255] as [UInt8])
    #expect(try file.children() == ["Double", "Float", "Int", "Int32", "Int64", "UInt64", "UInt8"])
    try file.close()
    #expect(File.isHDF5(path))
    #expect(!File.isHDF5(folder.path + "/missing"))
    #expect(HDF5Library.version.split(separator: ".").count == 3)
  }

  @Test func blocksLandWhereTheyBelong() throws {
    let folder = try Folder()
    var options = FileOptions()
    options.largestTransfer = 24  // three doubles: every block is divided into pieces
    let file = try File.create(folder.path + "/a.h5", options: options)
    let dataset = try file.createDataset("d", .float64, shape: [4, 5, 6], fill: .real(-1))
    try dataset.write((0..<24).map { Double($0) }, at: [1, 2, 1], count: [2, 3, 4])
    let all = try dataset.readAll(Double.self)
    for (index, value) in all.enumerated() {
      let (i, j, k) = (index / 30 - 1, index / 6 % 5 - 2, index % 6 - 1)
      let inside = (0..<2).contains(i) && (0..<3).contains(j) && (0..<4).contains(k)
      #expect(value == (inside ? Double((i * 3 + j) * 4 + k) : -1))
    }
    var target = [Double](repeating: 0, count: 4)
    var span = target.mutableSpan
    try dataset.read(into: &span, at: [2, 4, 1], count: [1, 1, 4])
    #expect(target == [20, 21, 22, 23])
    try dataset.write(target.span, at: [0, 0, 0], count: [1, 1, 4])
    #expect(
      try dataset.read(Double.self, at: [0, 0, 0], count: [1, 1, 5]) == [20, 21, 22, 23, -1])
    try dataset.write([] as [Double], at: [4, 0, 0], count: [0, 5, 6])
    let scalar = try file.createDataset("scalar", .int64, shape: [])
    try scalar.write([42] as [Int64])
    #expect(try scalar.readAll(Int64.self) == [42])
    let empty = try file.createDataset("empty", .int64, shape: [0, 3])
    #expect(try empty.readAll(Int64.self) == [])
  }

  @Test func piecesCoverABlockInOrder() {
    for limit in [1, 2, 3, 5, 7, 12, 100] {
      let block = Block(start: [3, 1, 4], count: [2, 3, 4])
      var next = 0
      for piece in block.pieces(limit: limit) {
        #expect(piece.elementCount <= limit)
        // The first element of the piece is the next one of the block.
        let local = zip(piece.start, block.start).map { $0 - $1 }
        #expect(Block.offset(of: local, in: block.count) == next)
        next += piece.elementCount
      }
      #expect(next == 24)
    }
  }

  @Test func enumerationsAndTextsComeBack() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    let phase = try file.createDataset(
      "x/phase", .enumeration(["LDA", "HDA", "IA"]), shape: [4], fill: .integer(2))
    try phase.write([1, 0] as [UInt8], at: [1], count: [2])
    #expect(try phase.readAll(UInt8.self) == [2, 1, 0, 2])
    #expect(try file.dataset("x/phase").datatype == .enumeration(["LDA", "HDA", "IA"]))
    let names = try file.createDataset("names", .text(bytes: 6), shape: [3])
    try names.writeTexts(["O-O", "", "冰冰"])
    #expect(try names.readTexts() == ["O-O", "", "冰冰"])
    for storage in [TextStorage.variable, .fixed] {
      try phase.setAttribute("unit", to: "Å", storage: storage)
      #expect(try phase.textAttribute("unit") == "Å")
      try phase.setAttribute("list", to: ["", "冰", "long enough to differ"], storage: storage)
      #expect(try phase.textAttributes("list") == ["", "冰", "long enough to differ"])
    }
    // beyond the 64 kB of an attribute in the older format
    let many = (0..<20_000).map { "feature \($0)" }
    try file.setAttribute("many", to: many, storage: .fixed)
    #expect(try file.textAttributes("many") == many)
    #expect(try phase.attributeNames() == ["list", "unit"])
    try phase.removeAttribute("list")
    #expect(phase.hasAttribute("list") == false)
  }

  @Test func linksKindsAndMembers() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    try file.createDataset("steps", .int64, shape: [3]).write([1, 2, 3] as [Int64])
    try file.link(from: "observables/a/step", to: "steps")
    #expect(file.kind(of: "observables") == .group)
    #expect(file.kind(of: "/observables/a/step") == .dataset)
    #expect(file.kind(of: "observables/b/step") == nil)
    #expect(file.exists("steps/below") == false)
    let group = try file.group("observables")
    #expect(try group.children() == ["a"])
    #expect(try group.dataset("a/step").readAll(Int64.self) == [1, 2, 3])
    try file.remove("steps")
    #expect(try file.dataset("observables/a/step").readAll(Int64.self) == [1, 2, 3])
  }

  @Test func chunksGrowAndDeflate() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    for (name, layout) in [
      ("plain", Layout.chunked([2, 3])), ("small", .deflated([2, 3], level: 6)),
    ] {
      let dataset = try file.createDataset(
        name, .int64, shape: [1, 3], layout: layout, maximumShape: [nil, 3], fill: .integer(9))
      #expect(dataset.isFiltered == (name == "small") && !dataset.isContiguous)
      try dataset.extend(to: [5, 3])
      try dataset.write([1, 2, 3] as [Int64], at: [4, 0], count: [1, 3])
      #expect(try dataset.readAll(Int64.self) == [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1, 2, 3])
    }
    #expect(throws: HDF5Error.self) {
      try file.createDataset("c", .int64, shape: [2], maximumShape: [nil])
    }
    #expect(throws: HDF5Error.self) {
      try file.createDataset("d", .int64, shape: [2], layout: .chunked([0]))
    }
  }

  @Test func threadsTakeTurns() async throws {
    let folder = try Folder()
    let path = folder.path
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for task in 0..<8 {
        tasks.addTask {
          let file = try File.create("\(path)/\(task).h5")
          for index in 0..<50 {
            try file.createDataset("g/\(index)", .int64, shape: [10]).write(
              [Int64](repeating: Int64(task), count: 10))
            #expect(
              try file.dataset("g/\(index)").readAll(Int64.self)
                == [Int64](repeating: Int64(task), count: 10))
          }
          try file.close()
        }
      }
      try await tasks.waitForAll()
    }
  }
}
