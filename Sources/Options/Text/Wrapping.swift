/// Lines of at most `width` characters, broken at spaces; lines that begin with a space are
/// unchanged.
func wrapped(_ text: String, width: Int) -> [String] {
  text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
    guard line.first != " " else { return [String(line)] }
    var lines: [String] = [], current = ""
    for word in line.split(separator: " ") {
      if !current.isEmpty, current.count + 1 + word.count > width {
        lines.append(current)
        current = ""
      }
      current += current.isEmpty ? String(word) : " \(word)"
    }
    return lines + [current]
  }
}

extension DeclaredOption {
  /// `-o, --output <FILE>`.
  var shownName: String {
    (facts.letter.map { "-\($0), " } ?? "") + facts.synopsis(repeats: false)
  }

  /// The help text, the accepted words and the default.
  var shownHelp: String {
    let initial = facts.otherwise ?? shownValue
    let notes = [
      facts.choices.isEmpty ? nil : "values: \(facts.choices.joined(separator: ", "))",
      initial.map { "default: \($0)" },
    ].compactMap { $0 }
    return facts.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }
}
