import Contracts

/// The phases of N molecules at T thresholds, from one pass over their probabilities.
///
/// `counts`, `argmaxCounts` are sums of integers: the sums over parts of a frame add up to those of
/// the frame in any order.
///
/// Probabilities are compared **in double precision**: `Double(p) > threshold`. A probability
/// stored as `Float` is thus compared with the value it has in the results file, against the
/// threshold given by the user; comparing in `Float` would round the threshold too and, for 0.85 →
/// 0.85000002, label a molecule of exactly that probability as intermediate. NaN exceeds no
/// threshold and is never the most probable class (a row of NaN counts as class 0 in `argmaxCounts`
/// and as IA everywhere else).
public struct PhaseLabels: Sendable {
  /// The rule applied.
  public let rule: PhaseRule
  /// One code per molecule [N]: exchange them to label halo copies.
  public let codes: [PhaseCode]
  /// Molecules per threshold and phase [T, K+1], row-major; the last column is IA.
  public let counts: [Int64]
  /// Molecules per most probable class [K], regardless of the probability.
  public let argmaxCounts: [Int64]

  /// Labels from single-precision probabilities.
  ///
  /// - Parameters:
  ///   - probabilities: p [N, K], row-major.
  ///   - rule: classes and thresholds; K must be the number of columns.
  /// - Complexity: O(N·(K + T)).
  public init(probabilities: Span<Float>, rule: PhaseRule) {
    let k = rule.classCount
    require(probabilities.count % k == 0, "the probabilities are not rows of \(k) classes")
    let n = probabilities.count / k
    let codes = [PhaseCode](unsafeUninitializedCapacity: n) { buffer, count in
      for i in 0..<n {
        var top = 0
        var best = probabilities[i * k]
        for c in 1..<k
        where probabilities[i * k + c] > best || (best.isNaN && !probabilities[i * k + c].isNaN) {
          top = c
          best = probabilities[i * k + c]
        }
        buffer.initializeElement(
          at: i, to: PhaseCode(top: UInt8(top), level: Self.level(Double(best), rule)))
      }
      count = n
    }
    self.init(codes: codes, rule: rule)
  }

  /// Labels from double-precision probabilities: see `init(probabilities:rule:)`.
  public init(probabilities: Span<Double>, rule: PhaseRule) {
    let k = rule.classCount
    require(probabilities.count % k == 0, "the probabilities are not rows of \(k) classes")
    let n = probabilities.count / k
    let codes = [PhaseCode](unsafeUninitializedCapacity: n) { buffer, count in
      for i in 0..<n {
        var top = 0
        var best = probabilities[i * k]
        for c in 1..<k
        where probabilities[i * k + c] > best || (best.isNaN && !probabilities[i * k + c].isNaN) {
          top = c
          best = probabilities[i * k + c]
        }
        buffer.initializeElement(
          at: i, to: PhaseCode(top: UInt8(top), level: Self.level(best, rule)))
      }
      count = n
    }
    self.init(codes: codes, rule: rule)
  }

  /// Labels from existing or received codes.
  public init(codes: [PhaseCode], rule: PhaseRule) {
    self.rule = rule
    self.codes = codes
    let k = rule.classCount
    let t = rule.thresholds.count
    // One count by (class, level), from which everything else follows without another pass.
    var tally = [Int64](repeating: 0, count: k * (t + 1))
    for code in codes { tally[Int(code.top) * (t + 1) + Int(code.level)] += 1 }
    var argmax = [Int64](repeating: 0, count: k)
    var counts = [Int64](repeating: 0, count: t * (k + 1))
    for c in 0..<k {
      for level in 0...t {
        let molecules = tally[c * (t + 1) + level]
        argmax[c] += molecules
        for threshold in 0..<t {
          counts[threshold * (k + 1) + (level > rule.position[threshold] ? c : k)] += molecules
        }
      }
    }
    argmaxCounts = argmax
    self.counts = counts
  }

  /// The phase of every molecule [N] at `rule.thresholds[threshold]`; IA is K.
  public func phases(threshold: Int = 0) -> [UInt8] {
    PhaseLabels.phases(of: codes, rule: rule, threshold: threshold)
  }

  /// Phases [N] of any codes, for instance those of owned centres and halo copies together.
  public static func phases(of codes: [PhaseCode], rule: PhaseRule, threshold: Int = 0) -> [UInt8] {
    let position = rule.position[threshold]
    let intermediate = rule.intermediate
    return codes.map { Int($0.level) > position ? $0.top : intermediate }
  }

  private static func level(_ p: Double, _ rule: PhaseRule) -> UInt8 {
    var level: UInt8 = 0
    for threshold in rule.sorted where p > threshold { level &+= 1 }
    return level
  }
}
