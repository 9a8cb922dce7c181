import CVector

/// Matrix products in single precision whose bits do not depend on the processor: each element is
/// one chain of fused multiply-adds in ascending order of the summed index, whichever register tile
/// computes it.
///
/// `C = A·B` with A `[rows, depth]` of any strides, read in place, and B `[depth, columns]` packed
/// panel by panel. Owns its scratch memory: one instance per thread.
final class ChainProduct {
  private let tile = RegisterTile.native
  private let panel: AlignedBuffer<SIMD16<Float>>
  private let zeros: AlignedBuffer<SIMD16<Float>>
  private let result: AlignedBuffer<SIMD16<Float>>
  private let largestDepth: Int

  /// Rows that a tile reads: A must be readable up to the next multiple.
  var tileRows: Int { tile.rows }
  /// Columns of a panel.
  private var width: Int { 16 * tile.vectors }

  /// - Parameter largestDepth: largest length of the sums.
  init(largestDepth: Int) {
    self.largestDepth = largestDepth
    panel = AlignedBuffer(count: largestDepth * tile.vectors)
    zeros = AlignedBuffer(count: tile.vectors)
    result = AlignedBuffer(count: tile.rows * tile.vectors)
  }

  /// A left factor: element (i, k) at `base[i·rowStride + k·depthStride]`.
  struct Left {
    let base: UnsafePointer<Float>
    let rowStride: Int
    let depthStride: Int
  }

  /// Where the product goes: element (i, j) at `base[i·rowStride + j]`.
  struct Target {
    let base: UnsafeMutablePointer<Float>
    let rowStride: Int
    /// Whether the product is added to what is there rather than overwriting it.
    let adds: Bool
  }

  /// `C = A·B` for B row by row: element (k, j) at `b[k·stride + j]`.
  func multiply(
    _ a: Left, _ b: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, depth: Int,
    into c: Target
  ) {
    precondition(depth <= largestDepth)
    for first in Swift.stride(from: 0, to: columns, by: width) {
      let count = min(width, columns - first)
      let target = scalars(panel)
      for k in 0..<depth {
        let source = b + k * stride + first
        let row = target + k * width
        copy(source, row, count, adds: false)
        for j in count..<width { row[j] = 0 }
      }
      run(a, panel.pointer, rows, first, count, depth, c)
    }
  }

  /// `C = A·Wᵀ` for weights packed by `pack`.
  func multiply(_ a: Left, _ weights: PackedWeights, rows: Int, into c: Target) {
    for first in stride(from: 0, to: weights.outputs, by: width) {
      run(
        a, weights.panels.pointer + first / 16 * weights.inputs, rows, first,
        min(width, weights.outputs - first), weights.inputs, c)
    }
  }

  /// Packs weights `[outputs, inputs]` as the panels of Wᵀ.
  func pack(_ weights: UnsafePointer<Float>, into packed: PackedWeights) {
    let (outputs, inputs) = (packed.outputs, packed.inputs)
    for group in 0..<(outputs + 15) / 16 {
      let panel = group / tile.vectors * tile.vectors
      // Vector of input k in the panel: [panel][k][vector].
      let target = packed.panels.pointer + panel * inputs + group % tile.vectors
      let first = 16 * group
      var k = 0
      if outputs - first >= 16 {
        while k + 16 <= inputs {
          transpose(weights + first * inputs + k, inputs, target + k * tile.vectors, tile.vectors)
          k += 16
        }
      }
      while k < inputs {
        var vector = SIMD16<Float>()
        for lane in 0..<min(16, outputs - first) {
          vector[lane] = weights[(first + lane) * inputs + k]
        }
        target[k * tile.vectors] = vector
        k += 1
      }
    }
  }

  /// Weights of one layer in panels.
  final class PackedWeights {
    let inputs: Int
    let outputs: Int
    let panels: AlignedBuffer<SIMD16<Float>>

    init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
      // Whole panels of two vectors, of which the last may be half empty.
      panels = AlignedBuffer(count: (outputs + 31) / 32 * 2 * inputs)
    }
  }

  private func run(
    _ a: Left, _ panel: UnsafeMutablePointer<SIMD16<Float>>, _ rows: Int, _ first: Int,
    _ count: Int, _ depth: Int, _ c: Target
  ) {
    for row in stride(from: 0, to: rows, by: tile.rows) {
      Float.product(
        tile, a.base + row * a.rowStride, rowStride: a.rowStride, depthStride: a.depthStride, panel,
        depth: depth, zeros.pointer, into: result.pointer)
      let source = UnsafePointer(scalars(result))
      for i in 0..<min(tile.rows, rows - row) {
        copy(source + i * width, c.base + (row + i) * c.rowStride + first, count, adds: c.adds)
      }
    }
  }

  private func scalars(_ buffer: AlignedBuffer<SIMD16<Float>>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Float.self)
  }
}

/// `target = source` or `target += source`; at most 32 floats, whole vectors first.
@inline(__always)
private func copy(
  _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, adds: Bool
) {
  var j = 0
  while j + 16 <= count {
    var vector = UnsafeRawPointer(source + j).loadUnaligned(as: SIMD16<Float>.self)
    let place = UnsafeMutableRawPointer(target + j)
    if adds { vector += place.loadUnaligned(as: SIMD16<Float>.self) }
    place.storeBytes(of: vector, as: SIMD16<Float>.self)
    j += 16
  }
  while j < count {
    target[j] = adds ? target[j] + source[j] : source[j]
    j += 1
  }
}

/// Transposes 16 × 16 floats: rows of `source`, `stride` apart, become vectors of `target`.
///
/// Four rounds of interleaving rows i and i + 8, each of which rotates the eight bits of an
/// element's place (row, column) by one.
private func transpose(
  _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutablePointer<SIMD16<Float>>,
  _ step: Int
) {
  @inline(__always) func row(_ i: Int) -> SIMD16<Float> {
    UnsafeRawPointer(source + i * stride).loadUnaligned(as: SIMD16<Float>.self)
  }
  typealias Rows = (
    SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>,
    SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>,
    SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>
  )
  @inline(__always) func interleaved(_ r: Rows) -> Rows {
    (
      vg_interleave_low(r.0, r.8), vg_interleave_high(r.0, r.8),
      vg_interleave_low(r.1, r.9), vg_interleave_high(r.1, r.9),
      vg_interleave_low(r.2, r.10), vg_interleave_high(r.2, r.10),
      vg_interleave_low(r.3, r.11), vg_interleave_high(r.3, r.11),
      vg_interleave_low(r.4, r.12), vg_interleave_high(r.4, r.12),
      vg_interleave_low(r.5, r.13), vg_interleave_high(r.5, r.13),
      vg_interleave_low(r.6, r.14), vg_interleave_high(r.6, r.14),
      vg_interleave_low(r.7, r.15), vg_interleave_high(r.7, r.15)
    )
  }
  let r = interleaved(
    interleaved(
      interleaved(
        interleaved(
          (
            row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), row(9),
            row(10), row(11), row(12), row(13), row(14), row(15)
          )))))
  target[0] = r.0
  target[step] = r.1
  target[2 * step] = r.2
  target[3 * step] = r.3
  target[4 * step] = r.4
  target[5 * step] = r.5
  target[6 * step] = r.6
  target[7 * step] = r.7
  target[8 * step] = r.8
  target[9 * step] = r.9
  target[10 * step] = r.10
  target[11 * step] = r.11
  target[12 * step] = r.12
  target[13 * step] = r.13
  target[14 * step] = r.14
  target[15 * step] = r.15
}
