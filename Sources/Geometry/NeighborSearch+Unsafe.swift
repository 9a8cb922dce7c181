import CVector

/// Finds, centre by centre, all images within a cutoff.
///
/// Displacements and the test `r² ≤ cutoff²` are always in double precision, so the single-precision path sees the same
/// neighbours as the reference path; only the displacements it is handed are rounded.
public final class NeighborSearch {
  private let grid: ExtendedGrid
  private let stencil: Stencil
  private let squaredCutoff: Double
  // Rows of the current home cell: [species][row] (first image, one past the last image).
  private var runs: [(begin: Int32, end: Int32)] = []
  private var runStart: [Int] = []
  private var candidates = 0

  /// A search for everything within `cutoff` Å (inclusive), at most the cutoff the grid was built for.
  public init(grid: ExtendedGrid, cutoff: Double) {
    self.grid = grid
    self.squaredCutoff = cutoff * cutoff
    self.stencil = Stencil(grid: grid, cutoff: cutoff)
    runStart = [Int](repeating: 0, count: grid.species.count + 1)
  }

  /// Images of `species` in the grid cell at `index` (inside the region): a range of image slots.
  public func images(of species: Int, inCell index: SIMD3<Int>) -> Range<Int> {
    let c = grid.index(index)
    return Int(grid.species[species].offsets[c])..<Int(grid.species[species].offsets[c + 1])
  }

  /// Row in the atom table of image `slot` of `species`.
  public func atom(ofImage slot: Int, species: Int) -> Int { Int(grid.species[species].atom[slot]) }

  /// Prepares the runs of images around a home cell; call once before the searches for its centres.
  public func enter(cell index: SIMD3<Int>) {
    let home = grid.index(index)
    let local = index &- grid.first
    runs.removeAll(keepingCapacity: true)
    var largest = 0
    for s in grid.species.indices {
      runStart[s] = runs.count
      var total = 0
      grid.species[s].offsets.withUnsafeBufferPointer { offsets in
        for row in stencil.rows {
          // Along axes that do not repeat the extended grid ends at the last atoms: rows beyond it do not exist.
          let y = local.y + row.y, z = local.z + row.z
          if y < 0 || y >= grid.size.y || z < 0 || z >= grid.size.z { continue }
          let low = max(local.x - row.x, 0), high = min(local.x + row.x, grid.size.x - 1)
          let first = home + row.start + (low - (local.x - row.x))
          let begin = offsets[first], end = offsets[first + high - low + 1]
          if begin < end {
            runs.append((begin, end))
            total += Int(end - begin)
          }
        }
      }
      largest = max(largest, total)
    }
    runStart[grid.species.count] = runs.count
    candidates = largest
  }

  /// Fills `batch` with the neighbours of the centre at image `slot` of species `center`.
  public func findNeighbors(of slot: Int, center: Int, into batch: NeighborBatch) {
    batch.reserve(candidates)
    for s in grid.species.indices {
      let excluded = s == center ? slot : -1
      if batch.isSingle {
        let out: Neighbors<Float> = batch.view(s)
        batch.count[s] = gather(slot, center, s, excluding: excluded) { count, _, mask, dx, dy, dz, squared in
          (out.x + count).store(vg_compress_float(mask, SIMD8<Float>(dx)))
          (out.y + count).store(vg_compress_float(mask, SIMD8<Float>(dy)))
          (out.z + count).store(vg_compress_float(mask, SIMD8<Float>(dz)))
          (out.squared + count).store(vg_compress_float(mask, SIMD8<Float>(squared)))
        }
      } else {
        let out: Neighbors<Double> = batch.view(s)
        batch.count[s] = gather(slot, center, s, excluding: excluded) { count, _, mask, dx, dy, dz, squared in
          (out.x + count).store(vg_compress_double(mask, dx))
          (out.y + count).store(vg_compress_double(mask, dy))
          (out.z + count).store(vg_compress_double(mask, dz))
          (out.squared + count).store(vg_compress_double(mask, squared))
        }
      }
    }
  }

  /// Appends the neighbours of the same species within the cutoff: table rows and packed image shifts.
  ///
  /// The shift is that of the neighbour relative to its wrapped position, for a centre that is itself unshifted.
  public func appendPairs(of slot: Int, species s: Int, atoms: inout [Int32], images: inout [Int32]) {
    let rows = grid.species[s].atom, shifts = grid.species[s].image
    _ = gather(slot, s, s, excluding: slot) { _, k, mask, _, _, _, _ in
      var bits = mask
      while bits != 0 {
        let lane = bits.trailingZeroBitCount
        bits &= bits &- 1
        atoms.append(rows[k + lane])
        images.append(shifts[k + lane])
      }
    }
  }

  /// Runs over the candidates eight at a time and hands every vector with a hit to `emit`; returns the number of hits.
  @inline(__always)
  private func gather(
    _ slot: Int, _ center: Int, _ s: Int, excluding excluded: Int,
    _ emit: (Int, Int, UInt32, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>) -> Void
  ) -> Int {
    let origin = SIMD3(grid.species[center].x[slot], grid.species[center].y[slot], grid.species[center].z[slot])
    let ox = SIMD8<Double>(repeating: origin.x)
    let oy = SIMD8<Double>(repeating: origin.y)
    let oz = SIMD8<Double>(repeating: origin.z)
    let limit = SIMD8<Double>(repeating: squaredCutoff)
    var count = 0
    grid.species[s].x.withUnsafeBufferPointer { xs in
      grid.species[s].y.withUnsafeBufferPointer { ys in
        grid.species[s].z.withUnsafeBufferPointer { zs in
          let x = xs.baseAddress!, y = ys.baseAddress!, z = zs.baseAddress!
          for run in runStart[s]..<runStart[s + 1] {
            let begin = Int(runs[run].begin), end = Int(runs[run].end)
            var k = begin
            while k < end {
              let dx = (x + k).load() - ox
              let dy = (y + k).load() - oy
              let dz = (z + k).load() - oz
              // Plain products and sums, no fused ones: the same rounding as dx² + dy² + dz² written by anybody else.
              let squared = dx * dx + dy * dy + dz * dz
              var mask = UInt32(vg_less_or_equal(squared, limit))
              let left = end - k
              if left < 8 { mask &= (1 << UInt32(left)) - 1 }
              let own = excluded - k
              if own >= 0 && own < 8 { mask &= ~(1 << UInt32(own)) }
              if mask != 0 {
                emit(count, k, mask, dx, dy, dz, squared)
                count += mask.nonzeroBitCount
              }
              k += 8
            }
          }
        }
      }
    }
    return count
  }
}

extension UnsafePointer where Pointee == Double {
  @inline(__always)
  fileprivate func load() -> SIMD8<Double> { UnsafeRawPointer(self).loadUnaligned(as: SIMD8<Double>.self) }
}

extension UnsafeMutablePointer {
  @inline(__always)
  fileprivate func store(_ lanes: SIMD8<Float>) { UnsafeMutableRawPointer(self).storeBytes(of: lanes, as: SIMD8<Float>.self) }
  @inline(__always)
  fileprivate func store(_ lanes: SIMD8<Double>) { UnsafeMutableRawPointer(self).storeBytes(of: lanes, as: SIMD8<Double>.self) }
}
