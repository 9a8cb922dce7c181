import CVector

/// Images of one species, sorted by extended cell; owned and released by the extended grid.
///
/// All columns are padded by a vector of 16 lanes, so that loads and stores may run past the end:
/// coordinates are far away there and rows are −1. Rows and shifts are columns of the centres only.
struct SpeciesImages {
  /// Number of images.
  let count: Int
  /// Whether the images know the rows of their atoms and their shifts.
  let hasRows: Bool
  /// First image of each extended cell; `[cells + 1]`.
  let offsets: UnsafeMutablePointer<Int32>
  /// Coordinates of the images in Å.
  let x: UnsafeMutablePointer<Double>
  let y: UnsafeMutablePointer<Double>
  let z: UnsafeMutablePointer<Double>
  /// Coordinates less `ExtendedGrid.middle`, rounded to single precision.
  let nearX: UnsafeMutablePointer<Float>
  let nearY: UnsafeMutablePointer<Float>
  let nearZ: UnsafeMutablePointer<Float>
  /// Row of the atom in the grid's table of centres that each image is of; empty without rows.
  let atom: UnsafeMutablePointer<Int32>
  /// Image shift of each image, packed (`packImage`); empty without rows.
  let image: UnsafeMutablePointer<Int32>

  /// Lanes of padding.
  static let padding = 16

  /// Columns for `count` images, with the padding filled, and `offsets`, which are owned from now
  /// on.
  init(count: Int, offsets: UnsafeMutablePointer<Int32>, hasRows: Bool) {
    self.count = count
    self.offsets = offsets
    self.hasRows = hasRows
    let capacity = count + Self.padding
    (x, y, z) = (
      .allocate(capacity: capacity), .allocate(capacity: capacity), .allocate(capacity: capacity)
    )
    (nearX, nearY, nearZ) = (
      .allocate(capacity: capacity), .allocate(capacity: capacity), .allocate(capacity: capacity)
    )
    let rows = hasRows ? capacity : 0
    (atom, image) = (.allocate(capacity: rows), .allocate(capacity: rows))
    pad()
  }

  /// Columns for `count` images, with the padding filled, and offsets of zero for `cells` cells.
  init(count: Int, cells: Int, hasRows: Bool = false) {
    let offsets = UnsafeMutablePointer<Int32>.allocate(capacity: cells + 1)
    offsets.initialize(repeating: 0, count: cells + 1)
    self.init(count: count, offsets: offsets, hasRows: hasRows)
  }

  /// Fills the padding after the last image.
  func pad() {
    for column in [x, y, z] {
      (column + count).initialize(repeating: 1e30, count: Self.padding)
    }
    for column in [nearX, nearY, nearZ] {
      (column + count).initialize(repeating: 1e18, count: Self.padding)
    }
    for column in [atom, image] where hasRows {
      (column + count).initialize(repeating: -1, count: Self.padding)
    }
  }

  /// Frees the columns.
  func release() {
    offsets.deallocate()
    for column in [x, y, z] { column.deallocate() }
    for column in [nearX, nearY, nearZ] { column.deallocate() }
    for column in [atom, image] { column.deallocate() }
  }

  /// Copies `count` images of `source` from index `begin` to index `target`, moved by `offset` (not
  /// at all if nil); if it `spills`, up to seven more may be written after them, which is faster.
  ///
  /// Adds the magnitudes of the coordinates relative to `middle` to `largest`.
  @inline(__always)
  func copy(
    _ source: SpeciesImages, _ begin: Int, _ count: Int, to target: Int, by offset: Vector?,
    packed: Int32, middle: Vector, spills: Bool, _ largest: inout SIMD8<Double>
  ) {
    let d = offset ?? .zero
    var k = 0
    while k < count {
      if k + 8 > count, !spills {
        guard count >= 8 else {
          copyOneByOne(
            source, begin, count, to: target, by: offset, packed: packed, middle: middle, &largest)
          return
        }
        // The last eight, some of them again.
        k = count - 8
      }
      var px = (source.x + begin + k).load(), py = (source.y + begin + k).load()
      var pz = (source.z + begin + k).load()
      if offset != nil {
        px = vg_add_double8(px, SIMD8(repeating: d.x))
        py = vg_add_double8(py, SIMD8(repeating: d.y))
        pz = vg_add_double8(pz, SIMD8(repeating: d.z))
      }
      (x + target + k).store(px)
      (y + target + k).store(py)
      (z + target + k).store(pz)
      let qx = vg_subtract_double8(px, SIMD8(repeating: middle.x))
      let qy = vg_subtract_double8(py, SIMD8(repeating: middle.y))
      let qz = vg_subtract_double8(pz, SIMD8(repeating: middle.z))
      (nearX + target + k).store(vg_rounded(qx))
      (nearY + target + k).store(vg_rounded(qy))
      (nearZ + target + k).store(vg_rounded(qz))
      if hasRows {
        let rows = UnsafeRawPointer(source.atom + begin + k).loadUnaligned(as: SIMD8<Int32>.self)
        UnsafeMutableRawPointer(atom + target + k).storeBytes(of: rows, as: SIMD8<Int32>.self)
        UnsafeMutableRawPointer(image + target + k).storeBytes(
          of: SIMD8(repeating: packed), as: SIMD8<Int32>.self)
      }
      if k + 8 <= count {
        let most = vg_max_double(
          vg_max_double(vg_magnitude(qx), vg_magnitude(qy)), vg_magnitude(qz))
        largest = vg_max_double(largest, most)
      } else {
        for lane in 0..<(count - k) {
          largest[0] = max(largest[0], abs(qx[lane]), abs(qy[lane]), abs(qz[lane]))
        }
      }
      k += 8
    }
  }

  /// As `copy`, for fewer than eight images, without writing more than them.
  @inline(never)
  private func copyOneByOne(
    _ source: SpeciesImages, _ begin: Int, _ count: Int, to target: Int, by offset: Vector?,
    packed: Int32, middle: Vector, _ largest: inout SIMD8<Double>
  ) {
    for k in 0..<count {
      var r = Vector(source.x[begin + k], source.y[begin + k], source.z[begin + k])
      if let offset { r += offset }
      (x[target + k], y[target + k], z[target + k]) = (r.x, r.y, r.z)
      let q = r - middle
      let near = SIMD3<Float>(q)
      (nearX[target + k], nearY[target + k], nearZ[target + k]) = (near.x, near.y, near.z)
      if hasRows { (atom[target + k], image[target + k]) = (source.atom[begin + k], packed) }
      largest[0] = max(largest[0], abs(q.x), abs(q.y), abs(q.z))
    }
  }
}

extension UnsafePointer where Pointee == Double {
  @inline(__always)
  func load() -> SIMD8<Double> { UnsafeRawPointer(self).loadUnaligned(as: SIMD8<Double>.self) }
}

extension UnsafeMutablePointer where Pointee == Double {
  @inline(__always)
  func load() -> SIMD8<Double> { UnsafeRawPointer(self).loadUnaligned(as: SIMD8<Double>.self) }
}

extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always)
  func load() -> SIMD16<Float> { UnsafeRawPointer(self).loadUnaligned(as: SIMD16<Float>.self) }
}

extension UnsafeMutablePointer {
  @inline(__always)
  func store(_ lanes: SIMD8<Float>) {
    UnsafeMutableRawPointer(self).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }
  @inline(__always)
  func store(_ lanes: SIMD16<Float>) {
    UnsafeMutableRawPointer(self).storeBytes(of: lanes, as: SIMD16<Float>.self)
  }
  @inline(__always)
  func store(_ lanes: SIMD8<Double>) {
    UnsafeMutableRawPointer(self).storeBytes(of: lanes, as: SIMD8<Double>.self)
  }
}
