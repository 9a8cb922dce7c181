import Options

/// Axes by number, as `x`, `y` and `z`.
enum AxisName {
  static let all = ["x", "y", "z"]

  /// The number of an axis.
  static func index(_ text: String) throws -> Int {
    guard let index = all.firstIndex(of: text) else { throw InvalidValue(choice(of: all)) }
    return index
  }
}
