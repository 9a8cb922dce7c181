import TestSupport
import Testing

@testable import Options

/// Words of a command line become values.
@Suite(.tags(.fast)) struct ReadingTests {
  @Test("options and arguments in any order") func order() throws {
    let options = try read("try a -o out --name x b --numbers 3,4 c --name=y --loud")
    #expect(options.first == "a" && options.rest == ["b", "c"] && options.output == "out")
    #expect(options.names == ["x", "y"] && options.numbers == [3, 4] && options.loud)
    #expect(options.shape == .round && options.limit == nil && options.group.seed == 1)
    #expect(options.commandLine == "p try a -o out --name x b --numbers 3,4 c --name=y --loud")
  }

  @Test("a value may begin with a minus sign, but is no option") func minus() throws {
    #expect(try read("try a b -o x --numbers -1").numbers == [-1])
    #expect(try read("try a b -o x --limit=-3").limit == -3)
    #expect(try read("try a b -o -").output == "-")
    #expect(throws: UsageError.self) { try read("try a b -o x --limit --loud") }
    #expect(throws: UsageError.self) { try read("try a b --name -o x") }
  }

  @Test("-- ends the options") func end() throws {
    let options = try read("try -o x -- a --loud -o")
    #expect(options.first == "a" && options.rest == ["--loud", "-o"] && !options.loud)
  }

  @Test("the last of several values counts, options in groups are found") func last() throws {
    let options = try read("try a b -o x -o=y --shape square --shape round --seed 7")
    #expect(options.output == "y" && options.shape == .round && options.group.seed == 7)
  }

  @Test("an option that is given once may be repeated with the same value") func once() throws {
    #expect(try read("try a b -o x --method fast --method=fast").method == "fast")
    let message = "The option '--method' is given twice, as 'fast' and 'slow'; expected it once"
    for line in ["--method fast --method slow", "--method=fast --method=slow --method fast"] {
      let error = #expect(throws: UsageError.self) { try read("try a b -o x \(line)") }
      #expect(try #require(error).description.hasPrefix(message))
    }
  }

  static let refusals = [
    ("try", "Missing expected argument '<FIRST>'"),
    ("try a", "Missing expected argument '<REST> ...'"),
    ("try a b", "Missing expected argument '--output <FILE>'"),
    ("try a b -o", "Missing value for '-o <FILE>'"),
    ("try a b -o x --limit", "Missing value for '--limit <N>'"),
    ("try a b -o x --limit two", "The value 'two' is invalid for '--limit <N>'"),
    (
      "try a b -o x --numbers 1,",
      "The value '1,' is invalid for '--numbers <X[,X…]>': expected numbers separated by commas, "
        + "found '1,'"
    ),
    (
      "try a b -o x --shape flat",
      "The value 'flat' is invalid for '--shape <SHAPE>': expected round or square"
    ),
    ("try a b -o x --loud=yes", "The option '--loud' takes no value, found 'yes'"),
    ("try a b -o x --nubmers 3", "Unknown option '--nubmers'. Did you mean '--numbers'?"),
    ("try a b -o x -seed 3", "Unknown option '-seed'. Did you mean '--seed'?"),
    ("try a b -o x --elephant", "Unknown option '--elephant'\n"),
    ("tri a", "Unexpected argument 'tri': there is no such command. Did you mean 'try'?"),
    ("elephant", "Unexpected argument 'elephant': there is no such command\n"),
    ("--hlep", "Unknown option '--hlep'. Did you mean '--help'?"),
  ]

  @Test("is refused with the usage of the command", arguments: refusals) func refused(
    line: String, message: String
  ) throws {
    let error = #expect(throws: UsageError.self) { try read(line) }
    let text = try #require(error).description
    #expect(text.hasPrefix(message), "\(text)")
    #expect(text.contains("\nUsage: p ") && text.hasSuffix("--help' for more information."))
  }

  @Test("copies of options are values") func values() throws {
    let options = try read("try a b -o x")
    var copy = options
    copy.output = "y"
    copy.names.append("z")
    #expect(options.output == "x" && options.names.isEmpty)
    #expect(copy.output == "y" && copy.names == ["z"])
    #expect(TrialOptions().output == "")
  }

  @Test("checks and records follow from the declaration") func declared() throws {
    let options = try read("try a b -o x --numbers 3,-4")
    #expect(
      options.declared.compactMap(\.problem) == ["--numbers: expected numbers above 0, found 3,-4"])
    let recorded = options.declared.compactMap(\.recorded)
    #expect(recorded.map(\.attribute) == ["numbers", "limit"])
    #expect(recorded.map(\.value) == [.reals([3, -4]), .integer(0)])
    #expect(recorded.allSatisfy { $0.isCompared })
  }

  @Test(
    "edit distance",
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "abc", 3), ("model", "modle", 1), ("kitten", "sitting", 3),
      ("threshold", "treshold", 1), ("abc", "abc", 0),
    ]) func distance(a: String, b: String, edits: Int)
  {
    #expect(editDistance(Array(a), Array(b)) == edits)
    #expect(editDistance(Array(b), Array(a)) == edits)
  }
}
