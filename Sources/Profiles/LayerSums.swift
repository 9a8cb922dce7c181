import Contracts

/// The profile of one frame as sums per layer, which can be shifted and added.
public struct LayerSums: Sendable, Equatable {
  /// Position of the first layer's lower edge and distance to the last one's upper edge, in Å.
  public var low: Double, length: Double
  /// Molecules [L].
  public var molecules: [Double]
  /// Sum of the class's probability over the molecules of each layer [L].
  public var probability: [Double]
  /// Molecules [L] for which no probability reaches `LayerProfile.certainty`; NaN if they were not
  /// counted.
  public var uncertain: [Double]

  /// - Precondition: three arrays of the same length.
  public init(
    low: Double, length: Double, molecules: [Double], probability: [Double], uncertain: [Double]
  ) {
    require(
      molecules.count == probability.count && molecules.count == uncertain.count,
      "the sums of a profile are for the same layers")
    self.low = low
    self.length = length
    self.molecules = molecules
    self.probability = probability
    self.uncertain = uncertain
  }

  /// Mean probability [L]; NaN if there are no molecules.
  public var mean: [Double] { zip(probability, molecules).map { $1 > 0 ? $0 / $1 : .nan } }

  /// Layer edges [L + 1] in Å.
  public var edges: [Double] {
    (0...molecules.count).map { low + length * Double($0) / Double(molecules.count) }
  }

  /// The sums shifted forward by `layers` layers, around the ring.
  ///
  /// The layers' cumulative sum is interpolated by the quintic through six edges, so sums are
  /// conserved and a smooth profile is shifted by a fraction of a layer without broadening (linear
  /// interpolation would add up to a quarter of a layer to the second moment).
  public func moved(by layers: Double) -> LayerSums {
    var sums = self
    sums.molecules = Self.moved(molecules, by: layers).map { max($0, 0) }
    sums.probability = Self.moved(probability, by: layers).map { max($0, 0) }
    sums.uncertain = Self.moved(uncertain, by: layers).map { $0.isNaN ? $0 : max($0, 0) }
    return sums
  }

  private static func moved(_ values: [Double], by layers: Double) -> [Double] {
    let n = values.count
    let whole = layers.rounded(.down)
    let part = layers - whole
    let back = Int(whole.truncatingRemainder(dividingBy: Double(n)))
    func at(_ k: Int) -> Double { values[((k - back) % n + n) % n] }
    guard part > 0 else { return (0..<n).map(at) }
    // Lagrange weights of the six edges −3…2 (in layers, relative to the new layer's lower edge
    // before the shift) at the position −part. The cumulative sum at an edge is that at the lowest
    // edge plus the layers between, so the weight of a layer is that of all edges above it.
    let edges = (-3...2).map(Double.init)
    let weights = edges.indices.map { i in
      edges.indices.reduce(1.0) { $1 == i ? $0 : $0 * (-part - edges[$1]) / (edges[i] - edges[$1]) }
    }
    let above = (0..<5).map { j in weights[(j + 1)...].reduce(0, +) }
    // The cumulative sum at the shifted upper edge minus that at the shifted lower edge.
    return (0..<n).map { k in
      (0..<5).reduce(at(k - 3)) { sum, j in sum + above[j] * (at(k - 2 + j) - at(k - 3 + j)) }
    }
  }

  /// Adds another frame's sums; the cell becomes the mean of `count` cells before and one more.
  mutating func add(_ other: LayerSums, after count: Int) {
    for k in molecules.indices {
      molecules[k] += other.molecules[k]
      probability[k] += other.probability[k]
      uncertain[k] += other.uncertain[k]
    }
    low += (other.low - low) / Double(count + 1)
    length += (other.length - length) / Double(count + 1)
  }

  /// The fraction of uncertain molecules between two positions in Å, with layers at the limits
  /// counted in proportion; on a ring also beyond its ends. NaN if the interval is empty, or longer
  /// than twice the axis, which only a meaningless profile gives.
  public func uncertainShare(from: Double, to: Double) -> Double {
    let n = molecules.count
    let h = length / Double(n)
    guard to - from <= 2 * length, abs(from - low) <= 1e6 * length else { return .nan }
    var found = 0.0
    var total = 0.0
    let first = Int(((from - low) / h).rounded(.down))
    let last = Int(((to - low) / h).rounded(.up))
    for k in first..<max(last, first) {
      let share = min(to, low + Double(k + 1) * h) - max(from, low + Double(k) * h)
      guard share > 0 else { continue }
      let layer = (k % n + n) % n
      found += share * uncertain[layer]
      total += share * molecules[layer]
    }
    return total > 0 ? found / total : .nan
  }
}
