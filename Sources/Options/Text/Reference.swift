/// The page of all options in Markdown, 100 columns wide.
extension CommandProgram {
  /// The page, with its heading.
  public func reference() -> String {
    var lines = [
      "# Options", "",
      "All commands and their options. This page is generated from the declarations in the sources "
        + "by",
      "`ci/manual`; do not edit it. The manual page docs/verglas.1 has the same content.", "",
    ]
    for command in commands where !command.isHidden {
      lines += ["## \(name) \(command.text.name)", ""]
      lines += wrapped(command.text.summary, width: 100) + [""]
      lines += ["```", "\(name) \(command.text.name) \(command.synopsis)", "```", ""]
      lines += markdown(command.text.discussion) + [""]
      for (title, options) in command.sections {
        lines += ["### \(title.text)", ""]
        for option in options {
          let first = "- `\(option.shownName)`: \(option.shownHelp)"
          let rows = wrapped(first, width: 98)
          lines += [rows[0]] + rows.dropFirst().map { "  \($0)" }
        }
        lines.append("")
      }
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }

  /// Paragraphs are wrapped; lines that begin with a space are examples.
  private func markdown(_ text: String) -> [String] {
    var lines: [String] = [], inExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let isExample = line.hasPrefix(" ")
      if isExample != inExample {
        if isExample {
          if lines.last != "" { lines.append("") }
          lines.append("```")
        } else {
          lines.append("```")
        }
        inExample = isExample
      }
      lines += isExample ? [String(line.dropFirst(2))] : wrapped(line, width: 100)
    }
    if inExample { lines.append("```") }
    return lines
  }
}
