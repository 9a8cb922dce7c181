import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Six files of each of two classes, from three parents of each.
private struct ParentClasses {
  let folder: Folder

  static let shared = Result { try ParentClasses() }

  private init() throws {
    folder = try Folder()
    for (k, name) in ["cold", "warm"].enumerated() {
      for parent in 0..<3 {
        for state in 0..<2 {
          let seed = UInt64(100 * k + 10 * parent + state + 1)
          var water = try WaterDump(frames: 3, seed: seed)
          water.steps = water.steps.map { $0 / 2 }
          try folder.write(water.text(), as: "\(name)\(parent)-\(state).lammpstrj")
        }
      }
    }
  }

  func arguments(_ output: String, _ more: [String] = [], perClass: Int = 60) -> [String] {
    [
      "sample", "--class", "cold=\(folder("cold*.lammpstrj"))", "--class",
      "warm=\(folder("warm*.lammpstrj"))", "--types", "1=O,2=H", "--r-cut", "4", "--n-max", "3",
      "--l-max", "2", "--per-class", "\(perClass)", "-o", output,
    ] + more
  }
}

/// Splits that keep files together, and the part `mixed`.
@Suite(.serialized, .tags(.mpi)) struct SplitTests {
  /// Parts in which the rows of each file occur.
  private func parts(_ set: Dataset) -> [Set<UInt8>] {
    set.files.indices.map { f in
      Set(set.split.indices.filter { set.file[$0] == Int64(f) }.map { set.split[$0] })
    }
  }

  @Test("with enough files each is in one part, and training files have environments to spare")
  func byFile() throws {
    let item = try ParentClasses.shared.get()
    let folder = try Folder()
    var files: [[UInt8]] = []
    for ranks in [nil, 1, 2, 3, 7] {
      let outcome = try Program.run(
        item.arguments(folder("d.h5"), ["--overwrite"]), ranks: ranks)
      try #require(outcome.code == 0, "\(outcome)")
      #expect(outcome.error.contains("split by file"), "\(outcome)")
      #expect(outcome.error.contains("the accuracy that a split by environment would have given"))
      #expect(outcome.output.contains("g(r)"), "\(outcome)")
      files.append(try bytes(of: folder("d.h5")))
    }
    for other in files.dropFirst() { #expect(other == files[0]) }
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[36, 12, 12], [36, 12, 12]])
    #expect(set.split.filter { $0 == 3 }.count == 24 && set.count == 144)
    #expect(set.isOrdered)
    for parts in parts(set) {
      #expect([[0, 3], [1], [2]].contains(parts.sorted()), "\(parts)")
    }
    let group = try File.open(folder("d.h5")).group("/dataset")
    #expect(try group.textAttribute("split_by") == "file")
    let told = try Program.run(["inspect", folder("d.h5")])
    #expect(told.code == 0 && told.output.contains("mixed"), "\(told)")
  }

  @Test("by parent, all files of one parent are in one part") func byParent() throws {
    let item = try ParentClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(
      item.arguments(
        folder("d.h5"), ["--split-by", "parent", "--neighbor-cutoff", "3.1", "--quiet"]), ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[36, 12, 12], [36, 12, 12]])
    let found = parts(set)
    for parent in 0..<6 { #expect(found[2 * parent] == found[2 * parent + 1]) }
    #expect(
      try File.open(folder("d.h5")).dataset("/dataset/neighbor_cutoff").readAll(Double.self)
        == [3.1])
    let few = try Program.run(
      [
        "sample", "--class", "cold=\(item.folder("cold0-*"))", "--class",
        "warm=\(item.folder("warm*"))", "--types", "1=O,2=H", "--per-class", "30", "--split-by",
        "parent", "-o", folder("f.h5"),
      ])
    #expect(
      few.code == 65
        && few.error.contains("class cold has 1 parent; --split-by parent needs at least three"),
      "\(few)")
  }

  @Test("where all environments are wanted, few or none are left for the part mixed")
  func exhausted() throws {
    let item = try ParentClasses.shared.get()
    let folder = try Folder()
    // 96 environments in each file: 4 files for 342, so 42 are left.
    let outcome = try Program.run(
      item.arguments(
        folder("d.h5"), ["--split-by", "file", "--quiet", "--frames", ":2"], perClass: 200))
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[120, 40, 40], [120, 40, 40]])
    #expect(set.isOrdered)
  }
}
