import Geometry

/// A rotation of space, as the images of x, y and z.
public struct Rotation: Sendable {
  /// Images of the unit vectors: orthonormal, right-handed.
  public let x: Vector, y: Vector, z: Vector

  /// A rotation drawn uniformly from SO(3): a random unit quaternion (Shoemake 1992).
  public init(using generator: inout SeededGenerator) {
    let u = generator.uniform()
    let (s1, c1) = sineCosine(2 * Double.pi * generator.uniform())
    let (s2, c2) = sineCosine(2 * Double.pi * generator.uniform())
    let (a, b) = ((1 - u).squareRoot(), u.squareRoot())
    let (qx, qy, qz, qw) = (a * s1, a * c1, b * s2, b * c2)
    x = Vector(1 - 2 * (qy * qy + qz * qz), 2 * (qx * qy + qz * qw), 2 * (qx * qz - qy * qw))
    y = Vector(2 * (qx * qy - qz * qw), 1 - 2 * (qx * qx + qz * qz), 2 * (qy * qz + qx * qw))
    z = Vector(2 * (qx * qz + qy * qw), 2 * (qy * qz - qx * qw), 1 - 2 * (qx * qx + qy * qy))
  }

  /// The rotated vector.
  public func callAsFunction(_ r: Vector) -> Vector { x * r.x + y * r.y + z * r.z }

  /// The cell with rotated edges and origin.
  public func callAsFunction(_ cell: Cell) throws -> Cell {
    try Cell(
      a: self(cell.a), b: self(cell.b), c: self(cell.c), origin: self(cell.origin),
      isPeriodic: cell.isPeriodic)
  }
}
