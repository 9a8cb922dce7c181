import Frames
import HDF5
import JobControl
import Models
import Phases
import Profiles

/// Ice and hydrate by CHILL+: `--structure chill+`, the default if the centres are water's oxygens.
struct ChillPlusStructures: Observable {
  static let group = "chill_plus"
  static let labelling: String? = group

  private static let structures = ResultsDimension.labels(IceStructure.names, isPhase: true)

  static let declarations: [ObservableDataset] = [
    .molecule(
      "phase", "/particles/centers/chill_plus/phase", .phase, skipped: .unwritten,
      "CHILL+ structure: 0 other, 1 hexagonal, 2 cubic, 3 interfacial ice, 4 hydrate, "
        + "5 interfacial hydrate"),
    .frame(
      "count", "/observables/chill_plus/count", .int64, [structures], table: "chill_plus_count",
      "molecules of each structure"),
    .frame(
      "largest_ice", "/observables/chill_plus/largest_ice", .int64, table: "largest_ice",
      "molecules in the largest cluster of hexagonal, cubic and interfacial ice"),
    .frame(
      "edges", "/observables/chill_plus/profile/edges", .float64, [.edges], unit: "Angstrom",
      isElement: false, "edges of the layers"),
    .frame(
      "phase_fraction", "/observables/chill_plus/profile/phase_fraction", .float64,
      [.layers, structures], isElement: false, table: "chill_plus_fraction",
      "fraction of each structure"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.findsStructures ? [ChillPlusStructures(plan)] : []
  }

  let layers: Layers?
  let minimum: Int64
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan) {
    layers = plan.layers
    minimum = Int64(plan.options.minimumCluster)
    var binding = ObservableBinding()
    binding.phases = IceStructure.names
    if let layers {
      binding.sizes[.layers] = layers.count
      binding.sizes[.edges] = layers.count + 1
    } else {
      binding.omitted = ["edges", "phase_fraction"]
    }
    if !plan.options.perMolecule.contains(.phase) { binding.omitted.insert("phase") }
    self.binding = binding
  }

  var pairCutoff: Double { ChillPlus.cutoff }

  func describe(in file: borrowing File) throws {
    let group = try file.group("/observables/\(Self.group)")
    try group.setAttribute("classes", to: IceStructure.names)
    try group.setAttribute("cutoff", to: ChillPlus.cutoff)
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let all = try frame.structures(), owned = try frame.ownedStructures()
    let count = IceStructure.names.count
    var counts = [Int64](repeating: 0, count: count)
    for structure in owned { counts[Int(structure)] += 1 }
    share.sum("count", counts)
    share.store("phase", .bytes(owned))
    let ice = ChillPlus.iceNeighbors(of: frame.pairs(within: ChillPlus.cutoff), structures: all)
    let found = try FoundClusters(
      of: [UInt8](repeating: 0, count: all.count), phaseCount: 1, neighbors: ice, minimum: minimum,
      in: frame)
    share.store("largest_ice", .integers(found.statistics.largestSize))
    guard let layers else { return }
    var profile = [Int64](repeating: 0, count: layers.count * count)
    for (layer, structure) in zip(frame.places(in: layers), owned) {
      profile[Int(layer) * count + Int(structure)] += 1
    }
    share.sum("profile", profile)
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    guard let layers else { return }
    let counts = sums["profile"], width = IceStructure.names.count
    let fractions = (0..<layers.count).flatMap { layer -> [Double] in
      let row = counts[layer * width..<(layer + 1) * width]
      let molecules = Double(row.reduce(0, +))
      return row.map { Double($0) / molecules }
    }
    share.store("edges", .reals(layers.edges(of: frame.cell)))
    share.store("phase_fraction", .reals(fractions))
  }

  var section: String { Self.group }

  var totals: [ObservableTotal] {
    [.sum("count", first: IceStructure.names.count), .maximum("largest_ice", first: 1)]
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    Self.lines(counts: totals[path("count")], largest: totals[path("largest_ice")][0])
  }

  /// The lines of the closing table.
  static func lines(counts: [Int64], largest: Int64) -> [String] {
    let all = Double(max(counts.reduce(0, +), 1))
    let shares = zip(IceStructure.names, counts).map { "\($0) \(Log.fixed(Double($1) / all, 4))" }
    return [
      "CHILL+: \(shares.joined(separator: ", "))",
      "  largest cluster of ice in any frame: \(Log.grouped(Int(largest)))",
    ]
  }
}

/// Molecules by their phase of a model and their structure by CHILL+.
struct ChillPlusPhases: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "cross", "/observables/MODEL/chill_plus", .int64,
      [.phases, .labels(IceStructure.names, isPhase: false)], table: "chill_plus_phase",
      "molecules by phase × CHILL+ structure, without those that the guard flags as foreign "
        + "(`unfamiliar_chill_plus` has them)")
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.findsStructures ? plan.models.indices.map { ChillPlusPhases(plan, model: $0) } : []
  }

  let model: Int
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, model m: Int) {
    model = m
    var binding = ObservableBinding(plan.models[m])
    binding.texts["cross"] =
      "molecules by phase × CHILL+ structure"
      + (plan.recognises(m)
        ? ", without those that the guard flags as foreign (unfamiliar_chill_plus has them)" : "")
    self.binding = binding
  }

  var pairCutoff: Double { ChillPlus.cutoff }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let table = CrossTable(
      frame.phases(of: model), try frame.ownedStructures(), rows: binding.phases.count,
      columns: IceStructure.names.count)
    share.sum("cross", table.counts)
  }
}

/// Molecules that a model's guard recognises by their structure by CHILL+.
struct UnfamiliarStructures: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "cross", "/observables/MODEL/unfamiliar_chill_plus", .int64,
      [.labels(IceStructure.names, isPhase: false)], table: "unfamiliar_chill_plus",
      "molecules that the guard flags as foreign, by CHILL+ structure")
  ]

  /// Results that were begun without it have the table of the phases only.
  static let mayBeAbsent = true

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    guard plan.findsStructures else { return [] }
    return plan.models.indices.filter { plan.recognises($0) }.map {
      UnfamiliarStructures(model: $0, binding: ObservableBinding(plan.models[$0]))
    }
  }

  let model: Int
  let binding: ObservableBinding

  var pairCutoff: Double { ChillPlus.cutoff }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    var counts = [Int64](repeating: 0, count: IceStructure.names.count)
    let structures = try frame.ownedStructures()
    for (structure, mark) in zip(structures, frame.unfamiliar[model] ?? []) where mark == 1 {
      counts[Int(structure)] += 1
    }
    share.sum("cross", counts)
  }
}

extension AnalysisPlan {
  /// Whether CHILL+ is used: by the option, otherwise if the centres are water's oxygens.
  var findsStructures: Bool {
    switch options.structure {
    case .chillPlus: true
    case .none: false
    case .automatic:
      SOAPDescription.isOfWater(center: sets.species[sets.center], species: sets.species)
    }
  }
}

extension FrameContext {
  /// CHILL+ structures of all centres on this rank; [local]. Collective over the team: bond orders
  /// are sent to halo copies, then structures.
  fileprivate func structures() throws -> [UInt8] {
    try shared("chill_plus") {
      let list = pairs(within: ChillPlus.cutoff), (x, y, z) = centerCoordinates()
      var orders = ChillPlus.orders(
        neighbors: list, x: x.span, y: y.span, z: z.span, edges: (cell.a, cell.b, cell.c))
      if !domain.isWhole {
        timings.end(.clusters)
        try fill(&orders, width: ChillPlus.orderCount)
        timings.end(.exchange)
      }
      var structures = ChillPlus.structures(neighbors: list, orders: orders)
      if !domain.isWhole {
        timings.end(.clusters)
        try fill(&structures)
        timings.end(.exchange)
      }
      return structures
    }
  }

  /// The structures of the owned centres; [owned].
  fileprivate func ownedStructures() throws -> [UInt8] {
    domain.ofOwned(try structures())
  }
}
