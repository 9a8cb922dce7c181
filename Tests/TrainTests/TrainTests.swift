import Foundation
import HDF5
import Models
import NeuralNetwork
import ProgramSupport
import TestSupport
import Testing
import Training

/// `verglas train` as a user starts it.
@Suite(.serialized, .tags(.mpi)) struct TrainTests {
  @Test(
    "learns on any number of ranks; the same seed and ranks give the same bytes",
    arguments: [nil, 1, 2, 3, 7])
  func learns(ranks: Int?) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let first = try train(lesson.two, to: folder("m.safetensors"), ranks: ranks)
    try #require(first.code == 0 && first.output.isEmpty && first.error.isEmpty, "\(first)")
    let once = try bytes(of: folder("m.safetensors"))
    #expect(
      try train(lesson.two, to: folder("m.safetensors"), ranks: ranks, quick + ["--overwrite"]).code
        == 0)
    #expect(try bytes(of: folder("m.safetensors")) == once)
    #expect(
      try train(
        lesson.two, to: folder("m.safetensors"), ranks: ranks,
        quick + ["--overwrite", "--seed", "2"]
      ).code == 0)
    #expect(try bytes(of: folder("m.safetensors")) != once)
    #expect(try folder.names() == ["m.safetensors"])
    let model = try ModelFile.parse(bytes: once, path: "m.safetensors")
    #expect(
      model.name == "m" && model.classes == ["cold", "warm"]
        && model.layers.map(\.outputs) == [24, 16, 2])
    #expect(try accuracy(model, lesson.two, part: 2) > 0.9)
  }

  @Test("trains on fewer environments than features, whose covariance has a lower rank")
  func fewEnvironments() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    for perClass in [10, 40] {
      let dataset = folder("few-\(perClass).h5")
      try Lesson.sample(
        [
          "--class", "cold=\(lesson.folder("class-0.lammpstrj"))",
          "--class", "warm=\(lesson.folder("class-1.lammpstrj"))",
          "--n-max", "4", "--l-max", "4", "--per-class", "\(perClass)",
        ], to: dataset)
      let outcome = try train(
        dataset, to: folder("m.safetensors"), quick + ["--overwrite", "--components", "5"])
      #expect(
        outcome.code == 0
          && outcome.error.contains("\(6 * perClass / 5) training environments for 180 features"),
        "\(outcome)")
      let model = try ModelFile.read(path: folder("m.safetensors"))
      #expect(model.featureCount == 180 && model.principalComponents?.count == 5)
      #expect(
        model.principalComponents?.components.allSatisfy { $0.isFinite && abs($0) <= 1 } == true)
    }
  }

  @Test("scaler and components are the training part's, and the same bytes for any number of ranks")
  func statistics() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    var models: [Model] = []
    for ranks in [1, 2, 5] {
      let outcome = try train(
        lesson.two, to: folder("\(ranks).safetensors"), ranks: ranks,
        quick + ["--max-epochs", "1", "--components", "5"])
      try #require(outcome.code == 0, "\(outcome)")
      models.append(try ModelFile.read(path: folder("\(ranks).safetensors")))
    }
    for model in models {
      #expect(
        model.scaler == models[0].scaler
          && model.principalComponents == models[0].principalComponents)
    }
    let rows = try Rows(lesson.two, part: 0)
    let d = rows.width, n = rows.labels.count
    for k in 0..<d {
      let column = (0..<n).map { rows.features[$0 * d + k] }
      let mean = column.reduce(0, +) / Double(n)
      let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)).squareRoot()
      #expect(abs(models[0].scaler.mean[k] - mean) <= 1e-12 * abs(mean))
      #expect(abs(models[0].scaler.scale[k] - deviation) <= 1e-9 * deviation)
    }
    // The variance of each component over the standardised rows is its fraction of the total, which
    // is D by construction.
    let pca = try #require(models[0].principalComponents)
    #expect(pca.count == 5)
    for c in 0..<5 {
      let loadings = pca.components[c * d..<(c + 1) * d]
      let scores = (0..<n).map { r in
        zip(loadings, 0..<d).reduce(0) {
          $0 + $1.0 * (rows.features[r * d + $1.1] - models[0].scaler.mean[$1.1])
            / models[0].scaler.scale[$1.1]
        }
      }
      let variance = scores.reduce(0) { $0 + $1 * $1 } / Double(n)
      #expect(abs(variance / Double(d) - pca.explainedVariance![c]) < 1e-9)
    }
  }

  @Test("with and without memory shared by a node, on one node and on several: the same training")
  func exchanges() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    func weights(ranks: Int, perNode: Int?) throws -> [Float] {
      let path = folder("\(ranks)-\(perNode ?? -1).safetensors")
      let environment = perNode.map { ["VERGLAS_RANKS_PER_NODE": "\($0)"] } ?? [:]
      let outcome = try Program.run(
        [
          "train", lesson.two, "-o", path, "--hidden", "37,19", "--batch", "32", "--max-epochs",
          "4", "--quiet",
        ], ranks: ranks,
        environment: environment)
      #expect(outcome.code == 0, "\(outcome)")
      return try ModelFile.read(path: path).layers.flatMap { $0.weight + $0.bias }
    }
    // The sum of two gradients has the same bits in either order.
    let pair = try weights(ranks: 2, perNode: nil)
    #expect(try weights(ranks: 2, perNode: 0) == pair && weights(ranks: 2, perNode: 1) == pair)
    // Sums of four in different groups, or on nodes of unequal size, differ by rounding.
    let four = try weights(ranks: 4, perNode: nil)
    for perNode in [0, 1, 2, 3] {
      let other = try weights(ranks: 4, perNode: perNode)
      #expect(zip(four, other).allSatisfy { abs($0 - $1) < 1e-4 }, "\(perNode)")
    }
  }

  @Test("a choice of blocks learns from their columns, and three classes are no different")
  func blocks() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let outcome = try train(
      lesson.two, to: folder("b.safetensors"), ranks: 2,
      quick + ["--blocks", "HO,HH", "--name", "H-bond"])
    try #require(outcome.code == 0, "\(outcome)")
    let model = try ModelFile.read(path: folder("b.safetensors"))
    #expect(
      model.name == "H-bond" && model.soap.blocks == ["HH", "OH"] && model.featureCount == 18 + 27)
    let third = try train(
      lesson.three, to: folder("c.safetensors"), ranks: 2,
      quick + ["--hidden", "none", "--max-epochs", "200"])
    try #require(third.code == 0, "\(third)")
    let linear = try ModelFile.read(path: folder("c.safetensors"))
    #expect(linear.layers.count == 1 && linear.classes == ["a", "b", "c"])
    #expect(try accuracy(linear, lesson.three, part: 2) > 0.7)
  }

  @Test("tells of each epoch, and what it made") func messages() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let outcome = try train(
      lesson.two, to: folder("m.safetensors"), ranks: 2,
      ["--hidden", "24,16", "--max-epochs", "4", "--patience", "3"])
    #expect(outcome.code == 0)
    #expect(
      outcome.error.split(separator: "\n").filter { $0.contains("verglas: epoch ") }.count == 4,
      "\(outcome)")
    for text in [
      "180 training, 60 validation and 60 test environments", "63 → 24 → 16 → 2", "time left: ",
      "validation 0.",
    ] {
      #expect(outcome.error.contains(text), "\(text) in \(outcome)")
    }
    for text in ["best epoch", "explain 95 % of the variance", "s per epoch on 2 ranks", "model: "]
    {
      #expect(outcome.output.contains(text), "\(text) in \(outcome)")
    }
    let told = try Program.run(["inspect", folder("m.safetensors")])
    #expect(told.code == 0 && told.output.contains("best epoch "), "\(told)")
    let training = try #require(try ModelFile.read(path: folder("m.safetensors")).training)
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(training.utf8)) as? [String: Any])
    let history = try #require(record["history"] as? [String: [Double]])
    #expect(history.values.allSatisfy { $0.count == 4 } && history.count == 4)
    let best = try #require(record["best_epoch"] as? Int)
    #expect(history["validation_loss"]?[best - 1] == history["validation_loss"]?.min())
  }
}

/// Rows of a part of a dataset.
struct Rows {
  let features: [Double], labels: [UInt8], width: Int

  init(_ path: String, part: UInt8) throws {
    let file = try File.open(path)
    let all = try file.dataset("/dataset/features")
    width = all.shape[1]
    let values = try all.readAll(Double.self)
    let parts = try file.dataset("/dataset/split").readAll(UInt8.self),
      label = try file.dataset("/dataset/label").readAll(UInt8.self)
    let rows = parts.indices.filter { parts[$0] == part }
    features = rows.flatMap { [width] in values[$0 * width..<($0 + 1) * width] }
    labels = rows.map { label[$0] }
  }

  /// Standardised rows.
  func standardised(_ model: Model) -> [Float] {
    features.indices.map {
      Float((features[$0] - model.scaler.mean[$0 % width]) / model.scaler.scale[$0 % width])
    }
  }
}

/// Accuracy of a model with all features of a dataset.
func accuracy(_ model: Model, _ path: String, part: UInt8) throws -> Double {
  let rows = try Rows(path, part: part)
  var probabilities = [Float](repeating: 0, count: rows.labels.count * model.classCount)
  var target = probabilities.mutableSpan
  Perceptron(model).probabilities(
    of: rows.standardised(model).span, leadingDimension: rows.width, count: rows.labels.count,
    into: &target)
  var evaluation = Evaluation(classes: model.classCount)
  evaluation.add(probabilities: probabilities.span, labels: rows.labels.span)
  return evaluation.accuracy
}
