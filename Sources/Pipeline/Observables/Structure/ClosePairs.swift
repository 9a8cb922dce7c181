import Frames

/// Pairs of centres so close that units must be wrong or atoms overlap: a warning at the end, no
/// dataset.
struct ClosePairs: Observable {
  static let declarations: [ObservableDataset] = [
    .total("close_pairs", "pairs of centres closer than 1.5 Å, counted from both sides"),
    .total("close_frames", "frames with such pairs"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    [
      ClosePairs(
        cutoff: plan.clusterCutoff, species: plan.sets.species[plan.sets.center])
    ]
  }

  /// Search distance of pairs in Å.
  let cutoff: Double
  let species: String
  let binding = ObservableBinding()

  var pairCutoff: Double { cutoff }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    share.sum("close_pairs", [Int64(frame.closePairs(within: cutoff))])
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    share.store("close_frames", .integers([sums["close_pairs"][0] > 0 ? 1 : 0]))
  }

  var totals: [ObservableTotal] { [.sum("close_pairs", first: 1), .sum("close_frames", first: 1)] }

  func warnings(_ totals: ClosingTotals) -> [String] {
    FrameContext.warning(
      closePairs: totals["close_pairs"][0], frames: totals["close_frames"][0], species: species
    ).map { [$0] } ?? []
  }
}
