/// Displacements of interfaces from a reference, and their hysteresis.
///
/// The shift of interface i in frame f is `(s_i(f) − s̄_i(reference))·L̄(reference)`: s are
/// fractions of the axis, so a uniform compression of the cell gives no shift, and lengths are
/// those of the reference. Its mean over all interfaces is the **drift** of the slab as a whole,
/// which contains no information about the phases; the shift **less drift** is the displacement of
/// the interface into one of them.
public struct InterfaceShift: Sendable {
  /// Shift in Å [F, I]; NaN if the interface is missing.
  public let shift: [[Double]]
  /// Shift less the slab's drift, in Å [F, I].
  public let lessDrift: [[Double]]
  /// Drift in Å [F]; NaN if an interface is missing. On a non-periodic axis it is 0.
  public let drift: [Double]

  /// - Parameters:
  ///   - series: a run.
  ///   - reference: its frames that the shift is counted from.
  ///   - lengths: length of the axis in each frame, Å.
  public init(_ series: InterfaceSeries, reference: [Int], lengths: [Double], isPeriodic: Bool) {
    let places = series.tracking.places
    let count = series.count
    let length = reference.reduce(0) { $0 + lengths[$1] } / Double(max(reference.count, 1))
    let origin = (0..<count).map { i in
      let known = reference.map { places[$0][i] }.filter { !$0.isNaN }
      return known.isEmpty ? Double.nan : known.reduce(0, +) / Double(known.count)
    }
    let shift = places.map { row in (0..<count).map { (row[$0] - origin[$0]) * length } }
    let drift = shift.map { row in isPeriodic ? row.reduce(0, +) / Double(max(row.count, 1)) : 0 }
    self.shift = shift
    self.drift = drift
    lessDrift = zip(shift, drift).map { row, drift in row.map { $0 - drift } }
  }
}

/// The difference between the forward and the return path of a quantity that is driven up and down
/// again.
public struct Hysteresis: Sendable, Equatable {
  /// The frame at which the drive (pressure) was highest, where the return path begins.
  public let turn: Int
  /// Mean and largest (by magnitude) difference, return minus forward, at equal drive.
  public let mean: Double, largest: Double
  /// The difference at the end: the last value minus that of the forward path at the same drive, or
  /// at its lowest drive if the end is below it.
  public let residual: Double

  /// The hysteresis of a series; nil unless there are frames before and after the turning point at
  /// common values of the drive.
  ///
  /// - Parameters:
  ///   - values: the quantity [F]; NaN is omitted.
  ///   - drive: the drive [F], for instance the pressure; NaN is omitted.
  public init?(of values: [Double], drive: [Double]) {
    let known = values.indices.filter { !values[$0].isNaN && !drive[$0].isNaN }
    guard let turn = known.max(by: { (drive[$0], -$0) < (drive[$1], -$1) }) else { return nil }
    let up = known.filter { $0 <= turn }.sorted { (drive[$0], $0) < (drive[$1], $1) }
    let down = known.filter { $0 > turn }
    guard up.count >= 2, let lowest = up.first, let last = down.last else { return nil }
    func there(_ p: Double) -> Double {
      if p <= drive[lowest] { return values[lowest] }
      let k = up.firstIndex { drive[$0] >= p } ?? up.count - 1
      let (a, b) = (up[max(k - 1, 0)], up[k])
      let span = drive[b] - drive[a]
      return span > 0 ? values[a] + (values[b] - values[a]) * (p - drive[a]) / span : values[b]
    }
    let differences = down.filter { drive[$0] >= drive[lowest] }.map {
      values[$0] - there(drive[$0])
    }
    guard !differences.isEmpty else { return nil }
    self.turn = turn
    mean = differences.reduce(0, +) / Double(differences.count)
    largest = differences.max { abs($0) < abs($1) }!
    residual = values[last] - there(drive[last])
  }
}
