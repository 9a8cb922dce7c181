import Models

/// The arithmetic of the hidden layers in single precision.
public enum NetworkArithmetic: String, Sendable, CaseIterable {
  /// Fused multiply-adds in single precision.
  case fp32
  /// Products of 8-bit integers with exact sums, three or four of them for each number: the fastest
  /// with AMX, with the same bits on every processor.
  case int8

  /// Whether this processor has a matrix unit for int8 and the kernel grants its use.
  public static var hasMatrixUnit: Bool { DigitPerceptron.Engine.native == .tiles }

  /// The instructions that compute int8 products on this processor.
  public static var int8Instructions: String {
    switch DigitPerceptron.Engine.native {
    case .tiles: "AMX"
    case .dots: "VNNI"
    case .plain: "no vector instructions for int8"
    }
  }

  /// Whether a model can run in this arithmetic: int8 needs a hidden layer, and at most 40,000
  /// inputs of each layer.
  public func fits(_ model: Model) -> Bool { self == .fp32 || DigitFormat.fits(model) }
}
