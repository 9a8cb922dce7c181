import Foundation
import TestSupport
import Testing

@testable import Options

/// Texts that are made from declarations.
@Suite(.tags(.fast)) struct TextTests {
  private let program = CommandProgram(
    "p", version: "1", "A program with 'quotes' and a \\.", discussion: "Its text.\n  p try",
    commands: [
      Command { (_: TrialOptions) in }, Command(isHidden: true) { (_: HiddenOptions) in },
    ])

  private struct HiddenOptions: CommandOptions {
    static let command = CommandText("secret", "Hidden.", discussion: "")
    var commandLine = ""
  }

  private func text(_ words: [String]) throws -> String {
    guard case .text(let text) = try program.request(words, line: "") else { throw NoRun() }
    return text
  }

  @Test("help shows options under their titles, with choices and defaults") func help() throws {
    let help = try text(["help", "try"])
    let others = try [text(["try", "--help"]), text(["try", "x", "-h"])]
    #expect(others == [help, help])
    #expect(help.contains("USAGE: p try [<options>] <FIRST> <REST> ... --output <FILE>\n"))
    let inputs = try #require(help.range(of: "INPUTS:\n")).upperBound
    let other = try #require(help.range(of: "OTHER:\n")).lowerBound
    #expect(help[inputs..<other].contains("--name <NAME>"))
    #expect(!help[inputs..<other].contains("--shape"))
    #expect(help.contains("A shape. (values: round, square; default: round)"))
    #expect(help.contains("Numbers. (default: 0.5,2)") && help.contains("A limit. (default: none)"))
    #expect(help.contains("  -o, --output <FILE>"))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("help of the program lists commands that are not hidden") func root() throws {
    for words in [[], ["help"], ["--help"], ["-h"]] {
      let help = try text(words)
      #expect(help.contains("  try ") && !help.contains("secret"))
    }
    guard case .version = try program.request(["--version"], line: "") else {
      Issue.record("no version")
      return
    }
  }

  @Test("pages have every option; roff and Markdown are escaped") func pages() {
    let manual = program.manual(closing: [("END", "'tis over")])
    let page = program.reference()
    for name in ["--numbers", "--shape", "--limit", "--name", "--output", "--loud", "--seed"] {
      #expect(page.contains("`\(name)") || page.contains(", \(name)"), "\(name)")
      #expect(manual.contains(name.replacing("-", with: "\\-")), "\(name)")
    }
    #expect(manual.contains("a \\e.") && manual.contains("\n\\&'tis over"))
    #expect(!page.contains("secret") && !manual.contains("secret"))
    #expect(page.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("completion knows commands, options and choices", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) throws {
    let script = try text(["--generate-completion-script", shell])
    let again = try text(["--generate-completion-script=\(shell)"])
    #expect(script == again)
    #expect(script.contains("round square") && script.contains("try") && script.contains("shape"))
    #expect(!script.contains("secret"))
  }

  @Test("an unknown shell is refused") func shells() {
    #expect(throws: UsageError.self) { try text(["--generate-completion-script", "csh"]) }
  }
}
