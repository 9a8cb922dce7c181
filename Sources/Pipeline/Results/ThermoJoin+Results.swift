import Frames
import JobControl
import MPI
import Trajectories

extension ThermoJoin {
  /// Joins a table to the complete frames of a results file. Collective.
  init(
    _ path: String?, units: UnitStyle?, columns: [ThermoColumn] = [], framesOf results: String,
    on world: Communicator
  ) throws {
    let steps = try world.together {
      world.isRoot ? try StoredResults.open(results).outline.completeSteps : []
    }
    let all = try world.broadcast(steps)
    try self.init(
      path, units: units, columns: columns,
      frames: JoinedFrames(steps: all, times: { all.map { _ in nil } }), on: world)
  }

  /// The pressure of every frame of stored results: that of the table, otherwise that in the
  /// results.
  func pressure(of results: borrowing StoredResults) throws -> [Double]? {
    try values(.pressure, inRows: results.outline.rows, of: results.outline.frameCount)
      ?? results.thermo("pressure")
  }

  /// The values of some rows, scattered into `count` values; NaN elsewhere.
  private func values(_ quantity: ThermoTable.Quantity, inRows rows: [Int], of count: Int)
    -> [Double]?
  {
    values[quantity].map { known in
      var all = [Double](repeating: .nan, count: count)
      for (k, row) in rows.enumerated() { all[row] = known[k] }
      return all
    }
  }
}
