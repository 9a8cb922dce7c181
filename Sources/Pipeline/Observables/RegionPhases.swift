import Frames
import Geometry
import HDF5
import JobControl
import Phases
import Profiles

/// The molecules in a region.
struct RegionMembers: Observable {
  static let declarations: [ObservableDataset] = [
    .molecule(
      "member", "/particles/centers/region/NAME", .uint8, skipped: .unwritten,
      "1: the centre is in the region (`--region`)")
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.options.regions.map { RegionMembers(region: $0, firstCell: plan.first.cell) }
  }

  let region: Region
  let firstCell: Cell

  var binding: ObservableBinding {
    var binding = ObservableBinding()
    binding.region = region.name
    binding.texts["member"] = "1: the centre lies in \(region.slab.description) Å"
    return binding
  }

  var warnings: [String] {
    guard !region.slab.middleLies(in: firstCell) else { return [] }
    return [
      "--region \(region.name)=\(region.slab.description): its middle lies outside the cell, which "
        + "extends from \(region.slab.reach(of: firstCell)) Å in the first frame"
    ]
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    share.store("member", .bytes(region.members(of: frame.domain)))
  }
}

/// Phases of the molecules in a region, by a model.
struct RegionPhases: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "phase_count", "/observables/MODEL/region/NAME/phase_count", .int64, [.phases],
      table: "region_phase_count", "molecules of each class, then IA, in the region"),
    .frame(
      "unfamiliar_count", "/observables/MODEL/region/NAME/unfamiliar_count", .int64,
      table: "region_unfamiliar_count", "molecules in the region that the guard flags as foreign"),
    .frame(
      "probability", "/observables/MODEL/region/NAME/probability", .float64, [.classes],
      table: "region_probability",
      "mean class probabilities in the region, including unfamiliar molecules"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.indices.flatMap { m in
      plan.options.regions.map { RegionPhases(plan, model: m, region: $0) }
    }
  }

  let model: Int
  let name: String
  let classCount: Int
  let region: Region
  let hasGuard: Bool
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, model m: Int, region: Region) {
    model = m
    name = plan.models[m].name
    classCount = plan.models[m].classCount
    self.region = region
    var binding = ObservableBinding(plan.models[m])
    binding.region = region.name
    hasGuard = plan.recognises(m)
    if !hasGuard {
      binding.omitted.insert("unfamiliar_count")
      binding.texts["probability"] = "mean class probabilities in the region"
    }
    self.binding = binding
  }

  func describe(in file: borrowing File) throws {
    try file.group(binding.path("/observables/MODEL/region/NAME")).setAttribute(
      "slab", to: region.slab.description)
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    let k = classCount, phases = frame.phases(of: model)
    let members = region.members(of: frame.domain)
    let inside = members.indices.filter { members[$0] == 1 }
    var sums = LayerProfile(layerCount: 1, classCount: k)
    let layers = [Int32](repeating: 0, count: inside.count)
    let p = inside.flatMap { frame.probabilities[model][$0 * k..<($0 + 1) * k] }
    let labels = inside.map { phases[$0] }
    sums.add(layers: layers.span, probabilities: p.span, phases: labels.span)
    share.sum("sums", sums.words)
    if let marks = frame.unfamiliar[model] {
      share.sum("unfamiliar_count", [Int64(inside.count { marks[$0] == 1 })])
    }
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    let profile = LayerProfile(words: sums["sums"], layerCount: 1, classCount: classCount)
    let table = ProfileTable(
      profile, layers: Layers(axis: region.slab.axis, count: 1), cell: frame.cell)
    share.store("phase_count", .integers(profile.phaseCounts(layer: 0)))
    share.store("probability", .reals(table.probability))
  }

  var section: String { name }
  var totals: [ObservableTotal] {
    [.sum("phase_count", first: classCount + 1)]
      + (hasGuard ? [.sum("unfamiliar_count", first: 1)] : [])
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    let counts = totals[path("phase_count")] + (hasGuard ? totals[path("unfamiliar_count")] : [])
    let total = counts.reduce(0, +)
    guard total > 0 else { return ["  in \(region.name): none"] }
    let names = binding.phases + (hasGuard ? [ModelFamiliarity.label] : [])
    let shares = zip(names, counts).map {
      "\($0) \(Log.fixed(Double($1) / Double(total), 4))"
    }
    return [
      "  in \(region.name) (\(region.slab.description) Å): \(shares.joined(separator: ", "))"
    ]
  }
}

extension Region {
  /// Whether each owned centre of a frame is in it [owned]: 1 or 0.
  func members(of domain: FrameDomain) -> [UInt8] {
    (0..<domain.centerCount).map {
      slab.contains(domain.position(ofOwned: $0), in: domain.cell) ? 1 : 0
    }
  }
}
