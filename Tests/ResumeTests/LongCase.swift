import Foundation
import HDF5
import ProgramSupport
import TestSupport

/// A longer run: 28 frames of 1152 molecules in three files, four groups of frames, and the results
/// of an uninterrupted run.
struct LongCase: Sendable {
  let folder: Folder
  /// The files, in step order; the dump from which they were made.
  let files: [String]
  let water: WaterDump
  let model: String
  /// One that takes ten times as long.
  let slowModel: String
  /// Everything under /particles and /observables of the uninterrupted run, by path; and for each
  /// dataset the values of each frame.
  let expected: [String: Contents]

  static let shared = Result { try LongCase() }
  static let frames = 28
  /// Frames of each file.
  static let parts = [0..<10, 10..<17, 17..<28]

  private init() throws {
    folder = try Folder()
    let water = try WaterDump(frames: Self.frames, repeats: SIMD3(6, 4, 6))
    self.water = water
    let directory = folder
    files = try Self.parts.enumerated().map { k, part in
      try directory.write(
        part.flatMap { water.lines($0) }.map { $0 + "\n" }.joined(), as: "run\(k).lammpstrj")
    }
    model = try SmallModel.write(
      "small-OH", classes: ["LDA", "HDA"], species: ["O", "H"], radial: 3, degree: 3,
      for: SmallCase.shared.get().trajectory, in: folder,
      seed: 5)
    slowModel = try SmallModel.write(
      "slow-OH", classes: ["LDA", "HDA"], species: ["O", "H"], radial: 12, degree: 12,
      for: SmallCase.shared.get().trajectory, in: folder,
      seed: 7)
    let outcome = try Program.run(Self.arguments(files, model, to: folder("expected.h5")), ranks: 2)
    guard outcome.code == 0 else { throw SmallModel.Failure(description: "\(outcome)") }
    expected = try Self.contents(of: folder("expected.h5"))
  }

  /// The command that is interrupted.
  static func arguments(_ files: [String], _ model: String, to output: String) -> [String] {
    ["analyze"] + files + [
      "--types", "1=O,2=H", "--model", model, "--profile", "z", "--per-molecule", "all", "--quiet",
      "-o", output,
    ]
  }

  func arguments(to output: String) -> [String] { Self.arguments(files, model, to: output) }

  /// A command that runs for seconds.
  func slowArguments(to output: String) -> [String] {
    arguments(to: output) + ["--model", slowModel, "--precision", "double"]
  }

  /// Everything under /particles and /observables.
  static func contents(of path: String) throws -> [String: Contents] {
    try Contents.all(of: path, below: "/particles").merging(
      Contents.all(of: path, below: "/observables")
    ) { $1 }
  }

  /// The marks of a results file, which must be readable, after comparing every frame that is
  /// marked complete with the uninterrupted run.
  func checkedMarks(of path: String) throws -> [UInt8] {
    let marks = try File.open(path).dataset("/verglas/done").readAll(UInt8.self)
    let found = try Self.contents(of: path)
    for (name, entry) in found {
      guard let wanted = expected[name], wanted.kind == entry.kind,
        wanted.attributes == entry.attributes
      else {
        throw SmallModel.Failure(description: "\(name) differs: \(entry.kind) \(entry.attributes)")
      }
      guard !entry.values.isEmpty, name != "/particles/centers/id",
        !name.hasSuffix("cluster_size/edges")
      else { continue }
      let row = wanted.values.count / Self.frames
      for (frame, mark) in marks.enumerated() where mark == 1 {
        guard
          entry.values[frame * row..<(frame + 1) * row]
            == wanted.values[frame * row..<(frame + 1) * row]
        else {
          throw SmallModel.Failure(
            description: "\(name) differs in frame \(frame), which is marked done")
        }
      }
    }
    return marks
  }
}
