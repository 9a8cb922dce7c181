/// A command of a program: its options and its function.
public struct Command: Sendable {
  /// Name and texts.
  public let text: CommandText
  /// Whether help and the manual omit it.
  public let isHidden: Bool
  /// Its options with their defaults, in the order of help.
  let options: [any DeclaredOption]
  /// Parses the words after the command's name; returns a function that runs the command.
  let read:
    @Sendable (_ words: [String], _ line: String, _ program: String) throws(UsageError) ->
      @Sendable () -> Void

  /// A command whose options are an `Options`.
  public init<Options: CommandOptions>(
    isHidden: Bool = false, run: @escaping @Sendable (Options) -> Void
  ) {
    text = Options.command
    self.isHidden = isHidden
    options = Options().declared
    read = { (words, line, program) throws(UsageError) in
      var options = Options()
      var reader = WordReader(options.declared, command: "\(program) \(Options.command.name)")
      try reader.read(words)
      options.commandLine = line
      return { [options] in run(options) }
    }
  }

  /// `[<options>] <TRAJ> ... --model <FILE> ... --output <FILE>`.
  var synopsis: String { Self.synopsis(of: options) }

  static func synopsis(of options: [any DeclaredOption]) -> String {
    let facts = options.map(\.facts)
    let optional = facts.contains { !$0.isRequired } ? ["[<options>]"] : []
    let needed =
      facts.filter { $0.isRequired && $0.isArgument }
      + facts.filter { $0.isRequired && !$0.isArgument }
    return (optional + needed.map { $0.synopsis() }).joined(separator: " ")
  }

  /// Options by title, in the order in which titles first appear; arguments come first.
  var sections: [(title: OptionTitle, options: [any DeclaredOption])] {
    var sections: [(title: OptionTitle, options: [any DeclaredOption])] = []
    for option in options {
      if let place = sections.firstIndex(where: { $0.title == option.facts.title }) {
        sections[place].options.append(option)
      } else {
        sections.append((option.facts.title, [option]))
      }
    }
    return sections
  }
}

/// An invalid command line.
public struct UsageError: Error, CustomStringConvertible, Sendable {
  /// What was found and what was expected, then how the command is used.
  public let description: String

  /// An error of the command that is called `command`: its usage follows the message.
  init(_ message: String, help: String? = nil, command: String, synopsis: String) {
    description =
      message + (help.map { "\nHelp:  \($0)" } ?? "")
      + "\nUsage: \(command) \(synopsis)\n  See '\(command) --help' for more information."
  }
}
