/// Why three vectors are no cell.
public enum CellError: Error, Equatable, CustomStringConvertible {
  /// A component of an edge vector or of the origin is NaN or infinite.
  case notFinite
  /// An edge is zero or negative, or the three edges lie in one plane.
  case noVolume

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .notFinite: "the box has a component that is not a finite number"
    case .noVolume: "the box has no volume (an edge is zero or negative, or the edges lie in one plane)"
    }
  }
}
