import Geometry

/// The radial functions of all degrees as quintic B-splines on a uniform grid of distances, for
/// interpolation in single precision.
///
/// g(r) = Σ_i c_i·β⁵(r/h − i): in each interval six neighbouring coefficients count, one vector of
/// functions each. The coefficients of the *orthonormalised* g_{nl} are computed in double
/// precision and rounded once: summing primitives in Float and applying β afterwards would lose
/// 10⁻⁴–10⁻² to cancellation. With h = σ/5 the interpolation error is 1.1·10⁻⁶ of the function's
/// largest value, as that of quintic Hermite interpolation with h = σ/4, whose nodes (value, slope
/// and curvature) take three vectors instead of one: the table has 16 kB instead of 36 and leaves
/// the first-level cache to the neighbours.
///
/// The functions (l, n), n fastest, are packed without gaps into vectors of 16 lanes; interval i
/// reads the nodes i … i + 5, adjacent in memory.
final class RadialTable {
  /// Vectors of 16 functions: those of a node.
  let vectors: Int
  /// Number of intervals, and intervals per Å.
  let intervals: Int
  let inverseSpacing: Float
  let nodes: UnsafeMutablePointer<SIMD16<Float>>
  /// Vectors in all nodes.
  let nodeVectors: Int

  /// Intervals per σ.
  private static let density = 5.0
  /// Nodes beyond either end that the coefficients are computed with: the influence of the ends
  /// falls by 0.43 a node. The functions are analytic there.
  private static let margin = 40

  init(basis: RadialBasis, parameters: SOAPParameters) {
    let functions = basis.radialCount * (basis.maximumDegree + 1)
    vectors = (functions + 15) / 16
    let cutoff = parameters.effectiveCutoff
    intervals = Int((cutoff * Self.density / parameters.sigma).rounded(.up))
    let spacing = cutoff / Double(intervals)
    inverseSpacing = Float(1 / spacing)
    nodeVectors = (intervals + 6) * vectors
    nodes = .allocate(capacity: nodeVectors)
    nodes.initialize(repeating: .zero, count: nodeVectors)
    let samples = intervals + 1 + 2 * Self.margin
    for l in 0...basis.maximumDegree {
      let g = (0..<samples).map {
        basis.derivative(0, degree: l, at: Double($0 - Self.margin) * spacing)
      }
      for n in 0..<basis.radialCount {
        let coefficients = Self.splineCoefficients(g.map { $0[n] })
        let k = l * basis.radialCount + n
        for node in 0..<(intervals + 6) {
          nodes[node * vectors + k / 16][k % 16] = Float(coefficients[node - 2 + Self.margin])
        }
      }
    }
  }

  deinit { nodes.deallocate() }

  /// Coefficients c with Σ_i c_i·β⁵(k − i) = value k, up to what the ends lack: a causal and an
  /// anticausal recursion for each pole of the spline's inverse filter (Unser, Aldroubi & Eden,
  /// IEEE Trans. Signal Process. 41, 821 (1993)).
  static func splineCoefficients(_ values: [Double]) -> [Double] {
    var c = values
    let poles = [-0.4305753470999737918514347834935, -0.0430962882032646542014183106610615]
    var gain = 1.0
    for z in poles { gain *= (1 - z) * (1 - 1 / z) }
    for i in c.indices { c[i] *= gain }
    for z in poles {
      for i in 1..<c.count { c[i] += z * c[i - 1] }
      c[c.count - 1] = 0
      for i in (0..<(c.count - 1)).reversed() { c[i] = z * (c[i + 1] - c[i]) }
    }
    return c
  }
}
