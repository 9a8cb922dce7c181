/// An option of a command: its value, declared where it is stored.
///
/// ```
/// @Option(
///   .value(
///     "--layer-width", "Å", .profile, "Thickness of the layers.",
///     check: .expect("a width in Å above 0") { $0 > 0 && $0.isFinite },
///     record: .attribute("layer_width")))
/// public var layerWidth = 2.0
/// ```
///
/// The declaration is the only code for the option: the parser, help, the manual, shell completion,
/// the checks and the attributes of the results are derived from it. The initial value is the
/// default.
@propertyWrapper
public struct Option<Value: Sendable>: Sendable {
  private var storage: Storage

  /// An option with its default.
  public init(wrappedValue: Value, _ declaration: Declaration<Value>) {
    storage = Storage(wrappedValue, declaration)
  }

  /// The declaration.
  public var declaration: Declaration<Value> { storage.declaration }

  /// The value.
  public var wrappedValue: Value {
    get { storage.value }
    set { storage = Storage(newValue, storage.declaration) }
  }

  /// The option itself, for its name and presence.
  public var projectedValue: Self { self }

  /// The value in a reference, so that the parser can set it through a mirror. Only `take(_:)`
  /// writes to it, on options that the parser has just created and owns exclusively; the setter
  /// above replaces it, so copies of the options remain values.
  private final class Storage: @unchecked Sendable {
    let declaration: Declaration<Value>
    var value: Value
    var isGiven = false
    init(_ value: Value, _ declaration: Declaration<Value>) {
      self.value = value
      self.declaration = declaration
    }
  }
}

/// An option of any type, for the parser and the generated texts.
public protocol DeclaredOption: Sendable {
  /// Name, title and text.
  var facts: OptionFacts { get }
  /// The value in the syntax of the command line; nil if there is none.
  var shownValue: String? { get }
  /// Whether the option was given.
  var isGiven: Bool { get }
  /// A sentence about what is wrong with the value, beginning with the option's name; nil if it is
  /// valid.
  var problem: String? { get }
  /// How the value is recorded in results; nil if it is not.
  var recorded: RecordedOption? { get }
  /// Reads a value from the command line; an empty text for a flag.
  ///
  /// - Throws: `InvalidValue`.
  func take(_ text: String) throws
}

extension Option: DeclaredOption {
  /// Name, title and text.
  public var facts: OptionFacts { declaration.facts }
  /// The value as it would be typed.
  public var shownValue: String? { declaration.show(storage.value) }
  /// Whether the option was given.
  public var isGiven: Bool { storage.isGiven }

  /// What is wrong with the value.
  public var problem: String? {
    guard let check = declaration.check, !check.accepts(storage.value) else { return nil }
    return "\(facts.name): expected \(check.expected), found \(shownValue ?? "nothing")"
  }

  /// How results keep the value.
  public var recorded: RecordedOption? {
    declaration.record.map {
      RecordedOption(
        option: facts.name, attribute: $0.attribute, value: $0.value(storage.value),
        isCompared: $0.isCompared)
    }
  }

  /// Reads a value from the command line.
  public func take(_ text: String) throws {
    try declaration.read(text, &storage.value)
    storage.isGiven = true
  }
}
