import HDF5
import MPI
import Options
import SOAP

/// The descriptor of `describe` and `sample`: parameters one by one, or those of a model.
public struct SOAPChoice: OptionGroup {
  /// Chemical symbols of the descriptor.
  @Option(
    .value(
      "--species", "LIST", .soap, "Chemical symbols of the species.",
      show: { $0.joined(separator: ",") }, read: { $0.split(separator: ",").map(String.init) }
    ).once())
  public var species = ["O", "H"]

  /// Species of the centres; nil for the only species, or oxygen.
  @Option(
    .value(
      "--center", "SYMBOL", .soap, "Species of the centres.",
      otherwise: "the only species, else O"))
  public var center: String? = nil

  /// Radius r_cut of the radial basis in Å.
  @Option(
    .value(
      "--r-cut", "Å", .soap,
      "Radius r_cut of the radial basis; atoms contribute up to r_cut + 3.717 σ."))
  public var cutoffRadius = 6.0

  /// Number of radial functions n_max.
  @Option(.value("--n-max", "N", .soap, "Number of radial functions n_max."))
  public var radialCount = 6

  /// Highest degree l_max of the spherical harmonics.
  @Option(.value("--l-max", "L", .soap, "Highest degree l_max of the spherical harmonics."))
  public var maximumDegree = 6

  /// Width σ of the Gaussians in Å.
  @Option(.value("--sigma", "Å", .soap, "Width σ of the Gaussians."))
  public var sigma = 0.5

  /// Species pairs to keep; nil keeps all.
  @Option(.blocks(.soap, "Species pairs to keep, e.g. OH,HH; all keeps every pair."))
  public var blocks: [String]? = nil

  /// Model file whose parameters are used instead of the others here.
  @Option(
    .value("--model", "FILE", .soap, "Model file to take all SOAP parameters from instead."))
  public var model: String? = nil

  /// The defaults.
  public init() {}

  /// The parameters; those of a model are read by one rank. Collective.
  ///
  /// - Parameter reserved: names that a model must not have.
  /// - Throws: the same error on all ranks.
  public func parameters(reserved: Set<String>, on world: Communicator) throws -> SOAPParameters {
    if let model {
      return try openModels([model], reserved: reserved, on: world)[0].soapParameters(path: model)
    }
    return try SOAPParameters(
      species: species, center: center ?? (species.count == 1 ? species[0] : "O"),
      cutoffRadius: cutoffRadius, radialCount: radialCount,
      maximumDegree: maximumDegree, sigma: sigma,
      blocks: blocks)
  }
}

extension SOAPParameters {
  /// Stores every parameter as an attribute of a group, so that the output documents them.
  public func record(in group: borrowing Group) throws {
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
