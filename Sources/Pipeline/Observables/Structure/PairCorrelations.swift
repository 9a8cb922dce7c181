import Frames
import Geometry
import HDF5
import Phases

/// Pair correlation functions of all molecules (`--rdf`): between centres, and with their hydrogens
/// if the models read them.
struct PairCorrelations: Observable {
  /// Width of the bins in Å.
  static let binWidth = 0.05

  /// The datasets of one kind of pair.
  struct Pair {
    let kind: PairHistogram.Kind
    /// Its part of the paths, and in words.
    let name: String, text: String
  }

  static let pairs = [
    Pair(kind: .centers, name: "center_center", text: "centre–centre (O–O in water)"),
    Pair(kind: .mixed, name: "center_hydrogen", text: "centre–hydrogen (O–H)"),
    Pair(kind: .attached, name: "hydrogen_hydrogen", text: "hydrogen–hydrogen (H–H)"),
  ]

  static let declarations: [ObservableDataset] =
    pairs.flatMap { pair -> [ObservableDataset] in
      [
        .frame(
          pair.name, "/observables/rdf/\(pair.name)", .float64, [.distances],
          table: "rdf_\(pair.name)",
          "g(r), \(pair.text); edges of the bins in `edges` beside it (`--rdf`)"),
        .frame(
          "\(pair.name)_count", "/observables/rdf/\(pair.name)_count", .int64, [.distances],
          "ordered pairs, \(pair.text)"),
      ]
    } + [.total("loose", "hydrogens that belong to no centre, or to one that has two")]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.options.computesPairs ? [PairCorrelations(plan)] : []
  }

  let search: PairSearch
  let binding: ObservableBinding
  /// Hydrogens of every frame; 0 if they are not read.
  let hydrogenCount: Int

  init(_ plan: AnalysisPlan) {
    search = PairSearch(plan)
    hydrogenCount = search.hydrogens.map { plan.first.speciesCounts[$0] } ?? 0
    var binding = ObservableBinding()
    binding.sizes[.distances] = search.binCount
    binding.omitted = search.omitted
    self.binding = binding
  }

  var pairCutoff: Double { search.reach }
  var listCutoff: Double { 0 }
  var searchedImages: SearchedImages { search.hydrogens == nil ? .centers : .all }

  func describe(in file: borrowing File) throws { try search.writeEdges(of: self, in: file) }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let found = try search.histogram(frame)
    for pair in search.pairs {
      share.sum("\(pair.name)_count", found.total(pair.kind))
    }
    share.sum("molecules", [Int64(frame.domain.centerCount)])
    share.sum("hydrogens", try search.hydrogenCounts(frame, labels: nil, of: 1))
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    for pair in search.pairs {
      share.store(
        pair.name,
        .reals(
          search.correlation(
            sums["\(pair.name)_count"], pair.kind, molecules: sums["molecules"],
            hydrogens: sums["hydrogens"], in: frame.cell)))
    }
    share.store("loose", .integers([Int64(hydrogenCount) - sums["hydrogens"][0]]))
  }

  var totals: [ObservableTotal] { [.maximum("loose", first: 1)] }

  func warnings(_ totals: ClosingTotals) -> [String] {
    guard let loose = totals["loose"].first, loose > 0 else { return [] }
    return [
      "--rdf: up to \(loose) hydrogens per frame belong to no molecule and are not counted: they "
        + "are farther than \(FrameContext.bondReach) Å from every centre, or a third hydrogen of one"
    ]
  }
}

/// Pair correlation functions by the phases of a model (`--rdf`).
struct PhasePairCorrelations: Observable {
  static let declarations: [ObservableDataset] = PairCorrelations.pairs.flatMap {
    pair -> [ObservableDataset] in
    [
      .frame(
        pair.name, "/observables/MODEL/rdf_\(pair.name)", .float64, [.labelled, .distances],
        table: "rdf_\(pair.name)",
        "g(r) by label of the first atom's molecule, \(pair.text); NaN without molecules"),
      .frame(
        "\(pair.name)_count", "/observables/MODEL/rdf_\(pair.name)_count", .int64,
        [.labelled, .neighborLabelled, .distances],
        "ordered pairs by the labels of both molecules, \(pair.text)"),
    ]
  }

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.options.computesPairs
      ? plan.models.indices.map { PhasePairCorrelations(plan, model: $0) } : []
  }

  let model: Int
  let search: PairSearch
  let binding: ObservableBinding
  private var labelCount: Int { binding.count(of: .labelled) }

  init(_ plan: AnalysisPlan, model m: Int) {
    model = m
    search = PairSearch(plan)
    var binding = ObservableBinding(labelsOf: m, plan)
    binding.sizes[.distances] = search.binCount
    binding.omitted = search.omitted
    self.binding = binding
  }

  var pairCutoff: Double { search.reach }
  var listCutoff: Double { 0 }
  var searchedImages: SearchedImages { search.hydrogens == nil ? .centers : .all }

  func describe(in file: borrowing File) throws { try search.writeEdges(of: self, in: file) }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let found = try search.histogram(frame), labels = frame.phases(of: model)
    for pair in search.pairs {
      share.sum("\(pair.name)_count", found.counts[pair.kind.rawValue][model])
    }
    var molecules = [Int64](repeating: 0, count: labelCount)
    for label in labels { molecules[Int(label)] += 1 }
    share.sum("molecules", molecules)
    share.sum("hydrogens", try search.hydrogenCounts(frame, labels: labels, of: labelCount))
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    for pair in search.pairs {
      // Pairs of each label with all others.
      let counts = sums["\(pair.name)_count"], p = labelCount, bins = search.binCount
      var all = [Int64](repeating: 0, count: p * bins)
      for first in 0..<p {
        for second in 0..<p {
          for b in 0..<bins { all[first * bins + b] += counts[(first * p + second) * bins + b] }
        }
      }
      share.store(
        pair.name,
        .reals(
          search.correlation(
            all, pair.kind, molecules: sums["molecules"], hydrogens: sums["hydrogens"],
            in: frame.cell)))
    }
  }
}

/// The search that both share: once a frame, for all models.
struct PairSearch {
  let cutoff: Double
  let binCount: Int
  /// Number of the species of hydrogens; nil if they are not read.
  let hydrogens: Int?
  let rules: [PhaseRule]
  let labelCounts: [Int]

  init(_ plan: AnalysisPlan) {
    cutoff = plan.options.pairRange
    binCount = max(1, Int((cutoff / PairCorrelations.binWidth).rounded()))
    hydrogens = plan.hydrogenSpecies
    rules = plan.rules
    labelCounts = plan.models.indices.map {
      plan.rules[$0].phaseCount + (plan.recognises($0) ? 1 : 0)
    }
  }

  /// Distance in Å of centres whose molecules can have atoms within the cutoff of each other.
  var reach: Double { hydrogens == nil ? cutoff : cutoff + 2 * FrameContext.bondReach }

  /// The kinds of pairs that there are.
  var pairs: [PairCorrelations.Pair] {
    hydrogens == nil ? [PairCorrelations.pairs[0]] : PairCorrelations.pairs
  }

  /// Keys of the datasets that are not stored.
  var omitted: Set<String> {
    let stored = pairs.count
    return Set(
      PairCorrelations.pairs.dropFirst(stored).flatMap { [$0.name, "\($0.name)_count"] })
  }

  /// Edges of the bins beside each dataset.
  func writeEdges(of observable: some Observable, in file: borrowing File) throws {
    let edges = (0...binCount).map { Double($0) * cutoff / Double(binCount) }
    for pair in pairs {
      let group = observable.path(pair.name).split(separator: "/").dropLast().joined(separator: "/")
      let dataset = try file.createDataset("/\(group)/edges", .float64, shape: [binCount + 1])
      try dataset.write(edges)
    }
  }

  /// This rank's pairs of a frame by the phases of all models. Collective over the team.
  func histogram(_ frame: FrameContext) throws -> PairHistogram {
    try frame.shared("rdf") {
      let labels = try rules.indices.map {
        PhaseLabels.phases(of: try frame.codes(of: $0), rule: rules[$0])
      }
      let attached = try hydrogens.map { try frame.hydrogens($0) }
      return frame.domain.extended.pairHistogram(
        attached: attached, labels: labels, labelCounts: labelCounts, cutoff: cutoff,
        binCount: binCount)
    }
  }

  /// Hydrogens of the owned centres by the centre's label, or all of them.
  func hydrogenCounts(_ frame: FrameContext, labels: [UInt8]?, of count: Int) throws -> [Int64] {
    var counts = [Int64](repeating: 0, count: count)
    guard let hydrogens else { return counts }
    let atoms = try frame.hydrogens(hydrogens)
    for (k, local) in frame.domain.owned.enumerated() {
      counts[labels.map { Int($0[k]) } ?? 0] += Int64(atoms.count(of: Int(local)))
    }
    return counts
  }

  /// g(r) of the pairs of each label, [labels, bins]: their number over that of an ideal gas,
  /// N_label·(N / V)·(volume of the shell), with N of the second atom's species.
  func correlation(
    _ counts: [Int64], _ kind: PairHistogram.Kind, molecules: [Int64], hydrogens: [Int64],
    in cell: Cell
  ) -> [Double] {
    let first = kind == .attached ? hydrogens : molecules
    let others = Double((kind == .centers ? molecules : hydrogens).reduce(0, +))
    let density = others / cell.volume, width = cutoff / Double(binCount)
    return (0..<counts.count).map { k in
      let inner = Double(k % binCount) * width, outer = Double(k % binCount + 1) * width
      let shell = 4 / 3 * Double.pi * (outer * outer * outer - inner * inner * inner)
      return Double(counts[k]) / (Double(first[k / binCount]) * density * shell)
    }
  }
}

extension PairHistogram {
  /// Pairs of all labels, [bins].
  func total(_ kind: Kind) -> [Int64] {
    var total = [Int64](repeating: 0, count: binCount)
    let all = counts[kind.rawValue][0]
    for k in all.indices { total[k % binCount] += all[k] }
    return total
  }
}
