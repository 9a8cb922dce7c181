import HDF5
import Options

/// The parameters of a results file: attributes of /verglas, as values so that they can be written
/// and compared.
public struct RunDescription {
  /// The value of an attribute.
  public typealias Value = RecordedValue

  /// Names and values, in the order in which they were set.
  public private(set) var values: [(name: String, value: Value)] = []

  /// No attribute.
  public init() {}

  /// Adds a text.
  public mutating func setAttribute(_ name: String, to text: String) {
    values.append((name, .text(text)))
  }
  /// Adds an array of texts.
  public mutating func setAttribute(_ name: String, to texts: [String]) {
    values.append((name, .texts(texts)))
  }
  /// Adds an integer.
  public mutating func setAttribute(_ name: String, to value: Int64) {
    values.append((name, .integer(value)))
  }
  /// Adds an array of integers.
  public mutating func setAttribute(_ name: String, to values: [Int64]) {
    self.values.append((name, .integers(values)))
  }
  /// Adds a real number.
  public mutating func setAttribute(_ name: String, to value: Double) {
    values.append((name, .real(value)))
  }
  /// Adds an array of real numbers.
  public mutating func setAttribute(_ name: String, to values: [Double]) {
    self.values.append((name, .reals(values)))
  }

  /// Adds the values of all options that are recorded.
  public mutating func add(_ options: some CommandOptions) {
    values += options.declared.compactMap(\.recorded).map { ($0.attribute, $0.value) }
  }

  /// Writes all attributes.
  public func write(to group: borrowing Group) throws {
    for (name, value) in values {
      switch value {
      case .text(let value): try group.setAttribute(name, to: value)
      case .texts(let values): try group.setAttribute(name, to: values)
      case .integer(let value): try group.setAttribute(name, to: value)
      case .integers(let values): try group.setAttribute(name, to: values)
      case .unsigned(let value): try group.setAttribute(name, to: value)
      case .real(let value): try group.setAttribute(name, to: value)
      case .reals(let values): try group.setAttribute(name, to: values)
      }
    }
  }

  /// The attribute of that name as a value of the same kind as `example`; nil if there is none.
  public static func read(_ name: String, like example: Value, from group: borrowing Group) throws
    -> Value?
  {
    guard group.hasAttribute(name) else { return nil }
    switch example {
    case .text: return .text(try group.textAttribute(name))
    case .texts: return .texts(try group.textAttributes(name))
    case .integer: return .integer(try group.attribute(name))
    case .integers: return .integers(try group.attributes(name))
    case .unsigned: return .unsigned(try group.attribute(name))
    case .real: return .real(try group.attribute(name))
    case .reals: return .reals(try group.attributes(name))
    }
  }
}
