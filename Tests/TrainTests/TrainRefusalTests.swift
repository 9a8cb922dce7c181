import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Errors of `train` and `evaluate`: one message, the right exit code, no output file.
@Suite(.serialized, .tags(.mpi)) struct TrainRefusalTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let arguments: String
    let code: Int32
    let words: String
    init(_ arguments: String, _ code: Int32, _ words: String) {
      (self.arguments, self.code, self.words) = (arguments, code, words)
    }
    var testDescription: String { arguments }
  }

  /// TWO and THREE stand for datasets, DIR for the test's folder.
  static let table = [
    Refusal("train", 64, "Missing expected argument"),
    Refusal(
      "train TWO -o DIR/m --hidden 10,x", 64,
      "expected numbers of units separated by commas, or none; found '10,x'"),
    Refusal("train TWO -o DIR/m --hidden 0", 64, "a hidden layer of 0 units"),
    Refusal("train TWO -o DIR/m --dropout 1", 64, "a dropout of 1.0"),
    Refusal("train TWO -o DIR/m --learning-rate 0", 64, "a learning rate of 0.0"),
    Refusal("train TWO -o DIR/m --batch 0", 64, "a batch of 0 samples"),
    Refusal("train TWO -o DIR/m --patience 0", 64, "a patience of 0 epochs"),
    Refusal("train TWO -o DIR/m --max-epochs 0", 64, "0 epochs at most"),
    Refusal("train TWO -o DIR/m --components 0", 64, "--components is 0"),
    Refusal("train TWO -o DIR/m --max-hours 0", 64, "--max-hours is 0.0"),
    Refusal("train TWO -o DIR/m --name a/b", 64, "--name is 'a/b'"),
    Refusal("train TWO -o DIR/m --resume --overwrite", 64, "use only one of them"),
    Refusal("train TWO -o DIR/m --guard ice", 64, "expected NAME=FILE,FILE…"),
    Refusal("train TWO -o DIR/m --guard =a", 64, "--guard: '' is not a valid name of environments"),
    Refusal(
      "train TWO -o DIR/m --guard ice=", 64,
      "--guard ice: found no files; expected ice=FILE,FILE…"),
    Refusal(
      "train TWO -o DIR/m --guard ice=F,", 64,
      "--guard ice: found an empty file name in 'F,'; expected ice=FILE,FILE… without superfluous "
        + "commas"),
    Refusal(
      "train TWO -o DIR/m --guard unfamiliar=F", 64,
      "--guard: unfamiliar is a label of the results; expected the name of a kind of environment"),
    Refusal("train TWO -o DIR/m --guard IA=F", 64, "--guard: IA is a label of the results"),
    Refusal(
      "train TWO -o DIR/m --guard warm=F", 64,
      "--guard warm: warm is a class of TWO, whose environments are not foreign; choose another "
        + "name, or subject for more of the material that the classes describe"),
    Refusal(
      "train TWO -o DIR/m --guard subject=F", 64,
      "--guard subject: there are no foreign environments to distinguish it from; add --guard "
        + "NAME=FILE,FILE… with another name"),
    Refusal(
      "train TWO -o DIR/m --guard-hidden 8", 64,
      "--guard-hidden is for the trajectories of --guard, and there is none; add --guard "
        + "NAME=FILE,FILE…, or omit --guard-hidden"),
    Refusal(
      "train TWO -o DIR/m --guard-per-class 200", 64,
      "--guard-per-class is for the trajectories of --guard"),
    Refusal("train TWO -o DIR/m --types 1=O", 64, "--types is for the trajectories of --guard"),
    Refusal("train TWO -o DIR/m --frames :4", 64, "--frames is for the trajectories of --guard"),
    Refusal(
      "train TWO -o DIR/m --topology F", 64, "--topology is for the trajectories of --guard"),
    Refusal("train TWO -o DIR/m --guard ice=a --guard ice=b", 64, "--guard: ice is given twice"),
    Refusal("train TWO -o DIR/m --guard-per-class 99", 64, "--guard-per-class is 99"),
    Refusal("train TWO -o DIR/m --guard-hidden 0", 64, "--guard-hidden is 0"),
    Refusal("train TWO -o DIR/m --model DIR/none", 66, "none: the model cannot be opened"),
    Refusal(
      "train TWO -o DIR/m --blocks OC", 64, "--blocks: 'OC' is not a pair of the species H,O"),
    Refusal(
      "train THREE -o DIR/m --blocks OH", 64, "--blocks: 'OH' is not a pair of the species O"),
    Refusal("train TWO -o DIR/no/m", 73, "does not exist; create it first"),
    Refusal("train TWO -o TWO", 73, "is also an input"),
    Refusal("train DIR/none -o DIR/m", 66, "none: the dataset cannot be opened: No such file"),
    Refusal(
      "train /etc/passwd -o DIR/m", 65,
      "expected a dataset of verglas sample, found a file that is not HDF5"),
    Refusal(
      "train TWO -o DIR/m --learning-rate 1e40 --hidden 8", 65, "try a smaller --learning-rate"),
    Refusal("evaluate DIR/none TWO -o DIR/e", 66, "none: the model cannot be opened"),
    Refusal("evaluate TWO TWO -o DIR/e", 65, "two.h5: "),
    Refusal("evaluate DIR/none TWO -o DIR/e --repeats=-1", 64, "--repeats is -1"),
    Refusal("evaluate DIR/none TWO -o DIR/e --part some", 64, "'some' is invalid for '--part"),
  ]

  @Test("refused in one sentence", arguments: table, [nil, 3]) func refused(
    _ refusal: Refusal, ranks: Int?
  ) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let arguments = refusal.arguments.split(separator: " ").map {
      String($0).replacing("TWO", with: lesson.two).replacing("THREE", with: lesson.three)
        .replacing("DIR", with: folder.path)
    }
    let outcome = try Program.run(
      arguments + (arguments.count > 3 ? ["--quiet"] : []), ranks: ranks)
    #expect(outcome.code == refusal.code && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.contains(refusal.words.replacing("TWO", with: lesson.two)), "\(outcome)")
    #expect(try folder.names().filter { !$0.hasSuffix(".checkpoint") } == [])
  }

  @Test("files of --guard are opened before training, and are part of a training that is resumed")
  func guardFiles() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let ice = try folder.write(try WaterDump(frames: 5, seed: 9).text(), as: "ice.lammpstrj")
    let other = try folder.write(try WaterDump(frames: 5, seed: 8).text(), as: "other.lammpstrj")
    let short = try folder.write(try WaterDump(frames: 1, seed: 9).text(), as: "short.lammpstrj")
    func run(_ more: [String]) throws -> Outcome {
      try train(
        lesson.two, to: folder("m.safetensors"),
        ["--hidden", "8", "--max-epochs", "3", "--types", "1=O,2=H"] + more)
    }
    for (file, words) in [
      (folder("none.lammpstrj"), "none.lammpstrj"), (short, "expected at least 100"),
    ] {
      let outcome = try run(["--guard", "ice=\(file)", "--frames", "0:1"])
      #expect([65, 66].contains(outcome.code) && outcome.error.contains(words), "\(outcome)")
      #expect(!outcome.error.contains("epoch"), "\(outcome)")
    }
    let names = ["ice.lammpstrj", "other.lammpstrj", "short.lammpstrj"]
    #expect(try folder.names().sorted() == names)
    let arguments = ["--guard", "ice=\(ice)", "--guard-per-class", "100"]
    #expect(try run(arguments + ["--max-hours", "1e-9"]).code == 75)
    let frames = try run(arguments + ["--frames", ":4", "--resume"])
    #expect(frames.code == 73 && frames.error.contains("guard frames is "), "\(frames)")
    // Another content under the same name.
    try FileManager.default.removeItem(atPath: ice)
    try FileManager.default.moveItem(atPath: other, toPath: ice)
    let content = try run(arguments + ["--resume"])
    #expect(content.code == 73 && content.error.contains("guard ice content is"), "\(content)")
  }

  @Test("a kept model that is not of the dataset") func keptModel() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    #expect(try train(lesson.two, to: folder("two.safetensors")).code == 0)
    let kept = ["--model", folder("two.safetensors"), "--quiet"]
    let outcome = try train(lesson.three, to: folder("m.safetensors"), kept)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.contains("expected those of model two: "), "\(outcome)")
    #expect(try !folder.names().contains("m.safetensors"))
  }

  @Test("damaged and foreign datasets", arguments: [1, 3]) func damaged(ranks: Int) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    func expect(_ path: String, _ words: String, _ line: Int = #line) throws {
      let outcome = try train(path, to: folder("m.safetensors"), ranks: ranks)
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains(words),
        "line \(line): \(outcome)")
      #expect(try !folder.names().contains { $0.hasPrefix("m.") })
    }
    let whole = try bytes(of: lesson.two)
    for part in [600, whole.count / 3, whole.count - 1000] {
      try expect(try folder.write(Array(whole[..<part]), as: "cut.h5"), "cut.h5: ")
    }
    let foreign = try File.create(folder("foreign.h5"))
    try foreign.createDataset("/soap/value", .float64, shape: [3]).write([1.0, 2, 3])
    try foreign.close()
    try expect(folder("foreign.h5"), "so not a dataset")
    // A NaN in a training row or a validation row is detected and reported with its row, and so is
    // a number that exceeds single precision.
    let parts = try File.open(lesson.two).dataset("/dataset/split").readAll(UInt8.self)
    for (part, value, shown) in [
      (0, Double.nan, "nan"), (1, .nan, "nan"), (0, 1e300, "1e+300"), (1, -1e300, "-1e+300"),
    ] {
      let row = try #require(parts.lastIndex(of: UInt8(part)))
      let path = try Lesson.altered(lesson.two, in: folder) { file in
        try file.dataset("/dataset/features").write([value], at: [row, 20], count: [1, 1])
      }
      try expect(path, "of row \(row) is \(shown); expected finite numbers below 3.4e38")
    }
    let labelled = try Lesson.altered(lesson.two, in: folder) {
      try $0.dataset("/dataset/label").write([9 as UInt8], at: [3], count: [1])
    }
    try expect(labelled, "/dataset/label of row 3 is 9; expected less than 2")
    // A class without training environments.
    let labels = try File.open(lesson.two).dataset("/dataset/label").readAll(UInt8.self)
    let alone = try Lesson.altered(lesson.two, in: folder) { file in
      try file.dataset("/dataset/split").write(zip(labels, parts).map { $0 == 1 ? 2 : $1 })
    }
    try expect(alone, "class warm has 0 environments in the train part; expected at least 2")
    let single = try Lesson.altered(lesson.two, in: folder) {
      try $0.group("/dataset").setAttribute("classes", to: ["cold"])
    }
    try expect(single, "found one class, cold; a classifier needs at least two")
    let constant = try Lesson.altered(lesson.two, in: folder) { file in
      try file.dataset("/dataset/features").write([Double](repeating: 3, count: 300 * 63))
    }
    try expect(constant, "no feature varies over the training part")
    let tiny = try Lesson.altered(lesson.two, in: folder) { file in
      let features = try file.dataset("/dataset/features")
      for row in 0..<300 {
        try features.write([row % 2 == 0 ? 0 : 1e-40], at: [row, 20], count: [1, 1])
      }
    }
    try expect(
      tiny,
      "altered.h5: feature "
        + "\(try File.open(lesson.two).dataset("/dataset/feature_names").readTexts()[20]) has a "
        + "standard deviation of only "
    )
    try expect(tiny, "e-41; expected more than 1e-38")
  }

  @Test("datasets whose description is damaged", arguments: [nil, 2]) func described(ranks: Int?)
    throws
  {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    func expect(_ words: String, _ change: (borrowing File) throws -> Void) throws {
      let path = try Lesson.altered(lesson.two, in: folder, change)
      let outcome = try train(path, to: folder("m.safetensors"), ranks: ranks)
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains(words),
        "\(words): \(outcome)")
      #expect(try folder.names() == ["altered.h5"])
    }
    try expect("altered.h5: expected format verglas-dataset 1, found verglas-dataset 9") { file in
      try file.group("/dataset").setAttribute("format_version", to: Int64(9))
    }
    try expect("altered.h5: expected format verglas-dataset 1, found weather 1") { file in
      try file.group("/dataset").setAttribute("format", to: "weather")
    }
    try expect("altered.h5: found features [300, 62], but 63 feature names") { file in
      try file.remove("/dataset/features")
      try file.createDataset("/dataset/features", .float64, shape: [300, 62]).write(
        [Double](repeating: 0, count: 300 * 62))
    }
    try expect(
      "altered.h5: the names of its 63 features are not the 108 of its SOAP parameters: HH_220, "
        + "expected HH_140"
    ) { file in
      try file.group("/dataset").setAttribute("n_max", to: Int64(4))
    }
  }

  @Test("a block that was not sampled") func blocks() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    try Lesson.sample(
      [
        "--class", "cold=\(lesson.folder("class-0.lammpstrj"))", "--class",
        "warm=\(lesson.folder("class-1.lammpstrj"))", "--n-max", "2",
        "--l-max", "1", "--per-class", "20", "--blocks", "OO",
      ], to: folder("oo.h5"))
    let outcome = try train(
      folder("oo.h5"), to: folder("m.safetensors"), quick + ["--blocks", "OH,HH"])
    #expect(outcome.code == 64 && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.contains("oo.h5 has no block HH,OH; it has OO"), "\(outcome)")
    #expect(try folder.names() == ["oo.h5"])
  }

  @Test("an evaluation whose counts are not of its classes") func evaluations() throws {
    let folder = try Folder()
    let file = try File.create(folder("e.h5"))
    try file.createGroup("evaluation").setAttribute("classes", to: ["cold", "warm"])
    try file.createDataset("/evaluation/confusion", .int64, shape: [3]).write([Int64(1), 2, 3])
    try file.close()
    let outcome = try Program.run(["inspect", folder("e.h5")])
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.contains("e.h5: expected confusion [2, 2], found 3 numbers"), "\(outcome)")
  }

  @Test("a constant feature and unequal classes give warnings and do no harm")
  func warnings() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let path = try Lesson.altered(lesson.two, in: folder) { file in
      let features = try file.dataset("/dataset/features")
      for row in 0..<300 { try features.write([7.25], at: [row, 5], count: [1, 1]) }
      try file.dataset("/dataset/split").write([2 as UInt8], at: [0], count: [1])
      try file.dataset("/dataset/split").write([2 as UInt8], at: [1], count: [1])
      try file.dataset("/dataset/split").write([2 as UInt8], at: [2], count: [1])
    }
    let outcome = try train(path, to: folder("m.safetensors"), ranks: 2)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(
      outcome.warnings.contains {
        $0.contains("1 feature without variation in the training part (HH_")
      }, "\(outcome)")
    #expect(
      outcome.warnings.contains { $0.contains("classes differ in training environments (cold") },
      "\(outcome)")
    let evaluated = try Program.run(
      ["evaluate", folder("m.safetensors"), path, "-o", folder("e.h5"), "--repeats", "2"], ranks: 2)
    #expect(evaluated.code == 0, "\(evaluated)")
    let drops = try File.open(folder("e.h5")).dataset("/evaluation/importance/mean").readAll(
      Double.self)
    #expect(drops[5] == 0)
  }

  @Test("an existing model stays, unless it is to be replaced") func existing() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    try folder.write("mine", as: "m.safetensors")
    let refused = try train(lesson.two, to: folder("m.safetensors"), ranks: 2)
    #expect(
      refused.code == 73 && refused.complaints.count == 1
        && refused.error.contains("already exists"), "\(refused)")
    #expect(try bytes(of: folder("m.safetensors")) == Array("mine".utf8))
    #expect(
      try train(lesson.two, to: folder("m.safetensors"), ranks: 2, quick + ["--overwrite"]).code
        == 0)
    #expect(try folder.names() == ["m.safetensors"])
    try folder.write("mine", as: "e.h5")
    let evaluation = [
      "evaluate", folder("m.safetensors"), lesson.two, "-o", folder("e.h5"), "--repeats", "1",
      "--quiet",
    ]
    #expect(try Program.run(evaluation, ranks: 2).code == 73)
    #expect(try Program.run(evaluation + ["--overwrite"], ranks: 2).code == 0)
    #expect(File.isHDF5(folder("e.h5")))
  }
}
