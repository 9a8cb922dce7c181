import Contracts

/// How probabilities become phases: the number of classes and the thresholds, the first of which is
/// the primary one.
///
/// At a threshold `t` a molecule belongs to its most probable class if that probability **exceeds**
/// `t`, otherwise to the intermediate phase IA, which has the number `classCount`. Phases are
/// numbered `0…classCount` throughout this module.
public struct PhaseRule: Sendable, Equatable {
  /// Number of classes K of the model.
  public let classCount: Int
  /// Thresholds [T] in the user's order; `thresholds[0]` is the primary one.
  public let thresholds: [Double]
  /// `position[t]`: the index of `thresholds[t]` in ascending order.
  let position: [Int]
  /// Thresholds in ascending order [T].
  let sorted: [Double]

  /// Number of phases, IA included: K + 1.
  public var phaseCount: Int { classCount + 1 }
  /// The number of the intermediate phase: K.
  public var intermediate: UInt8 { UInt8(classCount) }

  /// A rule.
  ///
  /// - Parameters:
  ///   - classCount: classes of the model, 2…254.
  ///   - thresholds: 1…255 probabilities, the primary one first; otherwise neither order nor
  ///     repetition matters.
  public init(classCount: Int, thresholds: [Double]) {
    require((2...254).contains(classCount), "a classifier has between 2 and 254 classes")
    require(
      (1...255).contains(thresholds.count),
      "between 1 and 255 thresholds can be evaluated in one pass")
    require(thresholds.allSatisfy { $0.isFinite }, "a threshold must be a finite number")
    self.classCount = classCount
    self.thresholds = thresholds
    let order = thresholds.indices.sorted { (thresholds[$0], $0) < (thresholds[$1], $1) }
    var position = [Int](repeating: 0, count: thresholds.count)
    for (place, t) in order.enumerated() { position[t] = place }
    self.position = position
    sorted = order.map { thresholds[$0] }
  }

  /// The phase of `code` at `thresholds[threshold]`.
  public func phase(_ code: PhaseCode, threshold: Int = 0) -> UInt8 {
    Int(code.level) > position[threshold] ? code.top : intermediate
  }
}

/// A molecule's phase at every threshold, in two bytes; this is sent to halo copies.
///
/// With thresholds in ascending order, those that a probability exceeds come first, so the most
/// probable class and the **number** of thresholds that it exceeds are sufficient.
public struct PhaseCode: Sendable, Hashable, BitwiseCopyable {
  /// The most probable class; of equal ones the lowest.
  public var top: UInt8
  /// Number of thresholds that its probability exceeds, 0…T.
  public var level: UInt8

  /// A code from its parts.
  public init(top: UInt8, level: UInt8) {
    self.top = top
    self.level = level
  }
}
