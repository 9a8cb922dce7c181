import Options
import SOAP
import Trajectories

// Command-line syntax of values of other modules.

extension FrameSelection: OptionValue {
  /// A Python slice.
  public init(typed text: String) throws {
    do throws(TrajectoryError) { try self.init(parsing: text) } catch {
      throw InvalidValue(error.reason)
    }
  }
  /// The slice; nil for all frames.
  public var typed: String? { self == .all ? nil : description }
}

extension UnitStyle: OptionChoice {
  /// LAMMPS's name of the style.
  public var word: String { name }
}

extension Descriptor.Precision: OptionChoice {
  /// Both.
  public static let allCases: [Self] = [.single, .double]
  /// `single` or `double`.
  public var word: String { "\(self)" }
}

extension Region: OptionValue {
  /// `bulk=x:10:20`.
  public init(typed text: String) throws {
    guard let region = Region(parsing: text) else {
      throw InvalidValue(
        "expected NAME=AXIS:FROM:TO in Å with FROM < TO as in bulk=x:10:20, found '\(text)'")
    }
    self = region
  }
  /// `bulk=x:10.0:20.0`.
  public var typed: String? { "\(name)=\(slab.description)" }
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

extension NeighborCountRule: OptionValue {
  /// `LDA,HDA=11:4.2`.
  public init(typed text: String) throws {
    guard let rule = NeighborCountRule(parsing: text) else {
      throw InvalidValue("expected LOW,HIGH=N:RADIUS in Å as in LDA,HDA=11:4.2, found '\(text)'")
    }
    self = rule
  }
  /// `LDA,HDA=11:4.2`.
  public var typed: String? { text }
}

/// The column of a table that holds a quantity: `v_p`, `temperature=v_t`.
public struct ThermoColumn: OptionValue {
  /// The quantity; pressure unless it is named.
  public let quantity: ThermoTable.Quantity
  /// The column's name in the file.
  public let name: String

  /// `v_p` or `temperature=v_t`.
  public init(typed text: String) throws {
    let sign = text.firstIndex(of: "=")
    let quantity = sign.flatMap { ThermoTable.Quantity(rawValue: String(text[..<$0])) }
    // A name may have a sign of its own.
    name = quantity == nil ? text : String(text[text.index(after: sign!)...])
    self.quantity = quantity ?? .pressure
    guard !name.isEmpty else {
      throw InvalidValue("expected the name of a column, as in v_p or temperature=v_t")
    }
  }

  /// `pressure=v_p`.
  public var typed: String? { "\(quantity.rawValue)=\(name)" }
}

/// Axes by number, as `x`, `y` and `z`.
enum AxisName {
  static let all = ["x", "y", "z"]

  /// The number of an axis.
  static func index(_ text: String) throws -> Int {
    guard let index = all.firstIndex(of: text) else { throw InvalidValue(choice(of: all)) }
    return index
  }
}
