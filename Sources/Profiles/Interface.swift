/// A flat interface between two plateaus of a profile. Lengths in Å.
public struct Interface: Sendable, Equatable {
  /// Gibbs dividing position x_G: `∫(P − step(x − x_G)) dx = 0` between the plateaus (equal areas).
  public var position: Double
  /// Position at which the monotone profile is halfway between its plateaus.
  public var crossing: Double
  /// Level of the plateau on the side of smaller and of larger x.
  public var left: Double, right: Double
  /// Thicknesses by all definitions.
  public var thickness: Thickness
  /// The tanh fit.
  public var fit: TanhFit
  /// The part of the axis that was analysed; may extend beyond the cell on a periodic axis.
  public var window: ClosedRange<Double>

  /// Whether the profile rises with x.
  public var rises: Bool { right > left }

  /// Displacement of this interface since `reference`: the shortest way on an axis with a period of
  /// `period` Å (nil: not periodic).
  public func shift(from reference: Interface, period: Double?) -> Double {
    let d = position - reference.position
    guard let period else { return d }
    return d - period * (d / period).rounded()
  }
}

/// Thicknesses of one interface in Å, of the profile normalised to 0…1 between its plateaus, with ρ
/// = |dP/dx|.
public struct Thickness: Sendable, Equatable {
  /// (∫ρ)²/∫ρ²: the equivalent width of ρ; reported first. 3.000 w for P = tanh(x/w).
  public var gibbs: Double
  /// Distance between the 5 % and 95 % levels; 2.944 w.
  public var fiveToNinetyFive: Double
  /// Distance between the 10 % and 90 % levels; 2.197 w.
  public var tenToNinety: Double
  /// 4·∫|P − step(x − x_G)|, the length of a linear ramp with that area; 2.773 w.
  public var ramp: Double
  /// (∫ρ)/max ρ: the length of the tangent at the steepest point, from plateau to plateau; 2.000 w.
  public var gradient: Double
}

/// Least-squares fit of ½(1 + tanh((x − position)/width)) to the normalised layer means.
public struct TanhFit: Sendable, Equatable {
  /// Centre in Å.
  public var position: Double
  /// w in Å.
  public var width: Double
  /// Root mean square of the residuals, in units of the step.
  public var residual: Double
  /// Whether the width ended at the least or the largest that the fit allows (a twentieth of a
  /// layer, the whole window): the layers do not determine it.
  public var isAtBound = false
}
