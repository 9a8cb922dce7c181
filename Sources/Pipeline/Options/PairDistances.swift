import Models

/// The distances within which centres are neighbours and belong to one cluster: those of the
/// options, otherwise that of the model, which is the first minimum of g(r) of its training data.
struct PairDistances {
  /// Distance in Å for models that state none: that of water's oxygens (arXiv:2606.01401).
  static let water = 3.0

  /// Distances in Å.
  let neighbor: Double, cluster: Double
  /// Warnings for the user before the run.
  let warnings: [String]

  init(_ options: AnalysisOptions, _ models: [Model]) {
    let stated = models.compactMap(\.neighborCutoff)
    let chosen = stated.first ?? Self.water
    neighbor = options.neighborCutoff ?? chosen
    cluster = options.clusterCutoff ?? chosen
    guard options.neighborCutoff == nil || options.clusterCutoff == nil else {
      warnings = []
      return
    }
    if Set(stated).count > 1 {
      let list = models.compactMap { model in model.neighborCutoff.map { "\(model.name) \($0) Å" } }
      warnings = [
        "the models state different neighbour distances (\(list.joined(separator: ", "))): "
          + "\(chosen) Å is used; --neighbor-cutoff and --cluster-cutoff set another"
      ]
    } else if stated.isEmpty, let model = models.first(where: { !$0.isOfWater }) {
      warnings = [
        "model \(model.name) states no neighbour distance: \(Self.water) Å, the value for the "
          + "oxygens of water, is used; specify --neighbor-cutoff and --cluster-cutoff"
      ]
    } else {
      warnings = []
    }
  }
}

extension Model {
  /// Whether the centres are water's oxygens, as far as the model states it.
  var isOfWater: Bool { soap.isOfWater }
  /// The word for a centre: a molecule of water, an atom of other substances.
  var unit: String { isOfWater ? "molecule" : "atom" }
}
