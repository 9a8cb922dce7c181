import Geometry
import HDF5
import Phases

/// Collects the results of consecutive frames and writes them in one piece per dataset: first the
/// data, then the marks.
///
/// One write of 8000 molecules costs as much overhead as one of 900; consecutive rows are one block
/// of every contiguous dataset.
final class ResultsWriter {
  private let plan: AnalysisPlan
  private var firstRow = 0
  private var rowCount = 0
  private var reals: [String: [Double]] = [:]
  private var singles: [String: [Float]] = [:]
  private var integers: [String: [Int64]] = [:]
  private var bytes: [String: [UInt8]] = [:]

  init(_ plan: AnalysisPlan) { self.plan = plan }

  /// Adds a frame's results; rows must rise by one between flushes (else flush first).
  func add(
    _ frame: LoadedFrame, _ outcome: FrameEvaluator.Outcome, probabilities: [ArraySlice<Double>],
    projections: [ArraySlice<Float>]
  ) {
    addObservables(frame, outcome)
    for column in MoleculeColumn.all(
      frame, outcome, probabilities: probabilities, projections: projections, plan: plan)
    {
      switch column.values {
      case .singles(let values): singles[column.path, default: []] += values
      case .integers(let values): integers[column.path, default: []] += values
      case .bytes(let values): bytes[column.path, default: []] += values
      }
    }
  }

  /// Adds what is one row a frame, and nothing for each molecule.
  func addObservables(_ frame: LoadedFrame, _ outcome: FrameEvaluator.Outcome) {
    precondition(
      rowCount == 0 || frame.row == firstRow + rowCount, "rows of one block follow each other")
    if rowCount == 0 { firstRow = frame.row }
    rowCount += 1
    let cell = frame.domain.cell
    integers[ResultsSchema.step, default: []].append(frame.step)
    reals[ResultsSchema.time, default: []].append(frame.time)
    reals["/particles/centers/box/edges/value", default: []] += [cell.a, cell.b, cell.c].flatMap {
      [$0.x, $0.y, $0.z]
    }
    reals["/particles/centers/box/origin/value", default: []] += [
      cell.origin.x, cell.origin.y, cell.origin.z,
    ]
    for (m, model) in plan.models.enumerated() {
      let result = outcome.results[m], observables = ResultsSchema.observables(model)
      integers["\(observables)/phase_count/value", default: []] += result.counts
      integers["\(observables)/argmax_count/value", default: []] += result.argmaxCounts
      integers["\(observables)/intermediate_count/value", default: []] += result.intermediateCounts
      integers["\(observables)/cluster_count/value", default: []] +=
        result.statistics.atLeastMinimum
      integers["\(observables)/largest_cluster/value", default: []] += result.statistics.largestSize
      bytes["\(observables)/largest_spans/value", default: []] += result.statistics.largestSpans
      integers["\(observables)/cluster_size/value", default: []] += result.statistics.histogram
      if let profile = result.profile {
        reals["\(observables)/profile/edges", default: []] += profile.edges
        integers["\(observables)/profile/molecules", default: []] += profile.molecules
        integers["\(observables)/profile/uncertain", default: []] += profile.uncertain
        reals["\(observables)/profile/probability", default: []] += profile.probability
        reals["\(observables)/profile/standard_error", default: []] += profile.standardError
        reals["\(observables)/profile/phase_fraction", default: []] += profile.phaseFraction
        reals["\(observables)/profile/density", default: []] += profile.density
      }
    }
    if plan.models.count >= 2 {
      integers["/observables/cross_phase/value", default: []] += outcome.crossCounts
    }
    addExtras(frame, outcome, plan)
  }

  func append(_ values: [Double], to path: String) { reals[path, default: []] += values }
  func append(_ values: [Int64], to path: String) { integers[path, default: []] += values }
  func append(_ values: [UInt8], to path: String) { bytes[path, default: []] += values }

  /// Writes what was added; those frames are marked done when that is on the disk.
  func flush(to file: borrowing ResultsFile) throws {
    guard rowCount > 0 else { return }
    for (path, values) in reals { try file.write(path, values, fromRow: firstRow) }
    for (path, values) in singles { try file.write(path, values, fromRow: firstRow) }
    for (path, values) in integers { try file.write(path, values, fromRow: firstRow) }
    for (path, values) in bytes { try file.write(path, values, fromRow: firstRow) }
    file.add(firstRow..<firstRow + rowCount, as: 1)
    for key in reals.keys { reals[key]!.removeAll(keepingCapacity: true) }
    for key in singles.keys { singles[key]!.removeAll(keepingCapacity: true) }
    for key in integers.keys { integers[key]!.removeAll(keepingCapacity: true) }
    for key in bytes.keys { bytes[key]!.removeAll(keepingCapacity: true) }
    rowCount = 0
  }

  /// Records a frame that was skipped, and why: probabilities NaN, phase IA, clusters −1;
  /// observables keep their fill values. Every rank of the team its rows.
  func skip(row: Int, step: Int64, reason: String, team: FrameTeam, in file: borrowing ResultsFile)
    throws
  {
    let rows = team.rows(of: plan.centerCount)
    let wanted = plan.options.perMolecule
    try team.together {
      for model in plan.models {
        let particles = ResultsSchema.particles(model)
        if wanted.contains(.probability) {
          let values = [Float](repeating: .nan, count: rows.count * model.classCount)
          try file.write(
            "\(particles)/probability/value", values, frame: row, fromCenter: rows.lowerBound)
        }
        if wanted.contains(.phase) {
          let values = [UInt8](repeating: UInt8(model.classCount), count: rows.count)
          try file.write(
            "\(particles)/phase/value", values, frame: row, fromCenter: rows.lowerBound)
        }
        if wanted.contains(.cluster) {
          let values = [Int64](repeating: -1, count: rows.count)
          try file.write(
            "\(particles)/cluster/value", values, frame: row, fromCenter: rows.lowerBound)
        }
        if wanted.contains(.pca), let components = model.principalComponents {
          let values = [Float](repeating: .nan, count: rows.count * components.count)
          try file.write("\(particles)/pca/value", values, frame: row, fromCenter: rows.lowerBound)
        }
      }
      if wanted.contains(.position) {
        let values = [Float](repeating: .nan, count: rows.count * 3)
        try file.write(ResultsSchema.position, values, frame: row, fromCenter: rows.lowerBound)
      }
    }
    try team.together {
      guard team.isRoot else { return }
      try file.write(ResultsSchema.step, [step], fromRow: row)
      try file.write(ResultsSchema.time, [Double.nan], fromRow: row)
      try file.writeText(ResultsSchema.reasons, reason, atRow: row)
      file.add(row..<row + 1, as: 2)
    }
  }
}
