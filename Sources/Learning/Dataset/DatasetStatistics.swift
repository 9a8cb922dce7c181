import JobControl
import MPI
import Training

/// Sums over rows of a dataset that have the same bits for any number of ranks.
///
/// The rows are divided into a fixed number of segments; each segment is summed by one rank in the
/// order of its rows, and segments are added in order on every rank. The grouping of the additions
/// therefore depends neither on the number of ranks nor on MPI's choice of algorithm.
enum DatasetStatistics {
  /// Segments of covariance sums, which have D²/2 numbers each: if there are more ranks than
  /// segments, the others wait, for a fraction of a second.
  static let wideSegments = 16
  /// Segments of sums with few numbers.
  static let narrowSegments = 256

  /// Mean, deviation and covariance of columns of some rows. Collective.
  ///
  /// - Throws: the same `RunError` on all ranks.
  static func covariance(_ file: DatasetFile, rows: [Int], columns: [Int], on world: Communicator)
    throws -> CovarianceSums
  {
    let (offset, own) = try world.together { () throws -> (offset: [Double], own: [[Double]]) in
      var offset: [Double] = [], own: [[Double]] = []
      try file.forEachPiece(of: Array(rows.prefix(1)), columns: columns) { _, values in
        offset = values
      }
      for segment in segments(wideSegments, of: world) {
        var sums = CovarianceSums(offset: offset)
        try file.forEachPiece(of: part(segment, of: wideSegments, rows), columns: columns) {
          _, values in sums.add(values.span)
        }
        // The segments of the first rank come first in the sum, so it need not store them
        // separately.
        if world.isRoot && !own.isEmpty {
          add(sums.flat, to: &own[0])
        } else {
          own.append(sums.flat)
        }
      }
      return (offset, own)
    }
    var total: [Double] = []
    for owner in 0..<world.size {
      for segment in try 0..<world.broadcast(own.count, from: owner) {
        let flat = try world.broadcast(world.rank == owner ? own[segment] : [], from: owner)
        if total.isEmpty { total = flat } else { add(flat, to: &total) }
      }
    }
    var sums = CovarianceSums(offset: offset)
    sums.unpack(total.span)
    return sums
  }

  /// Adds short arrays, one for each of `narrowSegments`, in the order of the segments. Collective.
  ///
  /// - Parameter own: arrays of equal length of this rank's segments.
  static func added(_ own: [[Double]], on world: Communicator) throws -> [Double] {
    let all = try world.allGatherVariable(own.flatMap { $0 }).values
    let length = all.count / narrowSegments
    var total = [Double](repeating: 0, count: length)
    for segment in 0..<narrowSegments {
      add(Array(all[segment * length..<(segment + 1) * length]), to: &total)
    }
    return total
  }

  private static func add(_ values: [Double], to total: inout [Double]) {
    for i in total.indices { total[i] += values[i] }
  }

  /// Segments that a rank sums.
  static func segments(_ count: Int, of world: Communicator) -> Range<Int> {
    evenShare(of: count, part: world.rank, of: world.size)
  }

  /// A segment of some rows.
  static func part(_ segment: Int, of count: Int, _ rows: [Int]) -> [Int] {
    Array(rows[evenShare(of: rows.count, part: segment, of: count)])
  }
}
