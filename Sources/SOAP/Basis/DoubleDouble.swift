import Glibc

/// A number as the unevaluated sum of two doubles, about 32 digits: for the initialisation of
/// radial bases that are nearly linearly dependent.
///
/// Error-free sums (Knuth) and products by fused multiply-add; relative error of each operation a
/// few 2⁻¹⁰⁴ (Joldes, Muller, Popescu, ACM Trans. Math. Softw. 44, 15 (2017)). Exponential and
/// logarithm are accurate to about 10⁻²⁹.
struct DoubleDouble: BasisNumber {
  var high: Double
  var low: Double

  init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  init(_ value: Double) { self.init(high: value, low: 0) }

  /// The sum of any two doubles.
  static func exactSum(_ a: Double, _ b: Double) -> DoubleDouble {
    let sum = a + b
    let part = sum - a
    return DoubleDouble(high: sum, low: (a - (sum - part)) + (b - part))
  }

  /// The sum of two doubles of which the first is the larger one.
  static func orderedSum(_ a: Double, _ b: Double) -> DoubleDouble {
    let sum = a + b
    return DoubleDouble(high: sum, low: b - (sum - a))
  }

  static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let s = exactSum(a.high, b.high)
    let t = exactSum(a.low, b.low)
    let u = orderedSum(s.high, s.low + t.high)
    return orderedSum(u.high, u.low + t.low)
  }

  static prefix func - (a: DoubleDouble) -> DoubleDouble {
    DoubleDouble(high: -a.high, low: -a.low)
  }

  static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let product = a.high * b.high
    let error = (-product).addingProduct(a.high, b.high)
    return orderedSum(product, error + (a.high * b.low + a.low * b.high))
  }

  static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let first = a.high / b.high
    let rest = a - b * DoubleDouble(first)
    let second = rest.high / b.high
    let last = rest - b * DoubleDouble(second)
    return orderedSum(first, second) + DoubleDouble(last.high / b.high)
  }

  static func < (a: DoubleDouble, b: DoubleDouble) -> Bool {
    a.high < b.high || (a.high == b.high && a.low < b.low)
  }

  var magnitude: DoubleDouble { high < 0 ? -self : self }

  func squareRoot() -> DoubleDouble {
    guard high > 0 else { return DoubleDouble(high.squareRoot()) }
    let root = DoubleDouble(high.squareRoot())
    return (root + self / root) * DoubleDouble(0.5)
  }

  static let negligible = DoubleDouble(1e-33)

  /// √π and ln 2.
  static let rootOfPi = DoubleDouble(high: 0x1.c5bf891b4ef6bp+0, low: -0x1.618f13eb7ca89p-54)
  static let pi = DoubleDouble(high: 0x1.921fb54442d18p+1, low: 0x1.1a62633145c07p-53)
  private static let ln2 = DoubleDouble(high: 0x1.62e42fefa39efp-1, low: 0x1.abc9e3b39803fp-56)

  /// exp(x): x = k·ln 2 + 2⁹·r, Taylor's series of exp(r) − 1, squared nine times.
  func exponential() -> DoubleDouble {
    guard high > -700 else { return DoubleDouble(0) }
    let k = (high / DoubleDouble.ln2.high).rounded()
    let r = (self - DoubleDouble(k) * DoubleDouble.ln2) * DoubleDouble(0x1p-9)
    var term = r
    var minusOne = r
    for n in 2...10 {
      term = term * r / DoubleDouble(Double(n))
      minusOne = minusOne + term
    }
    // (1 + x)² − 1 = 2x + x².
    for _ in 0..<9 { minusOne = minusOne * DoubleDouble(2) + minusOne * minusOne }
    let scale = DoubleDouble(scalbn(1, Int32(k)))
    return (minusOne + DoubleDouble(1)) * scale
  }

  /// ln x by one step of Newton's method from the double's logarithm; x > 0.
  func logarithm() -> DoubleDouble {
    let start = DoubleDouble(log(high))
    return start + self * (-start).exponential() - DoubleDouble(1)
  }

  /// The nearest double.
  var rounded: Double { high + low }
}

/// What the matrix of a radial basis is made of: doubles, or pairs of them.
protocol BasisNumber: Comparable {
  init(_ value: Double)
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  func squareRoot() -> Self
  var magnitude: Self { get }
  /// An off-diagonal element of this size, relative to the diagonal, is nothing.
  static var negligible: Self { get }
}

extension Double: BasisNumber {
  static let negligible = 1e-17
}
