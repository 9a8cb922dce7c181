import Geometry
import Profiles

/// A slab across one axis of the cell: the molecules that are drawn as a slice or counted in a
/// region.
///
/// A molecule lies in it when `low ≤ x < high`, so slabs that touch share none. Along axis x, y, z
/// the place x is measured in Å along the normal of the cell's two faces there, as the layers of a
/// profile are (in an orthogonal cell: the coordinate). On an axis that repeats every image counts:
/// a slab may reach over the cell's border.
public struct Slab: Sendable, Equatable {
  /// The cell vector: 0, 1 or 2.
  public let axis: Int
  /// Bounds in Å, `low < high`.
  public let low: Double, high: Double

  /// A slab between two places, `nil` unless `low < high` and both are finite.
  public init?(axis: Int, low: Double, high: Double) {
    guard (0..<3).contains(axis), low < high, low.isFinite, high.isFinite else { return nil }
    (self.axis, self.low, self.high) = (axis, low, high)
  }

  /// Reads `z=22:3`: 3 Å thick, its middle at 22 Å.
  public init?(centered text: String) {
    guard let (axis, center, thickness) = Self.parse(text, "="), thickness > 0 else { return nil }
    self.init(axis: axis, low: center - thickness / 2, high: center + thickness / 2)
  }

  /// Reads `x:10:20`: from 10 to 20 Å.
  public init?(bounds text: String) {
    guard let (axis, low, high) = Self.parse(text, ":") else { return nil }
    self.init(axis: axis, low: low, high: high)
  }

  private static func parse(_ text: String, _ sign: Character) -> (axis: Int, Double, Double)? {
    guard let name = text.first, let axis = "xyz".firstIndex(of: name),
      text.dropFirst().first == sign
    else { return nil }
    let numbers = text.dropFirst(2).split(separator: ":", omittingEmptySubsequences: false).map {
      Double($0)
    }
    guard numbers.count == 2, let first = numbers[0], let second = numbers[1], first.isFinite,
      second.isFinite
    else { return nil }
    return ("xyz".distance(from: "xyz".startIndex, to: axis), first, second)
  }

  /// Whether a position lies in the slab.
  public func contains(_ position: Vector, in cell: Cell) -> Bool {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    let length = edges[1] - edges[0]
    var x = edges[0] + cell.fractional(position)[axis] * length
    if cell.repeats(along: axis) { x -= length * ((x - low) / length).rounded(.down) }
    return low <= x && x < high
  }

  /// Whether the middle lies between the cell's faces; images along a periodic axis are not what a
  /// user means by a place outside.
  func middleLies(in cell: Cell) -> Bool {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    return (edges[0]...edges[1]).contains((low + high) / 2)
  }

  /// `0.00 to 22.50`: where the cell's faces are.
  func reach(of cell: Cell) -> String {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    return "\(Log.fixed(edges[0], 2)) to \(Log.fixed(edges[1], 2))"
  }

  /// As the user writes a slice: axis, middle, thickness.
  var centered: String { "\(["x", "y", "z"][axis])=\((low + high) / 2):\(high - low)" }

  /// As the user writes a region.
  public var description: String { "\(["x", "y", "z"][axis]):\(low):\(high)" }
}
