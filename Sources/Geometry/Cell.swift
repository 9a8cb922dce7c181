/// A position or displacement in Å.
public typealias Vector = SIMD3<Double>

/// The simulation cell: three edge vectors, a lower corner, and the periodicity of each axis.
///
/// Rows of the matrix `H = (a; b; c)` are the edge vectors, as in H5MD and DScribe; `r = origin +
/// s·H` with fractional coordinates `s`. Orthogonal, restricted-triclinic and general-triclinic
/// cells are treated alike.
public struct Cell: Sendable, Equatable {
  /// Edge vectors a, b, c in Å.
  public let a: Vector, b: Vector, c: Vector
  /// Lower corner of the cell in Å.
  public let origin: Vector
  /// Whether the cell is periodic along a, b and c.
  public let isPeriodic: (a: Bool, b: Bool, c: Bool)
  /// Columns of H⁻¹: the reciprocal vectors (without 2π), so that `s_i = reciprocal_i · (r −
  /// origin)`.
  public let reciprocal: (a: Vector, b: Vector, c: Vector)
  /// |a · (b × c)| in Å³.
  public let volume: Double

  /// A cell from its edge vectors.
  ///
  /// - Parameters:
  ///   - a, b, c: edge vectors in Å, of either handedness.
  ///   - origin: lower corner in Å.
  ///   - isPeriodic: whether each axis is periodic.
  /// - Throws: `CellError` if a component is not finite or beyond 1e12 Å, or the volume vanishes.
  public init(
    a: Vector, b: Vector, c: Vector, origin: Vector = .zero,
    isPeriodic: (Bool, Bool, Bool) = (true, true, true)
  )
    throws(CellError)
  {
    for component in [a, b, c, origin]
    where !(component.x.isFinite && component.y.isFinite && component.z.isFinite) {
      throw CellError.notFinite
    }
    for component in [a, b, c, origin]
    where max(abs(component.x), abs(component.y), abs(component.z)) > 1e12 {
      throw CellError.beyondReason
    }
    let bc = cross(b, c)
    let determinant = dot(a, bc)
    let scale = length(a) * length(b) * length(c)
    // A cell flatter than 1e-9 of its edges' product is a mistake in the file, not a thin film.
    guard scale > 0, abs(determinant) > 1e-9 * scale else { throw CellError.noVolume }
    // For edges along the axes, or tilted as in MD programs, a negative diagonal element means
    // damage, not a reflection.
    guard !(a.y == 0 && a.z == 0 && b.z == 0) || (a.x > 0 && b.y > 0 && c.z > 0) else {
      throw CellError.noVolume
    }
    self.a = a
    self.b = b
    self.c = c
    self.origin = origin
    self.isPeriodic = (isPeriodic.0, isPeriodic.1, isPeriodic.2)
    self.reciprocal = (bc / determinant, cross(c, a) / determinant, cross(a, b) / determinant)
    self.volume = abs(determinant)
  }

  /// An orthogonal cell with edges along x, y and z.
  public init(
    lengths: Vector, origin: Vector = .zero, isPeriodic: (Bool, Bool, Bool) = (true, true, true)
  ) throws(CellError) {
    guard lengths.x > 0, lengths.y > 0, lengths.z > 0 else {
      throw lengths.x.isFinite && lengths.y.isFinite && lengths.z.isFinite
        ? CellError.noVolume : CellError.notFinite
    }
    try self.init(
      a: Vector(lengths.x, 0, 0), b: Vector(0, lengths.y, 0), c: Vector(0, 0, lengths.z),
      origin: origin, isPeriodic: isPeriodic)
  }

  /// Edge vector `axis` (0, 1 or 2).
  public func edge(_ axis: Int) -> Vector { axis == 0 ? a : axis == 1 ? b : c }

  /// Whether the cell is periodic along `axis` (0, 1 or 2).
  public func repeats(along axis: Int) -> Bool {
    axis == 0 ? isPeriodic.a : axis == 1 ? isPeriodic.b : isPeriodic.c
  }

  /// Distances in Å between opposite faces: the thickness of the cell across a, b and c.
  public var heights: Vector {
    Vector(1 / length(reciprocal.a), 1 / length(reciprocal.b), 1 / length(reciprocal.c))
  }

  /// Fractional coordinates of a position in Å.
  public func fractional(_ position: Vector) -> Vector {
    let r = position - origin
    return Vector(dot(reciprocal.a, r), dot(reciprocal.b, r), dot(reciprocal.c, r))
  }

  /// Position in Å of fractional coordinates.
  public func position(_ fractional: Vector) -> Vector {
    origin + displacement(fractional)
  }

  /// `s·H` in Å: the displacement of a fractional difference or of an integer image.
  @inlinable @inline(__always)
  public func displacement(_ s: Vector) -> Vector {
    a * s.x + b * s.y + c * s.z
  }

  /// The position moved into the cell along its periodic axes, and the image it came from
  /// (`position = wrapped + image·H`).
  ///
  /// Depends on the position and the cell alone, so every rank that has the atom computes the same
  /// bits.
  public func wrapped(_ position: Vector) -> (position: Vector, image: SIMD3<Int32>) {
    let s = fractional(position)
    var image = SIMD3<Int32>(repeating: 0)
    for axis in 0..<3 where repeats(along: axis) {
      // No valid atom has an image beyond 32 bits. Damaged values, which are refused elsewhere, and
      // NaN are clamped here instead of trapping in the conversion.
      let whole = s[axis].rounded(.down)
      image[axis] = abs(whole) < 0x1p31 ? Int32(whole) : whole < 0 ? .min : .max
    }
    if image == SIMD3(repeating: 0) { return (position, image) }
    return (position - displacement(Vector(image)), image)
  }

  /// Whether vectors, origin and boundaries are equal.
  public static func == (left: Cell, right: Cell) -> Bool {
    left.a == right.a && left.b == right.b && left.c == right.c && left.origin == right.origin
      && left.isPeriodic == right.isPeriodic
  }
}
