/// Scalar product a·b.
@inlinable @inline(__always)
public func dot(_ a: Vector, _ b: Vector) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

/// Vector product a × b, right-handed.
public func cross(_ a: Vector, _ b: Vector) -> Vector {
  Vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// Euclidean length |a|.
public func length(_ a: Vector) -> Double { dot(a, a).squareRoot() }

extension SIMD3<Double> {
  /// Lane-wise conversion of an integer image to a fractional displacement.
  public init(_ image: SIMD3<Int32>) {
    self.init(Double(image.x), Double(image.y), Double(image.z))
  }
}
