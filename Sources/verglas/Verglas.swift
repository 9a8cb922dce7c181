import ArgumentParser
import Pipeline

import Glibc

/// The program: options become a plan, the plan a run, the run an exit code.
@main
struct Verglas: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verglas",
    abstract: "Maps the local phases of matter in molecular-dynamics trajectories.",
    discussion: """
      For each molecule of each frame Verglas computes the SOAP descriptor of its surroundings, runs a small neural network on it and so \
      labels amorphous ice as low-, medium- or high-density (LDA, MDA, HDA) or intermediate (IA). It counts phases, finds clusters, \
      averages layer profiles and writes one HDF5 file.

      Start with
        verglas inspect water.lammpstrj --types 1=O,2=H
        mpirun -n 4 verglas analyze water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors -o results.h5

      The same command gives the same bytes in the results on any number of ranks.
      """,
    version: "verglas \(VerglasVersion.number)",
    subcommands: [
      Analyze.self, Inspect.self, Describe.self, Sample.self, Train.self, Evaluate.self,
      Interface.self, Generate.self, Scaling.self,
      Export.self, Datasets.self,
    ])

  /// Errors of the command line and help are printed by one rank, whatever the launcher started.
  static func main() {
    do {
      let words = CommandLine.arguments
      if let place = words.indices.dropFirst().first(where: { words[$0].isEmpty }) {
        throw ValidationError(
          "the argument behind '\(words[place - 1])' is empty: a shell variable that is not set?")
      }
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let text = fullMessage(for: error)
      if exitCode(for: error).isSuccess {
        // The libraries are asked only when somebody wants to know.
        let isVersion = text == configuration.version
        if (Program.launchedRank ?? 0) == 0 {
          print(isVersion ? VerglasVersion.details.joined(separator: "\n") : text)
        }
        Glibc.exit(0)
      }
      let message = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
      guard Program.launchedRank != nil else {
        FileOutput.standardError("verglas: error: " + message)
        Glibc.exit(Pipeline.ExitCode.usage.rawValue)
      }
      // A launcher ends all ranks as soon as one leaves with a code, maybe before the first has
      // said why: they leave together.
      Program.run { _ in throw RunError(message, .usage) }
    }
  }
}

/// Writing to standard error.
enum FileOutput {
  static func standardError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    bytes.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress!, $0.count) }
  }
}
