import Geometry
import HDF5
import JobControl
import Lattices
import MPI

import Glibc

/// `verglas generate`: synthetic water frames of any size as a LAMMPS dump, written by all ranks at
/// once.
///
/// The molecules of all frames form one sequence, of which each rank has a contiguous part, with
/// about 64 k molecules in memory at a time. A molecule and the position of its lines are functions
/// of its number (`WaterBox`, `GenerationLayout`), so the file has the same bytes for any number of
/// ranks and no rank waits for another. The file is renamed when it is complete.
public enum Generation {
  /// Number of molecules that are made and written together.
  private static let blockSize = 65_536

  /// Runs on all ranks of `world`.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: GenerationOptions, on world: Communicator) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    // A file beyond the user's limit is then a reported error (EFBIG), not a fatal signal.
    signal(SIGXFSZ, SIG_IGN)
    let box = try world.together {
      try options.validate()
      do throws(LatticeError) { return try WaterBox(options.recipe) } catch {
        throw RunError(error.description, .usage)
      }
    }
    try checkOutput(options.output, overwrite: options.overwrite, inputs: [], on: world)
    guard Double(box.moleculeCount) * Double(options.frames) < 1e16 else {
      throw RunError(
        "\(options.frames) frames of \(box.moleculeCount) molecules exceed the size of a file; "
          + "choose fewer",
        .usage)
    }
    let layout = GenerationLayout(box, frames: options.frames, stepsPerFrame: options.stepsPerFrame)
    let log = Log(quiet: options.quiet)
    clearLeftovers(of: options.output, log, on: world)
    if world.isRoot { for line in introduction(box, options, layout) { log.say(line) } }
    try write(box, layout, options, log: log, on: world)
    let elapsed = try world.allReduce(MPIRuntime.wallTime - start, .maximum)
    if world.isRoot {
      let total = Double(box.moleculeCount) * Double(options.frames)
      log.say(
        "\(options.output): \(Log.grouped(layout.size)) bytes in \(Log.duration(elapsed)), "
          + "\(Log.thousands(total / elapsed)) molecules/s"
      )
    }
    return .done
  }

  private static func introduction(
    _ box: WaterBox, _ options: GenerationOptions, _ layout: GenerationLayout
  ) -> [String] {
    let cell = box.cell
    var parts: [String] = []
    if box.iceMolecules > 0 {
      parts.append(
        "\(Log.grouped(box.iceMolecules)) in ice Ih at \(Log.fixed(box.iceDensity, 3)) g/cm³")
    }
    if box.denseMolecules > 0 {
      let axis = ["x", "y", "z"][options.recipe.axis]
      let place = box.iceMolecules > 0 ? "a slab normal to \(axis)" : "ice III"
      parts.append(
        "\(Log.grouped(box.denseMolecules)) in \(place) at \(Log.fixed(box.denseDensity, 3)) g/cm³")
    }
    let edges = [cell.a.x, cell.b.y, cell.c.z].map { Log.fixed($0, 2) }.joined(separator: " × ")
    let tilt =
      cell.b.x == 0 && cell.c.x == 0 && cell.c.y == 0
      ? ""
      : ", tilts xy \(Log.fixed(cell.b.x, 2)), xz \(Log.fixed(cell.c.x, 2)), yz "
        + "\(Log.fixed(cell.c.y, 2)) Å"
    return [
      "\(options.frames) frame\(options.frames == 1 ? "" : "s") of "
        + "\(Log.grouped(box.moleculeCount)) molecules: "
        + parts.joined(separator: ", "),
      "box \(edges) Å\(tilt); oxygens of the crystals at least "
        + "\(Log.fixed(box.smallestDistance, 2)) Å apart, displaced by up to "
        + "\(Log.fixed(min(box.largestDisplacement, 6 * options.recipe.noise), 2)) Å; "
        + "\(Log.grouped(layout.size)) bytes",
    ]
  }

  /// Writes the dump under a hidden name and renames it.
  private static func write(
    _ box: WaterBox, _ layout: GenerationLayout, _ options: GenerationOptions, log: Log,
    on world: Communicator
  ) throws {
    let hidden = try world.broadcast(File.hiddenName(for: options.output, ending: "unfinished"))
    var isCreated = false
    defer { if isCreated { unlink(hidden) } }
    var file: PositionedFile?
    try world.together {
      guard world.isRoot else { return }
      file = try PositionedFile(creating: hidden)
      isCreated = true
      try file?.reserve(layout.size)
    }
    try world.togetherOrEnd {
      let opened = try file ?? PositionedFile(opening: hidden)
      try fill(opened, box, layout, rank: world.rank, of: world.size, log: log)
      try opened.synchronise()
    }
    try world.together {
      guard world.isRoot else { return }
      try publish(hidden, as: options.output, replacing: options.overwrite, kind: "dump")
      isCreated = false
    }
  }

  private static func fill(
    _ file: PositionedFile, _ box: WaterBox, _ layout: GenerationLayout, rank: Int, of ranks: Int,
    log: Log
  ) throws {
    var log = log
    let n = layout.moleculeCount
    let start = MPIRuntime.wallTime
    var text = GenerationText(layout)
    var atoms: [Vector] = []
    let all = RankShare.range(of: layout.headers.count * n, rank: rank, ranks: ranks)
    var next = all.lowerBound
    while next < all.upperBound {
      let (frame, first) = next.quotientAndRemainder(dividingBy: n)
      let count = min(blockSize, n - first, all.upperBound - next)
      if first == 0 { try file.write(layout.headers[frame], at: layout.frameOffsets[frame]) }
      box.place(first..<first + count, frame: frame, into: &atoms)
      text.format(atoms, firstID: 3 * first + 1)
      try file.write(text.bytes, at: layout.offset(frame: frame, molecule: first))
      next += count
      guard rank == 0 else { continue }
      let seconds = MPIRuntime.wallTime - start
      let done = next - all.lowerBound
      log.progress(
        done: done, total: all.count, seconds: seconds,
        moleculesPerSecond: Double(done) * Double(ranks) / max(seconds, 1e-9))
    }
  }
}

/// A rank's part of a sequence.
enum RankShare {
  /// The contiguous part of `0..<count` of rank `rank` of `ranks`; parts differ by at most one. No
  /// product can overflow.
  static func range(of count: Int, rank: Int, ranks: Int) -> Range<Int> {
    let (each, rest) = count.quotientAndRemainder(dividingBy: ranks)
    let lower = rank * each + min(rank, rest)
    return lower..<lower + each + (rank < rest ? 1 : 0)
  }
}
