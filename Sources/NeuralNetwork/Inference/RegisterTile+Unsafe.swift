import CVector

/// The number of rows and columns of the product that stay in registers.
///
/// The tile does not change the bits: every element of the product is one chain of fused
/// multiply-adds over k in rising order that starts from the bias, whichever tile computes it.
enum RegisterTile {
  /// 10 rows × 2 vectors: 20 accumulators of 32 registers of 512 bits; the rest hold weights and
  /// inputs of two unrolled steps.
  case wide
  /// 6 rows × 2 half vectors: 12 accumulators of 16 registers of 256 bits, or 24 of 32 of 128 bits.
  case narrow

  /// The tile for the instruction set of this build.
  static var native: RegisterTile { vg_has_512_bit_vectors() == 1 ? .wide : .narrow }

  /// Rows of a tile; both divide the batch.
  var rows: Int { self == .wide ? 10 : 6 }
  /// Whole vectors of 64 bytes per row of a tile: the width of a panel of packed weights.
  var vectors: Int { self == .wide ? 2 : 1 }
}

/// Rows of features, `[count, width]`: whole tiles in the caller's memory, the last incomplete one
/// in a copy padded with zeros.
struct TileSource<Scalar> {
  /// Row `r < wholeRows` at `r·leadingDimension`.
  var base: UnsafePointer<Scalar>
  var leadingDimension: Int
  var wholeRows: Int
  /// Rows from `wholeRows` on.
  var tail: UnsafePointer<Scalar>
  var tailLeadingDimension: Int
}

// Legend: a rows of inputs, lda elements from row to row, step from k to k + 1; b a panel of packed
// weights [k][vectors]; c the product, ldc *vectors* from row to row; bias the panel's vectors. All
// pointers to vectors are aligned.
//
// Why this shape: on AVX-512 a step of k issues 20 FMAs (10 cycles at 2 per cycle) with 2 loads and
// 10 broadcasts (6 cycles at 2 per cycle), so the FMA units are the bottleneck. With 12 rows the
// compiler, which unrolls the loop twice, spills accumulators as soon as a frame pointer takes a
// register, as in every package build: half the speed. Inputs are read in place: 10 rows are 10
// streams, packing them gained nothing. The accumulators are named because an InlineArray of
// vectors is kept in memory (74 instead of 243 GFLOP/s).

/// One row of the wide tile.
private struct TileRow<Vector: SIMD> where Vector.Scalar: FloatingPoint {
  var left: Vector
  var right: Vector

  @inline(__always)
  init(_ bias: UnsafePointer<Vector>) {
    left = bias[0]
    right = bias[1]
  }

  @inline(__always)
  mutating func add(_ a: Vector.Scalar, _ b0: Vector, _ b1: Vector) {
    let x = Vector(repeating: a)
    left = left.addingProduct(x, b0)
    right = right.addingProduct(x, b1)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Vector>, at offset: Int) {
    c[offset] = left
    c[offset + 1] = right
  }
}

/// 10 rows × 2 vectors of `c = bias + a·b`.
@inline(__always)
private func wideTile<Vector: SIMD>(
  _ a: UnsafePointer<Vector.Scalar>, _ lda: Int, _ step: Int, _ b: UnsafePointer<Vector>,
  _ depth: Int,
  _ bias: UnsafePointer<Vector>,
  _ c: UnsafeMutablePointer<Vector>, _ ldc: Int
) where Vector.Scalar: FloatingPoint {
  var c0 = TileRow(bias)
  var c1 = TileRow(bias)
  var c2 = TileRow(bias)
  var c3 = TileRow(bias)
  var c4 = TileRow(bias)
  var c5 = TileRow(bias)
  var c6 = TileRow(bias)
  var c7 = TileRow(bias)
  var c8 = TileRow(bias)
  var c9 = TileRow(bias)
  var a = a
  var b = b
  for _ in 0..<depth {
    let b0 = b[0]
    let b1 = b[1]
    c0.add(a[0], b0, b1)
    c1.add(a[1 * lda], b0, b1)
    c2.add(a[2 * lda], b0, b1)
    c3.add(a[3 * lda], b0, b1)
    c4.add(a[4 * lda], b0, b1)
    c5.add(a[5 * lda], b0, b1)
    c6.add(a[6 * lda], b0, b1)
    c7.add(a[7 * lda], b0, b1)
    c8.add(a[8 * lda], b0, b1)
    c9.add(a[9 * lda], b0, b1)
    a += step
    b += 2
  }
  c0.store(c, at: 0)
  c1.store(c, at: 1 * ldc)
  c2.store(c, at: 2 * ldc)
  c3.store(c, at: 3 * ldc)
  c4.store(c, at: 4 * ldc)
  c5.store(c, at: 5 * ldc)
  c6.store(c, at: 6 * ldc)
  c7.store(c, at: 7 * ldc)
  c8.store(c, at: 8 * ldc)
  c9.store(c, at: 9 * ldc)
}

/// 6 rows × 2 vectors of `c = bias + a·b`.
@inline(__always)
private func narrowTile<Vector: SIMD>(
  _ a: UnsafePointer<Vector.Scalar>, _ lda: Int, _ step: Int, _ b: UnsafePointer<Vector>,
  _ depth: Int,
  _ bias: UnsafePointer<Vector>,
  _ c: UnsafeMutablePointer<Vector>, _ ldc: Int
) where Vector.Scalar: FloatingPoint {
  var c0 = TileRow(bias)
  var c1 = TileRow(bias)
  var c2 = TileRow(bias)
  var c3 = TileRow(bias)
  var c4 = TileRow(bias)
  var c5 = TileRow(bias)
  var a = a
  var b = b
  for _ in 0..<depth {
    let b0 = b[0]
    let b1 = b[1]
    c0.add(a[0], b0, b1)
    c1.add(a[1 * lda], b0, b1)
    c2.add(a[2 * lda], b0, b1)
    c3.add(a[3 * lda], b0, b1)
    c4.add(a[4 * lda], b0, b1)
    c5.add(a[5 * lda], b0, b1)
    a += step
    b += 2
  }
  c0.store(c, at: 0)
  c1.store(c, at: 1 * ldc)
  c2.store(c, at: 2 * ldc)
  c3.store(c, at: 3 * ldc)
  c4.store(c, at: 4 * ldc)
  c5.store(c, at: 5 * ldc)
}

/// `c = bias + a·Wᵀ` for `count` rows, a multiple of the tile's. A panel is two vectors of the
/// tile's kind.
///
/// Panels are the outer loop and rows the inner one: a panel (600 × 32 floats, 77 kB) stays in the
/// L2 cache with the inputs of the batch, and the weights are read once per batch.
@inline(__always)
private func multiply<Vector: SIMD>(
  _ source: TileSource<Vector.Scalar>, count: Int, _ weights: UnsafePointer<Vector>,
  _ bias: UnsafePointer<Vector>, depth: Int,
  panels: Int, tile: RegisterTile, _ c: UnsafeMutablePointer<Vector>, _ ldc: Int
) where Vector.Scalar: FloatingPoint {
  let step = tile.rows
  for panel in 0..<panels {
    let b = weights + panel * depth * 2
    let first = panel * 2
    var row = 0
    while row < count {
      let isWhole = row < source.wholeRows
      let a =
        isWhole
        ? source.base + row * source.leadingDimension
        : source.tail + (row - source.wholeRows) * source.tailLeadingDimension
      let lda = isWhole ? source.leadingDimension : source.tailLeadingDimension
      switch tile {
      case .wide: wideTile(a, lda, 1, b, depth, bias + first, c + row * ldc + first, ldc)
      case .narrow: narrowTile(a, lda, 1, b, depth, bias + first, c + row * ldc + first, ldc)
      }
      row += step
    }
  }
}

/// The same memory as vectors of half the width.
private func halves<Vector, Half>(_ pointer: UnsafeMutablePointer<Vector>, _: Half.Type)
  -> UnsafeMutablePointer<Half>
{
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Half.self)
}

// The generic code above is private and these two functions are in the same file, so that it is
// specialised in debug builds too.

extension Float: NetworkScalar {
  typealias Vector = SIMD16<Float>

  static func product(
    _ source: TileSource<Float>, count: Int, _ layer: PackedLayer<Float>,
    into c: UnsafeMutablePointer<SIMD16<Float>>
  ) {
    let weights = layer.weights.pointer
    let bias = layer.bias.pointer
    switch layer.tile {
    case .wide:
      multiply(
        source, count: count, weights, bias, depth: layer.inputs, panels: layer.panels, tile: .wide,
        c, layer.leadingVectors)
    case .narrow:
      multiply(
        source, count: count, halves(weights, SIMD8<Float>.self), halves(bias, SIMD8<Float>.self),
        depth: layer.inputs,
        panels: layer.panels, tile: .narrow, halves(c, SIMD8<Float>.self), 2 * layer.leadingVectors)
    }
  }
}

extension Double: NetworkScalar {
  typealias Vector = SIMD8<Double>

  static func product(
    _ source: TileSource<Double>, count: Int, _ layer: PackedLayer<Double>,
    into c: UnsafeMutablePointer<SIMD8<Double>>
  ) {
    let weights = layer.weights.pointer
    let bias = layer.bias.pointer
    switch layer.tile {
    case .wide:
      multiply(
        source, count: count, weights, bias, depth: layer.inputs, panels: layer.panels, tile: .wide,
        c, layer.leadingVectors)
    case .narrow:
      multiply(
        source, count: count, halves(weights, SIMD4<Double>.self), halves(bias, SIMD4<Double>.self),
        depth: layer.inputs,
        panels: layer.panels, tile: .narrow, halves(c, SIMD4<Double>.self), 2 * layer.leadingVectors
      )
    }
  }
}

// MARK: Single tiles, for products whose operands have any strides

extension Float {
  /// One tile of `c = start + a·b`: `tile.rows` rows of `tile.vectors` vectors, without gaps.
  ///
  /// - Parameters:
  ///   - a: element of row i and depth k at `i·rowStride + k·depthStride`.
  ///   - panel: `[depth][tile.vectors]`.
  static func product(
    _ tile: RegisterTile, _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int,
    _ panel: UnsafeMutablePointer<SIMD16<Float>>, depth: Int,
    _ start: UnsafeMutablePointer<SIMD16<Float>>, into c: UnsafeMutablePointer<SIMD16<Float>>
  ) {
    switch tile {
    case .wide: wideTile(a, rowStride, depthStride, UnsafePointer(panel), depth, start, c, 2)
    case .narrow:
      narrowTile(
        a, rowStride, depthStride, halves(panel, SIMD8<Float>.self), depth,
        halves(start, SIMD8<Float>.self), halves(c, SIMD8<Float>.self), 2)
    }
  }
}

extension Double {
  /// One tile in double precision.
  static func product(
    _ tile: RegisterTile, _ a: UnsafePointer<Double>, rowStride: Int, depthStride: Int,
    _ panel: UnsafeMutablePointer<SIMD8<Double>>, depth: Int,
    _ start: UnsafeMutablePointer<SIMD8<Double>>, into c: UnsafeMutablePointer<SIMD8<Double>>
  ) {
    switch tile {
    case .wide: wideTile(a, rowStride, depthStride, UnsafePointer(panel), depth, start, c, 2)
    case .narrow:
      narrowTile(
        a, rowStride, depthStride, halves(panel, SIMD4<Double>.self), depth,
        halves(start, SIMD4<Double>.self), halves(c, SIMD4<Double>.self), 2)
    }
  }
}
