import JobControl
import MPI
import NeuralNetwork

/// Chooses the arithmetic of the network, the same on all ranks: otherwise probabilities would
/// depend on which rank computes a frame.
enum NetworkAgreement {
  /// The arithmetic of a run, and notes for the user. Collective.
  ///
  /// - Parameter recorded: that of the results that are to be completed, if there are any.
  /// - Throws: `RunError` (usage), the same on all ranks, if `--network int8` is not possible.
  static func settle(
    _ plan: AnalysisPlan, recorded: NetworkArithmetic?, on world: Communicator
  ) throws -> (arithmetic: NetworkArithmetic, notes: [String]) {
    let options = plan.options
    guard options.precision == .single else {
      if options.network == .int8 {
        throw RunError(
          "--network: int8 requires --precision single, found --precision double; use "
            + "only one of the two options",
          .usage)
      }
      return (.fp32, [])
    }
    let misfit = plan.models.first { !NetworkArithmetic.int8.fits($0) }
    if options.network == .int8, let misfit {
      throw RunError(
        "--network: int8 needs a hidden layer and at most 40,000 inputs of each layer, which "
          + "\(misfit.name) does not have; use --network fp32",
        .usage)
    }
    let has: UInt8 = NetworkArithmetic.hasMatrixUnit ? 1 : 0
    return options.network.resolved(
      recorded: recorded, someHave: try world.allReduce(has, .maximum) == 1,
      allHave: try world.allReduce(has, .minimum) == 1, fits: misfit == nil)
  }
}
