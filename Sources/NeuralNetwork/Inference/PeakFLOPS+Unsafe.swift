import CVector
import Glibc

/// The core's peak rate of single-precision fused multiply-adds, the reference for quoted speeds.
public enum PeakFLOPS {
  /// Measures the peak in GFLOP/s on the calling core; an FMA is two operations.
  ///
  /// Twelve independent chains in registers: two units with a latency of four cycles need eight.
  /// The best of short slices of the thread's own processor time, so that other work on the machine
  /// has little influence.
  ///
  /// - Parameter seconds: how long to measure.
  public static func measure(seconds: Double = 0.2) -> Double {
    let steps = 400_000
    let chains = AlignedBuffer<Float>(count: 12 * 16)
    for i in 0..<chains.count { chains.pointer[i] = 0.01 * Float(i) }
    var best = 0.0
    let end = processorTime() + seconds
    repeat {
      let start = processorTime()
      let lanes =
        vg_has_512_bit_vectors() == 1
        ? runWide(chains.pointer, steps) : runNarrow(chains.pointer, steps)
      best = max(best, Double(2 * 12 * lanes * steps) / (processorTime() - start) * 1e-9)
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
private func runWide(_ chains: UnsafeMutablePointer<Float>, _ steps: Int) -> Int {
  run(
    UnsafeMutableRawPointer(chains).assumingMemoryBound(to: SIMD16<Float>.self), steps,
    factor: 0.999, summand: 0.001)
  return 16
}

@inline(never)
private func runNarrow(_ chains: UnsafeMutablePointer<Float>, _ steps: Int) -> Int {
  run(
    UnsafeMutableRawPointer(chains).assumingMemoryBound(to: SIMD8<Float>.self), steps,
    factor: 0.999, summand: 0.001)
  return 8
}

/// 12 chains x ← x·factor + summand, which tend to 1; read before the steps and stored after them,
/// so that nothing can be optimised away.
@inline(__always)
private func run<Vector: SIMD>(
  _ chains: UnsafeMutablePointer<Vector>, _ steps: Int, factor: Float, summand: Float
)
where Vector.Scalar == Float {
  let f = Vector(repeating: factor)
  let s = Vector(repeating: summand)
  var x0 = chains[0]
  var x1 = chains[1]
  var x2 = chains[2]
  var x3 = chains[3]
  var x4 = chains[4]
  var x5 = chains[5]
  var x6 = chains[6]
  var x7 = chains[7]
  var x8 = chains[8]
  var x9 = chains[9]
  var x10 = chains[10]
  var x11 = chains[11]
  for _ in 0..<steps {
    x0 = s.addingProduct(x0, f)
    x1 = s.addingProduct(x1, f)
    x2 = s.addingProduct(x2, f)
    x3 = s.addingProduct(x3, f)
    x4 = s.addingProduct(x4, f)
    x5 = s.addingProduct(x5, f)
    x6 = s.addingProduct(x6, f)
    x7 = s.addingProduct(x7, f)
    x8 = s.addingProduct(x8, f)
    x9 = s.addingProduct(x9, f)
    x10 = s.addingProduct(x10, f)
    x11 = s.addingProduct(x11, f)
  }
  chains[0] = x0
  chains[1] = x1
  chains[2] = x2
  chains[3] = x3
  chains[4] = x4
  chains[5] = x5
  chains[6] = x6
  chains[7] = x7
  chains[8] = x8
  chains[9] = x9
  chains[10] = x10
  chains[11] = x11
}
