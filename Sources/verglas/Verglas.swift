import JobControl
import Learning
import Options
import Pipeline

import Glibc

/// The program: a command line becomes options, options a run, the run an exit code.
@main
enum Verglas {
  /// All commands, in the order of help.
  static let program = CommandProgram(
    "verglas", version: VerglasVersion.number,
    "Maps the local phases of matter in molecular-dynamics trajectories.",
    discussion: """
      For each molecule of each frame Verglas computes the SOAP descriptor of its environment and \
      classifies it with a small neural network: amorphous ice is labelled low-, medium- or \
      high-density (LDA, MDA, HDA) or intermediate (IA). It counts phases, finds clusters, \
      averages layer profiles and writes one HDF5 file.

      Start with
        verglas inspect water.lammpstrj --types 1=O,2=H
        mpirun -n 4 verglas analyze water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors -o results.h5

      Every command except train gives the same results, byte for byte, on any number of
      ranks.
      """,
    commands: [
      Program.command(Analysis.run),
      Program.command { try Inspection.run($0, others: LearningFiles.summary, on: $1) },
      Program.command(Description.run),
      Program.command { try Sampling.run($0, reserved: ResultsTable.reservedNames, on: $1) },
      Program.command { try TrainingRun.run($0, reserved: ResultsTable.reservedNames, on: $1) },
      Program.command { try EvaluationRun.run($0, reserved: ResultsTable.reservedNames, on: $1) },
      Program.command(InterfaceRun.run), Program.command(Generation.run),
      Program.command(ScalingRun.run), Program.command(ExportRun.run),
      Command(isHidden: true, run: Manual.print),
      Command(isHidden: true, run: Datasets.print),
    ])

  /// Command-line errors and help are printed by one rank, however many processes the launcher
  /// started.
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    let isFirst = (Program.launchedRank ?? 0) == 0
    do {
      if let place = words.firstIndex(where: \.isEmpty) {
        let previous = place == 0 ? "verglas" : words[place - 1]
        throw RunError(
          "the argument after '\(previous)' is empty; check whether a shell variable is unset",
          .usage)
      }
      switch try program.request(words, line: line(of: words)) {
      case .text(let text): if isFirst { print(text) }
      case .version: if isFirst { print(VerglasVersion.details.joined(separator: "\n")) }
      case .run(let run): run()
      }
    } catch {
      guard Program.launchedRank != nil else {
        FileOutput.standardError("verglas: error: \(error)")
        exit(JobControl.ExitCode.usage.rawValue)
      }
      // A launcher ends all ranks as soon as one exits with a code, maybe before the first has
      // printed the reason: they exit together.
      Program.run { _ in throw RunError("\(error)", .usage) }
    }
  }

  /// The command line, for the results.
  private static func line(of words: [String]) -> String {
    let name = CommandLine.arguments[0].split(separator: "/").last ?? "verglas"
    return ([String(name)] + words).map { word in
      word.contains(" ") || word.contains("*") ? "'\(word)'" : word
    }.joined(separator: " ")
  }
}

/// Writing to standard error.
enum FileOutput {
  static func standardError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    bytes.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress!, $0.count) }
  }
}
