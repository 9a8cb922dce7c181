import Frames
import JobControl
import Phases
import Profiles

/// A number of every molecule that describes its environment: `--order`.
enum OrderQuantity: String, CaseIterable, Sendable {
  case q, d5, lsi, hbonds, coordination, density

  var unit: String? {
    switch self {
    case .d5: "Angstrom"
    case .lsi: "Angstrom2"
    case .density: "g cm-3"
    case .q, .hbonds, .coordination: nil
    }
  }

  var meaning: String {
    switch self {
    case .q: "tetrahedral order q of the four nearest centres"
    case .d5: "distance to the fifth-nearest centre"
    case .lsi: "local structure index"
    case .hbonds: "hydrogen bonds of a molecule, donated and accepted"
    case .coordination: "centres within 3.5 Å"
    case .density: "density of the molecules within 5.5 Å, including the molecule itself"
    }
  }

  /// Number of bins of its histogram.
  var binCount: Int { bins(molecule: 1).count }

  /// Range and bins of its histogram; smaller and larger values are in the first and last bin.
  ///
  /// - Parameter molecule: density of one molecule in the sphere of `density`, in g/cm³: each
  ///   number of molecules has a bin of its own.
  func bins(molecule: Double) -> (low: Double, high: Double, count: Int) {
    switch self {
    case .q: (-1, 1, 100)
    case .d5: (2.5, 5.5, 100)
    case .lsi: (0, 0.4, 100)
    case .hbonds: (0, 10, 10)
    case .coordination: (0, 20, 20)
    case .density: (-0.5 * molecule, 59.5 * molecule, 60)
    }
  }

  /// Those that a run computes.
  static func wanted(_ plan: AnalysisPlan) -> [OrderQuantity] {
    let order = plan.options.order
    guard !order.isEmpty else { return [] }
    return allCases.filter { quantity in
      switch quantity {
      case .q: order.contains(.q)
      case .d5: order.contains(.d5)
      case .lsi: order.contains(.lsi)
      case .hbonds: order.contains(.hbonds)
      case .coordination: true
      case .density: plan.massPerCenter != nil
      }
    }
  }

  /// Text of a mean in the closing table.
  func line(_ mean: Double) -> String {
    switch self {
    case .q: "q \(Log.fixed(mean, 3))"
    case .d5: "d5 \(Log.fixed(mean, 3)) Å"
    case .lsi: "LSI \(Log.fixed(mean, 4)) Å²"
    case .hbonds: "\(Log.fixed(mean, 2)) hydrogen bonds"
    case .coordination: "coordination \(Log.fixed(mean, 2))"
    case .density: "density \(Log.fixed(mean, 3)) g/cm³"
    }
  }
}

/// Values of the wanted quantities for the owned centres of a frame.
struct OrderValues {
  /// Density in g/cm³ of one molecule in the sphere within which neighbours are searched.
  ///
  /// - Parameter mass: of a molecule in amu.
  static func moleculeDensity(mass: Double) -> Double {
    let radius = LocalOrder.cutoff
    return mass * ProfileTable.gramsPerCubicCentimeter
      / (4 / 3 * Double.pi * radius * radius * radius)
  }

  /// [owned] for each quantity; NaN where a molecule has no value.
  let values: [[Double]]

  /// Collective over the team. Computed once a frame.
  static func of(
    _ frame: FrameContext, _ quantities: [OrderQuantity], hydrogens: Int?, mass: Double
  ) throws -> OrderValues {
    try frame.shared("order") {
      let (x, y, z) = frame.centerCoordinates()
      let edges = (frame.cell.a, frame.cell.b, frame.cell.c)
      let order = LocalOrder(
        neighbors: frame.pairs(within: LocalOrder.cutoff), x: x.span, y: y.span, z: z.span,
        edges: edges)
      let unit = Self.moleculeDensity(mass: mass)
      let values = try quantities.map { quantity -> [Double] in
        switch quantity {
        case .q: frame.domain.ofOwned(order.q)
        case .d5: frame.domain.ofOwned(order.d5)
        case .lsi: frame.domain.ofOwned(order.lsi)
        case .coordination: frame.domain.ofOwned(order.coordination).map { Double($0) }
        case .density: frame.domain.ofOwned(order.neighbors).map { Double($0 + 1) * unit }
        case .hbonds:
          frame.domain.ofOwned(
            HydrogenBonds.counts(
              neighbors: frame.pairs(within: HydrogenBonds.cutoff),
              hydrogens: try frame.hydrogens(hydrogens!), x: x.span, y: y.span, z: z.span,
              edges: edges)
          ).map { Double($0) }
        }
      }
      return OrderValues(values: values)
    }
  }
}

/// Sums of a quantity over groups of molecules: fixed-point values and the number of molecules that
/// have one, which can be added over ranks in any order.
struct OrderSums {
  /// 2⁻²⁸ resolves what is stored; 10⁹ molecules of a value of 16 stay below 2⁶³.
  private static let scale = 0x1p28

  /// For each group the sum, then the number of molecules, [groups, 2].
  private(set) var words: [Int64]

  /// - Parameter groups: the group of each molecule.
  init(_ values: [Double], groups: [Int32], count: Int) {
    words = [Int64](repeating: 0, count: 2 * count)
    for (value, group) in zip(values, groups) where !value.isNaN {
      words[2 * Int(group)] += Int64((value * Self.scale).rounded())
      words[2 * Int(group) + 1] += 1
    }
  }

  /// Means of the groups from summed words; NaN without molecules.
  static func means(_ words: [Int64]) -> [Double] {
    stride(from: 0, to: words.count, by: 2).map {
      Double(words[$0]) / scale / Double(words[$0 + 1])
    }
  }
}
