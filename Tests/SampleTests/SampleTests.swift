import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `verglas sample` as a user starts it.
@Suite(.serialized, .tags(.mpi)) struct SampleTests {
  @Test(
    "the same bytes on any number of ranks", arguments: ["environment", "frame"],
    ["double", "single"])
  func sameBytes(rule: String, precision: String) throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    var files: [[UInt8]] = []
    for ranks in [nil, 1, 2, 3, 7] {
      let arguments = item.arguments(
        folder("d.h5"), ["--split-by", rule, "--precision", precision, "--overwrite", "--quiet"])
      let outcome = try Program.run(arguments, ranks: ranks)
      try #require(outcome.code == 0, "\(outcome)")
      files.append(try bytes(of: folder("d.h5")))
    }
    for other in files.dropFirst() { #expect(other == files[0]) }
    #expect(try folder.names() == ["d.h5"])
  }

  @Test("counts are exact, shares even, rows ordered and none twice") func counts() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(item.arguments(folder("d.h5")), ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[90, 30, 30], [90, 30, 30]])
    #expect(set.isOrdered)
    #expect(set.files == item.cold + item.warm)
    // 150 from three files of 160, 160 and 64 environments; from two.
    #expect((0..<5).map(set.perFile) == [50, 50, 50, 75, 75])
    let frames = set.perFrame()
    for (key, count) in frames {
      let share = [10.0, 10, 25, 12.5, 12.5][Int(key[0])]
      #expect(abs(Double(count) - share) < 1, "\(key) \(count)")
    }
    #expect(frames.count == 5 + 5 + 2 + 6 + 6)
    #expect(set.names.count == set.featureCount && set.featureCount == 6 * 3 * 2 + 9 * 3)
    for k in 0..<set.count { #expect(set.step[k] == set.frame[k] * (set.label[k] == 0 ? 100 : 50)) }
    // `inspect` reports the same.
    let told = try Program.run(["inspect", folder("d.h5")])
    #expect(
      told.code == 0 && told.output.contains("300 environments of 2 classes, 63 features"),
      "\(told)")
    #expect(told.output.contains("90           30           30           150"), "\(told)")
  }

  @Test("a file too small for its share gives all it has, and the others the rest")
  func smallFiles() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(item.arguments(folder("d.h5"), perClass: 303), ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[181, 61, 61], [181, 61, 61]])
    #expect(set.perFile(2) == 64)
    #expect([set.perFile(0), set.perFile(1)].sorted() == [119, 120])
    #expect([set.perFile(3), set.perFile(4)].sorted() == [151, 152])
    #expect(set.isOrdered)
    #expect(outcome.warnings.contains { $0.contains("cold-2.lammpstrj 64") }, "\(outcome)")
  }

  @Test("every environment there is") func everything() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(item.arguments(folder("d.h5"), perClass: 384, ["--quiet"]))
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.label.filter { $0 == 0 }.count == 384)
    #expect(set.isOrdered)
  }

  @Test("no frame, or no file, in two parts", arguments: [1, 2, 3]) func keptTogether(seed: Int)
    throws
  {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(
      item.arguments(folder("d.h5"), ["--split-by", "frame", "--seed", "\(seed)"]), ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 2) == [[90, 30, 30], [90, 30, 30]])
    #expect(set.isOrdered)
    var parts: [[Int64]: Set<UInt8>] = [:]
    for k in 0..<set.count { parts[[set.file[k], set.frame[k]], default: []].insert(set.split[k]) }
    #expect(parts.values.allSatisfy { $0.count == 1 })
    // Splitting by file needs three files.
    let refused = try Program.run(item.arguments(folder("f.h5"), ["--split-by", "file"]), ranks: 2)
    #expect(refused.code == 65 && refused.complaints.count == 1, "\(refused)")
    #expect(
      refused.error.contains("class warm has 2 files; --split-by file needs at least three"),
      "\(refused)")
  }

  @Test("the seed decides, and it alone") func seeds() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    var sets: [Dataset] = []
    for (name, seed) in [("a.h5", "1"), ("b.h5", "1"), ("c.h5", "2")] {
      let outcome = try Program.run(item.arguments(folder(name), ["--seed", seed, "--quiet"]))
      try #require(outcome.code == 0, "\(outcome)")
      sets.append(try Dataset(folder(name)))
    }
    #expect(sets[0].center == sets[1].center && sets[0].split == sets[1].split)
    #expect(sets[0].center != sets[2].center && sets[0].split != sets[2].split)
  }

  @Test("features are those of describe", arguments: ["double", "single"]) func features(
    precision: String
  ) throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(
      item.arguments(folder("d.h5"), ["--precision", precision, "--quiet"]), ranks: 3)
    try #require(outcome.code == 0, "\(outcome)")
    try compare(
      try Dataset(folder("d.h5")), precision, ["--r-cut", "4", "--n-max", "3", "--l-max", "2"],
      folder)
  }

  @Test(
    "real ices: balanced, and features those of describe",
    .enabled(if: Checkout.first(of: "../shared/data/A") != nil, "../shared has no data/A"))
  func realIces() throws {
    let data = try #require(Checkout.first(of: "../shared/data/A"))
    let folder = try Folder()
    let outcome = try Program.run(
      [
        "sample", "--class", "LDA=\(data)/lda-*.gz", "--class", "MDA=\(data)/mda-77K*.gz",
        "--class", "HDA=\(data)/hda-[47]*.gz", "--types",
        "1=O,2=H", "--species", "O", "--per-class", "600", "--split-by", "frame", "-o",
        folder("d.h5"), "--quiet",
      ], ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let set = try Dataset(folder("d.h5"))
    #expect(set.counts(classes: 3) == [[360, 120, 120], [360, 120, 120], [360, 120, 120]])
    #expect(set.perFrame().values.allSatisfy { $0 >= 1 })
    try compare(set, "double", ["--species", "O"], folder, files: [0, set.files.count - 1])
  }

  /// Rows compared with those of `describe` on the same files, bit by bit.
  private func compare(
    _ set: Dataset, _ precision: String, _ parameters: [String], _ folder: Folder,
    files: [Int]? = nil
  ) throws {
    #expect(set.isSingle == (precision == "single"))
    for f in files ?? Array(set.files.indices) {
      let output = folder("soap-\(f).h5")
      let outcome = try Program.run(
        [
          "describe", set.files[f], "--types", "1=O,2=H", "--precision", precision, "-o", output,
          "--quiet",
        ] + parameters)
      try #require(outcome.code == 0, "\(outcome)")
      let h5 = try File.open(output)
      let ids = try h5.dataset("/soap/id").readAll(Int64.self)
      let values = try h5.dataset("/soap/value")
      #expect(try h5.dataset("/soap/features").readTexts() == set.names)
      for k in 0..<set.count where set.file[k] == Int64(f) {
        let center = try #require(ids.firstIndex(of: set.center[k]))
        let row = try values.read(
          Double.self, at: [Int(set.frame[k]), center, 0], count: [1, 1, set.featureCount])
        #expect(row == set.row(k), "row \(k)")
      }
    }
  }
}
