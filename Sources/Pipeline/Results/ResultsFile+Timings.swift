import HDF5
import JobControl
import MPI

extension ResultsFile {
  /// Adds this run's timings of all ranks to those in the file. Collective; rank 0 writes.
  ///
  /// A first run on R ranks fills R rows. The timings of rank r in a later run are added to row r
  /// mod R, so that the sums over all rows are those over all ranks of all runs that ended
  /// normally.
  func record(_ timings: Timings, elapsed: Double, on world: Communicator) throws {
    let rows = rowCount(of: "/timings/elapsed")
    let names = Stage.allCases.map(\.name) + ["elapsed"]
    let allSeconds = try world.gatherVariable(timings.seconds + [elapsed])
    let allCounts = try world.gatherVariable(timings.counts)
    try world.together {
      guard let seconds = allSeconds?.values, let counts = allCounts?.values else { return }
      for (k, name) in names.enumerated() {
        try add(
          to: "/timings/\(name)", (0..<world.size).map { seconds[$0 * names.count + k] }, rows: rows
        )
      }
      let kinds = Timings.countNames.count
      for (k, (name, _)) in Timings.countNames.enumerated() {
        try add(to: "/timings/\(name)", (0..<world.size).map { counts[$0 * kinds + k] }, rows: rows)
      }
      try add(to: ResultsSchema.sessions, [Int64(1)], rows: 1)
    }
  }

  private func add<T: HDF5Scalar & AdditiveArithmetic>(to path: String, _ values: [T], rows: Int)
    throws
  {
    var sums: [T] = try (0..<rows).flatMap { try read(path, row: $0) }
    for (rank, value) in values.enumerated() { sums[rank % rows] += value }
    try write(path, sums, fromRow: 0)
  }
}
