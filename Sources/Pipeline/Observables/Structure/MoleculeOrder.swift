import Frames
import HDF5
import Phases
import Profiles

/// Order parameters of every molecule, and their means in the layers of `--profile` (`--order`).
struct MoleculeOrder: Observable {
  static let declarations: [ObservableDataset] =
    OrderQuantity.allCases.map { quantity in
      .molecule(
        quantity.rawValue, "/particles/centers/order/\(quantity.rawValue)", .float32,
        unit: quantity.unit, skipped: .notANumber,
        "\(quantity.meaning); NaN without enough neighbours (`--order`, `--per-molecule order`)")
    }
    + OrderQuantity.allCases.map { quantity in
      .frame(
        "\(quantity.rawValue)_layer", "/observables/order/profile_\(quantity.rawValue)", .float64,
        [.layers], unit: quantity.unit, "mean of each layer: \(quantity.meaning)")
    }

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    let quantities = OrderQuantity.wanted(plan)
    return quantities.isEmpty ? [] : [MoleculeOrder(plan, quantities)]
  }

  let quantities: [OrderQuantity]
  let hydrogens: Int?
  let mass: Double
  let layers: Layers?
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, _ quantities: [OrderQuantity]) {
    self.quantities = quantities
    hydrogens = plan.hydrogenSpecies
    mass = plan.massPerCenter ?? 0
    layers = plan.layers
    var binding = ObservableBinding()
    binding.sizes[.layers] = layers?.count
    let storesMolecules = plan.options.perMolecule.contains(.order)
    for quantity in OrderQuantity.allCases {
      let isWanted = quantities.contains(quantity)
      if !isWanted || !storesMolecules { binding.omitted.insert(quantity.rawValue) }
      if !isWanted || layers == nil { binding.omitted.insert("\(quantity.rawValue)_layer") }
    }
    self.binding = binding
  }

  var pairCutoff: Double { LocalOrder.cutoff }
  var exchangeCutoff: Double { HydrogenBonds.cutoff }
  var searchedImages: SearchedImages { quantities.contains(.hbonds) ? .all : .none }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let found = try OrderValues.of(frame, quantities, hydrogens: hydrogens, mass: mass)
    for (quantity, values) in zip(quantities, found.values) {
      if !binding.omitted.contains(quantity.rawValue) {
        share.store(quantity.rawValue, .singles(values.map { Float($0) }))
      }
      guard let layers else { continue }
      share.sum(
        "\(quantity.rawValue)_sums",
        OrderSums(values, groups: frame.places(in: layers), count: layers.count).words)
    }
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    guard layers != nil else { return }
    for quantity in quantities {
      share.store(
        "\(quantity.rawValue)_layer", .reals(OrderSums.means(sums["\(quantity.rawValue)_sums"])))
    }
  }
}

/// Order parameters by the phases of a model: means and histograms (`--order`).
struct PhaseOrder: Observable {
  static let declarations: [ObservableDataset] =
    [
      .frame(
        "molecules", "/observables/MODEL/order_molecules", .int64, [.labelled],
        table: "order_molecules", "molecules of each label (`--order`)")
    ]
    + OrderQuantity.allCases.flatMap { quantity -> [ObservableDataset] in
      let name = quantity.rawValue
      return [
        .frame(
          name, "/observables/MODEL/order_\(name)", .float64, [.labelled], unit: quantity.unit,
          table: "order_\(name)", "mean by label: \(quantity.meaning); NaN without molecules"),
        .frame(
          "\(name)_histogram", "/observables/MODEL/order_\(name)_histogram", .int64,
          [.labelled, .numbers(quantity.binCount)],
          "molecules by label and bin; limits in `edges` beside it"),
      ]
    }

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    let quantities = OrderQuantity.wanted(plan)
    return quantities.isEmpty
      ? [] : plan.models.indices.map { PhaseOrder(plan, model: $0, quantities) }
  }

  let model: Int
  let name: String
  let quantities: [OrderQuantity]
  let hydrogens: Int?
  let mass: Double
  let binding: ObservableBinding
  private var labelCount: Int { binding.count(of: .labelled) }

  init(_ plan: AnalysisPlan, model m: Int, _ quantities: [OrderQuantity]) {
    model = m
    name = plan.models[m].name
    self.quantities = quantities
    hydrogens = plan.hydrogenSpecies
    mass = plan.massPerCenter ?? 0
    var binding = ObservableBinding(labelsOf: m, plan)
    for quantity in OrderQuantity.allCases where !quantities.contains(quantity) {
      binding.omitted.formUnion([quantity.rawValue, "\(quantity.rawValue)_histogram"])
    }
    self.binding = binding
  }

  var pairCutoff: Double { LocalOrder.cutoff }
  var exchangeCutoff: Double { HydrogenBonds.cutoff }
  var searchedImages: SearchedImages { quantities.contains(.hbonds) ? .all : .none }

  func describe(in file: borrowing File) throws {
    for quantity in quantities {
      let (low, high, count) = quantity.bins(
        molecule: OrderValues.moleculeDensity(mass: mass))
      let path = "/observables/\(binding.model)/order_\(quantity.rawValue)_histogram/edges"
      let dataset = try file.createDataset(path, .float64, shape: [count + 1])
      try dataset.write((0...count).map { low + (high - low) * Double($0) / Double(count) })
    }
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let found = try OrderValues.of(frame, quantities, hydrogens: hydrogens, mass: mass)
    let labels = frame.phases(of: model)
    let groups = labels.map { Int32($0) }
    var molecules = [Int64](repeating: 0, count: labelCount)
    for label in labels { molecules[Int(label)] += 1 }
    share.sum("molecules", molecules)
    for (quantity, values) in zip(quantities, found.values) {
      share.sum(
        "\(quantity.rawValue)_sums", OrderSums(values, groups: groups, count: labelCount).words)
      let (low, high, count) = quantity.bins(
        molecule: OrderValues.moleculeDensity(mass: mass))
      let scale = Double(count) / (high - low)
      var histogram = [Int64](repeating: 0, count: labelCount * count)
      for (value, label) in zip(values, labels) where !value.isNaN {
        let bin = min(max(((value - low) * scale).rounded(.down), 0), Double(count - 1))
        histogram[Int(label) * count + Int(bin)] += 1
      }
      share.sum("\(quantity.rawValue)_histogram", histogram)
    }
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    for quantity in quantities {
      share.store(quantity.rawValue, .reals(OrderSums.means(sums["\(quantity.rawValue)_sums"])))
    }
  }

  var section: String { name }

  var totals: [ObservableTotal] {
    [.rows("molecules", of: labelCount)]
      + quantities.map { .rows($0.rawValue, of: labelCount) }
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    Self.lines(
      labels: binding.phases + binding.marks, molecules: totals.rows[path("molecules")] ?? [],
      means: quantities.map { ($0, totals.rows[path($0.rawValue)] ?? []) })
  }

  /// The lines of the closing table: means over the frames, weighted by molecules.
  ///
  /// - Parameters:
  ///   - molecules: of each label, frame by frame.
  ///   - means: of each quantity, frame by frame, by label.
  static func lines(
    labels: [String], molecules: [[Double]], means: [(OrderQuantity, [[Double]])]
  ) -> [String] {
    labels.prefix(molecules.first?.count ?? 0).enumerated().compactMap { label, phase in
      let texts = means.reversed().compactMap { quantity, rows -> String? in
        var sum = 0.0, weight = 0.0
        for (row, means) in rows.enumerated() where !means[label].isNaN {
          sum += means[label] * molecules[row][label]
          weight += molecules[row][label]
        }
        return weight > 0 ? quantity.line(sum / weight) : nil
      }
      return texts.isEmpty ? nil : "  \(phase): \(texts.joined(separator: ", "))"
    }
  }
}
