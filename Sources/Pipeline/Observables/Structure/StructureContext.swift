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
        species, of: domain.center, within: Self.bondReach,
        near: pairs(within: HydrogenBonds.cutoff), rows: domain.centerRows,
        index: domain.centerOfRow)
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
    shared("coordinates") {
      let atoms = domain.atoms, rows = domain.centerRows
      return (
        x: rows.map { atoms.x[Int($0)] }, y: rows.map { atoms.y[Int($0)] },
        z: rows.map { atoms.z[Int($0)] }
      )
    }
  }

  /// The values of the owned centres of an array [local]; [owned].
  func owned<Value>(_ values: [Value]) -> [Value] {
    domain.isWhole ? values : domain.owned.map { values[Int($0)] }
  }
}

extension AnalysisPlan {
  /// Number of the species H if the centres are other atoms and the models read it.
  var hydrogenSpecies: Int? {
    sets.species[sets.center] == "H" ? nil : sets.species.firstIndex(of: "H")
  }
}
