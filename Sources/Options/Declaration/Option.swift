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
/// The declaration is the only place that names the option: the parser, help, the manual, shell
/// completion, the checks and the attributes of the results are made from it. The initial value is
/// the default.
@propertyWrapper
public struct Option<Value: Sendable>: Sendable {
  /// What is known of the option.
  public let declaration: Declaration<Value>
  private var storage: Storage

  /// An option with its default.
  public init(wrappedValue: Value, _ declaration: Declaration<Value>) {
    self.declaration = declaration
    storage = Storage(wrappedValue)
  }

  /// The value.
  public var wrappedValue: Value {
    get { storage.value }
    set { storage = Storage(newValue) }
  }

  /// The option itself, for its name and whether it was given.
  public var projectedValue: Self { self }

  /// The value behind a reference, which lets the parser reach it through a mirror. Only
  /// `take(_:)` writes to it, on options that the parser has just made and still owns alone; the
  /// setter above replaces it, so copies of the options stay values.
  private final class Storage: @unchecked Sendable {
    var value: Value
    var isGiven = false
    init(_ value: Value) { self.value = value }
  }
}

/// An option of any type, as the parser and the texts made from declarations see it.
public protocol DeclaredOption: Sendable {
  /// Name, title and text.
  var facts: OptionFacts { get }
  /// The value as it would be typed; nil if there is none.
  var shownValue: String? { get }
  /// Whether the command line has the option.
  var isGiven: Bool { get }
  /// What is wrong with the value, as a sentence that begins with the option's name; nil if
  /// nothing is.
  var problem: String? { get }
  /// How results keep the value; nil if they do not.
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
  /// Whether the command line has the option.
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
