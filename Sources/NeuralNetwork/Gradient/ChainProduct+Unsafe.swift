import CTile

/// The products of training in single precision, whose bits do not depend on the processor: each
/// element is one chain of fused multiply-adds in ascending order of the summed index, whichever
/// register tile computes it.
///
/// Activations and derivatives are in `SamplePanels`, so weights, which change in every step, are
/// read where they are or from a packed copy of a few tiles, and almost all that must be rearranged
/// is proportional to the rows of the batch: with half of the rows half of the work.
/// Owns its scratch memory: one instance per thread.
final class ChainProduct {
  typealias Panels = SamplePanels<Float>

  private let tile: RegisterTile
  /// Samples of a panel, and columns of a tile.
  private let lanes: Int
  /// Weights of some tiles, `[tile][k][row]`.
  private let packed: AlignedBuffer<Float>
  /// Tiles that are packed together: their columns of a row of weights are several cache lines.
  private static let packedTiles = 8
  private let zeros: AlignedBuffer<Float>
  /// Inputs sample by sample.
  private let columns: Columns
  /// Gradients of a tile's outputs, `[group][row][lanes]`.
  private let result: AlignedBuffer<SIMD16<Float>>

  /// - Parameters:
  ///   - widest: largest number of inputs or outputs of a layer.
  ///   - samples: largest number of samples.
  init(widest: Int, samples: Int, tile: RegisterTile = .native) {
    self.tile = tile
    lanes = Panels.width(tile)
    let rows = Panels.rows(for: widest, tile)
    packed = AlignedBuffer(count: Self.packedTiles * rows * tile.rows)
    zeros = AlignedBuffer(count: rows)
    columns = Columns(units: widest, samples: samples, tile: tile)
    result = AlignedBuffer(count: Columns.groups(widest, lanes) * tile.rows * tile.vectors)
  }

  /// Values sample by sample in groups of as many units as a tile has columns,
  /// `[group][sample][lanes]`: the right factor of sums over samples.
  final class Columns {
    let buffer: AlignedBuffer<SIMD16<Float>>
    /// Units of a group.
    let lanes: Int
    /// Samples for which there is room, whole panels.
    let capacity: Int

    init(units: Int, samples: Int, tile: RegisterTile) {
      lanes = Panels.width(tile)
      capacity = Panels.count(samples, tile) * lanes
      buffer = AlignedBuffer(count: Self.groups(units, lanes) * capacity * lanes / 16)
    }

    static func groups(_ units: Int, _ lanes: Int) -> Int { (units + lanes - 1) / lanes }

    /// The units of group `group` of a sample.
    @inline(__always)
    func place(_ group: Int, _ sample: Int) -> UnsafeMutablePointer<Float> {
      UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Float.self)
        + (group * capacity + sample) * lanes
    }

    /// Copies a row of units to a sample's place.
    @inline(__always)
    func set(_ sample: Int, _ row: UnsafePointer<Float>, units: Int) {
      for group in 0..<(units / lanes) {
        for v in Swift.stride(from: 0, to: lanes, by: 16) {
          UnsafeMutableRawPointer(place(group, sample) + v).storeBytes(
            of: UnsafeRawPointer(row + group * lanes + v).loadUnaligned(as: SIMD16<Float>.self),
            as: SIMD16<Float>.self)
        }
      }
      let rest = units / lanes * lanes
      for unit in rest..<units { place(units / lanes, sample)[unit - rest] = row[unit] }
    }

    /// Copies samples from panels.
    func set(_ values: Panels, units: Int, samples: Int) {
      for group in 0..<Self.groups(units, lanes) {
        let first = group * lanes
        for sample in Swift.stride(from: 0, to: samples, by: 8) {
          let source = UnsafePointer(values.place(first, sample))
          for unit in Swift.stride(from: 0, to: min(lanes, units - first), by: 8) {
            Float.transpose(
              source + unit * lanes, lanes, place(group, sample) + unit, lanes)
          }
        }
      }
    }

    /// Fills whole panels; samples beyond their number become 0.
    func fill(_ values: Panels, units: Int, samples: Int) {
      for sample in samples..<(samples + lanes - 1) / lanes * lanes {
        for group in 0..<Self.groups(units, lanes) {
          place(group, sample).update(repeating: 0, count: lanes)
        }
      }
      for sample in Swift.stride(from: 0, to: (samples + lanes - 1) / lanes * lanes, by: 8) {
        for unit in Swift.stride(from: 0, to: units, by: 8) {
          Float.transpose(
            UnsafePointer(place(unit / lanes, sample)) + unit % lanes, lanes,
            values.place(unit, sample), lanes)
        }
      }
    }
  }

  /// A layer's weights `[outputs, inputs]`.
  struct Weights {
    let base: UnsafePointer<Float>
    let inputs: Int
    let outputs: Int
  }

  /// `target = W·source` for some panels.
  func forward(_ weights: Weights, _ source: Panels, panels: Int, into target: Panels) {
    let (inputs, rows) = (weights.inputs, tile.rows)
    // Rows with a distance of a multiple of 512 bytes share few sets of the L1 cache.
    let inPlace = inputs % 128 == 0 ? 0 : weights.outputs / rows
    Float.product(
      tile, .rows(weights.base, rowStride: inputs, tileStride: rows * inputs), tiles: inPlace,
      depth: inputs, start: zeros.pointer, between(source, target, 0, panels))
    for t in inPlace..<tile.tiles(of: weights.outputs) {
      let present = min(rows, weights.outputs - t * rows)
      for k in 0..<inputs {
        for i in 0..<rows {
          packed.pointer[k * rows + i] =
            i < present ? weights.base[(t * rows + i) * inputs + k] : 0
        }
      }
      multiplyPacked(tiles: 1, depth: inputs, between(source, target, t, panels))
    }
  }

  /// `target = Wᵀ·source` for some panels.
  func backward(_ weights: Weights, _ source: Panels, panels: Int, into target: Panels) {
    let all = tile.tiles(of: weights.inputs)
    for t in stride(from: 0, to: all, by: Self.packedTiles) {
      let tiles = min(Self.packedTiles, all - t)
      packColumns(weights, from: t * tile.rows, tiles: tiles)
      multiplyPacked(tiles: tiles, depth: weights.outputs, between(source, target, t, panels))
    }
  }

  /// `target[o, i] = (target[o, i] +) Σ δ[o]·x[i]` over samples in their order.
  ///
  /// - Parameter target: `[outputs, inputs]`.
  func gradient(
    _ deltas: Panels, outputs: Int, _ inputs: Panels, width: Int, samples: Int, adds: Bool,
    into target: UnsafeMutablePointer<Float>
  ) {
    columns.set(inputs, units: width, samples: samples)
    gradient(
      deltas, outputs: outputs, columns, width: width, samples: samples, adds: adds, into: target)
  }

  /// The same with inputs sample by sample.
  ///
  /// A tile's outputs with all inputs at a time: their rows of the target are written once and
  /// whole, where groups of inputs at a time would fetch each of its cache lines twice.
  func gradient(
    _ deltas: Panels, outputs: Int, _ inputs: Columns, width: Int, samples: Int, adds: Bool,
    into target: UnsafeMutablePointer<Float>
  ) {
    let found = UnsafeMutableRawPointer(result.pointer).assumingMemoryBound(to: Float.self)
    let groups = Columns.groups(width, lanes)
    for t in 0..<tile.tiles(of: outputs) {
      let first = t * tile.rows
      Float.product(
        tile,
        .panels(
          deltas.place(first, 0), panelWidth: lanes, panelStride: deltas.rows * lanes),
        tiles: 1, depth: samples, start: zeros.pointer,
        TilePanels(
          source: UnsafePointer(inputs.buffer.pointer),
          sourceStride: inputs.capacity * tile.vectors, target: result.pointer,
          targetStride: tile.rows * tile.vectors, count: groups))
      for i in 0..<min(tile.rows, outputs - first) {
        for group in 0..<groups {
          copy(
            found + (group * tile.rows + i) * lanes,
            target + (first + i) * width + group * lanes, min(lanes, width - group * lanes),
            adds: adds)
        }
      }
    }
  }

  /// `target = (target +) Σ δ` over samples in their order.
  func biasGradient(
    _ deltas: Panels, outputs: Int, samples: Int, adds: Bool,
    into target: UnsafeMutablePointer<Float>
  ) {
    let scratch = columns.place(0, 0)
    for first in stride(from: 0, to: outputs, by: 8) {
      let count = min(8, outputs - first)
      var sum = SIMD8<Float>.zero
      if adds { for i in 0..<count { sum[i] = target[first + i] } }
      for sample in stride(from: 0, to: samples, by: 8) {
        Float.transpose(UnsafePointer(deltas.place(first, sample)), lanes, scratch, 8)
        for i in 0..<min(8, samples - sample) {
          sum += UnsafeRawPointer(scratch + 8 * i).loadUnaligned(as: SIMD8<Float>.self)
        }
      }
      for i in 0..<count { target[first + i] = sum[i] }
    }
  }

  // MARK: Parts

  /// A product from panels to the rows of tile `t` of panels.
  private func between(_ source: Panels, _ target: Panels, _ t: Int, _ panels: Int)
    -> TilePanels<SIMD16<Float>>
  {
    TilePanels(
      source: UnsafePointer(source.base), sourceStride: source.stride,
      target: target.base + t * tile.rows * tile.vectors, targetStride: target.stride,
      count: panels)
  }

  private func multiplyPacked(tiles: Int, depth: Int, _ panels: TilePanels<SIMD16<Float>>) {
    Float.product(
      tile,
      .packed(packed.pointer, depthStride: tile.rows, tileStride: depth * tile.rows),
      tiles: tiles, depth: depth, start: zeros.pointer, panels)
  }

  /// Packs the weights from the inputs of some tiles, whose rows are inputs and whose depth the
  /// outputs.
  private func packColumns(_ weights: Weights, from first: Int, tiles: Int) {
    let (inputs, outputs, rows) = (weights.inputs, weights.outputs, tile.rows)
    for k in 0..<outputs {
      let source = weights.base + k * inputs + first
      // The next rows are too far apart for the processor to foresee.
      if k + 8 < outputs {
        let ahead = UnsafeRawPointer(source + 8 * inputs)
        for byte in stride(from: 0, to: 4 * rows * tiles, by: 64) { vt_prefetch(ahead + byte) }
      }
      // Whole vectors: what they read beyond a tile's inputs lies in the same or the next row of
      // weights, and what they write beyond its rows is overwritten for the next k. So the last k
      // is copied element by element.
      let whole = k < outputs - 1 ? min(tiles, (inputs - first) / rows) : 0
      for t in 0..<whole {
        let from = UnsafeRawPointer(source + t * rows)
        let to = UnsafeMutableRawPointer(packed.pointer + (t * outputs + k) * rows)
        if tile == .wide {
          to.storeBytes(of: from.loadUnaligned(as: SIMD16<Float>.self), as: SIMD16<Float>.self)
        } else {
          to.storeBytes(of: from.loadUnaligned(as: SIMD8<Float>.self), as: SIMD8<Float>.self)
        }
      }
      for t in whole..<tiles {
        let present = min(rows, inputs - first - t * rows)
        let to = packed.pointer + (t * outputs + k) * rows
        for i in 0..<rows { to[i] = i < present ? source[t * rows + i] : 0 }
      }
    }
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
