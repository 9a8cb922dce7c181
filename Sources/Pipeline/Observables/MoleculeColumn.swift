/// A dataset with values for each molecule, and those of a frame's owned centres: `[owned, width]`.
struct MoleculeColumn {
  enum Values {
    case singles([Float])
    case integers([Int64])
    case bytes([UInt8])
  }

  let path: String
  let width: Int
  let values: Values

  /// Everything that a run stores for each molecule, in one order on all ranks.
  static func all(
    _ frame: LoadedFrame, _ outcome: FrameEvaluator.Outcome, probabilities: [ArraySlice<Double>],
    projections: [ArraySlice<Float>],
    plan: AnalysisPlan
  ) -> [MoleculeColumn] {
    let wanted = plan.options.perMolecule, domain = frame.domain
    var columns: [MoleculeColumn] = []
    func add(_ path: String, width: Int = 1, _ values: Values) {
      columns.append(MoleculeColumn(path: "\(path)/value", width: width, values: values))
    }
    if wanted.contains(.position) {
      let positions = (0..<domain.centerCount).flatMap { k -> [Float] in
        let r = domain.position(ofOwned: k)
        return [Float(r.x), Float(r.y), Float(r.z)]
      }
      columns.append(
        MoleculeColumn(path: ResultsSchema.position, width: 3, values: .singles(positions)))
    }
    for (m, model) in plan.models.enumerated() {
      let result = outcome.results[m], particles = ResultsSchema.particles(model)
      if wanted.contains(.probability) {
        add(
          "\(particles)/probability", width: model.classCount,
          .singles(probabilities[m].map { Float($0) }))
      }
      if wanted.contains(.phase) { add("\(particles)/phase", .bytes(result.phases)) }
      if wanted.contains(.cluster) { add("\(particles)/cluster", .integers(result.clusters)) }
      if wanted.contains(.pca), let components = model.principalComponents {
        add("\(particles)/pca", width: components.count, .singles(Array(projections[m])))
      }
    }
    for region in plan.options.regions { add(region.particles, .bytes(region.members(of: domain))) }
    if let count = outcome.neighborCount {
      let particles = "/particles/centers/\(NeighborCountRule.group)"
      if wanted.contains(.phase) { add("\(particles)/phase", .bytes(count.phases)) }
      if wanted.contains(.cluster) { add("\(particles)/cluster", .integers(count.clusters)) }
    }
    return columns
  }
}
