import NeuralNetwork
import Options

/// `--network`: the arithmetic of the network in single precision.
public enum NetworkChoice: OptionChoice {
  /// `int8` where every rank has a matrix unit for it, otherwise `fp32`.
  case auto
  /// Fused multiply-adds.
  case fp32
  /// Products of 8-bit integers.
  case int8

  /// The value on the command line.
  public var word: String { "\(self)" }

  /// The arithmetic of a run, and notes for the user.
  ///
  /// - Parameters:
  ///   - recorded: that of the results which are resumed; nil for new results.
  ///   - someHave, allHave: whether some and all ranks have a matrix unit for int8.
  ///   - fits: whether int8 fits all models.
  func resolved(recorded: NetworkArithmetic?, someHave: Bool, allHave: Bool, fits: Bool) -> (
    arithmetic: NetworkArithmetic, notes: [String]
  ) {
    switch self {
    case .fp32: return (.fp32, [])
    case .int8: return (.int8, [])
    case .auto:
      if let recorded {
        let note = "the results were begun with --network int8, which is kept: slow without AMX"
        return (recorded, recorded == .int8 && !allHave ? [note] : [])
      }
      guard fits else { return (.fp32, []) }
      if allHave { return (.int8, []) }
      return (
        .fp32,
        someHave ? ["only some ranks have AMX: the network runs in fp32 on all of them"] : []
      )
    }
  }
}
