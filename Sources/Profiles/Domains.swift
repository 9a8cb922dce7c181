/// Domains of a profile: runs of layers on one side of the middle, detected so that noise does not
/// create any.
///
/// - Two levels: the medians of the two groups of sorted layer means with the smallest total
///   variance within the groups.
/// - A layer starts a new domain only if it is past three quarters of the way to the other level (a
///   Schmitt trigger), so noise around the middle causes no crossings.
/// - Domains shorter than a minimum, which have no plateau, are merged into their neighbours,
///   shortest first.
struct Domains {
  /// One domain: its side and its layers (on a ring, indices may exceed L and are taken modulo L).
  struct Domain: Equatable {
    var isHigh: Bool
    var range: Range<Int>
  }

  /// Domains in the order of their layers.
  private(set) var domains: [Domain] = []
  /// Whether the last domain borders on the first.
  let isRing: Bool

  /// - Parameters:
  ///   - values: layer means along a ring or along a segment, none of them NaN.
  ///   - isRing: whether the last layer borders on the first.
  ///   - levels: the two levels of the whole profile.
  ///   - minimumLayers: shortest domain.
  init(_ values: [Double], isRing: Bool, levels: (low: Double, high: Double), minimumLayers: Int) {
    self.isRing = isRing
    let n = values.count
    let q = values.map { ($0 - levels.low) / (levels.high - levels.low) }
    // On a ring the scan starts inside a domain, at an unambiguous layer that follows another of
    // the same side, and goes around once; on a segment, ambiguous first layers are assigned to the
    // side of the first unambiguous one.
    let start: Int? =
      isRing
      ? q.indices.first { k in
        let before = q[(k + n - 1) % n]
        return (q[k] <= 0.25 && before <= 0.25) || (q[k] >= 0.75 && before >= 0.75)
      }
      : q.firstIndex { $0 <= 0.25 || $0 >= 0.75 }
    guard let start else { return }
    let first = isRing ? start : 0
    var isHigh = q[start] >= 0.75
    var begin = first
    for k in (start + 1)..<max(start + n, start + 1) where isRing || k < n {
      let level = q[k % n]
      guard isHigh ? level <= 0.25 : level >= 0.75 else { continue }
      // Back to where the ambiguous layers cross the middle.
      var border = k
      while border - 1 > begin, isHigh ? q[(border - 1) % n] < 0.5 : q[(border - 1) % n] > 0.5 {
        border -= 1
      }
      domains.append(Domain(isHigh: isHigh, range: begin..<border))
      begin = border
      isHigh.toggle()
    }
    domains.append(Domain(isHigh: isHigh, range: begin..<first + n))
    closeRing()
    dropShort(minimumLayers)
  }

  /// On a ring, the last domain of the scan and the first may be the same.
  private mutating func closeRing() {
    guard isRing, domains.count > 1, domains[0].isHigh == domains[domains.count - 1].isHigh else {
      return
    }
    let first = domains.removeFirst()
    let last = domains.removeLast()
    domains.append(
      Domain(
        isHigh: last.isHigh,
        range: last.range.lowerBound..<last.range.upperBound + first.range.count))
  }

  private mutating func dropShort(_ minimum: Int) {
    while domains.count > 1,
      let k = domains.indices.min(by: { domains[$0].range.count < domains[$1].range.count }),
      domains[k].range.count < minimum
    {
      if isRing {
        absorbOnRing(k)
      } else if k == 0 {
        domains[1].range = domains[0].range.lowerBound..<domains[1].range.upperBound
        domains.removeFirst()
      } else {
        let end =
          k + 1 < domains.count ? domains[k + 1].range.upperBound : domains[k].range.upperBound
        domains[k - 1].range = domains[k - 1].range.lowerBound..<end
        domains.removeSubrange(k...min(k + 1, domains.count - 1))
      }
    }
  }

  /// Merges the short domain `k` and its two neighbours; of two domains only one remains, and there
  /// is no interface.
  private mutating func absorbOnRing(_ k: Int) {
    let n = domains.reduce(0) { $0 + $1.range.count }
    let before = domains[(k + domains.count - 1) % domains.count]
    let after = domains[(k + 1) % domains.count]
    let begin = before.range.lowerBound
    if domains.count == 2 {
      domains = [Domain(isHigh: before.isHigh, range: begin..<begin + n)]
      return
    }
    let joined = before.range.count + domains[k].range.count + after.range.count
    let gone = [domains[k], before, after]
    domains.removeAll { gone.contains($0) }
    domains.append(Domain(isHigh: before.isHigh, range: begin..<begin + joined))
    domains.sort { $0.range.lowerBound < $1.range.lowerBound }
  }
}
