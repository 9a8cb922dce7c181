import CVector
import Contracts

/// Finds, centre by centre, all images within a cutoff.
///
/// The centres of one grid cell share a list of candidates: every image in the rows of the stencil
/// that is within the cutoff of the bounding box of those centres, in grid order. Culling and
/// searching then process eight candidates at a time without data-dependent branches; mispredicted
/// branches used to cost three times as much as the arithmetic.
///
/// Displacements and the test `r² ≤ cutoff²` are always in double precision, so the
/// single-precision path has the same neighbours as the reference path; only the resulting
/// displacements are rounded.
public final class NeighborSearch {
  private let grid: ExtendedGrid
  private let stencil: Stencil
  private let squaredCutoff: Double
  /// Candidates of the current cell: coordinates, species by species.
  private var candidates: [Candidates]
  /// Runs of images of the rows around the current cells; as many as the stencil has rows, of which
  /// `runCount` are in use.
  private let runs: UnsafeMutablePointer<(begin: Int, length: Int)>
  private var runCount = 0

  /// Candidates of one species; three columns, padded by one vector.
  private final class Candidates {
    var count = 0
    var capacity = 0
    var x = UnsafeMutablePointer<Double>.allocate(capacity: 0),
      y = UnsafeMutablePointer<Double>.allocate(capacity: 0)
    var z = UnsafeMutablePointer<Double>.allocate(capacity: 0)

    func reserve(_ wanted: Int) {
      guard wanted > capacity || capacity == 0 else { return }
      release()
      capacity = wanted + wanted / 2 + 64
      x = .allocate(capacity: capacity + 8)
      y = .allocate(capacity: capacity + 8)
      z = .allocate(capacity: capacity + 8)
    }
    private func release() {
      x.deallocate()
      y.deallocate()
      z.deallocate()
    }
    deinit { release() }
  }

  /// A search for everything within `cutoff` Å (inclusive), at most the cutoff the grid was built
  /// for.
  public init(grid: ExtendedGrid, cutoff: Double) {
    require(grid.hasAllImages, "images were freed before the search")
    self.grid = grid
    self.squaredCutoff = cutoff * cutoff
    self.stencil = Stencil(grid: grid, cutoff: cutoff)
    runs = .allocate(capacity: max(stencil.rows.count, 1))
    runs.initialize(repeating: (0, 0), count: max(stencil.rows.count, 1))
    candidates = grid.species.indices.map { _ in Candidates() }
  }

  deinit { runs.deallocate() }

  /// Images of `species` in `width` consecutive grid cells along a from the one at `index`, all
  /// inside the region: a range of slots.
  public func images(of species: Int, inCell index: SIMD3<Int>, width: Int = 1) -> Range<Int> {
    let c = grid.index(index)
    return Int(grid.species[species].offsets[c])..<Int(grid.species[species].offsets[c + width])
  }

  /// The centre at image `slot` of its species: its row in the grid's table.
  public func center(atImage slot: Int) -> Int { Int(grid.species[grid.center].atom[slot]) }

  /// Collects the candidates for the centres of a few adjacent grid cells; call it before searching
  /// for their neighbours.
  ///
  /// - Parameters:
  ///   - index: the first cell, inside the region.
  ///   - width: number of cells along a. More cells mean fewer but longer lists; two are best in
  ///     water.
  ///   - centers: image slots of the centres, all in those cells.
  ///   - center: the centres' species.
  public func enter(cell index: SIMD3<Int>, width: Int = 1, centers: Range<Int>, of center: Int) {
    var lower = Vector(repeating: .infinity), upper = -lower
    for slot in centers {
      let r = Vector(
        grid.species[center].x[slot], grid.species[center].y[slot], grid.species[center].z[slot])
      lower = pointwiseMin(lower, r)
      upper = pointwiseMax(upper, r)
    }
    for s in grid.species.indices {
      let longest = collectRuns(cell: index, width: width, species: s)
      cull(species: s, longest: longest, lower: lower, upper: upper)
    }
  }

  /// The stencil's rows around a few cells as runs of images; returns the longest.
  private func collectRuns(cell index: SIMD3<Int>, width: Int, species s: Int) -> Int {
    var longest = 0, count = 0
    let offsets = grid.species[s].offsets
    stencil.forEachRow(
      around: grid.index(index), at: index &- grid.first, width: width, in: grid.size
    ) { _, first, end in
      let begin = Int(offsets[first]), length = Int(offsets[end]) - begin
      runs[count] = (begin, length)
      count += 1
      longest = max(longest, length)
    }
    runCount = count
    return longest
  }

  /// Keeps the images of the runs that may be within the cutoff of the box `lower…upper`.
  ///
  /// In single precision, 16 images at a time, with a margin for its rounding: the search tests
  /// what is kept exactly, so a few images too many do not matter. Every run takes the same number
  /// of steps, as many as the longest needs, so that the loop's branches are predictable.
  private func cull(species s: Int, longest: Int, lower: Vector, upper: Vector) {
    let steps = (longest + 15) / 16
    let list = candidates[s]
    list.reserve(runCount * steps * 16)
    // Coordinates and corners are rounded by at most 2⁻²⁴ of the largest, so the distance along an
    // axis is wrong by less than 2⁻²² of it; the squares, and their sum, by 2⁻²² of themselves.
    let error = 0x1p-22 * grid.extent
    let reach = (squaredCutoff.squareRoot() + 2 * error) * (1 + 0x1p-20)
    let limit = SIMD16<Float>(repeating: Float(reach * reach) * (1 + 0x1p-20))
    let low = SIMD3<Float>(lower - grid.middle), high = SIMD3<Float>(upper - grid.middle)
    let images = grid.species[s]
    let x = images.x, y = images.y, z = images.z
    let nearX = images.nearX, nearY = images.nearY, nearZ = images.nearZ
    let end = images.count
    var count = 0
    let outX = list.x, outY = list.y, outZ = list.z
    for run in 0..<runCount {
      var left = runs[run].length
      let begin = runs[run].begin
      for step in 0..<steps {
        let k = min(begin + 16 * step, end)
        let dx = gap((nearX + k).load(), low.x, high.x)
        let dy = gap((nearY + k).load(), low.y, high.y)
        let dz = gap((nearZ + k).load(), low.z, high.z)
        let squared = vg_multiply_add_float16(
          dx, dx, vg_multiply_add_float16(dy, dy, vg_multiply_float16(dz, dz)))
        let lanes = min(max(left, 0), 16)
        let mask = UInt32(vg_less_or_equal_float(squared, limit)) & ((1 << UInt32(lanes)) &- 1)
        for half in 0..<2 {
          let bits = half == 0 ? mask & 255 : mask >> 8
          let from = k + 8 * half
          vg_store_selected_double8(outX + count, bits, (x + from).load())
          vg_store_selected_double8(outY + count, bits, (y + from).load())
          vg_store_selected_double8(outZ + count, bits, (z + from).load())
          count += bits.nonzeroBitCount
        }
        left -= 16
      }
    }
    // Padding candidates are far away, so the search need not mask them.
    let far = SIMD8<Double>(repeating: 1e30)
    (list.x + count).store(far)
    list.count = count
  }

  /// Fills `batch` with the neighbours of the centre at image `slot` of species `center`, which
  /// must be one of those passed to the last collection.
  public func findNeighbors(of slot: Int, center: Int, into batch: NeighborBatch) {
    var most = 0
    for list in candidates { most = max(most, list.count) }
    batch.reserve(most)
    let origin = Vector(
      grid.species[center].x[slot], grid.species[center].y[slot], grid.species[center].z[slot])
    for s in candidates.indices {
      if batch.isSingle {
        let out: Neighbors<Float> = batch.view(s)
        batch.count[s] = search(candidates[s], around: origin, skipsOne: s == center) {
          count, mask, dx, dy, dz, squared in
          vg_store_selected_float8(out.x + count, mask, vg_rounded(dx))
          vg_store_selected_float8(out.y + count, mask, vg_rounded(dy))
          vg_store_selected_float8(out.z + count, mask, vg_rounded(dz))
          vg_store_selected_float8(out.squared + count, mask, vg_rounded(squared))
        }
      } else {
        let out: Neighbors<Double> = batch.view(s)
        batch.count[s] = search(candidates[s], around: origin, skipsOne: s == center) {
          count, mask, dx, dy, dz, squared in
          vg_store_selected_double8(out.x + count, mask, dx)
          vg_store_selected_double8(out.y + count, mask, dy)
          vg_store_selected_double8(out.z + count, mask, dz)
          vg_store_selected_double8(out.squared + count, mask, squared)
        }
      }
    }
  }

  /// Processes the candidates eight at a time and passes every vector to `emit`; returns the number
  /// of hits.
  ///
  /// The centre is its own candidate, at a distance of exactly zero: the first such lane is
  /// skipped. If another atom is at the same position, it has the same displacement, so it does not
  /// matter which of them is skipped.
  @inline(__always)
  private func search(
    _ list: Candidates, around origin: Vector, skipsOne: Bool,
    _ emit: (Int, UInt32, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>) -> Void
  ) -> Int {
    let ox = SIMD8<Double>(repeating: origin.x)
    let oy = SIMD8<Double>(repeating: origin.y)
    let oz = SIMD8<Double>(repeating: origin.z)
    let limit = SIMD8<Double>(repeating: squaredCutoff)
    var toSkip = skipsOne
    var count = 0
    var k = 0
    let x = list.x, y = list.y, z = list.z, end = list.count
    while k < end {
      let dx = vg_subtract_double8((x + k).load(), ox)
      let dy = vg_subtract_double8((y + k).load(), oy)
      let dz = vg_subtract_double8((z + k).load(), oz)
      let squared = vg_squared_length(dx, dy, dz)
      var mask = UInt32(vg_less_or_equal(squared, limit))
      if toSkip {
        let own = UInt32(vg_less_or_equal(squared, .zero))
        if own != 0 {
          mask &= ~(own & (~own &+ 1))
          toSkip = false
        }
      }
      emit(count, mask, dx, dy, dz, squared)
      count += mask.nonzeroBitCount
      k += 8
    }
    return count
  }
}
