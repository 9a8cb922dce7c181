import HDF5
import MPI
import Phases

/// The way of a team's per-molecule results from the parts of space where they were made to the rows of the file.
///
/// Rows are ids, parts are places: a rank's molecules are scattered over all rows. Each rank writes a block of consecutive rows, so the
/// values travel once more, row by row to the rank that writes them, and every dataset is written in one piece per rank.
struct MoleculeRows {
  private let team: FrameTeam
  /// Rows that this rank writes.
  let rows: Range<Int>
  /// Owned centres in the order in which they are sent, and how many to each rank.
  private let order: [Int], counts: [Int]
  /// Place in `rows` of each value that comes.
  private let places: [Int]

  /// Collective over the team. The frame's centres have been checked to be those of the run.
  init(_ domain: FrameDomain, plan: AnalysisPlan, team: FrameTeam) throws {
    self.team = team
    rows = team.rows(of: plan.centerCount)
    let row = domain.centerIDs.map { plan.centerIDs.row(of: $0)! }
    let writer = row.map { team.writer(ofRow: $0, of: plan.centerCount) }
    var counts = [Int](repeating: 0, count: team.size)
    for rank in writer { counts[rank] += 1 }
    var next = [Int](repeating: 0, count: team.size)
    for rank in 1..<max(team.size, 1) { next[rank] = next[rank - 1] + counts[rank - 1] }
    var order = [Int](repeating: 0, count: row.count)
    for (k, rank) in writer.enumerated() {
      order[next[rank]] = k
      next[rank] += 1
    }
    self.order = order
    self.counts = counts
    let first = rows.lowerBound
    places = try team.exchange(order.map { Int64(row[$0]) }, counts: counts).values.map { Int($0) - first }
    precondition(places.count == rows.count, "every centre has one row")
  }

  /// Values of this rank's rows, `[rows, width]`, from those of its owned centres, `[owned, width]`. Collective.
  func rows<T: MPIScalar>(of values: [T], width: Int) throws -> [T] {
    var outgoing: [T] = []
    outgoing.reserveCapacity(values.count)
    for k in order { outgoing += values[k * width..<(k + 1) * width] }
    let incoming = try team.exchange(outgoing, counts: counts.map { $0 * width }).values
    var result = [T](repeating: 0, count: incoming.count)
    for (k, place) in places.enumerated() {
      for c in 0..<width { result[place * width + c] = incoming[k * width + c] }
    }
    return result
  }
}

extension ResultsWriter {
  /// Writes what a part of a frame holds for each molecule: every rank its rows, each dataset in one piece. Collective over the team.
  static func writeMolecules(
    _ frame: LoadedFrame, _ outcome: FrameEvaluator.Outcome, probabilities: [ArraySlice<Double>], projections: [ArraySlice<Float>],
    plan: AnalysisPlan, team: FrameTeam, to file: borrowing ResultsFile, timings: inout Timings
  ) throws {
    let wanted = plan.options.perMolecule
    let table = try MoleculeRows(frame.domain, plan: plan, team: team)
    func write<T: MPIScalar & HDF5Scalar>(_ path: String, _ values: [T], width: Int, _ timings: inout Timings) throws {
      let rows = try table.rows(of: values, width: width)
      timings.end(.exchange)
      try team.together { try file.write(path, rows, frame: frame.row, fromCenter: table.rows.lowerBound) }
      timings.end(.write)
    }
    timings.end(.exchange)
    if wanted.contains(.position) {
      let positions = (0..<frame.domain.centerCount).flatMap { k -> [Float] in
        let r = frame.domain.position(ofOwned: k)
        return [Float(r.x), Float(r.y), Float(r.z)]
      }
      try write(ResultsSchema.position, positions, width: 3, &timings)
    }
    for (m, model) in plan.models.enumerated() {
      let result = outcome.results[m], particles = ResultsSchema.particles(model)
      if wanted.contains(.probability) {
        try write("\(particles)/probability/value", probabilities[m].map { Float($0) }, width: model.classCount, &timings)
      }
      if wanted.contains(.phase) { try write("\(particles)/phase/value", result.phases, width: 1, &timings) }
      if wanted.contains(.cluster) { try write("\(particles)/cluster/value", result.clusters, width: 1, &timings) }
      if wanted.contains(.pca), let components = model.principalComponents {
        try write("\(particles)/pca/value", Array(projections[m]), width: components.count, &timings)
      }
    }
  }
}
