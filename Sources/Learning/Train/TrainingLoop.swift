import Glibc
import MPI
import NeuralNetwork
import Training

/// One rank's part in the epochs of a training run.
final class TrainingLoop {
  /// The network and its training state.
  let trainer: Trainer
  /// Seconds this rank spent adding gradients, on Adam's steps, and waiting for others.
  private(set) var exchangeSeconds = 0.0

  private let data: TrainingData
  private let schedule: BatchSchedule
  private let world: Communicator
  /// Index of this rank's first row among all training rows, by which dropout identifies rows.
  private let firstSample: Int
  private let exchange: GradientExchange

  /// Collective.
  init(_ state: TrainingState, _ data: TrainingData, world: Communicator) throws {
    trainer = Trainer(state)
    self.data = data
    self.world = world
    schedule = BatchSchedule(counts: data.trainingCounts, batch: state.options.batch)
    firstSample = data.trainingCounts[..<world.rank].reduce(0, +)
    // For tests of several nodes on one: the number of ranks per simulated node, or 0 for no shared
    // memory.
    let ranksPerNode = getenv("VERGLAS_RANKS_PER_NODE").flatMap { Int(String(cString: $0)) }
    exchange = try GradientExchange(
      state.parameters, ranksPerNode: ranksPerNode.map { max($0, 1) }, sharing: ranksPerNode != 0,
      on: world)
  }

  /// Trains one epoch, measures the validation loss and ends the epoch. Collective.
  func runEpoch() throws {
    let options = trainer.state.options
    let order = schedule.order(rank: world.rank, epoch: trainer.state.epoch, seed: options.seed)
    let (rows, held) = (data.training, data.validation)
    var training = LossSums()
    for step in 0..<schedule.steps {
      let range = schedule.range(rank: world.rank, step: step)
      exchangeSeconds += try exchange.step(trainer, batchCount: schedule.batchCount(step: step)) {
        parameters, sums in
        training += trainer.gradient(
          parameters: parameters, rows: rows.features.span, labels: rows.labels.span,
          order: order.span.extracting(range),
          sampleOffset: firstSample, into: &sums)
      }
    }
    exchange.collectParameters(trainer)
    let validation = trainer.loss(rows: held.features.span, labels: held.labels.span)
    var flat = training.flat + validation.flat
    try world.allReduce(&flat, .sum)
    trainer.state.finishEpoch(
      TrainingState.Epoch(
        training: LossSums(flat: Array(flat[..<3])), validation: LossSums(flat: Array(flat[3...]))))
  }

  /// Completes the state for a checkpoint. Collective.
  func completeState() throws { try exchange.collectMoments(trainer) }
}
