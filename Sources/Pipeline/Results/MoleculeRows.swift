import Frames
import HDF5
import JobControl
import MPI

/// Redistributes a team's per-molecule results from the spatial parts to the rows of the file.
///
/// Rows are ordered by id but parts are spatial, so a rank's molecules are scattered over all rows.
/// Each rank writes a block of consecutive rows, so the values are sent once more, to the rank that
/// writes their row, and every dataset is written in one block per rank.
struct MoleculeRows {
  private let team: FrameTeam
  /// Rows that this rank writes.
  let rows: Range<Int>
  /// Owned centres in the order in which they are sent.
  private let order: [Int32]
  private let plan: ExchangePlan
  /// Index in `rows` of each received value.
  private let places: [Int]

  /// Collective over the team. The frame's centres have been checked to be those of the run.
  init(_ domain: FrameDomain, centerIDs: CenterIDs, team: FrameTeam) throws {
    self.team = team
    rows = team.rows(of: centerIDs.count)
    let row = domain.centerIDs.map { centerIDs.row(of: $0)! }
    let dealt = DealtOrder(
      ranks: row.map { Int32(evenPart(holding: $0, of: centerIDs.count, parts: team.size)) },
      rankCount: team.size)
    order = dealt.positions
    plan = try team.planExchange(counts: dealt.counts)
    let first = rows.lowerBound
    places = try team.exchange(dealt(row), plan).map { $0 - first }
    precondition(places.count == rows.count, "every centre has one row")
  }

  /// Values of this rank's rows, `[rows, width]`, from those of its owned centres, `[owned,
  /// width]`. Collective.
  func rows<T: MPIScalar>(of values: [T], width: Int) throws -> [T] {
    var outgoing: [T] = []
    outgoing.reserveCapacity(values.count)
    for k in order.lazy.map(Int.init) { outgoing += values[k * width..<(k + 1) * width] }
    let incoming = try team.exchange(outgoing, width: width, plan)
    var result = [T](repeating: 0, count: incoming.count)
    for (k, place) in places.enumerated() {
      for c in 0..<width { result[place * width + c] = incoming[k * width + c] }
    }
    return result
  }
}

extension ResultsWriter {
  /// Writes the per-molecule values of a part of a frame: every rank its rows, each dataset in one
  /// block. Collective over the team.
  static func writeMolecules(
    _ frame: FrameContext, _ record: FrameRecord, plan: AnalysisPlan, to file: borrowing ResultsFile
  ) throws {
    let datasets = plan.observables.datasets, team = frame.team, row = frame.frame.row
    frame.timings.end(.write)
    guard !record.molecules.isEmpty else { return }
    let table = try MoleculeRows(frame.domain, centerIDs: plan.centerIDs, team: team)
    // A rank that cannot write continues to exchange, so that no rank waits for it; then all fail
    // together.
    var failure: (any Error)?
    func write<T: MPIScalar & HDF5Scalar>(_ values: [T], of dataset: BoundDataset) throws {
      let rows = try table.rows(of: values, width: dataset.width)
      frame.timings.end(.exchange)
      do {
        try file.write(dataset.path, rows, frame: row, fromCenter: table.rows.lowerBound)
      } catch {
        failure = failure ?? error
      }
      frame.timings.end(.write)
    }
    for (slot, values) in record.molecules {
      switch values {
      case .singles(let values): try write(values, of: datasets[slot])
      case .reals(let values): try write(values, of: datasets[slot])
      case .integers(let values): try write(values, of: datasets[slot])
      case .bytes(let values): try write(values, of: datasets[slot])
      }
    }
    try team.together { if let failure { throw failure } }
    frame.timings.end(.write)
  }
}
