import Contracts

/// Finds the flat interfaces in a profile: positions with a resolution finer than a layer, and
/// thicknesses by all common definitions.
///
/// The method does not smooth. Noise neither creates interfaces (`Domains`) nor broadens them
/// (`MonotoneStep`), and each is measured only between **its own** two plateaus, in a window of at
/// most 2.5 times its 10–90 thickness on each side (where a tanh is within 2e-5 of its plateau), so
/// that the far end of a plateau has no influence. Gaps (more than two consecutive layers without
/// molecules) end a profile: there is no interface across vacuum.
public struct InterfaceFinder: Sendable, Equatable {
  /// Two plateaus that differ by less than this are one phase. In units of the profile.
  public var minimumContrast = 0.25
  /// A domain shorter than this has no plateau and forms no interfaces. In Å.
  public var minimumDomain = 10.0
  /// Longest run of layers without molecules that is filled by interpolation.
  public var maximumGap = 2

  /// The default settings.
  public init() {}

  /// The interfaces of a profile, by ascending position; none if it has a single plateau.
  ///
  /// - Parameters:
  ///   - profile: mean P of one class [L]; NaN where a layer has no molecules.
  ///   - edges: layer edges [L + 1] in Å, equally spaced.
  ///   - isPeriodic: whether the last layer borders on the first.
  public func interfaces(profile: [Double], edges: [Double], isPeriodic: Bool) -> [Interface] {
    let n = profile.count
    require(edges.count == n + 1, "a profile of L layers has L + 1 edges")
    guard n >= 4, let levels = Self.levels(profile.filter { !$0.isNaN }),
      levels.high - levels.low >= minimumContrast
    else { return [] }
    let h = (edges[n] - edges[0]) / Double(n)
    var found: [Interface] = []
    for piece in Self.pieces(profile, isPeriodic: isPeriodic, maximumGap: maximumGap) {
      let domains = Domains(
        piece.values, isRing: piece.isRing, levels: levels,
        minimumLayers: max(2, Int((minimumDomain / h).rounded(.up))))
      let count = domains.domains.count
      guard count > 1 else { continue }
      for k in 0..<(domains.isRing ? count : count - 1) {
        let low = edges[0] + Double(piece.start) * h
        let (left, right) = (domains.domains[k].range, domains.domains[(k + 1) % count].range)
        if let interface = measure(piece.values, left, right, low: low, step: h) {
          found.append(interface)
        }
      }
    }
    if isPeriodic {
      for k in found.indices { found[k].wrap(into: edges[0], length: edges[n] - edges[0]) }
    }
    return found.sorted { $0.position < $1.position }
  }

  /// One interface between two neighbouring domains; nil if their plateaus are not distinct levels.
  private func measure(
    _ values: [Double], _ left: Range<Int>, _ right: Range<Int>, low: Double, step h: Double
  ) -> Interface? {
    let n = values.count
    let (leftLevel, rightLevel) = (Self.plateau(values, left), Self.plateau(values, right))
    guard abs(rightLevel - leftLevel) >= minimumContrast / 2 else { return nil }
    let border = left.upperBound
    // From the middle of one domain to the middle of the other, then again with the resulting
    // thickness.
    var before = (left.count + 1) / 2
    var after = (right.count + 1) / 2
    while true {
      let first = border - before
      let means = (first..<border + after).map {
        (values[$0 % n] - leftLevel) / (rightLevel - leftLevel)
      }
      let start = low + Double(first) * h
      let end = start + Double(means.count) * h
      let position = end - h * means.reduce(0, +)
      let curve = MonotoneStep(means: means, low: start, step: h)
      guard let thickness = curve.thickness(position: position) else { return nil }
      let reach = max(3, Int((2.5 * thickness.tenToNinety / h).rounded(.up)))
      if before > reach || after > reach {
        before = min(before, reach)
        after = min(after, reach)
        continue
      }
      let fit = TanhFit(
        means: means, low: start, step: h, position: position, width: thickness.tenToNinety / 2.197)
      return Interface(
        position: position, crossing: curve.place(of: 0.5), left: leftLevel, right: rightLevel,
        thickness: thickness, fit: fit,
        window: start...end)
    }
  }

  /// The level of a plateau: the midmean (mean of the middle half of the sorted values) of the
  /// middle half of its domain, away from both interfaces. It is as robust against a few outlying
  /// layers as the median, with an error of 1.1 instead of 1.25 times that of the mean.
  private static func plateau(_ values: [Double], _ range: Range<Int>) -> Double {
    let quarter = range.count / 4
    let sorted = (range.lowerBound + quarter..<range.upperBound - quarter).map {
      values[$0 % values.count]
    }.sorted()
    let middle = sorted[sorted.count / 4..<sorted.count - sorted.count / 4]
    return middle.reduce(0, +) / Double(middle.count)
  }

  /// The two levels of a profile: the medians of its best division into two groups.
  private static func levels(_ values: [Double]) -> (low: Double, high: Double)? {
    guard values.count >= 2 else { return nil }
    let sorted = values.sorted()
    let total = sorted.reduce(0, +)
    var sum = 0.0
    var best = (gain: -1.0, split: 1)
    for k in 1..<sorted.count {
      sum += sorted[k - 1]
      let difference = sum / Double(k) - (total - sum) / Double(sorted.count - k)
      let gain = difference * difference * Double(k) * Double(sorted.count - k)
      if gain > best.gain { best = (gain, k) }
    }
    return (median(Array(sorted[..<best.split])), median(Array(sorted[best.split...])))
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// A profile without gaps: the whole ring, or a segment from layer `start`.
  private struct Piece {
    var start: Int
    var values: [Double]
    var isRing: Bool
  }

  /// Fills short gaps and divides the profile at long ones.
  private static func pieces(_ profile: [Double], isPeriodic: Bool, maximumGap: Int) -> [Piece] {
    let n = profile.count
    guard let anchor = profile.firstIndex(where: { !$0.isNaN }) else { return [] }
    var pieces = [Piece(start: anchor, values: [profile[anchor]], isRing: false)]
    var gap = 0
    // A ring is traversed once, from its first layer with molecules back to that layer.
    for k in anchor + 1..<(isPeriodic ? anchor + n + 1 : n) {
      let value = profile[k % n]
      if value.isNaN {
        gap += 1
        continue
      }
      if gap > maximumGap {
        pieces.append(Piece(start: k, values: [], isRing: false))
      } else {
        let last = pieces[pieces.count - 1].values.last!
        for hole in 0..<gap {
          pieces[pieces.count - 1].values.append(
            last + (value - last) * Double(hole + 1) / Double(gap + 1))
        }
      }
      pieces[pieces.count - 1].values.append(value)
      gap = 0
    }
    guard isPeriodic else { return pieces }
    // The traversal has returned to its first layer: drop it, and if there was no division in
    // between, the last piece continues the first one.
    pieces[pieces.count - 1].values.removeLast()
    if pieces.count == 1 {
      pieces[0].isRing = true
    } else {
      let last = pieces.removeLast()
      if last.values.isEmpty { return pieces }
      pieces[0] = Piece(
        start: last.start - n, values: last.values + pieces[0].values, isRing: false)
    }
    return pieces
  }
}

extension Interface {
  /// Moves everything by whole periods so that the position lies in the cell.
  fileprivate mutating func wrap(into low: Double, length: Double) {
    let moved = -length * ((position - low) / length).rounded(.down)
    position += moved
    crossing += moved
    fit.position += moved
    window = window.lowerBound + moved...window.upperBound + moved
  }
}
