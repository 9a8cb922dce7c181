/// The single declaration of an option: name, type, help, checks and how it is recorded in results.
///
/// The type is `Value`; the default is the initial value of the property. A reference, so
/// that copying options, as with the plan of a run, does not copy their declarations.
public final class Declaration<Value: Sendable>: Sendable {
  let facts: OptionFacts
  let read: @Sendable (String, inout Value) throws -> Void
  let show: @Sendable (Value) -> String?
  let check: Check<Value>?
  let record: Record<Value>?

  init(
    facts: OptionFacts, read: @escaping @Sendable (String, inout Value) throws -> Void,
    show: @escaping @Sendable (Value) -> String?, check: Check<Value>?, record: Record<Value>?
  ) {
    self.facts = facts
    self.read = read
    self.show = show
    self.check = check
    self.record = record
  }
}

/// The parts of a declaration that help, manual and completion need.
public struct OptionFacts: Sendable {
  /// The form of an option on the command line.
  public enum Kind: Sendable {
    /// `--name`.
    case flag
    /// `--name VALUE`; the last one is used, or several are refused (`isGivenOnce`).
    case value
    /// `--name VALUE`, any number of times.
    case repeated
    /// A positional argument.
    case argument
    /// All remaining positional arguments.
    case arguments
  }

  /// `--threshold`; the value's name for arguments.
  public let name: String
  /// The letter of `-o`.
  public let letter: Character?
  /// Its form.
  public let kind: Kind
  /// The placeholder of the value in help: `FILE`.
  public let valueName: String
  /// The title under which help lists it.
  public let title: OptionTitle
  /// One or two sentences.
  public var help: String
  /// Whether it is required.
  public let isRequired: Bool
  /// The accepted words; empty if there is no list.
  public let choices: [String]
  /// The behaviour without it, if the default cannot be typed.
  public let otherwise: String?
  /// Whether another value is refused.
  public fileprivate(set) var isGivenOnce = false

  /// Whether it is a positional argument.
  public var isArgument: Bool { kind == .argument || kind == .arguments }

  /// Options with the same name are equal.
  func matches(_ word: String) -> Bool {
    !isArgument && (word == name || letter.map { word == "-\($0)" } ?? false)
  }

  /// `--model <FILE>`, `<TRAJ> ...`, `--strict`: in the usage line and in errors.
  func synopsis(_ shown: String? = nil, repeats: Bool = true) -> String {
    let dots = repeats && (kind == .repeated || kind == .arguments) ? " ..." : ""
    if isArgument { return "<\(valueName)>\(dots)" }
    return kind == .flag ? shown ?? name : "\(shown ?? name) <\(valueName)>\(dots)"
  }
}

/// A title under which help lists options.
public struct OptionTitle: Sendable, Hashable {
  /// Its text: `Labels and clusters`.
  public let text: String
  /// A title.
  public init(_ text: String) { self.text = text }
}

/// The condition on a value.
public struct Check<Value: Sendable>: Sendable {
  let expected: String
  let accepts: @Sendable (Value) -> Bool

  /// A condition and its description, which follows “expected”: `a width in Å above 0`.
  public static func expect(_ expected: String, _ accepts: @escaping @Sendable (Value) -> Bool)
    -> Check
  {
    Check(expected: expected, accepts: accepts)
  }
}

extension Declaration where Value == Bool {
  /// `--name`, which makes the value true.
  public static func flag(
    _ name: String, _ title: OptionTitle, _ help: String, record: Record<Bool>? = nil
  ) -> Declaration {
    let facts = OptionFacts(
      name: name, letter: nil, kind: .flag, valueName: "", title: title, help: help,
      isRequired: false, choices: [], otherwise: nil)
    return Declaration(
      facts: facts, read: { $1 = true }, show: { _ in nil }, check: nil, record: record)
  }
}

extension Declaration where Value: OptionValue {
  /// `--name VALUE`.
  public static func value(
    _ name: String, letter: Character? = nil, _ valueName: String, _ title: OptionTitle,
    _ help: String, isRequired: Bool = false, otherwise: String? = nil,
    check: Check<Value>? = nil, record: Record<Value>? = nil
  ) -> Declaration {
    let facts = OptionFacts(
      name: name, letter: letter, kind: .value, valueName: valueName, title: title, help: help,
      isRequired: isRequired, choices: Value.choices, otherwise: otherwise)
    return Declaration(
      facts: facts, read: { $1 = try Value(typed: $0) }, show: { $0.typed }, check: check,
      record: record)
  }

  /// A required positional argument.
  public static func argument(_ valueName: String, _ title: OptionTitle, _ help: String)
    -> Declaration
  {
    let facts = OptionFacts(
      name: valueName, letter: nil, kind: .argument, valueName: valueName, title: title, help: help,
      isRequired: true, choices: Value.choices, otherwise: nil)
    return Declaration(
      facts: facts, read: { $1 = try Value(typed: $0) }, show: { $0.typed }, check: nil,
      record: nil)
  }
}

extension Declaration {
  /// `--name VALUE` with its own syntax: `read` parses the value or throws `InvalidValue`; `show`
  /// is the inverse, nil for a value that cannot be typed.
  public static func value(
    _ name: String, _ valueName: String, _ title: OptionTitle, _ help: String,
    choices: [String] = [], otherwise: String? = nil, check: Check<Value>? = nil,
    record: Record<Value>? = nil, show: @escaping @Sendable (Value) -> String?,
    read: @escaping @Sendable (String) throws -> Value
  ) -> Declaration {
    let facts = OptionFacts(
      name: name, letter: nil, kind: .value, valueName: valueName, title: title, help: help,
      isRequired: false, choices: choices, otherwise: otherwise)
    return Declaration(
      facts: facts, read: { $1 = try read($0) }, show: show, check: check, record: record)
  }

  /// `--name VALUE`, given any number of times.
  public static func repeated<Element: OptionValue>(
    _ name: String, _ valueName: String, _ title: OptionTitle, _ help: String,
    isRequired: Bool = false, otherwise: String? = nil, record: Record<Value>? = nil
  ) -> Declaration where Value == [Element] {
    list(
      OptionFacts(
        name: name, letter: nil, kind: .repeated, valueName: valueName, title: title, help: help,
        isRequired: isRequired, choices: Element.choices, otherwise: otherwise), record)
  }

  /// All remaining positional arguments, at least one.
  public static func arguments<Element: OptionValue>(
    _ valueName: String, _ title: OptionTitle, _ help: String, record: Record<Value>? = nil
  ) -> Declaration where Value == [Element] {
    list(
      OptionFacts(
        name: valueName, letter: nil, kind: .arguments, valueName: valueName, title: title,
        help: help, isRequired: true, choices: Element.choices, otherwise: nil), record)
  }

  private static func list<Element: OptionValue>(_ facts: OptionFacts, _ record: Record<Value>?)
    -> Declaration where Value == [Element]
  {
    Declaration(
      facts: facts, read: { $1.append(try Element(typed: $0)) },
      show: { $0.isEmpty ? nil : $0.compactMap(\.typed).joined(separator: ",") }, check: nil,
      record: record)
  }

  /// The same option, of which a second, different value is refused: for lists, files and methods,
  /// where users may expect that several are used.
  public func once() -> Declaration { changed { $0.isGivenOnce = true } }

  /// The same option with another help text, for a command in which it has a more specific meaning.
  public func explained(_ help: String) -> Declaration { changed { $0.help = help } }

  private func changed(_ change: (inout OptionFacts) -> Void) -> Declaration {
    var facts = facts
    change(&facts)
    return Declaration(facts: facts, read: read, show: show, check: check, record: record)
  }
}
