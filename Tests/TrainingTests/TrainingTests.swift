import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork
@testable import Training

@Suite("Training", .tags(.fast))
struct TrainingTests {
  /// PyTorch's numbers, see make_training.py.
  struct Reference: Decodable {
    let widths: [Int]
    let rows: Int
    let batch: Int
    let x: [Float]
    let labels: [UInt8]
    let order: [Int32]
    let initial: [Float]
    let gradient: [Float]
    let afterOne: [Float]
    let afterAll: [Float]
    let losses: [Double]
    let curveMean: [Double]
    let curveDeviation: [Double]

    /// A trainer with PyTorch's initial weights, without dropout.
    func trainer(chunk: Int = 256) -> Trainer {
      let layers = NetworkShape(widths: widths).layers(initial)
      return Trainer(
        TrainingState(layers: layers, options: TrainingOptions(hidden: [10, 8], dropout: 0)),
        chunk: chunk)
    }
  }

  static func reference() throws -> Reference {
    try JSONDecoder().decode(Reference.self, from: trainingFixture("training.json"))
  }

  @Test("the first gradient and one step of Adam are PyTorch's")
  func oneStep() throws {
    let reference = try TrainingTests.reference()
    let trainer = reference.trainer()
    let (sums, loss) = trainer.gradient(
      reference.x, reference.labels, Array(reference.order[..<reference.batch]))
    #expect(largestDifference(sums.map { $0 / Float(reference.batch) }, reference.gradient) < 1e-7)
    #expect(abs(loss.meanLoss - reference.losses[0]) < 1e-6)
    trainer.apply(sums.span, batchCount: reference.batch)
    // A step is 1e-3 for every parameter whose gradient is not tiny; 2e-7 is the rounding error of
    // the step and the parameter.
    #expect(largestDifference(trainer.state.parameters, reference.afterOne) < 2e-7)
  }

  @Test("twenty steps follow PyTorch's losses within rounding, in chunks too", arguments: [256, 7])
  func twentySteps(chunk: Int) throws {
    let reference = try TrainingTests.reference()
    let trainer = reference.trainer(chunk: chunk)
    for (step, expected) in reference.losses.enumerated() {
      let order = Array(reference.order[(step * reference.batch)..<((step + 1) * reference.batch)])
      let (sums, loss) = trainer.gradient(reference.x, reference.labels, order)
      #expect(abs(loss.meanLoss - expected) < 2e-6)
      trainer.apply(sums.span, batchCount: reference.batch)
    }
    #expect(largestDifference(trainer.state.parameters, reference.afterAll) < 2e-5)
  }

  @Test("ranks' gradients and moments add up to one rank's", arguments: [2, 3, 7])
  func ranks(count: Int) throws {
    let reference = try TrainingTests.reference()
    let options = TrainingOptions(hidden: [10, 8], dropout: 0.2)
    let state = TrainingState(features: 12, classes: 3, options: options)
    let order = Array(Int32(0)..<Int32(reference.rows))
    let whole = Trainer(state).gradient(reference.x, reference.labels, order)
    var sums = [Float](repeating: 0, count: whole.sums.count)
    var loss = LossSums()
    for rank in 0..<count {
      // Each rank holds its own rows only; dropout identifies them by their global index.
      let part = (reference.rows * rank / count)..<(reference.rows * (rank + 1) / count)
      let rows = Array(reference.x[(part.lowerBound * 12)..<(part.upperBound * 12)])
      let result = Trainer(state).gradient(
        rows, Array(reference.labels[part]), Array(0..<Int32(part.count)),
        sampleOffset: part.lowerBound)
      for i in sums.indices { sums[i] += result.sums[i] }
      loss += LossSums(flat: result.loss.flat)
    }
    #expect(largestDifference(sums, whole.sums) < 2e-5)
    #expect(
      loss.count == whole.loss.count && loss.correct == whole.loss.correct
        && abs(loss.loss - whole.loss.loss) < 1e-4)
  }

  @Test(
    "Adam by ranges, piece by piece, gives the same bytes as in one call", arguments: [1, 2, 5])
  func ranges(count: Int) {
    let state = TrainingState(
      features: 90, classes: 3, options: TrainingOptions(hidden: [50, 8]))
    let size = state.shape.parameterCount
    let sums = randomRows(1, size)
    let single = Trainer(state), gathered = Trainer(state)
    for _ in 0..<2 { single.apply(sums.span, batchCount: 160) }
    for rank in 0..<count {
      let range = (size * rank / count)..<(size * (rank + 1) / count)
      let trainer = Trainer(state)
      var updated: [Float] = []
      for _ in 0..<2 {
        updated = []
        trainer.apply(batchCount: 160, range: range) { piece, own in
          for i in piece { own[i - piece.lowerBound] = sums[i] }
        } updated: { piece, new in
          #expect(piece.lowerBound == range.lowerBound + updated.count)
          for i in new.indices { updated.append(new[i]) }
        }
      }
      #expect(updated == Array(trainer.state.parameters[range]))
      #expect(trainer.state.firstMoment[range] == single.state.firstMoment[range])
      #expect(trainer.state.secondMoment[range] == single.state.secondMoment[range])
      #expect(trainer.state.step == single.state.step)
      gathered.setParameters(updated.span, range: range)
    }
    #expect(
      gathered.state.parameters == single.state.parameters
        && single.state.parameters != state.parameters)
  }

  @Test("initial weights are uniform in ±1/√inputs and follow the seed")
  func initialisation() {
    let state = TrainingState(features: 100, classes: 3, options: TrainingOptions(hidden: [64]))
    let layers = state.shape.layers(state.parameters)
    for layer in layers {
      let bound = 1 / Float(layer.inputs).squareRoot()
      let values = layer.weight + layer.bias
      #expect(values.allSatisfy { abs($0) <= bound })
      let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
      #expect(abs(variance / (bound * bound / 3) - 1) < 0.2)
    }
    var options = TrainingOptions(hidden: [64])
    #expect(TrainingState(features: 100, classes: 3, options: options) == state)
    options.seed = 2
    #expect(
      TrainingState(features: 100, classes: 3, options: options).parameters != state.parameters)
    #expect(state.shape.flatten(layers) == state.parameters)
  }

  @Test(
    "learns a separable problem, stops early, restores the best epoch; same seed, same bytes"
  )
  func learns() throws {
    let first = try train(seed: 5, epochs: 60)
    #expect(first.history.count < 60 && first.isFinished)
    let best = try #require(first.bestEpoch)
    #expect(first.history.count == best + 1 + first.options.patience)
    #expect(first.history.allSatisfy { $0.validationLoss >= first.bestLoss })
    #expect(first.history[best].validationAccuracy > 0.75)
    #expect(try train(seed: 5, epochs: 60).bytes == first.bytes)
    #expect(try train(seed: 6, epochs: 3).parameters != train(seed: 5, epochs: 3).parameters)
  }

  @Test("an interrupted training goes on with the same bits")
  func resume() throws {
    let whole = try train(seed: 5, epochs: 6)
    let half = try train(seed: 5, epochs: 6, stopAfter: 3)
    let again = try TrainingState(bytes: half.bytes, path: "state")
    #expect(again == half && again != whole)
    #expect(try train(seed: 5, epochs: 6, from: again).bytes == whole.bytes)
  }

  @Test("a torn or altered state is refused")
  func damage() throws {
    let bytes = try train(seed: 5, epochs: 1).bytes
    for length in [0, 5, 17, 29, 100, bytes.count - 1] {
      #expect(throws: ModelError.self) {
        try TrainingState(bytes: Array(bytes[..<length]), path: "state")
      }
    }
    for place in [0, 17, 22, 40, bytes.count / 2, bytes.count - 1] {
      var altered = bytes
      altered[place] ^= 1
      #expect(throws: ModelError.self) { try TrainingState(bytes: altered, path: "state") }
    }
    #expect(throws: ModelError.self) { try TrainingState(bytes: bytes + [0], path: "state") }
  }

  @Test(
    "a schedule takes every row once an epoch, evenly, for any number of ranks",
    arguments: [[100], [50, 50], [40, 3, 0, 57], [1]])
  func schedule(counts: [Int]) {
    let schedule = BatchSchedule(counts: counts, batch: 16)
    #expect(schedule.steps == (counts.reduce(0, +) + 15) / 16)
    for rank in counts.indices {
      let order = schedule.order(rank: rank, epoch: 2, seed: 1)
      #expect(order.sorted() == Array(0..<Int32(counts[rank])))
      #expect(
        (0..<schedule.steps).flatMap { schedule.range(rank: rank, step: $0).map { $0 } }
          == Array(0..<counts[rank]))
      if counts[rank] > 30 {
        #expect(order != order.sorted() && order != schedule.order(rank: rank, epoch: 3, seed: 1))
        #expect(order != schedule.order(rank: rank, epoch: 2, seed: 2))
      }
    }
    let batches = (0..<schedule.steps).map { schedule.batchCount(step: $0) }
    let taken: Int = batches.reduce(0, +), expected: Int = counts.reduce(0, +)
    #expect(taken == expected)
    #expect(batches.max()! - batches.min()! <= counts.count)
  }

  @Test("options that cannot work are named")
  func options() {
    #expect(TrainingOptions().problem == nil)
    #expect(
      TrainingOptions(hidden: [0]).problem != nil && TrainingOptions(dropout: 1).problem != nil)
    #expect(
      TrainingOptions(learningRate: .nan).problem != nil && TrainingOptions(batch: 0).problem != nil
    )
    #expect(
      TrainingOptions(patience: 0).problem != nil
        && TrainingOptions(maximumEpochs: 0).problem != nil)
  }

  @Test("loss curves with dropout lie where PyTorch's do, over seeds")
  func lossCurves() throws {
    let reference = try TrainingTests.reference()
    let (seeds, epochs) = (24, 25)
    let histories = try (1...UInt64(seeds)).map {
      try train(seed: $0, epochs: epochs, learningRate: 0.01, patience: epochs).history
    }
    for epoch in 0..<epochs {
      let curves = [
        histories.map { $0[epoch].trainingLoss }, histories.map { $0[epoch].validationLoss },
      ]
      for (kind, values) in curves.enumerated() {
        let mean = values.reduce(0, +) / Double(seeds)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(seeds - 1))
          .squareRoot()
        let (expected, spread) = (
          reference.curveMean[2 * epoch + kind], reference.curveDeviation[2 * epoch + kind]
        )
        // Two means of 24 seeds each differ by more than 4 of their standard errors once in ten
        // thousand.
        #expect(
          abs(mean - expected) < 4
            * ((spread * spread + deviation * deviation) / Double(seeds)).squareRoot())
        #expect(deviation > spread / 2.5 && deviation < spread * 2.5)
      }
    }
  }

  /// Trains on the first 120 rows of the fixture, validates on the rest.
  private func train(
    seed: UInt64, epochs: Int, stopAfter: Int? = nil, from state: TrainingState? = nil,
    learningRate: Double = 0.02, patience: Int = 4
  ) throws -> TrainingState {
    let reference = try TrainingTests.reference()
    let options = TrainingOptions(
      hidden: [10, 8], dropout: 0.2, learningRate: learningRate, batch: 16, patience: patience,
      maximumEpochs: epochs, seed: seed)
    let trainer = Trainer(state ?? TrainingState(features: 12, classes: 3, options: options))
    let schedule = BatchSchedule(counts: [120], batch: options.batch)
    let (rows, labels) = (Array(reference.x[..<(120 * 12)]), Array(reference.labels[..<120]))
    let (otherRows, otherLabels) = (
      Array(reference.x[(120 * 12)...]), Array(reference.labels[120...])
    )
    while !trainer.state.isFinished && trainer.state.epoch < stopAfter ?? epochs {
      let order = schedule.order(rank: 0, epoch: trainer.state.epoch, seed: seed)
      var training = LossSums()
      for step in 0..<schedule.steps {
        let result = trainer.gradient(
          rows, labels, Array(order[schedule.range(rank: 0, step: step)]))
        trainer.apply(result.sums.span, batchCount: schedule.batchCount(step: step))
        training += result.loss
      }
      let validation = trainer.loss(rows: otherRows.span, labels: otherLabels.span)
      let isBest = trainer.state.finishEpoch(.init(training: training, validation: validation))
      if isBest {
        #expect(
          trainer.loss(rows: otherRows.span, labels: otherLabels.span, usesBest: true) == validation
        )
      }
    }
    return trainer.state
  }
}

extension Trainer {
  /// Gradient sums as an array.
  func gradient(_ rows: [Float], _ labels: [UInt8], _ order: [Int32], sampleOffset: Int = 0) -> (
    sums: [Float], loss: LossSums
  ) {
    var sums = [Float](repeating: .nan, count: state.shape.parameterCount)
    var span = sums.mutableSpan
    let loss = gradient(
      rows: rows.span, labels: labels.span, order: order.span, sampleOffset: sampleOffset,
      into: &span)
    return (sums, loss)
  }
}
