import CBLAS
import Glibc

/// The core's peak rate of single-precision fused multiply-adds: what speeds are quoted against.
public enum PeakFLOPS {
  /// Measures the peak in GFLOP/s on the calling core; an FMA is two operations.
  ///
  /// Twelve independent chains in registers: two units with a latency of four cycles need eight. The best of short slices of the
  /// thread's own processor time, so that other work on the machine matters little.
  ///
  /// - Parameter seconds: how long to measure.
  public static func measure(seconds: Double = 0.2) -> Double {
    let steps = 400_000
    var best = 0.0
    let end = processorTime() + seconds
    repeat {
      let start = processorTime()
      let (sum, lanes) = verglas_has_512_bit_vectors() == 1 ? wideChains(steps) : narrowChains(steps)
      let time = processorTime() - start
      // The sum is finite and not 0; using it keeps the loop from being removed.
      if sum != 0 { best = max(best, Double(2 * 12 * lanes * steps) / time * 1e-9) }
    } while processorTime() < end
    return best
  }

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

@inline(never)
private func wideChains(_ steps: Int) -> (sum: Float, lanes: Int) { chains(SIMD16<Float>.self, steps) }

@inline(never)
private func narrowChains(_ steps: Int) -> (sum: Float, lanes: Int) { chains(SIMD8<Float>.self, steps) }

/// 12 chains x ← x·f + s, which stay between 0 and 2.
@inline(__always)
private func chains<Vector: SIMD>(_: Vector.Type, _ steps: Int) -> (sum: Float, lanes: Int) where Vector.Scalar == Float {
  let f = Vector(repeating: 0.999)
  let s = Vector(repeating: 0.001)
  var (a, b, c, d) = (s * 1, s * 2, s * 3, s * 4)
  var (e, g, h, i) = (s * 5, s * 6, s * 7, s * 8)
  var (j, k, l, m) = (s * 9, s * 10, s * 11, s * 12)
  for _ in 0..<steps {
    a = s.addingProduct(a, f)
    b = s.addingProduct(b, f)
    c = s.addingProduct(c, f)
    d = s.addingProduct(d, f)
    e = s.addingProduct(e, f)
    g = s.addingProduct(g, f)
    h = s.addingProduct(h, f)
    i = s.addingProduct(i, f)
    j = s.addingProduct(j, f)
    k = s.addingProduct(k, f)
    l = s.addingProduct(l, f)
    m = s.addingProduct(m, f)
  }
  let sum = ((a + b) + (c + d)) + ((e + g) + (h + i)) + ((j + k) + (l + m))
  return (sum.sum(), Vector.scalarCount)
}
