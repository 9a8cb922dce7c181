import Foundation
import Geometry
import HDF5
import ProgramSupport

/// Datasets of artificial phases, sampled once for all tests: ice with small and with large
/// displacements.
struct Lesson: Sendable {
  let folder: Folder
  /// 150 environments of each of two classes, 63 features (O,H; n_max 3, l_max 2).
  let two: String
  /// 100 of each of three, 18 features (O only).
  let three: String

  static let shared = Result { try Lesson() }

  private init() throws {
    folder = try Folder()
    var paths: [String] = []
    for (k, seed) in [UInt64(1), 2, 3].enumerated() {
      // Each class in a different cell and with different displacements.
      var water = try WaterDump(frames: 5, seed: seed)
      for f in water.frames.indices {
        let scale = 1 - 0.08 * Double(k)
        let cell = water.frames[f].cell
        water.frames[f].cell = try Cell(lengths: Vector(cell.a.x, cell.b.y, cell.c.z) * scale)
        water.frames[f].positions = water.frames[f].positions.map { $0 * scale }
      }
      paths.append(try folder.write(water.text(), as: "class-\(k).lammpstrj"))
    }
    two = folder("two.h5")
    three = folder("three.h5")
    try Self.sample(
      [
        "--class", "cold=\(paths[0])", "--class", "warm=\(paths[1])", "--n-max", "3", "--l-max",
        "2", "--per-class", "150",
      ], to: two)
    try Self.sample(
      [
        "--class", "a=\(paths[0])", "--class", "b=\(paths[1])", "--class", "c=\(paths[2])",
        "--species", "O", "--n-max", "3", "--l-max",
        "2",
        "--per-class", "100",
      ], to: three)
  }

  /// A dataset of two classes that overlap, five files of each: `d.h5` in a folder.
  static func overlapping(in folder: Folder, _ more: [String] = []) throws -> String {
    for (k, name) in ["a", "b"].enumerated() {
      for file in 0..<5 {
        var water = try WaterDump(frames: 3, seed: UInt64(50 * k + file + 1))
        for f in water.frames.indices {
          let scale = 1 - 0.003 * Double(k)
          let cell = water.frames[f].cell
          water.frames[f].cell = try Cell(lengths: Vector(cell.a.x, cell.b.y, cell.c.z) * scale)
          water.frames[f].positions = water.frames[f].positions.map { $0 * scale }
        }
        try folder.write(water.text(), as: "\(name)-\(file).lammpstrj")
      }
    }
    try sample(
      [
        "--class", "a=\(folder("a-*"))", "--class", "b=\(folder("b-*"))", "--species", "O",
        "--n-max", "3", "--l-max", "2", "--per-class", "150",
      ] + more, to: folder("d.h5"))
    return folder("d.h5")
  }

  static func sample(_ arguments: [String], to path: String) throws {
    let outcome = try Program.run(
      ["sample", "--types", "1=O,2=H", "--r-cut", "4", "-o", path, "--quiet"] + arguments)
    guard outcome.code == 0 else { throw Failure(description: "sample: \(outcome)") }
  }

  /// A modified copy of a dataset.
  static func altered(_ path: String, in folder: Folder, _ change: (borrowing File) throws -> Void)
    throws -> String
  {
    let copy = folder("altered.h5")
    try write(try bytes(of: path), to: copy)
    let file = try File.open(copy, writable: true)
    try change(file)
    try file.close()
    return copy
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}

/// A quick network for small datasets.
let quick = ["--hidden", "24,16", "--batch", "32", "--max-epochs", "30", "--quiet"]

/// `verglas train` on a dataset.
func train(_ dataset: String, to path: String, ranks: Int? = nil, _ more: [String] = quick) throws
  -> Outcome
{
  try Program.run(["train", dataset, "-o", path] + more, ranks: ranks)
}
