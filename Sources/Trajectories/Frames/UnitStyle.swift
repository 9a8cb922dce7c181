/// A LAMMPS unit style, named by `ITEM: UNITS`, with its conversion to Å and ps.
///
/// Source: LAMMPS manual, command `units`.
public enum UnitStyle: UInt8, Sendable, CaseIterable {
  /// Å and fs; also used for dumps without `ITEM: UNITS`.
  case real = 1
  /// Å and ps.
  case metal
  /// m and s.
  case si
  /// cm and s.
  case cgs
  /// Bohr and fs.
  case electron
  /// µm and µs.
  case micro
  /// nm and ns.
  case nano
  /// Reduced units, which cannot be converted to Å, so frames in them are refused.
  case lj

  /// The name in the file.
  public var name: String { String(describing: self) }

  /// The style with a name, if LAMMPS has it.
  public init?(name: String) {
    guard let style = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = style
  }

  /// Å per unit of length; nil for `lj`.
  public var lengthScale: Double? {
    switch self {
    case .real, .metal: 1
    case .si: 1e10
    case .cgs: 1e8
    case .electron: 0.529177210903
    case .micro: 1e4
    case .nano: 10
    case .lj: nil
    }
  }

  /// ps per unit of time; nil for `lj`.
  public var timeScale: Double? {
    switch self {
    case .real, .electron: 1e-3
    case .metal: 1
    case .si, .cgs: 1e12
    case .micro: 1e6
    case .nano: 1e3
    case .lj: nil
    }
  }
}
