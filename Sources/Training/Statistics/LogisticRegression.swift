import Contracts
import Glibc

/// Multinomial logistic regression on one number per row: measures how well a single principal
/// component separates the classes.
///
/// Minimises Σ −ln p(true class) + ½Σ w_k² with p = softmax(w_k x + c_k): scikit-learn's
/// `LogisticRegression` with its default penalty C = 1, slopes penalised and intercepts not, which
/// also keeps separable classes finite. Newton's method on the 2K parameters; gradient and Hessian
/// are sums over rows, so ranks add flat arrays between steps: `sums` → add over ranks → `update`.
public struct LogisticRegression: Equatable, Sendable {
  /// Number of classes K.
  public let classes: Int
  /// Slopes w `[K]`, then intercepts c `[K]`.
  public private(set) var parameters: [Double]
  /// The last accepted parameters' objective, and the step that is being tried.
  private var objective = Double.infinity
  private var step: [Double]

  /// An untrained regression: every class is equally probable.
  public init(classes: Int) {
    require(classes >= 2, "a regression needs at least 2 classes")
    self.classes = classes
    parameters = [Double](repeating: 0, count: 2 * classes)
    step = parameters
  }

  /// The most probable class of a number; the first of equals.
  public func prediction(_ x: Double) -> Int {
    var (best, largest) = (0, parameters[0] * x + parameters[classes])
    for k in 1..<classes {
      let logit = parameters[k] * x + parameters[classes + k]
      if logit > largest { (best, largest) = (k, logit) }
    }
    return best
  }

  /// Loss, gradient `[2K]` and Hessian `[2K, 2K]` over rows, flat, to be added over ranks.
  public func sums(_ values: Span<Double>, labels: Span<UInt8>) -> [Double] {
    require(values.count == labels.count, "as many values as labels")
    let (k, size) = (classes, 2 * classes)
    var flat = [Double](repeating: 0, count: 1 + size + size * size)
    var p = [Double](repeating: 0, count: k)
    for r in values.indices {
      let (x, label) = (values[r], Int(labels[r]))
      require(label < k, "a label is not one of the classes")
      for c in 0..<k { p[c] = parameters[c] * x + parameters[k + c] }
      let (truth, largest) = (p[label], p.max()!)
      var total = 0.0
      for c in 0..<k {
        p[c] = exp(p[c] - largest)
        total += p[c]
      }
      for c in 0..<k { p[c] /= total }
      flat[0] += log(total) + largest - truth
      for a in 0..<k {
        let g = p[a] - (a == label ? 1 : 0)
        flat[1 + a] += g * x
        flat[1 + k + a] += g
        for b in 0..<k {
          let h = p[a] * ((a == b ? 1 : 0) - p[b])
          let at = 1 + size + a * size + b
          flat[at] += h * x * x
          flat[at + k] += h * x
          flat[at + k * size] += h * x
          flat[at + k * size + k] += h
        }
      }
    }
    return flat
  }

  /// One step of Newton's method from sums over all rows; halves the step while the objective does
  /// not fall.
  ///
  /// - Returns: whether to continue: false if the step is below 10⁻⁹ of the parameters, or if the
  ///   sums are not finite.
  public mutating func update(_ flat: [Double]) -> Bool {
    let (k, size) = (classes, 2 * classes)
    require(
      flat.count == 1 + size + size * size, "flat regression sums of another number of classes")
    guard flat.allSatisfy(\.isFinite) else { return false }
    let current = flat[0] + 0.5 * parameters[..<k].reduce(0) { $0 + $1 * $1 }
    if current > objective + 1e-12 * abs(objective) {
      for i in 0..<size {
        step[i] /= 2
        parameters[i] -= step[i]
      }
      return isWorthwhile
    }
    objective = current
    var gradient = Array(flat[1..<(1 + size)])
    var hessian = Array(flat[(1 + size)...])
    for c in 0..<k {
      gradient[c] += parameters[c]
      hessian[c * size + c] += 1
      // Intercepts are free up to a constant: a penalty on their sum, which is 0 and stays 0, makes
      // the system regular.
      for b in 0..<k { hessian[(k + c) * size + k + b] += 1 }
    }
    step = SymmetricMatrix.solve(hessian, gradient.map { -$0 })
    for i in 0..<size { parameters[i] += step[i] }
    return isWorthwhile
  }

  /// Fits values and labels within one process; at most 100 steps.
  public mutating func fit(_ values: Span<Double>, labels: Span<UInt8>) {
    var rounds = 0
    while rounds < 100, update(sums(values, labels: labels)) { rounds += 1 }
  }

  private var isWorthwhile: Bool {
    let size = parameters.reduce(1) { max($0, abs($1)) }
    return step.contains { abs($0) > 1e-9 * size }
  }
}
