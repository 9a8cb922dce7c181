/// The measured quantities of an interface, in the order in which they are stored and printed.
public enum InterfaceQuantity: String, CaseIterable, Sendable {
  /// Gibbs dividing position.
  case position
  /// Position at which the profile is halfway between its plateaus.
  case crossing
  /// Equivalent width (∫ρ)²/∫ρ².
  case gibbs
  /// Distance between the 5 % and 95 % levels.
  case fiveToNinetyFive = "thickness_5_95"
  /// Distance between the 10 % and 90 % levels.
  case tenToNinety = "thickness_10_90"
  /// 4·∫|P − step|.
  case ramp
  /// (∫ρ)/max ρ.
  case gradient
  /// Centre of the tanh fit.
  case tanhPosition = "tanh_position"
  /// w of the tanh fit.
  case tanhWidth = "tanh_width"
  /// Root mean square residual of the tanh fit, in units of the step.
  case tanhResidual = "tanh_residual"
  /// Plateau on the side of smaller x.
  case left
  /// Plateau on the side of larger x.
  case right
  /// Fraction of the molecules within the Gibbs thickness for which no probability reaches 0.9.
  case uncertain

  /// Whether the quantity is a position on the axis, which is periodic if the axis is.
  public var isPlace: Bool { self == .position || self == .crossing || self == .tanhPosition }
  /// Whether it is in Å; otherwise it is dimensionless.
  public var isLength: Bool { ![.tanhResidual, .left, .right, .uncertain].contains(self) }

  /// The quantity of one interface in a profile.
  ///
  /// - Parameters:
  ///   - sums: the profile it was found in.
  ///   - thickness: Å about the position within which uncertain molecules are counted; nil: the
  ///     interface's own Gibbs thickness.
  func value(of interface: Interface, in sums: LayerSums, thickness: Double? = nil) -> Double {
    switch self {
    case .position: return interface.position
    case .crossing: return interface.crossing
    case .gibbs: return interface.thickness.gibbs
    case .fiveToNinetyFive: return interface.thickness.fiveToNinetyFive
    case .tenToNinety: return interface.thickness.tenToNinety
    case .ramp: return interface.thickness.ramp
    case .gradient: return interface.thickness.gradient
    case .tanhPosition: return interface.fit.position
    case .tanhWidth: return interface.fit.width
    case .tanhResidual: return interface.fit.residual
    case .left: return interface.left
    case .right: return interface.right
    case .uncertain:
      let half = (thickness ?? interface.thickness.gibbs) / 2
      return sums.uncertainShare(from: interface.position - half, to: interface.position + half)
    }
  }
}
