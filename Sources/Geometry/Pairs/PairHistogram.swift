import Contracts

/// Distances between atoms of molecules, counted by the labels of the two molecules.
///
/// A molecule is a centre and up to two attached atoms. `counts[k]` has, for pairs of kind k, one
/// histogram [labels, labels, bins] for each labelling, row-major: the first label is that of the
/// first atom's molecule. Every pair is counted from both sides, so `centers` and `attached` are
/// symmetric in the labels. Bin b holds distances b·w ≤ r < (b + 1)·w with w = cutoff / bins,
/// computed as ⌊r·(1/w)⌋.
public struct PairHistogram: Sendable {
  /// Centre–centre, centre–attached (first label: the centre's molecule), attached–attached.
  public enum Kind: Int, CaseIterable, Sendable {
    /// Of two centres.
    case centers
    /// Of a centre and an attached atom.
    case mixed
    /// Of two attached atoms.
    case attached
  }

  /// Bins of a histogram.
  public let binCount: Int
  /// Number of labels of each labelling.
  public let labelCounts: [Int]
  /// Pairs of each kind: [labels, labels, bins] for each labelling.
  public private(set) var counts: [[[Int64]]]

  /// Adds every entry's mirror image to histograms in which pairs were counted from one side.
  ///
  /// - Parameter sides: the three kinds, the second of them with the centre on either side.
  init(
    binCount: Int, labelCounts: [Int], once: [[[Int64]]], mixedBack: [[Int64]]
  ) {
    self.binCount = binCount
    self.labelCounts = labelCounts
    counts = once
    for (m, labels) in labelCounts.enumerated() {
      for p in 0..<labels {
        for q in 0..<labels {
          let there = (p * labels + q) * binCount, back = (q * labels + p) * binCount
          for b in 0..<binCount {
            counts[0][m][there + b] += once[0][m][back + b]
            counts[1][m][there + b] += mixedBack[m][back + b]
            counts[2][m][there + b] += once[2][m][back + b]
          }
        }
      }
    }
  }
}

extension ExtendedGrid {
  /// Histograms of the distances below `cutoff` Å between the atoms of all molecules, of this
  /// part's share of the pairs.
  ///
  /// **Each pair once, on any partition.** A pair of molecules is found from the centre whose grid
  /// cell precedes the other's in the order of cells (z, y, x), or, within a cell, whose id is
  /// smaller. Seen from the other centre the offset between the cells is the opposite one, so
  /// exactly one of the two finds the pair, and the part that owns it counts it. The distance is
  /// that of the same numbers on any rank: the sums over parts are those of the whole frame.
  ///
  /// The molecules of a cell share a list of candidates; for each of them it is compressed to those
  /// whose molecules can have atoms within the cutoff. Then the nine distances of a pair of
  /// molecules are computed for sixteen pairs at a time, in single precision. Distances so near the
  /// limit of a bin that rounding could matter are computed again in double precision: the counts
  /// are those of double precision throughout.
  ///
  /// - Parameters:
  ///   - attached: atoms of the centres, complete for all centres on this rank; nil: only centres.
  ///   - labels: for each labelling, labels of all centres on this rank, [local].
  ///   - labelCounts: number of labels of each labelling.
  ///   - cutoff: at most the cutoff that the grid was built for, less twice the length of the
  ///     longest displacement in `attached`.
  /// - Complexity: O(pairs).
  public func pairHistogram(
    attached: AttachedAtoms?, labels: [[UInt8]], labelCounts: [Int], cutoff: Double, binCount: Int
  ) -> PairHistogram {
    require(hasImages, "the images were freed before the search")
    let molecules = MoleculeRecords(
      species[center], attached: attached, labels: labels, rowLength: binCount)
    let reach = cutoff + 2 * molecules.longest
    let counter = PairCounter(
      molecules, in: self, labelCounts: labelCounts, binCount: binCount, cutoff: cutoff,
      reach: reach)
    let stencil = Stencil(grid: self, cutoff: reach)
    let offsets = species[center].offsets
    var cell = -1
    forEachOwnedCenter { i, home, local in
      if home != cell {
        cell = home
        counter.enter(Int(offsets[home])..<Int(offsets[home + 1]))
        stencil.forEachRow(around: home, at: local, in: size) { row, first, end in
          // Only the half of the cells that follow this one, which comes first.
          if row.z < 0 || row.z == 0 && row.y < 0 { return }
          let isOwn = row.z == 0 && row.y == 0
          counter.candidates.add(Int(offsets[isOwn ? home : first]), Int(offsets[end]))
        }
      }
      counter.count(slot: i)
    }
    return counter.result
  }
}
