/// The atoms of the selected species in a trajectory whose frames have coordinates only; they are
/// the same in every frame and determined once.
struct WantedAtoms {
  /// Indices in the frame, ascending.
  let positions: [Int32]
  /// Id and species of each.
  let ids: [Int64], species: [UInt8]

  /// Finds the atoms of `map`'s species.
  /// - Throws: `TrajectoryError` if the topology has numeric types that are not all in `--types`.
  init(topology: Topology, species map: SpeciesMap) throws(TrajectoryError) {
    var speciesOfLabel: [UInt8] = []
    for label in topology.labels(for: map) {
      guard let type = Int(label) else {
        speciesOfLabel.append(map.index(ofName: label))
        continue
      }
      let index = map.index(ofType: type)
      guard index != SpeciesMap.unknown || map.names.isEmpty else {
        throw Self.untold(topology, map, type)
      }
      speciesOfLabel.append(map.names.isEmpty ? SpeciesMap.unwanted : index)
    }
    var positions: [Int32] = []
    var species: [UInt8] = []
    for (position, label) in topology.labelOfAtom.enumerated()
    where speciesOfLabel[Int(label)] < SpeciesMap.unwanted {
      positions.append(Int32(truncatingIfNeeded: position))
      species.append(speciesOfLabel[Int(label)])
    }
    self.positions = positions
    self.species = species
    ids = positions.map { topology.id(ofAtom: Int($0)) }
  }

  /// The selected atoms among `[start, end)` of the frame's atoms, as indices into `positions`.
  func range(from start: Int, to end: Int) -> Range<Int> {
    first(atOrAfter: start)..<first(atOrAfter: end)
  }

  private func first(atOrAfter position: Int) -> Int {
    var low = 0
    var high = positions.count
    while low < high {
      let middle = (low + high) / 2
      if Int(positions[middle]) < position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func untold(_ topology: Topology, _ map: SpeciesMap, _ type: Int)
    -> TrajectoryError
  {
    guard map.types.isEmpty else {
      return TrajectoryError(
        path: topology.path, reason: "type \(type) is not in --types \(map.typesText)")
    }
    let counts = topology.census(for: map).filter { Int($0.key) != nil }
    return TrajectoryError(
      path: topology.path,
      reason:
        "the file contains no element names: \(topology.atomCount) atoms, "
        + "\(SpeciesMap.advice(counts: counts))"
    )
  }
}
