import Frames
import Geometry
import JobControl
import MPI
import Models
import NeuralNetwork
import SOAP
import Trajectories

import Glibc

/// Estimates the cost of an analysis from a part of its first frame that is actually analysed on
/// this rank.
///
/// Of a frame with more than `pieceAtoms` atoms only a block is used, read in slices, so that
/// frames that do not fit in the memory of one rank can be planned on a login node.
struct Estimate {
  private let frames: Int
  private let cost: FrameCost
  private let bytesPerMolecule: Int
  /// The word for a centre.
  private let unit: String

  /// Number of atoms above which a block represents the frame.
  static let pieceAtoms = 60_000

  init(_ trajectory: Trajectory, _ options: InspectionOptions, _ models: [Model]) throws {
    let wanted = try zip(models, options.models).map {
      (name: $0.name, parameters: try $0.soapParameters(path: $1))
    }
    let sets = try DescriptorSets(wanted)
    let map = try SpeciesMap(names: sets.species, types: options.types)
    let reader = TrajectoryReader(trajectory, species: map)
    guard let first = trajectory.frames.first else {
      throw RunError("no frame to estimate from", .badData)
    }
    let piece = try Piece(reader, first, sets)
    guard !piece.centers.isEmpty else {
      throw RunError(
        "\(trajectory.path(of: first)): expected atoms of species \(sets.species[sets.center]), "
          + "found none; check --types",
        .badData)
    }
    frames = trajectory.frames.count
    var cost = FrameCost(
      centers: piece.frameCenters, atoms: piece.frameAtoms, volume: piece.volume,
      halo: max(sets.largestCutoff, 3))
    cost.secondsPerCenter = try Self.secondsPerCenter(piece, sets, models)
    self.cost = cost
    unit = models.first?.unit ?? "molecule"
    bytesPerMolecule = models.reduce(0) { $0 + 4 * $1.classCount + 1 + 8 }
  }

  /// The lines of `inspect`: one rank's time, then the plan for each number of ranks.
  func lines(ranks: [Int]) -> [String] {
    let output = Double(frames) * Double(cost.centers) * Double(bytesPerMolecule)
    var lines = [
      "  estimate     \(Log.grouped(cost.centers)) \(unit)s per frame, "
        + "\(Log.fixed(cost.secondsPerCenter * 1e6, 1)) µs each on this core: "
        + "\(Log.duration(cost.seconds(ranks: 1) * Double(frames))) on one rank for "
        + "\(Log.counted(frames, "frame"))",
      "  memory       about \(Log.fixed(cost.bytes(ranks: 1) / 1e6, 0)) MB per rank; results about "
        + "\(Log.fixed(output / 1e6, 1)) MB",
    ]
    for count in ranks { lines += plan(ranks: count) }
    return lines
  }

  /// The layout that `analyze` would choose, and adjacent ones for comparison.
  private func plan(ranks: Int) -> [String] {
    let chosen = TeamLayout.best(
      rankCount: ranks, frameCount: frames, cost: cost, memory: .infinity)
    var sizes = [1]
    while sizes.last! * 2 < ranks { sizes.append(sizes.last! * 2) }
    if ranks > 1 { sizes.append(ranks) }
    var layouts = sizes.map { TeamLayout(rankCount: ranks, ranksPerFrame: $0, frameCount: frames) }
    layouts.append(chosen)
    layouts.sort { $0.teamCount > $1.teamCount }
    layouts = layouts.indices.filter { $0 == 0 || layouts[$0] != layouts[$0 - 1] }.map {
      layouts[$0]
    }
    var lines = [
      "  \(TextTable.pad("\(ranks) ranks", 13))" + TextTable.pad("ranks per frame", 15)
        + TextTable.pad("teams", 8) + TextTable.pad("frames per team", 15)
        + TextTable.pad("time", 12) + TextTable.pad("efficiency", 12) + "memory per rank"
    ]
    for layout in layouts {
      let most = (0..<layout.teamCount).reduce(0) { max($0, layout.frames(ofTeam: $1).count) }
      lines.append(
        "  \(TextTable.pad(layout == chosen ? "auto →" : "", 13))"
          + TextTable.pad(layout.teamSizes(between: "-"), 15)
          + TextTable.pad("\(layout.teamCount)", 8)
          + TextTable.pad("\(most)", 15) + TextTable.pad(duration(layout.makespan(cost)), 12)
          + TextTable.pad("\(Log.fixed(100 * layout.efficiency(cost), 1)) %", 12)
          + "\(Log.fixed(cost.bytes(ranks: layout.smallestTeam) / 1e6, 0)) MB")
    }
    return lines
  }

  private func duration(_ seconds: Double) -> String {
    seconds < 1 ? "\(Log.fixed(seconds * 1000, 1)) ms" : Log.duration(seconds)
  }

  /// Time per centre, from the second pass, when caches are warm as in a run.
  private static func secondsPerCenter(_ piece: Piece, _ sets: DescriptorSets, _ models: [Model])
    throws -> Double
  {
    let domain = try FrameDomain(cell: piece.cell, atoms: piece.atoms, sets: sets, pairCutoff: 3)
    let describer = FrameDescriber(sets: sets, precision: .single)
    let queues = models.enumerated().map { m, model in
      ModelQueue(
        model, ownConstants: describer.descriptors[sets.setOfModel[m]].ownConstants,
        precision: .single,
        network: NetworkArithmetic.hasMatrixUnit && NetworkArithmetic.int8.fits(model)
          ? .int8 : .fp32, projects: false)
    }
    let all = ModelQueues(queues, setOfModel: sets.setOfModel, precision: .single)
    var timings = Timings()
    var start = 0.0
    for _ in 0..<2 {
      start = MPIRuntime.wallTime
      for queue in queues { queue.begin(count: domain.centerCount) }
      describer.describe(domain, wanted: piece.centers, for: all, timings: &timings)
      for queue in queues { queue.flush() }
    }
    return (MPIRuntime.wallTime - start) / Double(max(piece.centers.count { $0 }, 1))
  }
}

/// A frame, or a block of it whose inner centres have all their neighbours.
private struct Piece {
  let cell: Cell
  let atoms: AtomTable
  /// Which of its centres represent the frame; `[centers]`.
  let centers: [Bool]
  /// Centres and atoms (of the models' species) of the whole frame, and its volume in Å³.
  let frameCenters: Int, frameAtoms: Int
  let volume: Double

  private static let sliceAtoms = 1_000_000

  init(_ reader: TrajectoryReader, _ frame: FrameLocation, _ sets: DescriptorSets) throws {
    let header = try reader.header(of: frame)
    let whole = header.cell
    // A block in the middle of the cell with about 20 000 atoms, halo included.
    let share =
      header.atomCount <= Estimate.pieceAtoms ? 1 : cbrt(20_000 / Double(header.atomCount))
    let low = Vector(repeating: (1 - share) / 2), high = Vector(repeating: (1 + share) / 2)
    let slices = max(1, header.atomCount / Self.sliceAtoms)
    var ids: [Int64] = [], species: [UInt8] = [], x: [Double] = [], y: [Double] = [],
      z: [Double] = []
    var counts = [Int](repeating: 0, count: sets.species.count)
    for slice in 0..<slices {
      let batch = try reader.atoms(of: frame, header: header, part: slice, of: slices)
      for (s, count) in batch.counts(speciesCount: sets.species.count).enumerated() {
        counts[s] += count
      }
      for k in batch.ids.indices {
        let r = Vector(batch.x[k], batch.y[k], batch.z[k])
        let s = whole.fractional(whole.wrapped(r).position)
        if share < 1, (0..<3).contains(where: { s[$0] < low[$0] || s[$0] >= high[$0] }) { continue }
        ids.append(batch.ids[k])
        species.append(batch.species[k])
        x.append(r.x)
        y.append(r.y)
        z.append(r.z)
      }
    }
    let table = AtomTable(ids: ids, species: species, x: x, y: y, z: z, wrappedInto: whole)
    atoms = table
    cell =
      share < 1
      ? try Cell(
        a: whole.a, b: whole.b, c: whole.c, origin: whole.origin, isPeriodic: (false, false, false))
      : whole
    let margin = Vector(repeating: sets.largestCutoff) / whole.heights
    let lowest = low + margin, highest = high - margin
    let ofCenters = table.species.indices.filter { table.species[$0] == UInt8(sets.center) }
    centers = ofCenters.map { k -> Bool in
      let s = whole.fractional(table.position(k))
      return share == 1 || all(s .>= lowest .& s .< highest)
    }
    frameCenters = counts[sets.center]
    frameAtoms = counts.reduce(0, +)
    volume = whole.volume
  }
}
