import Options

/// Options of every kind.
struct TrialOptions: CommandOptions {
  static let command = CommandText("try", "Try options.", discussion: "A paragraph.\n  an example")
  static let inputs = OptionTitle("Inputs")
  static let other = OptionTitle("Other")

  enum Shape: String, OptionChoice { case round, square }

  @Option(.argument("FIRST", inputs, "A word."))
  var first = ""

  @Option(.arguments("REST", inputs, "More words."))
  var rest: [String] = []

  @Option(
    .value(
      "--numbers", "X[,X…]", other, "Numbers.",
      check: .expect("numbers above 0") { $0.allSatisfy { $0 > 0 } },
      record: .attribute("numbers")))
  var numbers = [0.5, 2]

  @Option(.value("--shape", "SHAPE", other, "A shape."))
  var shape = Shape.round

  @Option(.value("--method", "NAME", other, "A method.").once())
  var method = "plain"

  @Option(
    .value(
      "--limit", "N", other, "A limit.", otherwise: "none",
      record: .attribute("limit") {
        .integer(Int64($0 ?? 0))
      }))
  var limit: Int? = nil

  @Option(.repeated("--name", "NAME", inputs, "A name."))
  var names: [String] = []

  @Option(
    .value("--output", letter: "o", "FILE", other, "A file.", isRequired: true))
  var output = ""

  @Option(.flag("--loud", other, "Loud."))
  var loud = false

  var group = TrialGroup()
  var commandLine = ""
}

/// Options of a property of the options.
struct TrialGroup: OptionGroup {
  @Option(.value("--seed", "N", TrialOptions.other, "A seed."))
  var seed: UInt64 = 1
}

/// What a command line makes of the options.
func read(_ line: String) throws -> TrialOptions {
  let seen = Seen()
  let program = CommandProgram(
    "p", version: "1", "A program.", discussion: "",
    commands: [Command { (options: TrialOptions) in seen.options = options }])
  let words = line.split(separator: " ").map(String.init)
  guard case .run(let run) = try program.request(words, line: "p \(line)") else {
    throw NoRun()
  }
  run()
  return try seen.options.get()
}

struct NoRun: Error {}

/// Where a run leaves its options; one thread uses it.
private final class Seen: @unchecked Sendable {
  var options: TrialOptions?
}

extension Optional {
  fileprivate func get() throws -> Wrapped {
    guard let self else { throw NoRun() }
    return self
  }
}
