import ArgumentParser
import Pipeline

/// The parameters of a descriptor.
struct SOAPOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Chemical symbols of the species.", valueName: "LIST"))
  var species = "O,H"
  @Option(help: ArgumentHelp("Species of the centres.", valueName: "SYMBOL"))
  var center = "O"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Radius r_cut of the radial basis in Å; atoms count to r_cut + 3.717 σ.", valueName: "Å"))
  var rCut = 6.0
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Number of radial functions n_max.", valueName: "N")
  )
  var nMax = 6
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Highest degree l_max of the spherical harmonics.", valueName: "L"))
  var lMax = 6
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Width σ of the Gaussians in Å.", valueName: "Å"))
  var sigma = 0.5
  @Option(
    help: ArgumentHelp(
      "Species pairs to keep, e.g. OH,HH; all keeps every pair.", valueName: "LIST"))
  var blocks = "all"
  @Option(help: ArgumentHelp("Take all of these from a model file instead.", valueName: "FILE"))
  var model: String?

  /// What the commands are given.
  var choice: SOAPChoice {
    var choice = SOAPChoice()
    choice.model = model
    choice.species = species.split(separator: ",").map(String.init)
    choice.center = center
    choice.cutoffRadius = rCut
    choice.radialCount = nMax
    choice.maximumDegree = lMax
    choice.sigma = sigma
    choice.blocks = blocks == "all" ? nil : blocks.split(separator: ",").map(String.init)
    return choice
  }
}
