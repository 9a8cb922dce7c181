/// How finely the layers of a profile resolve an interface.
///
/// Layer means of a mathematically sharp step look like a ramp: with the reconstruction of
/// `MonotoneStep` its `gibbs` is 0.83 to 1.74 layers, by where in a layer the step lies. A tanh
/// step of 2 layers is measured as 2.13 to 2.24, one of 3 as 3.08 to 3.10, one of 4 as 4.04. The
/// fit of tanh is of means of layers and has no such excess, but needs a profile of that form. So
/// a thickness below two layers, by `gibbs` or, where that is below three, by the fit, is an
/// upper bound, and below three layers `gibbs` is a few per cent too large. Positions do not
/// suffer: equal areas hold for any layers.
public struct InterfaceResolution: Sendable, Equatable {
  /// Thickness of a layer of the profile in Å.
  public var layer: Double
  /// Gibbs thickness in layers; NaN where there is no interface.
  public var layersAcross: Double
  /// Thickness by the fit of tanh, 3 w, in layers; NaN where there is no interface.
  public var fittedLayers: Double
  /// Whether the fit of tanh ended at a bound of its width, which then is none.
  public var isFitAtBound: Bool

  /// Layers across an interface from which its thickness is a measurement.
  public static let least = 2.0
  /// Layers across an interface from which its thickness is right to 4 %.
  public static let comfortable = 3.0

  /// Whether the thicknesses are measurements; else they are upper bounds of `upperBound`.
  public var isResolved: Bool {
    layersAcross >= Self.least
      && (layersAcross >= Self.comfortable || fittedLayers >= Self.least * (1 - 1e-3))
  }
  /// Thickness in Å that an unresolved interface does not exceed.
  public var upperBound: Double { Self.least * layer }
  /// Whether the thicknesses are measured, but too large by more than 4 %.
  public var isCoarse: Bool { isResolved && layersAcross < Self.comfortable }

  init(_ interface: Interface?, layer: Double) {
    self.layer = layer
    layersAcross = interface.map { $0.thickness.gibbs / layer } ?? .nan
    fittedLayers = interface.map { 3 * $0.fit.width / layer } ?? .nan
    isFitAtBound = interface?.fit.isAtBound ?? false
  }
}
