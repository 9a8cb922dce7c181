import CVector

/// Values of samples in the order of the product's right factor and of its result.
///
/// A panel holds as many samples as a tile has columns, side by side, and for each unit (feature or
/// neuron) one row of them: unit u of sample s is element `s % width` of row u of panel `s /
/// width`. So the weights, in rows of outputs, are the left factor, whose elements are broadcast,
/// and a layer's result is the next layer's right factor without being moved.
struct SamplePanels<Scalar: NetworkScalar> {
  /// Of the first panel's first row.
  let base: UnsafeMutablePointer<Scalar.Vector>
  /// Rows of a panel: at least one for each unit.
  let rows: Int
  let tile: RegisterTile

  /// Samples of a panel.
  static func width(_ tile: RegisterTile) -> Int { tile.vectors * Scalar.Vector.scalarCount }
  /// Number of panels that hold some samples.
  static func count(_ samples: Int, _ tile: RegisterTile) -> Int {
    (samples + width(tile) - 1) / width(tile)
  }
  /// Rows that a panel needs for some units: whole tiles and whole blocks of 8.
  static func rows(for units: Int, _ tile: RegisterTile) -> Int {
    max(tile.tiles(of: units) * tile.rows, (units + 7) / 8 * 8)
  }

  /// Vectors from panel to panel.
  var stride: Int { rows * tile.vectors }
  /// The elements.
  var scalars: UnsafeMutablePointer<Scalar> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Scalar.self)
  }

  /// The element of a unit and a sample.
  @inline(__always)
  func place(_ unit: Int, _ sample: Int) -> UnsafeMutablePointer<Scalar> {
    let lanes = Self.width(tile)
    return scalars + (sample / lanes * rows + unit) * lanes + sample % lanes
  }

  /// Fills whole panels with samples `[count, width]`; missing samples become 0.
  func load(_ samples: UnsafePointer<Scalar>, leadingDimension: Int, count: Int, width: Int) {
    let lanes = Self.width(tile)
    let whole = width / 8 * 8
    for first in Swift.stride(from: 0, to: Self.count(count, tile) * lanes, by: 8) {
      let target = place(0, first)
      let present = max(0, min(8, count - first))
      let source = samples + first * leadingDimension
      var k = 0
      if present == 8 {
        while k < whole {
          Scalar.transpose(source + k, leadingDimension, target + k * lanes, lanes)
          k += 8
        }
      }
      while k < width {
        for i in 0..<present { target[k * lanes + i] = source[i * leadingDimension + k] }
        for i in present..<8 { target[k * lanes + i] = 0 }
        k += 1
      }
    }
  }

  /// Writes samples `[count, width]` to rows of whole vectors, 0 beyond the width.
  func store(
    count: Int, width: Int, to samples: UnsafeMutablePointer<Scalar>, leadingDimension: Int
  ) {
    let lanes = Self.width(tile)
    let whole = width / 8 * 8
    for first in Swift.stride(from: 0, to: count, by: 8) {
      let source = UnsafePointer(place(0, first))
      let present = min(8, count - first)
      let target = samples + first * leadingDimension
      var k = 0
      if present == 8 {
        while k < whole {
          Scalar.transpose(source + k * lanes, lanes, target + k, leadingDimension)
          k += 8
        }
      }
      for i in 0..<present {
        for j in k..<width { target[i * leadingDimension + j] = source[j * lanes + i] }
        for j in width..<leadingDimension { target[i * leadingDimension + j] = 0 }
      }
    }
  }
}

extension Float {
  @inline(__always)
  static func transpose(
    _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutablePointer<Float>,
    _ step: Int
  ) {
    vg_store_transposed(
      target, step, source, source + stride, source + 2 * stride, source + 3 * stride,
      source + 4 * stride, source + 5 * stride, source + 6 * stride, source + 7 * stride)
  }
}

extension Double {
  @inline(__always)
  static func transpose(
    _ source: UnsafePointer<Double>, _ stride: Int, _ target: UnsafeMutablePointer<Double>,
    _ step: Int
  ) {
    for i in 0..<8 { for j in 0..<8 { target[j * step + i] = source[i * stride + j] } }
  }
}
