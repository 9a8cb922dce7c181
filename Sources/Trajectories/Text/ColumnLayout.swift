/// The meaning of the columns of `ITEM: ATOMS`.
public struct ColumnLayout: Sendable, Equatable {
  /// The convention of the coordinates, the same for all three.
  public enum Coordinates: String, Sendable, CaseIterable {
    /// `x y z`: Cartesian, wrapped by LAMMPS.
    case wrapped
    /// `xu yu zu`: Cartesian, unwrapped.
    case unwrapped
    /// `xs ys zs`: fractional, wrapped.
    case scaled
    /// `xsu ysu zsu`: fractional, unwrapped.
    case scaledUnwrapped

    /// Column names.
    var names: [String] {
      switch self {
      case .wrapped: ["x", "y", "z"]
      case .unwrapped: ["xu", "yu", "zu"]
      case .scaled: ["xs", "ys", "zs"]
      case .scaledUnwrapped: ["xsu", "ysu", "zsu"]
      }
    }

    /// Whether numbers are fractions of the cell.
    public var isScaled: Bool { self == .scaled || self == .scaledUnwrapped }
  }

  /// Column names in file order.
  public let names: [String]
  /// The convention that is read: the first of x, xu, xs, xsu whose three columns all exist.
  /// Conventions are never mixed.
  public let coordinates: Coordinates
  /// Columns of the three coordinates.
  let positions: [Int]
  /// Columns of id and type, where they exist.
  let id: Int?
  private(set) var type: Int?
  /// The column of elements or labels that is read; `type` is read where there is none.
  private(set) var element: Int?

  /// The layout of a line `ITEM: ATOMS id type x y z`.
  /// - Throws: the reason, without the location, if coordinates are missing or a required column
  ///   occurs twice.
  init(names: [String]) throws(Reason) {
    self.names = names
    func column(_ name: String) -> Int? { names.firstIndex(of: name) }
    guard
      let coordinates = Coordinates.allCases.first(where: { $0.names.allSatisfy(names.contains) })
    else {
      let list = names.isEmpty ? "none" : names.joined(separator: " ")
      throw Reason(
        text:
          "expected coordinate columns x y z (or xu yu zu, xs ys zs, xsu ysu zsu, each all three), "
          + "found \(list)"
      )
    }
    self.coordinates = coordinates
    positions = coordinates.names.compactMap(column)
    id = column("id")
    type = column("type")
    element = column("element") ?? column("typelabel")
    for name in coordinates.names + ["id", "type", "element", "typelabel"]
    where names.filter({ $0 == name }).count > 1 {
      throw Reason(text: "column \(name) occurs twice in \(names.joined(separator: " "))")
    }
  }

  /// Whether the file has atom ids; otherwise atoms are numbered in file order.
  public var hasID: Bool { id != nil }

  /// Whether the file names elements, or labels, of its atoms.
  public var hasElement: Bool { element != nil }

  /// Reads the column of types as labels: they are no numbers.
  mutating func readTypesAsLabels() { element = type }

  /// Reads elements and labels as the numbers of types that they are in binary dumps.
  mutating func readLabelsAsTypes() {
    type = type ?? element
    element = nil
  }

  /// Reads the column of types although there are elements.
  mutating func ignoreElements() { element = nil }

  /// Why something cannot be read, without the location.
  struct Reason: Error {
    var text: String
  }
}
