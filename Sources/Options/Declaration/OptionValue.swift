/// A type whose values have a command-line syntax.
public protocol OptionValue: Sendable {
  /// The value of a word.
  ///
  /// - Throws: `InvalidValue` if it is invalid.
  init(typed text: String) throws
  /// The word for the value; nil if there is none.
  var typed: String? { get }
  /// All accepted words; empty if they cannot be listed.
  static var choices: [String] { get }
}

extension OptionValue {
  /// None.
  public static var choices: [String] { [] }
}

/// An invalid word.
public struct InvalidValue: Error, Sendable {
  /// What was expected and found; nil if the option's help is sufficient.
  public let reason: String?
  /// An invalid word, with what was expected.
  public init(_ reason: String? = nil) { self.reason = reason }
}

extension String: OptionValue {
  /// The word itself.
  public init(typed text: String) { self = text }
  /// The text; nil if it is empty.
  public var typed: String? { isEmpty ? nil : self }
}

extension Int: OptionValue {
  /// A whole number.
  public init(typed text: String) throws {
    guard let value = Int(text) else { throw InvalidValue() }
    self = value
  }
  /// Its digits.
  public var typed: String? { description }
}

extension UInt64: OptionValue {
  /// A whole number from 0.
  public init(typed text: String) throws {
    guard let value = UInt64(text) else { throw InvalidValue() }
    self = value
  }
  /// Its digits.
  public var typed: String? { description }
}

extension Double: OptionValue {
  /// A number.
  public init(typed text: String) throws {
    guard let value = Double(text) else { throw InvalidValue() }
    self = value
  }
  /// Its shortest digits: 6, 0.95.
  public var typed: String? {
    description.hasSuffix(".0") ? String(description.dropLast(2)) : description
  }
}

extension Optional: OptionValue where Wrapped: OptionValue {
  /// A value.
  public init(typed text: String) throws { self = try Wrapped(typed: text) }
  /// The value's word; nil if there is none.
  public var typed: String? { flatMap(\.typed) }
  /// Those of the value.
  public static var choices: [String] { Wrapped.choices }
}

/// Numbers separated by commas are one value: `0.95,0.9`. An option of a list of other things is
/// declared `repeated`.
extension [Double]: OptionValue {
  /// Numbers separated by commas.
  public init(typed text: String) throws {
    self = try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let value = Double(word) else {
        throw InvalidValue("expected numbers separated by commas, found '\(text)'")
      }
      return value
    }
  }
  /// The numbers; nil if there are none.
  public var typed: String? {
    isEmpty ? nil : compactMap(\.typed).joined(separator: ",")
  }
}

/// An enumeration whose cases are the words of an option.
public protocol OptionChoice: OptionValue, CaseIterable {
  /// The word of a case.
  var word: String { get }
}

extension OptionChoice {
  /// The case of a word.
  public init(typed text: String) throws {
    guard let value = Self.allCases.first(where: { $0.word == text }) else {
      throw InvalidValue(choice(of: Self.choices))
    }
    self = value
  }
  /// The case's word.
  public var typed: String? { word }
  /// The words of all cases.
  public static var choices: [String] { allCases.map(\.word) }
}

extension OptionChoice where Self: RawRepresentable, RawValue == String {
  /// The case's raw value.
  public var word: String { rawValue }
}

/// `expected x, y or z`.
public func choice(of words: [String]) -> String {
  guard words.count > 1 else { return "expected \(words.joined())" }
  return "expected \(words.dropLast().joined(separator: ", ")) or \(words.last!)"
}
