import CVector

/// The images of centres that are near enough to some centre of a grid cell for a search of pairs.
final class CellCandidates {
  /// Coordinates less those of the cell's middle or of the grid's, slots (integers in the bits of
  /// the lanes); [4, capacity].
  private(set) var values: UnsafeMutablePointer<Float>
  private(set) var capacity = 512
  private(set) var count = 0
  /// The cell's own images.
  private(set) var cell = 0..<0
  /// Square of the distance in Å within which images are kept, with a margin for rounding.
  private(set) var limit = SIMD16<Float>.zero
  private let reach: Double
  /// The grid whose rounded coordinates are used; nil: coordinates are rounded relative to the
  /// cell's middle, which takes longer and is more precise in large grids.
  private let roundedGrid: ExtendedGrid?
  private var images: SpeciesImages?
  /// The lowest and highest coordinates of the cell's images, and the middle.
  private var lower = SIMD3<Float>.zero, upper = SIMD3<Float>.zero, middle = Vector.zero

  init(reach: Double, roundedIn grid: ExtendedGrid? = nil) {
    self.reach = reach
    roundedGrid = grid
    values = .allocate(capacity: 4 * capacity)
    values.initialize(repeating: 0, count: 4 * capacity)
  }

  deinit { values.deallocate() }

  /// Goes on to a cell, without candidates; returns the length in Å of the diagonal of its images.
  func enter(_ cell: Range<Int>, _ images: SpeciesImages) -> Double {
    self.cell = cell
    self.images = images
    count = 0
    var lower = Vector(repeating: .infinity), upper = -lower
    for slot in cell {
      let r = Vector(images.x[slot], images.y[slot], images.z[slot])
      lower = pointwiseMin(lower, r)
      upper = pointwiseMax(upper, r)
    }
    let extent = length(upper - lower)
    middle = roundedGrid?.middle ?? 0.5 * (lower + upper)
    let largest = roundedGrid?.extent ?? extent
    // Rounding to single precision must not make the box smaller.
    let margin = Vector(repeating: 0x1p-22 * largest + 1e-9)
    self.lower = SIMD3<Float>(lower - middle - margin)
    self.upper = SIMD3<Float>(upper - middle + margin)
    // Displacements are wrong by at most some 2⁻²⁴ of the largest coordinates.
    let most = reach + 0x1p-20 * (reach + largest)
    limit = SIMD16(repeating: Float(most * most) * (1 + 0x1p-20))
    return extent
  }

  /// Keeps the images of a run that are near enough to the box of the cell's own ones, in their
  /// order. `PairCounter` needs the run that begins with the own ones first.
  func add(_ begin: Int, _ end: Int) {
    guard let images else { preconditionFailure("no cell was entered") }
    if roundedGrid != nil {
      add(begin, end) {
        ((images.nearX + $0).load(), (images.nearY + $0).load(), (images.nearZ + $0).load())
      }
    } else {
      let cx = SIMD8<Double>(repeating: middle.x), cy = SIMD8<Double>(repeating: middle.y),
        cz = SIMD8<Double>(repeating: middle.z)
      add(begin, end) {
        (relative(images.x + $0, cx), relative(images.y + $0, cy), relative(images.z + $0, cz))
      }
    }
  }

  /// As `add`; `place` returns the coordinates of sixteen images from a slot on.
  @inline(__always)
  private func add(
    _ begin: Int, _ end: Int,
    _ place: (Int) -> (x: SIMD16<Float>, y: SIMD16<Float>, z: SIMD16<Float>)
  ) {
    if count + (end - begin) + 32 > capacity { grow(to: 2 * (count + end - begin + 32)) }
    // Copies: stores to the columns cannot change them.
    let out = values, stride = capacity
    let limit = limit, lower = lower, upper = upper
    let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    var count = count
    var k = begin
    while k < end {
      let p = place(k)
      let dx = gap(p.x, lower.x, upper.x), dy = gap(p.y, lower.y, upper.y)
      let dz = gap(p.z, lower.z, upper.z)
      let squared = vg_multiply_add_float16(
        dx, dx, vg_multiply_add_float16(dy, dy, vg_multiply_float16(dz, dz)))
      var near = UInt32(vg_less_or_equal_float(squared, limit))
      near &= (1 << UInt32(min(end - k, 16))) &- 1
      vg_store_selected_float16(out + count, near, p.x)
      vg_store_selected_float16(out + stride + count, near, p.y)
      vg_store_selected_float16(out + 2 * stride + count, near, p.z)
      let slots = SIMD16(repeating: Int32(truncatingIfNeeded: k)) &+ lanes
      vg_store_selected_float16(
        out + 3 * stride + count, near, unsafeBitCast(slots, to: SIMD16<Float>.self))
      count += near.nonzeroBitCount
      k += 16
    }
    self.count = count
  }

  /// Finds the candidates from index `start` on that are within the limit of a point, in single
  /// precision, whose rounding the limit allows for; returns their number.
  ///
  /// Calls `keep(count, lanes, displacement, slots)` for one group of sixteen candidates after the
  /// other: how many were found before, and which lanes of the group are found.
  @inline(__always)
  func select(
    near x: Float, _ y: Float, _ z: Float, from start: Int,
    _ keep: (Int, UInt32, (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>), SIMD16<Float>) -> Void
  ) -> Int {
    let values = values, stride = capacity, end = self.count, limit = limit
    let cx = SIMD16(repeating: x), cy = SIMD16(repeating: y), cz = SIMD16(repeating: z)
    var count = 0
    var k = start
    while k < end {
      let at = values + k
      let dx = vg_subtract_float16(at.load(), cx)
      let dy = vg_subtract_float16((at + stride).load(), cy)
      let dz = vg_subtract_float16((at + 2 * stride).load(), cz)
      let squared = vg_multiply_add_float16(
        dx, dx, vg_multiply_add_float16(dy, dy, vg_multiply_float16(dz, dz)))
      var near = UInt32(vg_less_or_equal_float(squared, limit))
      near &= (1 << UInt32(min(end - k, 16))) &- 1
      keep(count, near, (dx, dy, dz), (at + 3 * stride).load())
      count += near.nonzeroBitCount
      k += 16
    }
    return count
  }

  /// Sixteen coordinates less that of the cell's middle, rounded.
  @inline(__always)
  private func relative(_ r: UnsafeMutablePointer<Double>, _ middle: SIMD8<Double>)
    -> SIMD16<Float>
  {
    vg_join(
      vg_rounded(vg_subtract_double8(r.load(), middle)),
      vg_rounded(vg_subtract_double8((r + 8).load(), middle)))
  }

  @inline(never)
  private func grow(to wanted: Int) {
    let larger = UnsafeMutablePointer<Float>.allocate(capacity: wanted * 4)
    larger.initialize(repeating: 0, count: wanted * 4)
    for c in 0..<4 { (larger + c * wanted).update(from: values + c * capacity, count: count) }
    values.deallocate()
    values = larger
    capacity = wanted
  }
}

/// Distance along an axis from sixteen coordinates to the interval from `low` to `high`.
@inline(__always)
func gap(_ r: SIMD16<Float>, _ low: Float, _ high: Float) -> SIMD16<Float> {
  vg_max_float(
    vg_max_float(
      vg_subtract_float16(SIMD16(repeating: low), r),
      vg_subtract_float16(r, SIMD16(repeating: high))), .zero)
}
