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
