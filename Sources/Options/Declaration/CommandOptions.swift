/// The options of a command: a structure whose properties are `Option`s, in the order of help.
public protocol CommandOptions: Sendable {
  /// The command's name and texts.
  static var command: CommandText { get }
  /// The command line, which is recorded in results.
  var commandLine: String { get set }
  /// The defaults.
  init()
}

/// Groups of options that several commands share, in one property of each.
public protocol OptionGroup: Sendable {}

/// The texts of a command.
public struct CommandText: Sendable {
  /// `analyze`.
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paragraphs and examples; lines that begin with a space are not wrapped.
  public let discussion: String

  /// The texts of a command.
  public init(_ name: String, _ summary: String, discussion: String) {
    (self.name, self.summary, self.discussion) = (name, summary, discussion)
  }
}

extension CommandOptions {
  /// All options, in the order of their declarations.
  public var declared: [any DeclaredOption] { options(in: self) }
}

private func options(in value: Any) -> [any DeclaredOption] {
  Mirror(reflecting: value).children.flatMap { child -> [any DeclaredOption] in
    if let option = child.value as? any DeclaredOption { return [option] }
    return child.value is any OptionGroup ? options(in: child.value) : []
  }
}
