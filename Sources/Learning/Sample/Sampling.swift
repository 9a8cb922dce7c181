import Frames
import Geometry
import HDF5
import JobControl
import MPI
import Models
import SOAP
import Trajectories

import Glibc

/// `verglas sample`: balanced, labelled SOAP vectors with their split, for training.
///
/// The plan (which environments, in which rows) is the same on all ranks; each rank computes and
/// writes the rows of consecutive frames and has a few MB of them in memory at a time. The file is
/// renamed when it is complete; a run that fails or is killed leaves none.
public enum Sampling {
  /// Runs on all ranks of `world`.
  ///
  /// - Parameter reserved: names that a model must not have.
  /// - Returns: the exit code of the program.
  /// - Throws: the same `RunError` on all ranks.
  public static func run(
    _ options: SamplingOptions, reserved: Set<String>, on world: Communicator
  ) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    try world.together { try options.validate() }
    let named = options.classes.flatMap(\.patterns) + (options.soap.model.map { [$0] } ?? [])
    try checkOutput(options.output, overwrite: options.overwrite, inputs: named, on: world)
    let parameters = try options.soap.parameters(reserved: reserved, on: world)
    let sets = try DescriptorSets([(name: "", parameters: parameters)])
    let map = try world.together { try SpeciesMap(names: sets.species, types: options.types) }
    let inputs = try SampledFiles(options, speciesMap: map, center: sets.center, on: world)
    let plan = try world.together { try SamplingPlan(inputs, options) }
    var options = options
    options.splitRule = plan.splitRule
    let log = Log(quiet: options.quiet)
    clearLeftovers(of: options.output, log, on: world)
    if world.isRoot {
      for warning in sets.warnings + inputs.warnings + plan.warnings { log.warn(warning) }
      for line in SamplingReport.introduction(plan, options, parameters) { log.say(line) }
    }
    let layout = NewDataset(plan: plan, options: options, parameters: parameters)
    let worker = SamplingWorker(
      plan: plan, sets: sets, speciesMap: map, precision: options.precision, world: world, log: log)
    let neighborCutoff = try write(layout, worker, on: world)
    let close = try world.allReduce(worker.closePairs, .sum),
      closeFrames = try world.allReduce(worker.framesWithClosePairs, .sum)
    if world.isRoot,
      let warning = FrameContext.warning(
        closePairs: close, frames: closeFrames, species: sets.species[sets.center])
    {
      log.warn(warning)
    }
    let elapsed = try world.allReduce(MPIRuntime.wallTime - start, .maximum)
    if world.isRoot && !options.quiet {
      for line in SamplingReport.closing(
        plan, options, neighborCutoff: neighborCutoff, elapsed: elapsed)
      { print(line) }
    }
    return .done
  }

  /// Writes the dataset; returns the neighbour distance, NaN if there is none. Collective.
  private static func write(
    _ layout: NewDataset, _ worker: SamplingWorker, on world: Communicator
  ) throws -> Double {
    var cutoff = Double.nan
    try fillHidden(
      layout.options.output, replacing: layout.options.overwrite, kind: "dataset", on: world
    ) {
      try layout.layOut(in: $0)
    } fill: { file in
      var failure: RunError?
      do { try worker.run(writingTo: file) } catch { failure = worker.stopOthers(RunError(error)) }
      try world.togetherOrEnd { if let failure { throw failure } }
      var distances = worker.distances
      try world.allReduce(&distances.counts, .sum)
      cutoff = layout.options.neighborCutoff ?? distances.firstMinimum ?? .nan
      try world.togetherOrEnd {
        guard world.isRoot else { return }
        try file.dataset(DatasetLayout.distances).write(distances.counts)
        try file.dataset(DatasetLayout.neighborCutoff).write([cutoff])
      }
    }
    return cutoff
  }
}

/// One rank's share of a sampling run.
final class SamplingWorker {
  private let plan: SamplingPlan
  private let sets: DescriptorSets
  private let speciesMap: SpeciesMap
  private let precision: Descriptor.Precision
  private let world: Communicator
  private var log: Log
  /// Centres closer to another than 1.5 Å, each pair counted twice, and frames with such pairs.
  private(set) var closePairs: Int64 = 0, framesWithClosePairs: Int64 = 0
  /// Distances between the centres of this rank's frames.
  private(set) var distances: RadialDistribution
  /// Frames with more centres do not contribute to the distances, which would need gigabytes.
  private static let mostCenters = 1 << 20
  /// Tag of the message that a failed rank sends to all others.
  private static let stopTag = 76
  /// Bytes of features per write.
  private static let blockSize = 32 << 20

  init(
    plan: SamplingPlan, sets: DescriptorSets, speciesMap: SpeciesMap,
    precision: Descriptor.Precision, world: Communicator, log: Log
  ) {
    self.plan = plan
    self.sets = sets
    self.speciesMap = speciesMap
    self.precision = precision
    self.world = world
    self.log = log
    distances = RadialDistribution(to: sets.parameters[0].cutoffRadius)
  }

  /// Notifies the other ranks, which stop before their next frame, without waiting for them.
  func stopOthers(_ failure: RunError) -> RunError {
    let messages = MessageBatch(on: world)
    for rank in 0..<world.size where rank != world.rank {
      try? messages.send([1], to: rank, tag: Self.stopTag)
    }
    return failure
  }

  /// Computes and writes this rank's rows.
  ///
  /// - Throws: the error; the other ranks do not know it yet.
  func run(writingTo file: borrowing File) throws {
    let writer = try DatasetWriter(file)
    let describer = FrameDescriber(sets: sets, precision: precision)
    let own = plan.shares(ofRank: world.rank, of: world.size)
    let start = MPIRuntime.wallTime
    var timings = Timings()
    var loader: FrameLoader?
    var openFile = -1
    for (done, index) in own.enumerated() {
      if try world.probe(tag: Self.stopTag) != nil { return }
      let share = plan.shares[index]
      let sampled = plan.files[share.file]
      if share.file != openFile {
        loader = self.loader(of: sampled)
      }
      openFile = share.file
      guard let loader else { continue }
      let frame = try loader.load(sampled.frames[share.frame], row: share.frame, timings: &timings)
      let domain = frame.domain
      countClosePairs(domain)
      try writer.writeColumns(share, plan, domain: domain, step: frame.step)
      describe(domain, share, describer, &timings, writer)
      try writer.finishFrame()
      guard world.isRoot else { continue }
      timings.molecules += Int64(share.count)
      let seconds = MPIRuntime.wallTime - start
      log.progress(
        done: done + 1, total: own.count, seconds: seconds,
        moleculesPerSecond: Double(timings.molecules) * Double(world.size) / max(seconds, 1e-9),
        unit: SOAPDescription.isOfWater(
          center: sets.species[sets.center], species: sets.species) ? "molecule" : "atom")
    }
  }

  private func countClosePairs(_ domain: FrameDomain) {
    let distance = FrameContext.closeDistance
    let found = domain.extended.pairs(within: distance, closeDistance: distance).closePairs
    closePairs += Int64(found)
    if found > 0 { framesWithClosePairs += 1 }
    guard domain.centerCount <= Self.mostCenters else { return }
    let near = domain.extended.pairs(within: distances.range, closeDistance: 0)
    distances.add(near, centers: domain.centers, cell: domain.cell)
  }

  /// What reads a file's frames.
  private func loader(of sampled: SampledFile) -> FrameLoader {
    let plan = FramePlan(
      sampled.trajectory, speciesMap, sets, centerCount: sampled.centerCount,
      pairCutoff: FrameContext.closeDistance)
    return FrameLoader(plan, team: FrameTeam(alone: 0..<0))
  }

  /// Computes this rank's environments in single precision, frame by frame.
  ///
  /// - Parameter body: gets a frame's share, its features `[rows, D]` without the centres' own
  ///   constants, and these constants, `[D]`.
  /// - Throws: the error of the frame at which this rank stopped; the other ranks do not have it.
  func collect(
    _ body: (_ share: SamplingPlan.FrameShare, _ values: [Float], _ constants: [Double]) -> Void
  ) throws {
    let describer = FrameDescriber(sets: sets, precision: .single)
    let constants = describer.descriptors[0].ownConstants
    let d = constants.count
    var timings = Timings()
    var loader: FrameLoader?
    var openFile = -1
    for index in plan.shares(ofRank: world.rank, of: world.size) {
      let share = plan.shares[index]
      let sampled = plan.files[share.file]
      if share.file != openFile { loader = self.loader(of: sampled) }
      openFile = share.file
      guard let loader else { continue }
      let domain = try loader.load(
        sampled.frames[share.frame], row: share.frame, timings: &timings
      ).domain
      let rows = rows(of: plan.centers(of: share)[...], in: domain)
      var values = [Float](repeating: 0, count: share.count * d)
      describer.features(
        of: domain, rows: rows, addsOwn: false, into: &values, timings: &timings)
      body(share, values, constants)
    }
  }

  /// The row of each of the chosen centres, −1 for others; `[owned]`.
  private func rows(of centers: ArraySlice<Int>, in domain: FrameDomain) -> [Int32] {
    var rows = [Int32](repeating: -1, count: domain.centerCount)
    for (row, center) in centers.enumerated() { rows[center] = Int32(row) }
    return rows
  }

  /// Describes the selected centres, at most `blockSize` bytes of features at a time.
  private func describe(
    _ domain: FrameDomain, _ share: SamplingPlan.FrameShare, _ describer: FrameDescriber,
    _ timings: inout Timings, _ writer: DatasetWriter
  ) {
    let chosen = plan.centers(of: share)
    let d = describer.descriptors[0].featureCount
    let isSingle = precision == .single
    let rowsPerBlock = max(1, Self.blockSize / (d * (isSingle ? 4 : 8)))
    for first in stride(from: 0, to: chosen.count, by: rowsPerBlock) {
      let block = first..<min(first + rowsPerBlock, chosen.count)
      let rows = rows(of: chosen[block], in: domain)
      var single = [Float](repeating: 0, count: isSingle ? block.count * d : 0)
      var double = [Double](repeating: 0, count: isSingle ? 0 : block.count * d)
      if isSingle {
        describer.features(of: domain, rows: rows, into: &single, timings: &timings)
      } else {
        describer.features(of: domain, rows: rows, into: &double, timings: &timings)
      }
      writer.writeFeatures(
        single, double, fromRow: share.firstRow + first, count: block.count, featureCount: d)
    }
  }
}

/// The open datasets of a file that is being filled; each rank writes its own rows, independently.
final class DatasetWriter {
  private let features: Dataset, label: Dataset, split: Dataset, file: Dataset, frame: Dataset,
    step: Dataset, center: Dataset
  private var failure: (any Error)?

  init(_ h5: borrowing File) throws {
    features = try h5.dataset(DatasetLayout.features)
    label = try h5.dataset(DatasetLayout.label)
    split = try h5.dataset(DatasetLayout.split)
    file = try h5.dataset(DatasetLayout.file)
    frame = try h5.dataset(DatasetLayout.frame)
    step = try h5.dataset(DatasetLayout.step)
    center = try h5.dataset(DatasetLayout.center)
  }

  /// Writes everything of a frame's rows except the features.
  func writeColumns(
    _ share: SamplingPlan.FrameShare, _ plan: SamplingPlan, domain: FrameDomain,
    step stepValue: Int64
  ) throws {
    let n = share.count
    let at = [share.firstRow], count = [n]
    let sampled = plan.files[share.file]
    try label.write([UInt8](repeating: UInt8(sampled.label), count: n), at: at, count: count)
    try split.write(plan.parts(of: share), at: at, count: count)
    try file.write([Int32](repeating: Int32(share.file), count: n), at: at, count: count)
    try frame.write(
      [Int64](repeating: Int64(sampled.frames[share.frame].ordinal), count: n), at: at, count: count
    )
    try step.write([Int64](repeating: stepValue, count: n), at: at, count: count)
    try center.write(
      plan.centers(of: share).map { domain.centers.ids[$0] }, at: at,
      count: count)
  }

  /// Writes rows of features, from the array that is filled.
  func writeFeatures(
    _ single: [Float], _ double: [Double], fromRow row: Int, count: Int, featureCount: Int
  ) {
    do {
      if single.isEmpty {
        try features.write(double, at: [row, 0], count: [count, featureCount])
      } else {
        try features.write(single, at: [row, 0], count: [count, featureCount])
      }
    } catch { failure = failure ?? error }
  }

  /// - Throws: an error in the frame's features.
  func finishFrame() throws { if let failure { throw failure } }
}
