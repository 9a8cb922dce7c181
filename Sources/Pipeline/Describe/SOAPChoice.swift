import HDF5
import MPI
import SOAP

/// Which descriptor `describe` and `sample` were asked for: parameters one by one, or those of a
/// model.
public struct SOAPChoice: Sendable {
  /// Model file whose parameters are taken instead of the others here.
  public var model: String? = nil
  /// Chemical symbols of the descriptor.
  public var species = ["O", "H"]
  /// Species of the centres.
  public var center = "O"
  /// Radius r_cut of the radial basis in Å.
  public var cutoffRadius = 6.0
  /// Number of radial functions n_max.
  public var radialCount = 6
  /// Highest degree l_max of the spherical harmonics.
  public var maximumDegree = 6
  /// Width σ of the Gaussians in Å.
  public var sigma = 0.5
  /// Species pairs to keep; nil keeps all.
  public var blocks: [String]? = nil

  /// The defaults.
  public init() {}

  /// The parameters, with the model's read by one rank. Collective.
  ///
  /// - Throws: the same error on all ranks.
  func parameters(on world: Communicator) throws -> SOAPParameters {
    if let model { return try openModels([model], on: world)[0].soapParameters(path: model) }
    return try SOAPParameters(
      species: species, center: center, cutoffRadius: cutoffRadius, radialCount: radialCount,
      maximumDegree: maximumDegree, sigma: sigma,
      blocks: blocks)
  }
}

extension SOAPParameters {
  /// Keeps every parameter as an attribute of a group, so that nobody need ask which were used.
  func record(in group: borrowing Group) throws {
    try group.setAttribute("species", to: species)
    try group.setAttribute("center", to: center)
    try group.setAttribute("r_cut", to: cutoffRadius)
    try group.setAttribute("effective_cutoff", to: effectiveCutoff)
    try group.setAttribute("n_max", to: Int64(radialCount))
    try group.setAttribute("l_max", to: Int64(maximumDegree))
    try group.setAttribute("sigma", to: sigma)
    try group.setAttribute("rbf", to: "gto")
  }
}
