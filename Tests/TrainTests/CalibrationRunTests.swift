import HDF5
import Models
import ProgramSupport
import TestSupport
import Testing

/// `train --calibrate` and what `evaluate` says of probabilities, files and splits.
@Suite(.serialized, .tags(.mpi)) struct CalibrationRunTests {
  /// A network that is overfitted, so that its probabilities are too high.
  private static let hasty = [
    "--hidden", "24,16", "--batch", "16", "--max-epochs", "40", "--patience", "40", "--dropout",
    "0", "--learning-rate", "0.01", "--quiet",
  ]

  private func evaluated(_ model: String, _ dataset: String, _ more: [String], in folder: Folder)
    throws -> Outcome
  {
    let outcome = try Program.run(
      ["evaluate", model, dataset, "-o", folder("e.h5"), "--repeats", "0", "--overwrite"] + more,
      ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome
  }

  @Test("a temperature makes probabilities honest, on any number of ranks, and changes no class")
  func temperature() throws {
    let folder = try Folder()
    let clean = try Lesson.overlapping(in: folder, ["--neighbor-cutoff", "3.1"])
    // A fifth of the rows have the other class: the network is too sure.
    let dataset = try Lesson.altered(clean, in: folder) {
      let column = try $0.dataset("/dataset/label")
      let parts = try $0.dataset("/dataset/split").readAll(UInt8.self)
      var labels = try column.readAll(UInt8.self)
      for row in labels.indices where row % 5 == 0 && parts[row] < 3 {
        labels[row] = 1 - labels[row]
      }
      try column.write(labels)
    }
    #expect(try train(clean, to: folder("m.safetensors"), ranks: 2, Self.hasty).code == 0)
    // Logits four times as large: a network that is far too sure.
    var sharp = try ModelFile.read(path: folder("m.safetensors"))
    let last = sharp.layers.count - 1
    sharp.layers[last].weight = sharp.layers[last].weight.map { 4 * $0 }
    sharp.layers[last].bias = sharp.layers[last].bias.map { 4 * $0 }
    sharp.check = nil
    try ModelFile.write(sharp, to: folder("m.safetensors"), overwrite: true)
    var models: [[UInt8]] = []
    for ranks in [nil, 2, 3] {
      let outcome = try Program.run(
        [
          "train", dataset, "--model", folder("m.safetensors"), "--calibrate", "-o",
          folder("c.safetensors"), "--overwrite", "--name", "m",
        ], ranks: ranks)
      try #require(outcome.code == 0, "\(outcome)")
      #expect(
        outcome.output.contains("fitted to 240 training and validation environments"),
        "\(outcome)")
      models.append(try bytes(of: folder("c.safetensors")))
    }
    #expect(models[1] == models[0] && models[2] == models[0])
    // The rows of its own training are not used; all of those that it did not see are right.
    let own = try train(
      clean, to: folder("own.safetensors"), ["--model", folder("m.safetensors"), "--calibrate"])
    #expect(
      own.code == 0
        && own.error.contains("its validation part does not determine a temperature"), "\(own)")
    let before = try ModelFile.read(path: folder("m.safetensors"))
    let after = try ModelFile.read(path: folder("c.safetensors"))
    #expect(before.temperature == nil && after.layers == before.layers)
    #expect(after.familiarity == before.familiarity && after.training == before.training)
    let temperature = try #require(after.temperature)
    #expect(temperature > 1.2, "\(temperature)")
    for text in ["\"split_by\": \"file\"", "\"parts\": \"training, validation\"", "standard_error"]
    {
      #expect(after.metadata["temperature_fit"]?.contains(text) == true, "\(text)")
    }
    _ = try evaluated(folder("m.safetensors"), dataset, [], in: folder)
    let plain = try File.open(folder("e.h5"))
    let confusion = try plain.dataset("/evaluation/confusion").readAll(Int64.self)
    let score = try plain.group("/evaluation/reliability").attribute(
      "cross_entropy", as: Double.self)
    try plain.close()
    let outcome = try evaluated(folder("c.safetensors"), dataset, [], in: folder)
    let calibrated = try File.open(folder("e.h5"))
    #expect(try calibrated.dataset("/evaluation/confusion").readAll(Int64.self) == confusion)
    let group = try calibrated.group("/evaluation/reliability")
    #expect(try group.attribute("temperature", as: Double.self) == temperature)
    let undone = try group.attribute("uncalibrated_cross_entropy", as: Double.self)
    #expect(abs(undone - score) < 1e-4 * score)
    #expect(try group.attribute("cross_entropy", as: Double.self) < score)
    for text in ["accuracy 0.", "would have given", "expected calibration error", "without it"] {
      #expect(outcome.output.contains(text), "\(text) in \(outcome)")
    }
    let told = try Program.run(["inspect", folder("c.safetensors")])
    #expect(told.output.contains("temperature  ") && told.output.contains("neighbours   centres"))
  }

  @Test("reliability, files and parents are sums over the rows; mixed is that part's accuracy")
  func stored() throws {
    let folder = try Folder()
    let dataset = try Lesson.overlapping(in: folder)
    #expect(try train(dataset, to: folder("m.safetensors"), Self.hasty).code == 0)
    _ = try evaluated(folder("m.safetensors"), dataset, ["--part", "mixed"], in: folder)
    let mixed = try File.open(folder("e.h5"))
    let leaked = try mixed.group("/evaluation").attribute("correct", as: Int64.self)
    try mixed.close()
    _ = try evaluated(folder("m.safetensors"), dataset, [], in: folder)
    let file = try File.open(folder("e.h5"))
    let group = try file.group("/evaluation")
    #expect(try group.attribute("mixed_correct", as: Int64.self) == leaked)
    #expect(try group.attribute("mixed_count", as: Int64.self) == 60)
    let correct = try group.attribute("correct", as: Int64.self)
    for name in ["reliability", "files", "parents"] {
      let sum = try file.dataset("/evaluation/\(name)/correct").readAll(Int64.self)
      let count = try file.dataset("/evaluation/\(name)/count").readAll(Int64.self)
      #expect(sum.reduce(0, +) == correct && count.reduce(0, +) == 60)
    }
    #expect(try file.dataset("/evaluation/files/count").readAll(Int64.self) == [30, 30])
    #expect(try file.dataset("/evaluation/parents/name").readTexts().map { $0.last } == ["a", "b"])
    // An index of no file is refused.
    let altered = try Lesson.altered(dataset, in: folder) {
      let column = try $0.dataset("/dataset/file")
      try column.write([Int32](repeating: 99, count: column.shape[0]))
    }
    let refused = try Program.run([
      "evaluate", folder("m.safetensors"), altered, "-o", folder("n.h5"), "--repeats", "0",
    ])
    #expect(
      refused.code == 65 && refused.error.contains("expected the index of one of its 10 files"),
      "\(refused)")
  }

  @Test("a dataset split by environment gives a warning with the temperature") func leaking() throws
  {
    let folder = try Folder()
    let dataset = try Lesson.overlapping(in: folder, ["--split-by", "environment"])
    let outcome = try train(
      dataset, to: folder("m.safetensors"), Self.hasty.dropLast() + ["--calibrate"])
    #expect(outcome.code == 0 && outcome.error.contains("--split-by file"), "\(outcome)")
    let later = try train(
      dataset, to: folder("later.safetensors"), ["--model", folder("m.safetensors"), "--calibrate"])
    #expect(later.code == 0 && later.error.contains("--split-by file"), "\(later)")
    let model = try ModelFile.read(path: folder("m.safetensors"))
    #expect(model.temperature != nil && model.training?.contains("calibrate") == true)
    // One feature of 18, and predictions that no permutation changes: no ranking.
    let told = try evaluated(folder("m.safetensors"), dataset, [], in: folder)
    #expect(!told.output.contains("±"), "\(told)")
  }

  @Test("easy data end early with --min-delta, and importances of 0 are not ranked") func easy()
    throws
  {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let options = ["--hidden", "64", "--batch", "32", "--max-epochs", "200", "--quiet"]
    func epochs(_ more: [String]) throws -> Int {
      #expect(
        try train(lesson.two, to: folder("m.safetensors"), options + more + ["--overwrite"]).code
          == 0)
      let file = try Program.run(["inspect", folder("m.safetensors")])
      let words = file.output.components(separatedBy: "best epoch ").dropFirst().first ?? ""
      return Int(words.split(separator: " ")[2]) ?? Int(words.split(separator: " ")[2].dropLast())
        ?? 0
    }
    let free = try epochs([])
    let early = try epochs(["--min-delta", "0.5"])
    #expect(early < free, "\(early) of \(free)")
    // A network that always gives the same class.
    var constant = try ModelFile.read(path: folder("m.safetensors"))
    constant.layers[0].weight = constant.layers[0].weight.map { _ in 0 }
    constant.check = nil
    try ModelFile.write(constant, to: folder("constant.safetensors"))
    let outcome = try Program.run([
      "evaluate", folder("constant.safetensors"), lesson.two, "-o", folder("e.h5"), "--repeats",
      "2",
    ])
    #expect(outcome.code == 0 && outcome.output.contains("accuracy 0.5000 ("), "\(outcome)")
    #expect(outcome.output.contains("the features have no order"), "\(outcome)")
    #expect(!outcome.output.contains("features above 2 σ"), "\(outcome)")
    // Two of 63 features are enough for the classes: the others are not ranked.
    let model = try ModelFile.read(path: folder("m.safetensors"))
    var plain = model
    let width = plain.featureCount
    plain.layers[0].weight = plain.layers[0].weight.enumerated().map {
      $0.offset % width < 2 ? $0.element : 0
    }
    plain.check = nil
    try ModelFile.write(plain, to: folder("plain.safetensors"))
    let ranked = try Program.run([
      "evaluate", folder("plain.safetensors"), lesson.two, "-o", folder("p.h5"), "--repeats", "2",
    ])
    #expect(ranked.code == 0 && ranked.output.contains("permutation importance"), "\(ranked)")
    #expect(!ranked.output.contains("0.0 ± 0.0"), "\(ranked)")
    #expect(!ranked.output.split(separator: "\n").contains { $0.hasPrefix("3    ") }, "\(ranked)")
    let refused = try train(lesson.two, to: folder("n.safetensors"), ["--min-delta", "-1"])
    #expect(
      refused.code == 64 && refused.error.contains("smallest improvement of -1"), "\(refused)")
  }
}
