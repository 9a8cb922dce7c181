import Glibc

extension TanhFit {
  /// Fits layer means of a step from 0 to 1.
  ///
  /// The model is averaged over each layer in closed form, with `LC = ln cosh`:
  ///
  ///     m(l, r) = ½ + w/(2(r − l))·[LC((r − x₀)/w) − LC((l − x₀)/w)]
  ///
  /// so the width of the layers does not broaden the fitted w. Levenberg–Marquardt in (x₀, ln w);
  /// ln keeps w positive.
  ///
  /// - Parameters:
  ///   - means: normalised layer means [n].
  ///   - low: lower edge of the first layer in Å.
  ///   - step: thickness of a layer in Å.
  ///   - position, width: starting values.
  init(means: [Double], low: Double, step: Double, position: Double, width: Double) {
    var x0 = position
    var logWidth = log(max(width, 0.05 * step))
    // A width below a twentieth of a layer changes only one layer mean, so the fit has no
    // information and would not converge.
    let bounds = log(0.05 * step)...log(step * Double(means.count))
    var damping = 1e-3
    var sum = Self.normalEquations(means, low, step, x0, exp(logWidth))
    for _ in 0..<100 {
      let (a, b, c) = (sum.xx * (1 + damping), sum.xw, sum.ww * (1 + damping))
      let determinant = a * c - b * b
      guard determinant > 1e-300 else { break }
      let dx = (c * sum.x - b * sum.w) / determinant
      let dw = (a * sum.w - b * sum.x) / determinant
      let nextLog = min(max(logWidth + dw, bounds.lowerBound), bounds.upperBound)
      let next = Self.normalEquations(means, low, step, x0 + dx, exp(nextLog))
      if next.squares <= sum.squares {
        let gain = sum.squares - next.squares
        x0 += dx
        logWidth = nextLog
        sum = next
        damping = max(damping / 10, 1e-12)
        if gain <= 1e-14 * sum.squares || (abs(dx) < 1e-9 * step && abs(dw) < 1e-9) { break }
      } else {
        damping *= 10
        if damping > 1e12 { break }
      }
    }
    self.init(
      position: x0, width: exp(logWidth),
      residual: (sum.squares / Double(means.count)).squareRoot(),
      isAtBound: logWidth <= bounds.lowerBound || logWidth >= bounds.upperBound)
  }

  private struct Sums {
    var xx = 0.0, xw = 0.0, ww = 0.0, x = 0.0, w = 0.0, squares = 0.0
  }

  /// JᵀJ, Jᵀr and r² for the derivatives by x₀ and by ln w.
  private static func normalEquations(
    _ means: [Double], _ low: Double, _ step: Double, _ x0: Double, _ w: Double
  ) -> Sums {
    var sum = Sums()
    for (k, mean) in means.enumerated() {
      let a = (low + Double(k) * step - x0) / w
      let b = a + step / w
      let (ta, tb) = (tanh(a), tanh(b))
      let area = logCosh(b) - logCosh(a)
      let residual = mean - (0.5 + w / (2 * step) * area)
      let byPosition = (ta - tb) / (2 * step)
      let byLogWidth = w * (area - b * tb + a * ta) / (2 * step)
      sum.xx += byPosition * byPosition
      sum.xw += byPosition * byLogWidth
      sum.ww += byLogWidth * byLogWidth
      sum.x += byPosition * residual
      sum.w += byLogWidth * residual
      sum.squares += residual * residual
    }
    return sum
  }

  /// ln cosh u without overflow.
  private static func logCosh(_ u: Double) -> Double {
    abs(u) + log1p(exp(-2 * abs(u))) - 0.693_147_180_559_945_3
  }
}
