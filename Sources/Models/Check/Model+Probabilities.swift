import Glibc

extension Model {
  /// Largest difference between a probability of `check` and the network's: far above single
  /// precision's rounding, far below what another activation, order or scaler makes.
  public static let checkTolerance = 1e-3

  /// Class probabilities `[rows, K]` of features `[rows, D]`, not standardised, in double precision
  /// by plain loops: the definition, to check a file with a few rows.
  ///
  /// - Complexity: rows · weights, about a millisecond a row.
  public func probabilities(ofFeatures features: [Double]) -> [Double] {
    let (width, inverse) = (featureCount, scaler.inverseScale)
    var result: [Double] = []
    for start in stride(from: 0, to: features.count / width * width, by: width) {
      var x = (0..<width).map { (features[start + $0] - scaler.mean[$0]) * inverse[$0] }
      for (n, layer) in layers.enumerated() {
        let isLast = n == layers.count - 1
        var y: [Double] = []
        y.reserveCapacity(layer.outputs)
        for o in 0..<layer.outputs {
          var sum = Double(layer.bias[o])
          for k in 0..<layer.inputs { sum += Double(layer.weight[o * layer.inputs + k]) * x[k] }
          y.append(isLast ? sum / (temperature ?? 1) : tanh(sum))
        }
        x = y
      }
      let largest = x.max() ?? 0
      let exponentials = x.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      result += exponentials.map { $0 / sum }
    }
    return result
  }
}
