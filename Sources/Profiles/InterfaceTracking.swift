/// Which interface of each frame is which, while the slab drifts and the cell breathes.
///
/// Places are fractions of the axis, so a cell that shrinks evenly moves nothing. In the first
/// frame with interfaces, the **pattern**, they get their numbers. In every later frame:
///
/// 1. The whole profile is laid over that of the last frame with interfaces, at all shifts of whole
///    layers (circular correlation): where it fits best is how far the slab drifted since, to a
///    layer. On a periodic axis this goes around the ring as often as needed; an axis that does not
///    repeat has walls or vacuum, and nothing is taken to drift.
/// 2. Each interface of the pattern, moved by that, takes the nearest one that runs in the same
///    direction, at most a quarter of the way to the next interface of the pattern off. Those
///    without a partner are missing in that frame.
/// 3. The drift becomes the mean shift of the interfaces found: finer than a layer.
///
/// Frames must follow each other so closely that the slab drifts by less than half the axis from
/// one to the next.
public struct InterfaceTracking: Sendable {
  /// Fractional places [F, I] that go on beyond 0 and 1 when the slab has left the cell; NaN where
  /// missing.
  public private(set) var places: [[Double]] = []
  /// The interfaces themselves [F, I]; nil where missing.
  public private(set) var interfaces: [[Interface?]] = []
  /// Drift of each frame since the pattern, as a fraction of the axis [F].
  public private(set) var drift: [Double] = []
  /// Number of interfaces I.
  public private(set) var count = 0

  /// Follows the interfaces through frames.
  ///
  /// - Parameters:
  ///   - frames: profiles in the order of time [F], of the same number of layers.
  ///   - finder: how interfaces are found.
  ///   - isPeriodic: whether the axis repeats.
  public init(_ frames: [LayerSums], finder: InterfaceFinder, isPeriodic: Bool) {
    let found = frames.map {
      finder.interfaces(profile: $0.mean, edges: $0.edges, isPeriodic: isPeriodic)
    }
    // The pattern: the first frame with as many interfaces as most have. What less than half of the
    // frames show is noise or a passing nucleus, and no interface of the run.
    let isLasting = 2 * found.filter { !$0.isEmpty }.count >= frames.count
    var tally: [Int: Int] = [:]
    for list in found where !list.isEmpty { tally[list.count, default: 0] += 1 }
    let usual = tally.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
    guard isLasting, let usual, let first = found.firstIndex(where: { $0.count == usual }) else {
      places = frames.map { _ in [] }
      interfaces = places.map { _ in [] }
      drift = frames.map { _ in 0 }
      return
    }
    count = usual
    let pattern = found[first].map {
      (place: ($0.position - frames[first].low) / frames[first].length, rises: $0.rises)
    }
    let reach = Self.reach(pattern.map(\.place), isPeriodic: isPeriodic)
    drift = [Double](repeating: 0, count: frames.count)
    places = [[Double]](repeating: [Double](repeating: .nan, count: count), count: frames.count)
    interfaces = [[Interface?]](
      repeating: [Interface?](repeating: nil, count: count), count: frames.count)
    // Forward from the pattern, then backward from it.
    for direction in [1, -1] {
      var f = direction == 1 ? first : first - 1
      var before = first
      while frames.indices.contains(f) {
        var guess = drift[before]
        if f != first, isPeriodic {
          guess += Self.bestShift(from: frames[before].mean, to: frames[f].mean)
        }
        match(f, found[f], in: frames[f], pattern, reach, guess, isPeriodic)
        // A frame without any of them says nothing of where the slab is.
        if interfaces[f].contains(where: { $0 != nil }) { before = f }
        f += direction
      }
    }
  }

  private mutating func match(
    _ f: Int, _ found: [Interface], in frame: LayerSums, _ pattern: [(place: Double, rises: Bool)],
    _ reach: [Double], _ guess: Double,
    _ isPeriodic: Bool
  ) {
    var moved = 0.0
    var matched = 0
    for (i, wanted) in pattern.enumerated() {
      let expected = wanted.place + guess
      var best: (distance: Double, place: Double, interface: Interface)?
      for interface in found where interface.rises == wanted.rises {
        let place = (interface.position - frame.low) / frame.length
        var difference = place - expected
        if isPeriodic { difference -= difference.rounded() }
        if abs(difference) <= reach[i], abs(difference) < best?.distance ?? .infinity {
          best = (abs(difference), expected + difference, interface)
        }
      }
      guard let best else { continue }
      places[f][i] = best.place
      interfaces[f][i] = best.interface
      moved += best.place - wanted.place
      matched += 1
    }
    drift[f] = isPeriodic ? (matched > 0 ? moved / Double(matched) : guess) : 0
  }

  /// How far each interface may be from where it is expected: a quarter of the way to its next
  /// neighbour on either side.
  private static func reach(_ places: [Double], isPeriodic: Bool) -> [Double] {
    places.indices.map { i in
      places.indices.reduce(0.25) { nearest, j in
        guard j != i else { return nearest }
        var distance = abs(places[j] - places[i])
        if isPeriodic { distance = abs(distance - distance.rounded()) }
        return min(nearest, distance / 4)
      }
    }
  }

  /// The shift, as a fraction of the ring in [−½, ½), that lays one profile best over another;
  /// empty layers count as the mean.
  static func bestShift(from a: [Double], to b: [Double]) -> Double {
    let n = a.count
    func centred(_ values: [Double]) -> [Double] {
      let known = values.filter { !$0.isNaN }
      let mean = known.reduce(0, +) / Double(max(known.count, 1))
      return values.map { $0.isNaN ? 0 : $0 - mean }
    }
    let (p, q) = (centred(a), centred(b))
    // Of equally good shifts the smallest: 0, 1, −1, 2, −2, …
    var best = (score: -Double.infinity, shift: 0)
    for step in 0..<n {
      let shift = step % 2 == 1 ? (step + 1) / 2 : -step / 2
      var score = 0.0
      for k in 0..<n { score += p[k] * q[((k + shift) % n + n) % n] }
      if score > best.score { best = (score, shift) }
    }
    return Double(best.shift) / Double(n)
  }
}
