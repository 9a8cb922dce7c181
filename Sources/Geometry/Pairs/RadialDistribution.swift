/// Distances between centres, as counts in bins of equal width, from which the distance is found
/// within which centres are neighbours.
///
/// Counts are integers, so frames may be added in any order on any rank.
public struct RadialDistribution: Sendable, Equatable {
  /// Width of a bin in Å.
  public static let binWidth = 0.05
  /// Pairs of centres in each bin, counted from both sides; bin b holds distances from b to b + 1
  /// widths. To be added over ranks.
  public var counts: [Int64]

  /// No pairs, up to a distance in Å.
  public init(to distance: Double) {
    counts = [Int64](repeating: 0, count: Int((distance / Self.binWidth).rounded(.down)))
  }

  /// Largest distance in Å that is counted.
  public var range: Double { Double(counts.count) * Self.binWidth }

  /// Adds the pairs of a list of neighbours.
  ///
  /// - Parameters:
  ///   - list: neighbours within at least `range`.
  ///   - centers: the centres that the list names, wrapped.
  public mutating func add(_ list: NeighborList, centers: AtomTable, cell: Cell) {
    for row in 0..<list.rowCount {
      let origin = centers.position(Int(list.centers[row]))
      for entry in list.offsets[row]..<list.offsets[row + 1] {
        let shift = cell.displacement(Vector(NeighborList.unpacked(list.images[entry])))
        let place = centers.position(Int(list.neighbors[entry])) + shift
        let bin = Int(length(place - origin) / Self.binWidth)
        if bin < counts.count { counts[bin] += 1 }
      }
    }
  }

  /// Counts divided by r², proportional to g(r), smoothed twice with weights 1:2:1; `[bins]`.
  public var smoothed: [Double] {
    var values = counts.indices.map { bin in
      let r = (Double(bin) + 0.5) * Self.binWidth
      return Double(counts[bin]) / (r * r)
    }
    for _ in 0..<2 {
      values = values.indices.map { k in
        let before = values[max(k - 1, 0)], after = values[min(k + 1, values.count - 1)]
        return (before + 2 * values[k] + after) / 4
      }
    }
    return values
  }

  /// The first minimum of g(r) in Å, within which centres are first neighbours; nil if there is
  /// none inside the range.
  ///
  /// The first peak is the first local maximum of at least half the largest value. The minimum is
  /// the first bin beyond it that no bin of the next 0.5 Å is below; where g(r) stays within 1 % of
  /// the peak above it, as between the shells of a crystal, the middle of that stretch.
  public var firstMinimum: Double? {
    let g = smoothed
    guard let largest = g.max(), largest > 0 else { return nil }
    let window = Int((0.5 / Self.binWidth).rounded())
    guard
      let peak = g.indices.dropFirst().dropLast().first(where: {
        g[$0] >= largest / 2 && g[$0] >= g[$0 - 1] && g[$0] > g[$0 + 1]
      })
    else { return nil }
    for k in peak..<max(peak, g.count - window) where g[k + 1..<k + 1 + window].min()! >= g[k] {
      guard g[k] < 0.9 * g[peak] else { return nil }
      let limit = g[k] + 0.01 * g[peak]
      var first = k, last = k
      while first > peak && g[first - 1] <= limit { first -= 1 }
      while last + 1 < g.count && g[last + 1] <= limit { last += 1 }
      return Double(first + last + 1) / 2 * Self.binWidth
    }
    return nil
  }
}
