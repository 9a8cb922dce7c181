/// Identifies the interfaces of each frame while the slab drifts and the cell changes size.
///
/// Positions are fractions of the axis, so a uniform change of the cell is no displacement.
/// Interfaces are numbered in one frame, the **pattern**. In every later frame:
///
/// 1. The profile is compared with that of the last frame with interfaces at all shifts by whole
///    layers (circular correlation): the best shift is the drift since then, to within a layer. On
///    a periodic axis the drift may exceed the cell; a non-periodic axis has walls or vacuum, and
///    the drift is taken as 0.
/// 2. Each interface of the pattern, displaced by that drift, is assigned the nearest interface
///    with the same direction, at a distance of at most a quarter of the way to the next interface
///    of the pattern. Interfaces without a partner are missing in that frame.
/// 3. The drift is then refined to the mean shift of the interfaces found, with a resolution finer
///   than a layer.
///
/// Frames must follow each other so closely that the slab drifts by less than half the axis from
/// one to the next.
public struct InterfaceTracking: Sendable {
  /// Fractional positions [F, I] that continue beyond 0 and 1 if the slab has left the cell; NaN if
  /// missing.
  public private(set) var places: [[Double]] = []
  /// The interfaces themselves [F, I]; nil if missing.
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
  ///   - isPeriodic: whether the axis is periodic.
  public init(_ frames: [LayerSums], finder: InterfaceFinder, isPeriodic: Bool) {
    let found = frames.map {
      finder.interfaces(profile: $0.mean, edges: $0.edges, isPeriodic: isPeriodic)
    }
    // The pattern: the first frame with the most common number of interfaces. An interface in fewer
    // than half of the frames is noise or a transient nucleus.
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
        // A frame without any of them gives no information on the position of the slab.
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

  /// Tolerance of each interface's position: a quarter of the way to its next neighbour on either
  /// side.
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

  /// The shift, as a fraction of the ring in [−½, ½), that best aligns one profile with another;
  /// empty layers are set to the mean.
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
