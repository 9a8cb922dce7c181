/// Completion scripts for shells: commands, options, and the accepted words of options.
extension CommandProgram {
  private var shown: [Command] { commands.filter { !$0.isHidden } }
  private var commandNames: String { (shown.map(\.text.name) + ["help"]).joined(separator: " ") }

  private func names(_ command: Command) -> [String] {
    command.options.map(\.facts).filter { !$0.isArgument }.flatMap { facts in
      [facts.name] + (facts.letter.map { ["-\($0)"] } ?? [])
    } + ["--help"]
  }

  private func lists(_ command: Command) -> [OptionFacts] {
    command.options.map(\.facts).filter { !$0.choices.isEmpty && !$0.isArgument }
  }

  /// A script for bash.
  func bashCompletion() -> String {
    var lines = [
      "# bash completion of \(name)",
      "_\(name)() {",
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"",
      "  COMPREPLY=()",
      "  if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$previous\" = help ]; then",
      "    COMPREPLY=($(compgen -W \"\(commandNames) --help --version\" -- \"$current\"))",
      "    return",
      "  fi",
      "  case \"${COMP_WORDS[1]} $previous\" in",
    ]
    for command in shown {
      for facts in lists(command) {
        let words = facts.choices.joined(separator: " ")
        lines += [
          "    \"\(command.text.name) \(facts.name)\")",
          "      COMPREPLY=($(compgen -W \"\(words)\" -- \"$current\")); return ;;",
        ]
      }
    }
    lines += ["  esac", "  case \"$current\" in", "    -*)", "      case \"${COMP_WORDS[1]}\" in"]
    for command in shown {
      lines += [
        "        \(command.text.name))",
        "          COMPREPLY=($(compgen -W \"\(names(command).joined(separator: " "))\""
          + " -- \"$current\")) ;;",
      ]
    }
    lines += [
      "      esac ;;", "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;", "  esac", "}",
      "complete -o filenames -F _\(name) \(name)",
    ]
    return lines.joined(separator: "\n")
  }

  /// A script for zsh.
  func zshCompletion() -> String {
    func quoted(_ text: String) -> String {
      text.replacing("'", with: "'\\''").replacing("[", with: "\\[").replacing("]", with: "\\]")
        .replacing(":", with: "\\:")
    }
    var lines = ["#compdef \(name)", "_\(name)() {", "  local -a commands", "  commands=("]
    lines += shown.map { "    '\($0.text.name):\(quoted($0.text.summary))'" }
    lines += [
      "    'help:Show help information.'", "  )", "  if (( CURRENT == 2 )); then",
      "    _describe command commands", "    return", "  fi",
      "  local command=$words[2]", "  shift words", "  (( CURRENT-- ))", "  case $command in",
      "    help) _describe command commands ;;",
    ]
    for command in shown {
      lines.append("    \(command.text.name)) _arguments \\")
      for option in command.options {
        let facts = option.facts
        let action = facts.choices.isEmpty ? "_files" : "(\(facts.choices.joined(separator: " ")))"
        if facts.isArgument {
          lines.append(
            "      '\(facts.kind == .arguments ? "*" : ""):\(quoted(facts.valueName)):_files' \\")
          continue
        }
        for name in [facts.name] + (facts.letter.map { ["-\($0)"] } ?? []) {
          let value = facts.kind == .flag ? "" : ":\(quoted(facts.valueName)):\(action)"
          let star = facts.kind == .repeated ? "*" : ""
          lines.append("      '\(star)\(name)[\(quoted(facts.help))]\(value)' \\")
        }
      }
      lines.append("      '--help[Show help information.]' ;;")
    }
    return (lines + ["  esac", "}", "_\(name) \"$@\""]).joined(separator: "\n")
  }

  /// A script for fish.
  func fishCompletion() -> String {
    func quoted(_ text: String) -> String {
      "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
    let first = "not __fish_seen_subcommand_from \(commandNames)"
    var lines = [
      "complete -c \(name) -n \(quoted(first)) -f -l version -d 'Show the version.'",
      "complete -c \(name) -n \(quoted(first)) -f -a help -d 'Show help information.'",
      "complete -c \(name) -s h -l help -d 'Show help information.'",
    ]
    for command in shown {
      lines.append(
        "complete -c \(name) -n \(quoted(first)) -f -a \(command.text.name) "
          + "-d \(quoted(command.text.summary))")
      let seen = quoted("__fish_seen_subcommand_from \(command.text.name)")
      for facts in command.options.map(\.facts) where !facts.isArgument {
        let letter = facts.letter.map { "-s \($0) " } ?? ""
        let value =
          facts.kind == .flag
          ? ""
          : facts.choices.isEmpty ? "-r " : "-x -a \(quoted(facts.choices.joined(separator: " "))) "
        lines.append(
          "complete -c \(name) -n \(seen) \(letter)-l \(facts.name.dropFirst(2)) \(value)"
            + "-d \(quoted(facts.help))")
      }
    }
    return lines.joined(separator: "\n")
  }
}
