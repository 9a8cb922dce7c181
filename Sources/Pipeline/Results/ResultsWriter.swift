import Frames
import HDF5
import JobControl

/// Collects the results of consecutive frames and writes them in one piece per dataset: first the
/// data, then the marks in /verglas/done.
///
/// One write of 8000 molecules costs as much overhead as one of 900; consecutive rows are one block
/// of every contiguous dataset.
final class ResultsWriter {
  private let plan: AnalysisPlan
  private var firstRow = 0
  private var rowCount = 0
  /// Whether a write has failed.
  private(set) var hasFailed = false
  private var steps: [Int64] = [], times: [Double] = []
  /// Values by the slot of their dataset; one of the four lists is used, according to its type.
  private var reals: [[Double]], singles: [[Float]], integers: [[Int64]], bytes: [[UInt8]]

  init(_ plan: AnalysisPlan) {
    self.plan = plan
    let count = plan.observables.datasets.count
    reals = [[Double]](repeating: [], count: count)
    singles = [[Float]](repeating: [], count: count)
    integers = [[Int64]](repeating: [], count: count)
    bytes = [[UInt8]](repeating: [], count: count)
  }

  /// Adds a frame's rows, and the values of its molecules if this rank has all of them. Rows must
  /// ascend by one between flushes (otherwise flush first).
  func add(_ frame: LoadedFrame, _ record: FrameRecord, withMolecules: Bool) {
    precondition(
      rowCount == 0 || frame.row == firstRow + rowCount, "rows of one block follow each other")
    if rowCount == 0 { firstRow = frame.row }
    rowCount += 1
    steps.append(frame.step)
    times.append(frame.time)
    for (slot, values) in withMolecules ? record.rows + record.molecules : record.rows
    where plan.observables.datasets[slot].declaration.isStored {
      switch values {
      case .reals(let values): reals[slot] += values
      case .singles(let values): singles[slot] += values
      case .integers(let values): integers[slot] += values
      case .bytes(let values): bytes[slot] += values
      }
    }
  }

  /// Writes what was added; those frames are marked when it is on disk.
  func flush(to file: borrowing ResultsFile) throws {
    guard rowCount > 0 else { return }
    hasFailed = true
    try file.write(ResultsSchema.step, steps, fromRow: firstRow)
    try file.write(ResultsSchema.time, times, fromRow: firstRow)
    for (slot, dataset) in plan.observables.datasets.enumerated() {
      try write(&reals[slot], dataset, to: file)
      try write(&singles[slot], dataset, to: file)
      try write(&integers[slot], dataset, to: file)
      try write(&bytes[slot], dataset, to: file)
    }
    file.add(firstRow..<firstRow + rowCount, as: 1)
    steps.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    rowCount = 0
    hasFailed = false
  }

  private func write<T: HDF5Scalar>(
    _ values: inout [T], _ dataset: BoundDataset, to file: borrowing ResultsFile
  ) throws {
    guard !values.isEmpty else { return }
    try file.write(dataset.path, values, fromRow: firstRow)
    values.removeAll(keepingCapacity: true)
  }

  /// Records a skipped frame and the reason: its molecules get the values declared by their
  /// datasets; observables keep their fill values. Every rank of the team writes its rows.
  func skip(row: Int, step: Int64, reason: String, team: FrameTeam, in file: borrowing ResultsFile)
    throws
  {
    let rows = team.rows(of: plan.centerCount)
    func write<T: HDF5Scalar>(_ value: T, _ dataset: BoundDataset) throws {
      try file.write(
        dataset.path, [T](repeating: value, count: rows.count * dataset.width), frame: row,
        fromCenter: rows.lowerBound)
    }
    try team.together {
      for dataset in plan.observables.datasets {
        switch dataset.declaration.skipped {
        case .unwritten: break
        case .notANumber: try write(Float.nan, dataset)
        case .minusOne: try write(Int64(-1), dataset)
        case .intermediate: try write(dataset.lastPhase, dataset)
        }
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
