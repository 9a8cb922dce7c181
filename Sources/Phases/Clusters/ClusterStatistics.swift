import Contracts

/// Numbers and sizes of clusters per phase, additive over ranks.
///
/// Every cluster is completed on exactly one rank; statistics of the ranks' lists, merged in any
/// order, are those of the frame: sums are integers, and the largest is chosen by size and then by
/// smallest id, a total order.
public struct ClusterStatistics: Sendable, Equatable {
  /// Number of bins of `histogram`.
  public static let binCount = 40

  /// Number of phases P = K + 1.
  public let phaseCount: Int
  /// The minimum size of a cluster to be counted in `atLeastMinimum`.
  public let minimumSize: Int64
  /// Clusters of any size [P].
  public private(set) var counts: [Int64]
  /// Clusters of at least the minimum size [P].
  public private(set) var atLeastMinimum: [Int64]
  /// Clusters by size [P, 40], row-major: bin b counts sizes 2^b ≤ size < 2^(b+1); bin 39 includes
  /// all larger sizes.
  public private(set) var histogram: [Int64]
  /// Size of the largest cluster [P]; 0 if the phase has none.
  public private(set) var largestSize: [Int64]
  /// Name of the largest cluster [P], the smallest name of equally large ones; −1 if the phase has
  /// none.
  public private(set) var largestName: [Int64]
  /// Whether the largest cluster spans each axis [P, 3], row-major, 0 or 1.
  public private(set) var largestSpans: [UInt8]

  /// Statistics of some clusters.
  ///
  /// - Parameters:
  ///   - clusters: complete clusters, in any order.
  ///   - phaseCount: P.
  ///   - minimumSize: smallest size that is counted, at least 1.
  public init(_ clusters: [Cluster], phaseCount: Int, minimumSize: Int64 = 1) {
    self.phaseCount = phaseCount
    self.minimumSize = minimumSize
    counts = [Int64](repeating: 0, count: phaseCount)
    atLeastMinimum = counts
    histogram = [Int64](repeating: 0, count: phaseCount * Self.binCount)
    largestSize = counts
    largestName = [Int64](repeating: -1, count: phaseCount)
    largestSpans = [UInt8](repeating: 0, count: phaseCount * 3)
    for cluster in clusters {
      let p = Int(cluster.phase)
      counts[p] += 1
      if cluster.size >= minimumSize { atLeastMinimum[p] += 1 }
      histogram[p * Self.binCount + Self.bin(ofSize: cluster.size)] += 1
      propose(p, cluster.size, cluster.name, cluster.spans)
    }
  }

  /// The bin of a size ≥ 1: ⌊log₂ size⌋, at most 39.
  public static func bin(ofSize size: Int64) -> Int {
    min(Int64.bitWidth - 1 - size.leadingZeroBitCount, binCount - 1)
  }

  /// Adds another part of the frame.
  public mutating func merge(_ other: ClusterStatistics) {
    require(
      phaseCount == other.phaseCount && minimumSize == other.minimumSize,
      "statistics of different kinds do not add up")
    for p in 0..<phaseCount {
      counts[p] += other.counts[p]
      atLeastMinimum[p] += other.atLeastMinimum[p]
      let spans = (0..<3).reduce(UInt8(0)) { $0 | other.largestSpans[p * 3 + $1] << UInt8($1) }
      if other.largestSize[p] > 0 { propose(p, other.largestSize[p], other.largestName[p], spans) }
    }
    for b in histogram.indices { histogram[b] += other.histogram[b] }
  }

  private mutating func propose(_ p: Int, _ size: Int64, _ name: Int64, _ spans: UInt8) {
    guard size > largestSize[p] || (size == largestSize[p] && name < largestName[p]) else { return }
    largestSize[p] = size
    largestName[p] = name
    for axis in 0..<3 { largestSpans[p * 3 + axis] = spans >> UInt8(axis) & 1 }
  }

  /// Number of words of `packed()`.
  public static func packedCount(phaseCount: Int) -> Int { phaseCount * (binCount + 7) }

  /// The statistics as words [P·47], for a gather: per phase counts, at least minimum, size, name,
  /// spans x y z, histogram.
  public func packed() -> [Int64] {
    var words: [Int64] = []
    for p in 0..<phaseCount {
      words += [counts[p], atLeastMinimum[p], largestSize[p], largestName[p]]
      words += largestSpans[p * 3..<p * 3 + 3].map(Int64.init)
      words += histogram[p * Self.binCount..<(p + 1) * Self.binCount]
    }
    return words
  }

  /// The statistics that `packed()` packed.
  public init(unpacking words: [Int64], phaseCount: Int, minimumSize: Int64) {
    require(
      words.count == Self.packedCount(phaseCount: phaseCount),
      "cluster statistics of another number of phases")
    self.init([], phaseCount: phaseCount, minimumSize: minimumSize)
    for p in 0..<phaseCount {
      let at = p * (Self.binCount + 7)
      (counts[p], atLeastMinimum[p], largestSize[p], largestName[p]) = (
        words[at], words[at + 1], words[at + 2], words[at + 3]
      )
      for axis in 0..<3 { largestSpans[p * 3 + axis] = UInt8(words[at + 4 + axis]) }
      for b in 0..<Self.binCount { histogram[p * Self.binCount + b] = words[at + 7 + b] }
    }
  }
}
