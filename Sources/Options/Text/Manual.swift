/// The manual page in roff (`man` macros).
extension CommandProgram {
  /// The page; the text after the commands is given as lines of roff.
  public func manual(closing: [(title: String, text: String)]) -> String {
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\" \"User Commands\"",
      ".SH NAME", "\(name) \\- \(escaped(summary))",
      ".SH SYNOPSIS", "\\fB\(name)\\fR \\fIcommand\\fR [\\fIoptions\\fR]", ".br",
      "mpirun \\-n \\fIN\\fR \\fB\(name)\\fR \\fIcommand\\fR [\\fIoptions\\fR]",
      ".SH DESCRIPTION",
    ]
    lines += roff(discussion) + [".SH COMMANDS"]
    for command in commands where !command.isHidden {
      lines += [
        ".SS \(name) \(command.text.name)", escaped(command.text.summary), ".PP",
        "\\fB\(name) \(command.text.name)\\fR \(escaped(command.synopsis))", ".PP",
      ]
      lines += roff(command.text.discussion)
      for (title, options) in command.sections {
        lines += [".PP", "\\fI\(escaped(title.text))\\fR"]
        for option in options {
          lines += [".TP", "\\fB\(escaped(option.shownName))\\fR", escaped(option.shownHelp)]
        }
      }
    }
    for (title, text) in closing { lines += [".SH \(title)"] + roff(text) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func roff(_ text: String) -> [String] {
    var lines: [String] = [], inExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let isExample = line.hasPrefix(" ")
      if isExample != inExample {
        lines += isExample ? [".PP", ".nf", ".RS"] : [".RE", ".fi", ".PP"]
        inExample = isExample
      }
      if line.isEmpty {
        if lines.last != ".PP" { lines.append(".PP") }
      } else {
        lines.append(escaped(isExample ? String(line.dropFirst(2)) : line))
      }
    }
    return lines + (inExample ? [".RE", ".fi"] : [])
  }

  /// Text with roff requests and escapes quoted.
  private func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}
