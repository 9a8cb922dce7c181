import CVector

/// The number of rows and columns of the product that stay in registers.
///
/// The tile does not change the bits: every element of the product is one chain of fused
/// multiply-adds over k in rising order that starts from the bias, whichever tile computes it.
enum RegisterTile {
  /// 10 rows × 2 vectors: 20 accumulators of 32 registers of 512 bits; the rest hold the factors of
  /// two unrolled steps.
  case wide
  /// 6 rows × 2 half vectors: 12 accumulators of 16 registers of 256 bits, or 24 of 32 of 128 bits.
  case narrow

  /// The tile for the instruction set of this build.
  static var native: RegisterTile { vg_has_512_bit_vectors() == 1 ? .wide : .narrow }

  /// Rows of a tile: outputs of a layer.
  var rows: Int { self == .wide ? 10 : 6 }
  /// Whole vectors of 64 bytes per row of a tile: the columns, which are samples in `SamplePanels`.
  var vectors: Int { self == .wide ? 2 : 1 }

  /// Number of tiles that hold some rows.
  func tiles(of count: Int) -> Int { (count + rows - 1) / rows }
}

/// The left factor of a product: element (i, k) of tile t at `base[t·tileStride + i·rowStride +
/// k·depthStride]`. It must be readable up to the rows of whole tiles.
struct TileFactor<Scalar> {
  fileprivate(set) var base: UnsafePointer<Scalar>
  fileprivate(set) var rowStride: Int
  fileprivate(set) var depthStride: Int
  fileprivate(set) var tileStride: Int
  /// Number of k in a block, and the distance from block to block; nil for one block.
  fileprivate(set) var blocks: (depth: Int, stride: Int)?
  /// Whether the distance of rows is arbitrary, so that each row needs a pointer of its own
  /// (`vg_opaque`).
  fileprivate var isRows = false

  /// For each k the rows side by side.
  static func packed(_ base: UnsafePointer<Scalar>, depthStride: Int, tileStride: Int = 0) -> Self {
    TileFactor(base: base, rowStride: 1, depthStride: depthStride, tileStride: tileStride)
  }

  /// Rows of a matrix, each with its k side by side.
  static func rows(_ base: UnsafePointer<Scalar>, rowStride: Int, tileStride: Int) -> Self {
    TileFactor(
      base: base, rowStride: rowStride, depthStride: 1, tileStride: tileStride, isRows: true)
  }

  /// Rows of `SamplePanels`, whose samples are k.
  static func panels(_ first: UnsafePointer<Scalar>, panelWidth: Int, panelStride: Int) -> Self {
    TileFactor(
      base: first, rowStride: panelWidth, depthStride: 1, tileStride: 0,
      blocks: (panelWidth, panelStride))
  }
}

/// Panels of the right factor (`source`: for each k one row of a tile's columns) and of the product
/// (`target`: for each row of the tiles one). Strides are in vectors of 64 bytes, from panel to
/// panel.
struct TilePanels<Vector> {
  var source: UnsafePointer<Vector>
  var sourceStride: Int
  var target: UnsafeMutablePointer<Vector>
  var targetStride: Int
  var count: Int
}

// Legend: a the left factor, b a panel of the right factor [k][2 vectors], start the values that
// the chains begin with, one for each row; c the product [row][2 vectors]. Pointers to vectors are
// aligned.
//
// Why this shape: on AVX-512 a step of k issues 20 FMAs (10 cycles at 2 per cycle) with 2 loads and
// 10 broadcasts (6 cycles at 2 per cycle), so the FMA units are the bottleneck. With 12 rows the
// compiler, which unrolls the loop twice, spills accumulators as soon as a frame pointer takes a
// register, as in every package build: half the speed. The accumulators are named because an
// InlineArray of vectors is kept in memory (74 instead of 243 GFLOP/s).

/// One row of a tile.
private struct TileRow<Vector: SIMD> where Vector.Scalar: FloatingPoint {
  var left: Vector
  var right: Vector

  @inline(__always)
  init(_ start: Vector.Scalar) {
    left = Vector(repeating: start)
    right = left
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

/// 10 rows × 2 vectors of `c = start + a·b`.
@inline(__always)
private func wideTile<Vector: SIMD>(
  _ factor: TileFactor<Vector.Scalar>, _ b: UnsafePointer<Vector>, _ depth: Int,
  _ start: UnsafePointer<Vector.Scalar>, _ c: UnsafeMutablePointer<Vector>
) where Vector.Scalar: FloatingPoint {
  var c0 = TileRow<Vector>(start[0])
  var c1 = TileRow<Vector>(start[1])
  var c2 = TileRow<Vector>(start[2])
  var c3 = TileRow<Vector>(start[3])
  var c4 = TileRow<Vector>(start[4])
  var c5 = TileRow<Vector>(start[5])
  var c6 = TileRow<Vector>(start[6])
  var c7 = TileRow<Vector>(start[7])
  var c8 = TileRow<Vector>(start[8])
  var c9 = TileRow<Vector>(start[9])
  let lda = factor.rowStride, step = factor.depthStride
  let opaque = factor.isRows
  @inline(__always) func row(_ pointer: UnsafePointer<Vector.Scalar>)
    -> UnsafePointer<Vector.Scalar>
  {
    opaque ? vg_opaque(pointer).assumingMemoryBound(to: Vector.Scalar.self) : pointer
  }
  let (blockDepth, blockStride) = factor.blocks ?? (depth, 0)
  var block = factor.base
  var b = b
  var rest = depth
  while rest > 0 {
    let a0 = block
    let a1 = row(a0 + lda)
    let a2 = row(a1 + lda)
    let a3 = row(a2 + lda)
    let a4 = row(a3 + lda)
    let a5 = row(a4 + lda)
    let a6 = row(a5 + lda)
    let a7 = row(a6 + lda)
    let a8 = row(a7 + lda)
    let a9 = row(a8 + lda)
    var k = 0
    for _ in 0..<min(rest, blockDepth) {
      let b0 = b[0]
      let b1 = b[1]
      c0.add(a0[k], b0, b1)
      c1.add(a1[k], b0, b1)
      c2.add(a2[k], b0, b1)
      c3.add(a3[k], b0, b1)
      c4.add(a4[k], b0, b1)
      c5.add(a5[k], b0, b1)
      c6.add(a6[k], b0, b1)
      c7.add(a7[k], b0, b1)
      c8.add(a8[k], b0, b1)
      c9.add(a9[k], b0, b1)
      k += step
      b += 2
    }
    block += blockStride
    rest -= blockDepth
  }
  c0.store(c, at: 0)
  c1.store(c, at: 2)
  c2.store(c, at: 4)
  c3.store(c, at: 6)
  c4.store(c, at: 8)
  c5.store(c, at: 10)
  c6.store(c, at: 12)
  c7.store(c, at: 14)
  c8.store(c, at: 16)
  c9.store(c, at: 18)
}

/// 6 rows × 2 vectors of `c = start + a·b`.
@inline(__always)
private func narrowTile<Vector: SIMD>(
  _ factor: TileFactor<Vector.Scalar>, _ b: UnsafePointer<Vector>, _ depth: Int,
  _ start: UnsafePointer<Vector.Scalar>, _ c: UnsafeMutablePointer<Vector>
) where Vector.Scalar: FloatingPoint {
  var c0 = TileRow<Vector>(start[0])
  var c1 = TileRow<Vector>(start[1])
  var c2 = TileRow<Vector>(start[2])
  var c3 = TileRow<Vector>(start[3])
  var c4 = TileRow<Vector>(start[4])
  var c5 = TileRow<Vector>(start[5])
  let lda = factor.rowStride, step = factor.depthStride
  let opaque = factor.isRows
  @inline(__always) func row(_ pointer: UnsafePointer<Vector.Scalar>)
    -> UnsafePointer<Vector.Scalar>
  {
    opaque ? vg_opaque(pointer).assumingMemoryBound(to: Vector.Scalar.self) : pointer
  }
  let (blockDepth, blockStride) = factor.blocks ?? (depth, 0)
  var block = factor.base
  var b = b
  var rest = depth
  while rest > 0 {
    let a0 = block
    let a1 = row(a0 + lda)
    let a2 = row(a1 + lda)
    let a3 = row(a2 + lda)
    let a4 = row(a3 + lda)
    let a5 = row(a4 + lda)
    var k = 0
    for _ in 0..<min(rest, blockDepth) {
      let b0 = b[0]
      let b1 = b[1]
      c0.add(a0[k], b0, b1)
      c1.add(a1[k], b0, b1)
      c2.add(a2[k], b0, b1)
      c3.add(a3[k], b0, b1)
      c4.add(a4[k], b0, b1)
      c5.add(a5[k], b0, b1)
      k += step
      b += 2
    }
    block += blockStride
    rest -= blockDepth
  }
  c0.store(c, at: 0)
  c1.store(c, at: 2)
  c2.store(c, at: 4)
  c3.store(c, at: 6)
  c4.store(c, at: 8)
  c5.store(c, at: 10)
}

/// `c = start + a·b` for some tiles and all panels. A panel's row is two vectors of the tile's
/// kind, of which a vector of 64 bytes has `halves`.
///
/// Tiles are the outer loop and panels the inner one: a tile's factor (10 × 600 floats, 24 kB)
/// stays in the L1 cache while the panels (600 × 32 floats, 77 kB each) stream from the L2 cache,
/// and weights are read once per batch.
@inline(__always)
private func multiply<Vector: SIMD>(
  _ tile: RegisterTile, _ a: TileFactor<Vector.Scalar>, tiles: Int, depth: Int,
  start: UnsafePointer<Vector.Scalar>, _ source: UnsafePointer<Vector>,
  _ target: UnsafeMutablePointer<Vector>, strides: (source: Int, target: Int), panels: Int
) where Vector.Scalar: FloatingPoint {
  for t in 0..<tiles {
    var factor = a
    factor.base += t * a.tileStride
    let first = t * tile.rows
    for p in 0..<panels {
      let b = source + p * strides.source, c = target + p * strides.target + 2 * first
      switch tile {
      case .wide: wideTile(factor, b, depth, start + first, c)
      case .narrow: narrowTile(factor, b, depth, start + first, c)
      }
    }
  }
}

/// The same for the three kinds of left factor, whose addresses differ: packed by k (rows side by
/// side), in blocks (of `SamplePanels`), and rows of any distance. If each row's address were
/// computed from the one before in every step, this chain of additions would take as long as the
/// multiply-adds; a pointer for each row and one index need one addition per k.
@inline(__always)
private func multiply<Vector: SIMD>(
  any tile: RegisterTile, _ a: TileFactor<Vector.Scalar>, tiles: Int, depth: Int,
  start: UnsafePointer<Vector.Scalar>, _ source: UnsafePointer<Vector>,
  _ target: UnsafeMutablePointer<Vector>, strides: (source: Int, target: Int), panels: Int
) where Vector.Scalar: FloatingPoint {
  var factor = a
  if a.isRows {
    (factor.depthStride, factor.blocks, factor.isRows) = (1, nil, true)
    multiply(
      tile, factor, tiles: tiles, depth: depth, start: start, source, target, strides: strides,
      panels: panels)
  } else if a.blocks != nil {
    (factor.rowStride, factor.depthStride) = (2 * Vector.scalarCount, 1)
    factor.isRows = false
    multiply(
      tile, factor, tiles: tiles, depth: depth, start: start, source, target, strides: strides,
      panels: panels)
  } else {
    (factor.rowStride, factor.blocks, factor.isRows) = (1, nil, false)
    multiply(
      tile, factor, tiles: tiles, depth: depth, start: start, source, target, strides: strides,
      panels: panels)
  }
}

/// The same memory as vectors of half the width.
private func halves<Vector, Half>(_ pointer: UnsafePointer<Vector>, _: Half.Type)
  -> UnsafePointer<Half>
{
  UnsafeRawPointer(pointer).assumingMemoryBound(to: Half.self)
}

// The generic code above is private and these two functions are in the same file, so that it is
// specialised in debug builds too.

extension Float: NetworkScalar {
  typealias Vector = SIMD16<Float>

  static func product(
    _ tile: RegisterTile, _ a: TileFactor<Float>, tiles: Int, depth: Int,
    start: UnsafePointer<Float>, _ panels: TilePanels<SIMD16<Float>>
  ) {
    switch tile {
    case .wide:
      multiply(
        any: .wide, a, tiles: tiles, depth: depth, start: start, panels.source, panels.target,
        strides: (panels.sourceStride, panels.targetStride), panels: panels.count)
    case .narrow:
      multiply(
        any: .narrow, a, tiles: tiles, depth: depth, start: start,
        halves(panels.source, SIMD8<Float>.self),
        UnsafeMutablePointer(mutating: halves(UnsafePointer(panels.target), SIMD8<Float>.self)),
        strides: (2 * panels.sourceStride, 2 * panels.targetStride), panels: panels.count)
    }
  }
}

extension Double: NetworkScalar {
  typealias Vector = SIMD8<Double>

  static func product(
    _ tile: RegisterTile, _ a: TileFactor<Double>, tiles: Int, depth: Int,
    start: UnsafePointer<Double>, _ panels: TilePanels<SIMD8<Double>>
  ) {
    switch tile {
    case .wide:
      multiply(
        any: .wide, a, tiles: tiles, depth: depth, start: start, panels.source, panels.target,
        strides: (panels.sourceStride, panels.targetStride), panels: panels.count)
    case .narrow:
      multiply(
        any: .narrow, a, tiles: tiles, depth: depth, start: start,
        halves(panels.source, SIMD4<Double>.self),
        UnsafeMutablePointer(mutating: halves(UnsafePointer(panels.target), SIMD4<Double>.self)),
        strides: (2 * panels.sourceStride, 2 * panels.targetStride), panels: panels.count)
    }
  }
}
