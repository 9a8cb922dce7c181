import Foundation
import HDF5
import ProgramSupport
import TestSupport

/// The small water trajectory and its models, shared by the tests of a command.
struct Bench {
  let item: SmallCase
  let folder: Folder

  init() throws {
    item = try SmallCase.shared.get()
    folder = try Folder()
  }

  static let types = ["--types", "1=O,2=H"]

  /// Lines of the whole clean dump, and the number of lines per frame.
  var lines: [String] { (0..<3).flatMap { item.water.lines($0) } }
  var frameLines: Int { item.water.lines(0).count }

  /// Runs `analyze` on one file, into `output`, after `--overwrite`.
  func analyze(
    _ path: String, _ options: [String] = [], types: [String] = Bench.types,
    output: String = "r.h5", ranks: Int? = nil
  ) throws
    -> Outcome
  {
    try Program.run(
      [
        "analyze", path, "--model", item.model, "--precision", "double", "--overwrite", "-o",
        folder(output),
      ] + types + options, ranks: ranks
    )
  }

  /// Values of a dataset of the last results.
  func reals(_ path: String, output: String = "r.h5") throws -> [Float] {
    try File.open(folder(output)).dataset(path).readAll(Float.self)
  }

  /// Ids and probabilities of the last results, sorted by id in the file.
  func probabilities(output: String = "r.h5") throws -> [Float] {
    try reals("/particles/centers/small-OH/probability/value", output: output)
  }
}

/// Whether a regular expression matches in a text.
func matches(_ text: String, _ pattern: String) -> Bool {
  text.range(of: pattern, options: .regularExpression) != nil
}

/// Largest |a − b|; NaN if one is NaN or the lengths differ.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .nan }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
