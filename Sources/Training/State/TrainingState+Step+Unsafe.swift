import NeuralNetwork

extension TrainingState {
  /// One step of Adam; see `Trainer.apply`.
  ///
  /// - Parameter body: receives a function that updates the parameters in a range by their gradient
  ///   sums, and returns them, valid until the body returns. It must be called once for every
  ///   parameter to update.
  mutating func takeStep(
    batchCount: Int,
    _ body: (
      _ update: (_ sums: UnsafePointer<Float>, _ range: Range<Int>) -> UnsafeBufferPointer<Float>
    ) -> Void
  ) {
    step += 1
    let adam = AdamStep(learningRate: options.learningRate, step: step, batchCount: batchCount)
    parameters.withUnsafeMutableBufferPointer { parameters in
      firstMoment.withUnsafeMutableBufferPointer { first in
        secondMoment.withUnsafeMutableBufferPointer { second in
          body { [parameters, first, second] sums, range in
            adam.apply(
              sums, parameters.baseAddress!, first.baseAddress!, second.baseAddress!, range)
            return UnsafeBufferPointer(parameters.extracting(range))
          }
        }
      }
    }
  }

  /// Overwrites parameters from an offset.
  mutating func setParameters(_ values: UnsafeBufferPointer<Float>, from start: Int) {
    parameters.withUnsafeMutableBufferPointer { parameters in
      _ = parameters[start..<(start + values.count)].update(fromContentsOf: values)
    }
  }
}
