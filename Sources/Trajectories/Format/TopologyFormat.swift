/// A format of structure files that identify the atoms of a trajectory (`--topology`).
protocol TopologyFormat: Sendable {
  /// The name in messages, with its article: “a GRO file”.
  var title: String { get }

  /// Whether a file whose content starts with these bytes (up to 4096) is of this format.
  func detects(_ start: [UInt8]) -> Bool

  /// Reads the atoms.
  /// - Parameter source: the content, decompressed.
  /// - Throws: `TrajectoryError` naming the line.
  func topology(of source: any ByteSource, path: String) throws(TrajectoryError) -> Topology
}
