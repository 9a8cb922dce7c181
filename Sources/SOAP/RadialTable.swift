/// The radial functions of all degrees on a uniform grid of distances, for cubic Hermite interpolation in single precision.
///
/// Values and slopes of the *orthonormalised* g_{nl} are computed in double precision and rounded once: summing primitives in
/// Float and applying β afterwards would lose 10⁻⁴–10⁻² to cancellation. With node distance h the interpolation error is
/// h⁴/384·max|g⁗|: at 256 nodes 10⁻⁷ of the function's largest value, about the rounding of a Float.
///
/// A *row* is one degree l and one group of eight radial indices (n padded with zeros). Two rows fill one vector of 16 lanes.
/// Node i holds `rowPairs` vectors of values, then as many of slopes times h; nodes i and i + 1 are adjacent in memory.
final class RadialTable {
  /// Groups of eight radial indices, and rows = groups·(l_max + 1), and vectors of two rows.
  let groups: Int, rows: Int, rowPairs: Int
  /// Number of intervals, and intervals per Å.
  let intervals: Int
  let inverseSpacing: Float
  let nodes: UnsafeMutablePointer<SIMD16<Float>>

  init(basis: RadialBasis, cutoff: Double, intervals: Int) {
    groups = (basis.radialCount + 7) / 8
    rows = groups * (basis.maximumDegree + 1)
    rowPairs = (rows + 1) / 2
    self.intervals = intervals
    let spacing = cutoff / Double(intervals)
    inverseSpacing = Float(1 / spacing)
    let vectors = (intervals + 1) * 2 * rowPairs
    nodes = .allocate(capacity: vectors)
    nodes.initialize(repeating: .zero, count: vectors)
    for node in 0...intervals {
      let values = nodes + node * 2 * rowPairs
      let slopes = values + rowPairs
      for l in 0...basis.maximumDegree {
        let g = basis.values(degree: l, at: Double(node) * spacing)
        for n in 0..<basis.radialCount {
          let row = (n / 8) * (basis.maximumDegree + 1) + l
          let lane = (row & 1) * 8 + n % 8
          values[row / 2][lane] = Float(g.value[n])
          slopes[row / 2][lane] = Float(g.derivative[n] * spacing)
        }
      }
    }
  }

  deinit { nodes.deallocate() }
}
