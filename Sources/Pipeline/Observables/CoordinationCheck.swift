import Frames
import JobControl

/// Average number of neighbours of the centres: a warning at the end if the neighbour distance
/// cannot be that of first neighbours; no dataset.
struct CoordinationCheck: Observable {
  static let declarations: [ObservableDataset] = [
    .total("neighbor_pairs", "pairs of centres within the neighbour distance, both sides"),
    .total("neighbor_centers", "centres"),
  ]

  /// Average numbers of first neighbours in condensed phases: chains to close packing.
  static let usual = 2.0...12.0

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    [CoordinationCheck(cutoff: plan.neighborCutoff, species: plan.sets.species[plan.sets.center])]
  }

  /// Neighbour distance in Å.
  let cutoff: Double
  let species: String
  let binding = ObservableBinding()

  var pairCutoff: Double { cutoff }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    let pairs = frame.pairs(within: cutoff)
    share.sum("neighbor_pairs", [Int64(pairs.entryCount)])
    share.sum("neighbor_centers", [Int64(pairs.rowCount)])
  }

  var totals: [ObservableTotal] {
    [.sum("neighbor_pairs", first: 1), .sum("neighbor_centers", first: 1)]
  }

  func warnings(_ totals: ClosingTotals) -> [String] {
    let (pairs, centers) = (totals["neighbor_pairs"][0], totals["neighbor_centers"][0])
    let average = Double(pairs) / Double(centers)
    guard centers > 0, !Self.usual.contains(average) else { return [] }
    let isFew = average < Self.usual.lowerBound
    return [
      "\(species) atoms have \(Log.fixed(average, 2)) neighbours within \(cutoff) Å on average; "
        + "expected \(Int(Self.usual.lowerBound)) to \(Int(Self.usual.upperBound)): neither the "
        + "kinds of IA nor the clusters are meaningful; use a \(isFew ? "larger" : "smaller") "
        + "--neighbor-cutoff and --cluster-cutoff"
    ]
  }
}
