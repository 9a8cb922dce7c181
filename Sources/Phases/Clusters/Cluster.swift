/// One cluster: a connected component of centres of one phase.
public struct Cluster: Sendable, Hashable {
  /// Its smallest centre id, independent of ranks, order and partition.
  public var name: Int64
  /// Its phase, 0…K (K = IA).
  public var phase: UInt8
  /// Number of centres in it.
  public var size: Int64
  /// Bit k is set if the cluster spans periodic axis k, that is, if it is connected to its own
  /// image some cells away along that axis.
  public var spans: UInt8

  /// A cluster from its parts.
  public init(name: Int64, phase: UInt8, size: Int64, spans: UInt8) {
    self.name = name
    self.phase = phase
    self.size = size
    self.spans = spans
  }

  /// Whether it spans axis 0, 1 or 2.
  public func spans(axis: Int) -> Bool { spans >> UInt8(axis) & 1 == 1 }

  /// The order of every list of clusters in outputs: largest first, then smallest id.
  public static func precedes(_ left: Cluster, _ right: Cluster) -> Bool {
    left.size != right.size ? left.size > right.size : left.name < right.name
  }
}
