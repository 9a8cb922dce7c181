import NeuralNetwork

extension TrainingState {
  /// Adam's step for the parameters in `range`, whose gradient sums are at the start of `sums`; see
  /// `Trainer.apply`.
  mutating func takeStep(_ sums: UnsafePointer<Float>, batchCount: Int, _ range: Range<Int>) {
    step += 1
    AdamStep(learningRate: options.learningRate, step: step, batchCount: batchCount)
      .apply(sums, &parameters, &firstMoment, &secondMoment, range)
  }

  /// Overwrites parameters from an offset.
  mutating func setParameters(_ values: UnsafeBufferPointer<Float>, from start: Int) {
    parameters.withUnsafeMutableBufferPointer { parameters in
      _ = parameters[start..<(start + values.count)].update(fromContentsOf: values)
    }
  }
}
