import Frames
import Phases
import Profiles

/// The profile of a model's phases across the layers of `--profile`, and the interfaces in it for
/// the closing table.
struct ModelProfile: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "edges", "/observables/MODEL/profile/edges", .float64, [.edges], unit: "Angstrom",
      isElement: false, "edges of the layers"),
    .frame(
      "molecules", "/observables/MODEL/profile/molecules", .int64, [.layers], isElement: false,
      table: "profile_molecules", "molecules in each layer"),
    .frame(
      "uncertain", "/observables/MODEL/profile/uncertain", .int64, [.layers], isElement: false,
      table: "profile_uncertain",
      "molecules none of whose probabilities reaches 0.9, unfamiliar ones too"),
    .frame(
      "probability", "/observables/MODEL/profile/probability", .float64, [.layers, .classes],
      isElement: false, table: "profile_probability",
      "mean class probabilities of all molecules, unfamiliar ones too"),
    .frame(
      "standard_error", "/observables/MODEL/profile/standard_error", .float64, [.layers, .classes],
      isElement: false, table: "profile_standard_error", "standard errors of the means"),
    .frame(
      "phase_fraction", "/observables/MODEL/profile/phase_fraction", .float64, [.layers, .phases],
      isElement: false, table: "profile_phase_fraction",
      "fraction of each phase, then IA; the rest is unfamiliar"),
    .frame(
      "density", "/observables/MODEL/profile/density", .float64, [.layers], unit: "g cm-3",
      isElement: false, table: "profile_density",
      "density; molecules per Å³ where the mass of an atom is not known"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    guard let layers = plan.layers else { return [] }
    return plan.models.indices.map { ModelProfile(plan, model: $0, layers: layers) }
  }

  let model: Int
  let stored: ResultsOutline.StoredModel
  let layers: Layers
  let massPerCenter: Double?
  let isPeriodic: Bool
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, model m: Int, layers: Layers) {
    let model = plan.models[m]
    var binding = ObservableBinding(model)
    binding.sizes[.layers] = layers.count
    binding.sizes[.edges] = layers.count + 1
    binding.texts["density"] = "density"
    if !plan.recognises(m) {
      binding.texts["uncertain"] = "molecules none of whose probabilities reaches 0.9"
      binding.texts["probability"] = "mean class probabilities"
      binding.texts["phase_fraction"] = "fraction of each phase, then IA"
    }
    if plan.massPerCenter == nil { binding.units["density"] = "Angstrom-3" }
    self.model = m
    self.layers = layers
    self.binding = binding
    stored = ResultsOutline.StoredModel(
      name: model.name, group: binding.model, classes: model.classes,
      thresholds: plan.options.thresholds, unit: plan.unit)
    massPerCenter = plan.massPerCenter
    isPeriodic = plan.periodic[layers.axis]
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    frame.timings.end(.clusters)
    var profile = LayerProfile(layerCount: layers.count, classCount: stored.classes.count)
    let places = frame.places(in: layers), values = frame.probabilities[model]
    let phases = frame.phases(of: model)
    profile.add(layers: places.span, probabilities: values.span, phases: phases.span)
    share.sum("sums", profile.words)
    frame.timings.end(.profile)
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    let profile = ProfileTable(
      LayerProfile(
        words: sums["sums"], layerCount: layers.count, classCount: stored.classes.count),
      layers: layers, cell: frame.cell, massPerCenter: massPerCenter)
    share.store("edges", .reals(profile.edges))
    share.store("molecules", .integers(profile.molecules))
    share.store("uncertain", .integers(profile.uncertain))
    share.store("probability", .reals(profile.probability))
    share.store("standard_error", .reals(profile.standardError))
    share.store("phase_fraction", .reals(profile.phaseFraction))
    share.store("density", .reals(profile.density))
  }

  var section: String { stored.name }

  var totals: [ObservableTotal] {
    [
      .rows("edges", of: layers.count + 1), .rows("molecules", of: layers.count),
      .rows("uncertain", of: layers.count),
      .rows("probability", of: layers.count * stored.classes.count),
    ]
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    interfaces(totals).map(InterfaceReport.summary) ?? []
  }

  func warnings(_ totals: ClosingTotals) -> [String] {
    guard let item = interfaces(totals) else { return [] }
    let unresolved = InterfaceReport.unresolved(item).map { [$0] } ?? []
    // The molecules of the layers are the same for all models, the interfaces are not.
    return unresolved + (model == 0 ? InterfaceReport.sparse(item).map { [$0] } ?? [] : [])
  }

  /// The interfaces as `verglas interface` finds them, from the kept frames; nil if there are none,
  /// or if the profile is too short, which is not an error.
  private func interfaces(_ totals: ClosingTotals) -> MeasuredInterfaces? {
    guard let edges = totals.rows[path("edges")], let molecules = totals.rows[path("molecules")],
      let uncertain = totals.rows[path("uncertain")],
      let probability = totals.rows[path("probability")], !edges.isEmpty
    else { return nil }
    let index = stored.classes.count - 1
    var sums: [LayerSums] = []
    for frame in edges.indices {
      guard
        let layer = InterfaceRun.layerSums(
          edges: edges[frame], molecules: molecules[frame], probability: probability[frame],
          uncertain: uncertain[frame], classIndex: index, of: stored.classes.count)
      else { return nil }
      sums.append(layer)
    }
    return MeasuredInterfaces(
      of: stored, classIndex: index, axis: layers.axis, isPeriodic: isPeriodic, sums: sums,
      rows: totals.keptRows, InterfaceOptions())
  }
}
