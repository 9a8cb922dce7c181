/// Reads the words of a command line into a command's options.
///
/// `--name VALUE`, `--name=VALUE`, `-o VALUE`, `-o=VALUE`; options and arguments in any order; `--`
/// ends the options. The word after an option is its value even if it begins with a minus sign, as
/// in `--frames -1:`, unless it is an option itself.
struct WordReader {
  private let options: [any DeclaredOption]
  private let command: String
  private var arguments: [any DeclaredOption]
  private var unexpected: [String] = []
  /// The word of each option that is given once.
  private var given: [String: String] = [:]

  init(_ options: [any DeclaredOption], command: String) {
    self.options = options
    self.command = command
    arguments = options.filter(\.facts.isArgument)
  }

  mutating func read(_ words: [String]) throws(UsageError) {
    var place = words.startIndex
    while place < words.endIndex {
      let word = words[place]
      place += 1
      if word == "--" {
        for word in words[place...] { try argument(word) }
        break
      }
      guard word.hasPrefix("-"), word.count > 1 else {
        try argument(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard let option = options.first(where: { $0.facts.matches(parts[0]) }) else {
        throw unknown(parts[0])
      }
      if option.facts.kind == .flag {
        guard parts.count == 1 else {
          throw failure("The option '\(parts[0])' takes no value, found '\(parts[1])'")
        }
        try take("", option, as: parts[0])
      } else if parts.count == 2 {
        try take(parts[1], option, as: parts[0])
      } else {
        guard place < words.endIndex, !isOption(words[place]) else {
          throw failure(
            "Missing value for '\(option.facts.synopsis(word, repeats: false))'", option, word)
        }
        try take(words[place], option, as: word)
        place += 1
      }
    }
    try finish()
  }

  private func isOption(_ word: String) -> Bool {
    word.hasPrefix("--") || options.contains { $0.facts.matches(word) }
  }

  private mutating func argument(_ word: String) throws(UsageError) {
    guard let option = arguments.first else { return unexpected.append(word) }
    try take(word, option, as: option.facts.name)
    if option.facts.kind == .argument { arguments.removeFirst() }
  }

  private mutating func take(_ word: String, _ option: any DeclaredOption, as name: String)
    throws(UsageError)
  {
    if option.facts.isGivenOnce,
      let before = given.updateValue(word, forKey: option.facts.name), before != word
    {
      throw failure(
        "The option '\(name)' is given twice, as '\(before)' and '\(word)'; expected it once",
        option, name)
    }
    do { try option.take(word) } catch {
      let reason = (error as? InvalidValue)?.reason.map { ": \($0)" } ?? ""
      throw failure(
        "The value '\(word)' is invalid for "
          + "'\(option.facts.synopsis(name, repeats: false))'\(reason)",
        option, name)
    }
  }

  /// Missing arguments, then superfluous ones.
  private func finish() throws(UsageError) {
    let missing = options.filter { $0.facts.isRequired && !$0.isGiven }
    if let first = missing.first(where: \.facts.isArgument) ?? missing.first {
      throw failure("Missing expected argument '\(first.facts.synopsis())'", first, nil)
    }
    if unexpected.count == 1 { throw failure("Unexpected argument '\(unexpected[0])'") }
    if unexpected.count > 1 {
      let words = unexpected.map { "'\($0)'" }.joined(separator: ", ")
      throw failure("\(unexpected.count) unexpected arguments: \(words)")
    }
  }

  private func unknown(_ word: String) -> UsageError {
    let names =
      options.map(\.facts).filter { !$0.isArgument }.map(\.name) + ["--help", "--version"]
    let nearest = nearest(word, among: names)
    return failure("Unknown option '\(word)'" + (nearest.map { ". Did you mean '\($0)'?" } ?? ""))
  }

  private func failure(
    _ message: String, _ option: (any DeclaredOption)? = nil, _ name: String? = nil
  )
    -> UsageError
  {
    UsageError(
      message,
      help: option.map { "\($0.facts.synopsis(name, repeats: false))  \($0.facts.help)" },
      command: command, synopsis: Command.synopsis(of: options))
  }
}
