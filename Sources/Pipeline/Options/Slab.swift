import Geometry
import JobControl
import Options
import Profiles

/// A slab across one axis of the cell: used for slices in exports and for regions.
///
/// A molecule is in it if `low ≤ x < high`, so adjacent slabs share none. For axis x, y, z, the
/// position x is measured in Å along the normal of the two cell faces, like the layers of a profile
/// (in an orthogonal cell: the coordinate). On a periodic axis every image is included: a slab may
/// extend across the cell boundary.
public struct Slab: Sendable, Equatable {
  /// The cell vector: 0, 1 or 2.
  public let axis: Int
  /// Bounds in Å, `low < high`.
  public let low: Double, high: Double

  /// A slab between two positions, `nil` unless `low < high` and both are finite.
  public init?(axis: Int, low: Double, high: Double) {
    guard (0..<3).contains(axis), low < high, low.isFinite, high.isFinite else { return nil }
    (self.axis, self.low, self.high) = (axis, low, high)
  }

  /// Parses `z=22:3`: 3 Å thick, its middle at 22 Å.
  public init?(centered text: String) {
    guard let (axis, center, thickness) = Self.parse(text, "="), thickness > 0 else { return nil }
    self.init(axis: axis, low: center - thickness / 2, high: center + thickness / 2)
  }

  /// Parses `x:10:20`: from 10 to 20 Å.
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

  /// Whether a position is in the slab.
  public func contains(_ position: Vector, in cell: Cell) -> Bool {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    let length = edges[1] - edges[0]
    var x = edges[0] + cell.fractional(position)[axis] * length
    if cell.repeats(along: axis) { x -= length * ((x - low) / length).rounded(.down) }
    return low <= x && x < high
  }

  /// Whether the middle lies between the cell's faces; periodic images are not considered, because
  /// a user who gives a position outside the cell probably made an error.
  func middleLies(in cell: Cell) -> Bool {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    return (edges[0]...edges[1]).contains((low + high) / 2)
  }

  /// `0.00 to 22.50`: the positions of the cell's faces.
  func reach(of cell: Cell) -> String {
    let edges = Layers(axis: axis, count: 1).edges(of: cell)
    return "\(Log.fixed(edges[0], 2)) to \(Log.fixed(edges[1], 2))"
  }

  /// The slab as a slice: axis, middle, thickness.
  var centered: String { "\(["x", "y", "z"][axis])=\((low + high) / 2):\(high - low)" }

  /// The slab as a region.
  public var description: String { "\(["x", "y", "z"][axis]):\(low):\(high)" }
}

extension Slab: OptionValue {
  /// `z=22:3`.
  public init(typed text: String) throws {
    guard let slab = Slab(centered: text) else {
      throw InvalidValue("expected AXIS=MIDDLE:THICKNESS in Å as in z=22:3, found '\(text)'")
    }
    self = slab
  }
  /// `z=22.0:3.0`.
  public var typed: String? { centered }
}
