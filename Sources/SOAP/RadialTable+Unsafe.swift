import Geometry

/// The radial functions of all degrees on a uniform grid of distances, for quintic Hermite
/// interpolation in single precision.
///
/// Values, slopes and curvatures of the *orthonormalised* g_{nl} are computed in double precision
/// and rounded once: summing primitives in Float and applying β afterwards would lose 10⁻⁴–10⁻² to
/// cancellation. The interpolation error is h⁶/46080·max|g⁽⁶⁾|: with h = σ/4 it is 10⁻⁷ of the
/// function's largest value, about the rounding of a Float. A cubic table of the same accuracy
/// needs 256 nodes and does not fit in the L1 cache; this one has 64 and does, which halves the
/// time of the expansion.
///
/// The functions (l, n), n fastest, are packed without gaps into vectors of 16 lanes. Node i holds
/// `vectors` vectors of values, as many of slopes times h and of curvatures times h²; nodes i and i
/// + 1 are adjacent in memory.
final class RadialTable {
  /// Vectors of 16 functions.
  let vectors: Int
  /// Number of intervals, and intervals per Å.
  let intervals: Int
  let inverseSpacing: Float
  let nodes: UnsafeMutablePointer<SIMD16<Float>>
  /// Vectors in all nodes.
  let nodeVectors: Int

  init(basis: RadialBasis, parameters: SOAPParameters) {
    let functions = basis.radialCount * (basis.maximumDegree + 1)
    vectors = (functions + 15) / 16
    intervals = Int((parameters.effectiveCutoff / (parameters.sigma / 4)).rounded(.up))
    let spacing = parameters.effectiveCutoff / Double(intervals)
    inverseSpacing = Float(1 / spacing)
    let total = (intervals + 1) * 3 * vectors
    nodeVectors = total
    nodes = .allocate(capacity: total)
    nodes.initialize(repeating: .zero, count: total)
    for node in 0...intervals {
      let values = nodes + node * 3 * vectors
      for l in 0...basis.maximumDegree {
        for order in 0...2 {
          let g = basis.derivative(order, degree: l, at: Double(node) * spacing)
          var scale = 1.0
          for _ in 0..<order { scale *= spacing }
          for n in 0..<basis.radialCount {
            let k = l * basis.radialCount + n
            values[order * vectors + k / 16][k % 16] = Float(g[n] * scale)
          }
        }
      }
    }
  }

  deinit { nodes.deallocate() }
}
