import HDF5
import Models
import NeuralNetwork
import ProgramSupport
import TestSupport
import Testing
import Training

/// `verglas evaluate` as a user starts it.
@Suite(.serialized, .tags(.mpi)) struct EvaluateTests {
  /// A model and its dataset in one folder, so that commands can use the same names.
  private func prepared(_ dataset: String, _ options: [String] = quick) throws -> Folder {
    let folder = try Folder()
    try folder.write(try bytes(of: dataset), as: "d.h5")
    let outcome = try Program.run(
      ["train", "d.h5", "-o", "m.safetensors"] + options, in: folder.path)
    guard outcome.code == 0 else { throw Failure(description: "\(outcome)") }
    return folder
  }

  @Test(
    "the same bytes on any number of ranks",
    arguments: [["--hidden", "24,16"], ["--hidden", "none"]], ["test", "all"])
  func sameBytes(hidden: [String], part: String) throws {
    let folder = try prepared(try Lesson.shared.get().three, quick + hidden)
    var files: [[UInt8]] = []
    for ranks in [nil, 1, 2, 3, 4, 7] {
      let outcome = try Program.run(
        [
          "evaluate", "m.safetensors", "d.h5", "-o", "e.h5", "--part", part, "--repeats", "3",
          "--overwrite", "--quiet",
        ], ranks: ranks,
        in: folder.path)
      try #require(
        outcome.code == 0 && outcome.error.isEmpty && outcome.output.isEmpty, "\(outcome)")
      files.append(try bytes(of: folder("e.h5")))
    }
    for other in files.dropFirst() { #expect(other == files[0]) }
    #expect(try folder.names() == ["d.h5", "e.h5", "m.safetensors"])
  }

  @Test("counts, accuracy and importance are those of the rows") func values() throws {
    let folder = try prepared(try Lesson.shared.get().three)
    let outcome = try Program.run(
      ["evaluate", "m.safetensors", "d.h5", "-o", "e.h5", "--repeats", "4"], ranks: 2,
      in: folder.path)
    try #require(outcome.code == 0, "\(outcome)")
    let model = try ModelFile.read(path: folder("m.safetensors"))
    let file = try File.open(folder("e.h5"))
    let group = try file.group("/evaluation")
    let wanted = try accuracy(model, folder("d.h5"), part: 2)
    #expect(try group.attribute("accuracy", as: Double.self) == wanted)
    #expect(
      try group.textAttributes("classes") == ["a", "b", "c"]
        && group.textAttribute("model_hash") == model.hash)
    let confusion = try file.dataset("/evaluation/confusion").readAll(Int64.self)
    #expect(
      confusion.count == 9 && confusion.reduce(0, +) == 60 && confusion[0...2].reduce(0, +) == 20)
    #expect(Double(confusion[0] + confusion[4] + confusion[8]) / 60 == wanted)
    #expect(
      try file.dataset("/evaluation/importance/groups").readTexts() == ["all", "a-b", "a-c", "b-c"])
    #expect(
      try file.dataset("/evaluation/importance/rows").readAll(Int64.self) == [60, 40, 40, 40])
    // The importance of one feature from the definition: the whole network on shuffled rows.
    let rows = try Rows(folder("d.h5"), part: 2)
    let x = rows.standardised(model), d = rows.width
    let correct = try file.dataset("/evaluation/importance/correct")
    #expect(correct.shape == [4, d, 4])
    let stored = try correct.readAll(Int64.self)
    for feature in [0, 7, d - 1] {
      for repetition in 0..<4 {
        let permutation = PermutationImportance.permutation(
          count: 60, seed: 1, feature: feature, repeat: repetition, group: 0)
        var shuffled = x
        for r in 0..<60 { shuffled[r * d + feature] = x[Int(permutation[r]) * d + feature] }
        var p = [Float](repeating: 0, count: 180)
        var target = p.mutableSpan
        Perceptron(model).probabilities(
          of: shuffled.span, leadingDimension: d, count: 60, into: &target)
        var evaluation = Evaluation(classes: 3)
        evaluation.add(probabilities: p.span, labels: rows.labels.span)
        #expect(Int(stored[feature * 4 + repetition]) == evaluation.correct)
      }
    }
    // Distances between centroids are those of the points; all D shares add up to one.
    let centroids = try file.dataset("/evaluation/pca/centroids").readAll(Double.self)
    let distances = try file.dataset("/evaluation/pca/distances").readAll(Double.self)
    let (x01, y01) = (centroids[0] - centroids[2], centroids[1] - centroids[3])
    #expect(abs(distances[1] - (x01 * x01 + y01 * y01).squareRoot()) < 1e-12)
    #expect(
      abs(
        try file.dataset("/evaluation/pca/explained_variance").readAll(Double.self).reduce(0, +) - 1
      ) < 1e-12)
    #expect(try file.group("/evaluation/pca").textAttribute("components_from") == "model")
    let told = try Program.run(["inspect", folder("e.h5")])
    #expect(told.code == 0 && told.output.contains("evaluation of m on d.h5, part test"), "\(told)")
    #expect(
      told.output.contains("of 60 environments") && told.output.contains("4 repeats"), "\(told)")
    for text in [
      "accuracy 0.", "share of the true class", "a-b", "explain 95 % of the variance", "PC1",
      "evaluation: e.h5",
    ] {
      #expect(outcome.output.contains(text), "\(text) in \(outcome)")
    }
  }

  @Test("a model of other features or classes is refused with what differs") func mismatches()
    throws
  {
    let lesson = try Lesson.shared.get()
    let folder = try prepared(lesson.three)
    func evaluate(_ model: String, _ dataset: String) throws -> Outcome {
      try Program.run(["evaluate", model, dataset, "-o", folder("e.h5"), "--quiet"], ranks: 2)
    }
    let wide = folder("wide.h5")
    let cold = lesson.folder("class-0.lammpstrj"), warm = lesson.folder("class-1.lammpstrj")
    try Lesson.sample(
      [
        "--class", "a=\(cold)", "--class", "b=\(warm)", "--species", "O", "--n-max", "2", "--l-max",
        "2", "--sigma", "0.4", "--per-class",
        "20",
      ],
      to: wide)
    let other = try evaluate(folder("m.safetensors"), wide)
    #expect(other.code == 65 && other.complaints.count == 1, "\(other)")
    for words in [
      "n_max is 3 in the model, 2 in the dataset",
      "sigma is 0.5 Å in the model, 0.4 Å in the dataset",
    ] {
      #expect(other.error.contains(words), "\(other)")
    }
    #expect(!other.error.contains("l_max is") && !other.error.contains("r_cut is"))
    let classes = try evaluate(folder("m.safetensors"), lesson.two)
    #expect(
      classes.code == 65 && classes.error.contains("tells a, b, c apart")
        && classes.error.contains("holds cold, warm"), "\(classes)")
    // A model of oxygen only finds its features among those of oxygen and hydrogen, with classes in
    // any order.
    let both = folder("both.h5")
    let third = lesson.folder("class-2.lammpstrj")
    try Lesson.sample(
      [
        "--class", "c=\(third)", "--class", "a=\(cold)", "--class", "b=\(warm)", "--n-max", "3",
        "--l-max", "2", "--per-class", "100",
      ],
      to: both)
    let outcome = try evaluate(folder("m.safetensors"), both)
    #expect(outcome.code == 0, "\(outcome)")
    let own = try File.open(folder("e.h5")).dataset("/evaluation/confusion").readAll(Int64.self)
    #expect(own[0] + own[4] + own[8] > 40, "\(own)")
    // The reverse is impossible.
    #expect(try train(both, to: folder("both.safetensors")).code == 0)
    let narrow = try Program.run([
      "evaluate", folder("both.safetensors"), lesson.three, "-o", folder("n.h5"),
    ])
    #expect(
      narrow.code == 65
        && narrow.error.contains("the model needs the block(s) HH,OH, the dataset has OO"),
      "\(narrow)")
  }
}
