/// How finely the layers of a profile resolve an interface.
///
/// Layer means of a mathematically sharp step look like a ramp: with the reconstruction of
/// `MonotoneStep` its `gibbs` is 0.83 to 1.74 layers, by where in a layer the step lies. A tanh
/// step of 2 layers is measured as 2.13 to 2.24, one of 3 as 3.08 to 3.10, one of 4 as 4.04. So a
/// measured thickness below two layers is an upper bound, and below three it is a few per cent too
/// large. Positions do not suffer: equal areas hold for any layers.
public struct InterfaceResolution: Sendable, Equatable {
  /// Thickness of a layer of the profile in Å.
  public var layer: Double
  /// Gibbs thickness in layers; NaN where there is no interface.
  public var layersAcross: Double
  /// Whether the fit of tanh ended at a bound of its width, which then is none.
  public var isFitAtBound: Bool

  /// Layers across an interface from which its thickness is a measurement.
  public static let least = 2.0
  /// Layers across an interface from which its thickness is right to 4 %.
  public static let comfortable = 3.0

  /// Whether the thicknesses are measurements; else they are upper bounds of `upperBound`.
  public var isResolved: Bool { layersAcross >= Self.least }
  /// Thickness in Å that an unresolved interface does not exceed.
  public var upperBound: Double { Self.least * layer }
  /// Whether the thicknesses are measured, but too large by more than 4 %.
  public var isCoarse: Bool { isResolved && layersAcross < Self.comfortable }

  init(_ interface: Interface?, layer: Double) {
    self.layer = layer
    layersAcross = interface.map { $0.thickness.gibbs / layer } ?? .nan
    isFitAtBound = interface?.fit.isAtBound ?? false
  }
}
