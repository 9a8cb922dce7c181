import Glibc

/// Coefficients of the recurrence for real spherical harmonics of unit vectors.
///
/// With A_m + iB_m = (x + iy)^m, Y_{l,±m} = q_{lm}(z)·{A_m, B_m}: no trigonometry, no poles. The
/// q_{lm} hold the normalisation, ∫Y² dΩ = 1, and √2 for m > 0; they obey q_{lm} =
/// a_{lm}·z·q_{l−1,m} − b_{lm}·q_{l−2,m}. Row `l² + l ± m` of an evaluated block is Y_{l,±m}
/// (cosine part at +m, sine part at −m). The power spectrum does not depend on the choice of the
/// real basis or its signs. Source: Limpanuparb & Milthorpe, arXiv:1410.1748.
struct HarmonicsRecurrence {
  let maximumDegree: Int
  /// q_mm, constants; `[m]`.
  let diagonal: [Double]
  /// a_{lm} and b_{lm} for l > m; index `l·(l_max + 1) + m`.
  let a: [Double], b: [Double]

  init(maximumDegree: Int) {
    self.maximumDegree = maximumDegree
    let width = maximumDegree + 1
    var diagonal = [(1 / (4 * Double.pi)).squareRoot()]
    for m in 1..<max(width, 1) {
      let m = Double(m)
      let first = diagonal.count == 1 ? 2.0.squareRoot() : 1
      diagonal.append(diagonal.last! * first * ((2 * m + 1) / (2 * m)).squareRoot())
    }
    var a = [Double](repeating: 0, count: width * width), b = a
    func factor(_ l: Double, _ m: Double) -> Double {
      ((4 * l * l - 1) / (l * l - m * m)).squareRoot()
    }
    for l in 1..<max(width, 1) {
      for m in 0..<l {
        a[l * width + m] = factor(Double(l), Double(m))
        b[l * width + m] =
          l - 1 > m ? factor(Double(l), Double(m)) / factor(Double(l - 1), Double(m)) : 0
      }
    }
    self.diagonal = diagonal
    self.a = a
    self.b = b
  }
}
