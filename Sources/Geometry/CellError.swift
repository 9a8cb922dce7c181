/// Why three vectors do not form a cell.
public enum CellError: Error, Equatable, CustomStringConvertible {
  /// A component of an edge vector or of the origin is NaN or infinite.
  case notFinite
  /// An edge is zero or negative, or the three edges lie in one plane.
  case noVolume

  /// A component is larger than 1e12 Å: positions in such a cell have no significant digits.
  case beyondReason

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .notFinite: "the box has a component that is not a finite number"
    case .beyondReason: "the box has a component of more than 1e12 Å"
    case .noVolume:
      "the box has no volume (an edge is zero or negative, or the edges lie in one plane)"
    }
  }
}
