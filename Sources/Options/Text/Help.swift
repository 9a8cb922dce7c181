/// Help for a terminal: 80 columns, options grouped under titles.
extension CommandProgram {
  private static let width = 80
  private static let column = 26

  /// Help for the program.
  func help() -> String {
    let entries = commands.filter { !$0.isHidden }.map { ($0.text.name, $0.text.summary) }
    return overview(summary, discussion)
      + [
        "USAGE: \(name) <subcommand>", "",
      ].joined(separator: "\n") + "\n"
      + section("Options", [("--version", "Show the version."), Self.helpEntry])
      + section("Subcommands", entries)
      + "  See '\(name) help <subcommand>' for detailed help."
  }

  /// Help for a command.
  func help(_ command: Command) -> String {
    let sections = command.sections.map { title, options in
      section(title.text, options.map { ($0.shownName, $0.shownHelp) })
    }
    return overview(command.text.summary, command.text.discussion)
      + "USAGE: \(name) \(command.text.name) \(command.synopsis)\n\n" + sections.joined()
      + section("Help", [Self.helpEntry]).dropLast()
  }

  private static let helpEntry = ("-h, --help", "Show help information.")

  private func overview(_ summary: String, _ discussion: String) -> String {
    let text = wrapped("OVERVIEW: \(summary)\n\n\(discussion)", width: Self.width)
    return text.joined(separator: "\n") + "\n\n"
  }

  private func section(_ title: String, _ entries: [(name: String, help: String)]) -> String {
    var lines = ["\(title.uppercased()):"]
    for (name, help) in entries {
      var start = "  \(name)"
      if start.count > Self.column - 1 {
        lines.append(start)
        start = ""
      }
      for line in wrapped(help, width: Self.width - Self.column) {
        lines.append(start + String(repeating: " ", count: Self.column - start.count) + line)
        start = ""
      }
    }
    return lines.joined(separator: "\n") + "\n\n"
  }
}
