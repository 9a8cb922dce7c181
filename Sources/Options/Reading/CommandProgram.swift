/// A program with commands: finds the command of a command line and generates all texts.
public struct CommandProgram: Sendable {
  /// `verglas`.
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paragraphs and examples.
  public let discussion: String
  /// The version in the manual.
  public let version: String
  /// All commands, in the order of help.
  public let commands: [Command]

  /// A program with its commands.
  public init(
    _ name: String, version: String, _ summary: String, discussion: String, commands: [Command]
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.commands = commands
  }

  /// The request of a command line.
  public enum Request: Sendable {
    /// A text for standard output.
    case text(String)
    /// The program's version.
    case version
    /// A run of a command.
    case run(@Sendable () -> Void)
  }

  /// The request in the words after the program's name.
  ///
  /// - Parameter line: the whole command line, for the results.
  /// - Throws: `UsageError`.
  public func request(_ words: [String], line: String) throws(UsageError) -> Request {
    guard let first = words.first else { return .text(help()) }
    let options = words.prefix { $0 != "--" }
    if options.contains("--version") { return .version }
    if first == "--generate-completion-script" || first.hasPrefix("--generate-completion-script=") {
      return .text(try completion(words))
    }
    if ["-h", "--help"].contains(first) { return .text(help()) }
    if first == "help" {
      guard let word = words.dropFirst().first(where: { !$0.hasPrefix("-") }) else {
        return .text(help())
      }
      guard let command = command(word) else { throw unknown([word]) }
      return .text(help(command))
    }
    if first.hasPrefix("-") {
      let nearest = nearest(first, among: ["--help", "--version"])
      throw failure("Unknown option '\(first)'" + (nearest.map { ". Did you mean '\($0)'?" } ?? ""))
    }
    guard let command = command(first) else { throw unknown(words) }
    if options.contains("--help") || options.contains("-h") { return .text(help(command)) }
    return .run(try command.read(Array(words.dropFirst()), line, name))
  }

  func command(_ name: String) -> Command? { commands.first { $0.text.name == name } }

  private func unknown(_ words: [String]) -> UsageError {
    let names = commands.filter { !$0.isHidden }.map(\.text.name) + ["help"]
    let nearest = nearest(words[0], among: names)
    return failure(
      "Unexpected argument '\(words[0])': there is no such command"
        + (nearest.map { ". Did you mean '\($0)'?" } ?? ""))
  }

  private func failure(_ message: String) -> UsageError {
    UsageError(message, command: name, synopsis: "<subcommand>")
  }

  private func completion(_ words: [String]) throws(UsageError) -> String {
    let shell =
      words[0].contains("=")
      ? String(words[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)[1])
      : words.dropFirst().first ?? ""
    switch shell {
    case "bash": return bashCompletion()
    case "zsh": return zshCompletion()
    case "fish": return fishCompletion()
    default:
      throw failure("--generate-completion-script: expected bash, zsh or fish, found '\(shell)'")
    }
  }
}
