import Contracts

/// The interfaces of a run: in every frame, in blocks of frames and in the mean profile, with
/// errors.
///
/// **Mean profiles** are taken over frames that are first aligned by their drift
/// (`InterfaceTracking`), so that a drifting slab is not smeared, and placed at the mean drift.
/// Thicknesses are taken from them rather than averaged over frames, because the noise of single
/// profiles biases thicknesses but not positions (see the README of this module).
///
/// **Errors** are those of the mean profile by the delete-one-block jackknife: with B blocks of
/// consecutive frames and θ_b the value from all blocks except b, `σ² = (B − 1)/B · Σ(θ_b − θ̄)²`.
/// It is valid if blocks are longer than the correlation time. Frames of one glass have its
/// structure in common however long the run is; no error estimate from one run includes that part.
public struct InterfaceSeries: Sendable {
  /// The identity of the interfaces in each frame.
  public let tracking: InterfaceTracking
  /// Whether each interface rises with x [I].
  public let rises: [Bool]
  /// Each quantity in each frame: `frames[quantity][f][i]`, NaN if missing. Uncertain molecules are
  /// counted within the mean profile's Gibbs thickness about the frame's position.
  public let frames: [[[Double]]]
  /// Frames of each block [B].
  public let blockRanges: [Range<Int>]
  /// Each quantity in each block's mean profile: `blocks[quantity][b][i]`.
  public let blocks: [[[Double]]]
  /// Each quantity in the mean profile of all frames: `mean[quantity][i]`.
  public let mean: [[Double]]
  /// Jackknife errors of `mean`; NaN with fewer than two blocks.
  public let errors: [[Double]]
  /// Mean over the frames and its error from the same blocks: `frameMeans[quantity][i]`.
  public let frameMeans: [[(mean: Double, error: Double)]]
  /// The mean profile.
  public let meanProfile: LayerSums
  /// Mean profile of each block [B].
  public let blockProfiles: [LayerSums]

  /// Number of interfaces I.
  public var count: Int { tracking.count }

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - sums: profiles of the frames [F ≥ 1].
  ///   - blocks: number of blocks; at most one per frame is made.
  ///   - isPeriodic: whether the axis is periodic.
  public init(
    _ sums: [LayerSums], blocks blockCount: Int, finder: InterfaceFinder = InterfaceFinder(),
    isPeriodic: Bool
  ) {
    require(!sums.isEmpty, "interfaces of at least one frame")
    let tracking = InterfaceTracking(sums, finder: finder, isPeriodic: isPeriodic)
    let count = tracking.count
    let quantities = InterfaceQuantity.allCases
    let b = min(max(blockCount, 1), sums.count)
    let ranges = (0..<b).map { $0 * sums.count / b..<($0 + 1) * sums.count / b }
    let rises = (0..<count).map { i in
      tracking.interfaces.lazy.compactMap { $0[i] }.first?.rises ?? false
    }

    /// The mean profile of some frames and its interfaces, numbered as by the tracking.
    func measured(_ chosen: [Int]) -> (profile: LayerSums, values: [[Double]]) {
      let profile = Self.average(sums, chosen, drift: tracking.drift, isPeriodic: isPeriodic)
      let found = finder.interfaces(
        profile: profile.mean, edges: profile.edges, isPeriodic: isPeriodic)
      let matched = (0..<count).map { i -> Interface? in
        let places = chosen.map { tracking.places[$0][i] }.filter { !$0.isNaN }
        guard !places.isEmpty else { return nil }
        let expected = profile.low + profile.length * places.reduce(0, +) / Double(places.count)
        func distance(_ interface: Interface) -> Double {
          let d = interface.position - expected
          return abs(isPeriodic ? d - profile.length * (d / profile.length).rounded() : d)
        }
        let nearest = found.filter { $0.rises == rises[i] }.min { distance($0) < distance($1) }
        return nearest.flatMap { distance($0) <= profile.length / 8 ? $0 : nil }
      }
      return (
        profile,
        quantities.map { quantity in
          matched.map { $0.map { quantity.value(of: $0, in: profile) } ?? .nan }
        }
      )
    }

    let whole = measured(Array(sums.indices))
    let parts = ranges.map { measured(Array($0)) }
    let without =
      b < 2
      ? [] : ranges.map { left in measured(sums.indices.filter { !left.contains($0) }).values }
    errors = quantities.indices.map { q in
      (0..<count).map { i in
        Self.jackknife(
          without.map { $0[q][i] }, about: whole.values[q][i],
          period: quantities[q].isPlace && isPeriodic ? whole.profile.length : nil)
      }
    }
    let gibbs = whole.values[quantities.firstIndex(of: .gibbs)!]
    let frames = quantities.map { quantity in
      sums.indices.map { f in
        (0..<count).map { i in
          tracking.interfaces[f][i].map {
            quantity.value(of: $0, in: sums[f], thickness: gibbs[i].isNaN ? nil : gibbs[i])
          } ?? .nan
        }
      }
    }
    frameMeans = quantities.indices.map { q in
      (0..<count).map { i in
        // Positions are averaged along the unwrapped path of the interface, where they do not jump.
        let series = sums.indices.map { f -> Double in
          guard quantities[q].isPlace else { return frames[q][f][i] }
          let unwrapped = sums[f].low + tracking.places[f][i] * sums[f].length
          return frames[q][f][i] + ((unwrapped - frames[0][f][i]) / sums[f].length).rounded()
            * sums[f].length
        }
        return BlockAverage.meanAndError(of: series, blocks: b)
      }
    }
    self.frames = frames
    self.tracking = tracking
    self.rises = rises
    blockRanges = ranges
    blocks = quantities.indices.map { q in parts.map { $0.values[q] } }
    mean = whole.values
    meanProfile = whole.profile
    blockProfiles = parts.map(\.profile)
  }

  /// The sum of some frames' profiles, each shifted by the mean drift minus its own.
  private static func average(
    _ sums: [LayerSums], _ chosen: [Int], drift: [Double], isPeriodic: Bool
  ) -> LayerSums {
    let center = chosen.reduce(0) { $0 + drift[$1] } / Double(chosen.count)
    let layers = Double(sums[chosen[0]].molecules.count)
    var total: LayerSums?
    for (n, f) in chosen.enumerated() {
      let frame = isPeriodic ? sums[f].moved(by: (center - drift[f]) * layers) : sums[f]
      if total == nil { total = frame } else { total!.add(frame, after: n) }
    }
    return total!
  }

  /// The jackknife error from the values without each block; on a ring, differences are taken along
  /// the shorter way around.
  private static func jackknife(_ values: [Double], about center: Double, period: Double?) -> Double
  {
    let b = Double(values.count)
    guard b >= 2, !center.isNaN, !values.contains(where: \.isNaN) else { return .nan }
    let offsets = values.map { value -> Double in
      let d = value - center
      return period.map { d - $0 * (d / $0).rounded() } ?? d
    }
    let middle = offsets.reduce(0, +) / b
    return ((b - 1) / b * offsets.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }).squareRoot()
  }
}
