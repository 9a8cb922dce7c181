import Frames
import Geometry
import Phases

/// What the observables of structure share for a frame.
extension FrameContext {
  /// Largest length of a bond between a centre and its hydrogen in Å.
  static let bondReach = 1.3

  /// The hydrogens of all centres on this rank: of the nearest centre within `bondReach`.
  /// Collective over the team: halo copies get those of their owners.
  ///
  /// - Parameter species: number of the hydrogens' species.
  func hydrogens(_ species: Int) throws -> AttachedAtoms {
    try shared("hydrogens") {
      var found = domain.extended.attachedAtoms(
        species, within: Self.bondReach, near: pairs(within: HydrogenBonds.cutoff))
      if !domain.isWhole {
        timings.end(.clusters)
        try fill(&found.displacements, width: AttachedAtoms.laneCount)
        timings.end(.exchange)
      }
      return found
    }
  }

  /// Coordinates of all centres on this rank in Å, [local].
  func centerCoordinates() -> (x: [Double], y: [Double], z: [Double]) {
    (domain.centers.x, domain.centers.y, domain.centers.z)
  }
}

extension AnalysisPlan {
  /// Number of the species H if the centres are other atoms and the models read it.
  var hydrogenSpecies: Int? {
    sets.species[sets.center] == "H" ? nil : sets.species.firstIndex(of: "H")
  }
}
