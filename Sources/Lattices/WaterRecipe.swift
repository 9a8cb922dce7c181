import Geometry

/// The specification of a box of synthetic water.
public struct WaterRecipe: Sendable, Equatable {
  /// Size of the box.
  public enum Size: Sendable, Equatable {
    /// At least this many molecules, in a nearly cubic box; rounded up to whole cells.
    case molecules(Int)
    /// Cells of ice Ih (4.51 × 7.81 × 7.36 Å, 8 molecules) along x, y and z, part of which the
    /// dense slab replaces; cells of the dense crystal (6.7 Å, 12 molecules) if there is no ice Ih.
    case cells(SIMD3<Int>)
  }

  /// Size of the box.
  public var size = Size.molecules(10_000)
  /// Share of the molecules in the dense slab, 0…1.
  public var denseShare = 0.5
  /// Density of the slab in g/cm³.
  public var denseDensity = 1.17
  /// The axis across the slab, 0…2; the vacuum lies along it too.
  public var axis = 0
  /// Empty length in Å added to the box along `axis`.
  public var vacuum = 0.0
  /// Tilt of the box: xy and xz in units of its length along x, yz in units of its length along y.
  public var tilt = Vector.zero
  /// Standard deviation in Å of an oxygen's displacement along each axis, before the limit on
  /// displacements applies.
  public var noise = 0.1
  /// Seed of all random choices.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}

  /// - Throws: `LatticeError` for a number out of range.
  func validate() throws(LatticeError) {
    switch size {
    case .molecules(let count):
      guard (1...WaterBox.mostMolecules).contains(count) else {
        throw LatticeError(
          "--molecules: expected a number from 1 to \(WaterBox.mostMolecules), found \(count)")
      }
    case .cells(let counts):
      guard (0..<3).allSatisfy({ (1...100_000).contains(counts[$0]) }) else {
        throw LatticeError(
          "--cells: expected three numbers from 1 to 100000, found "
            + "\(counts.x),\(counts.y),\(counts.z)"
        )
      }
    }
    guard (0...1).contains(denseShare) else {
      throw LatticeError("--dense-share: expected a fraction from 0 to 1, found \(denseShare)")
    }
    guard (0.9...1.4).contains(denseDensity) else {
      throw LatticeError(
        "--dense-density: expected a density from 0.9 to 1.4 g/cm³, found \(denseDensity)")
    }
    guard (0...1e5).contains(vacuum) else {
      throw LatticeError("--vacuum: expected a length from 0 to 100000 Å, found \(vacuum)")
    }
    guard (0...0.25).contains(noise) else {
      throw LatticeError("--noise: expected a length from 0 to 0.25 Å, found \(noise)")
    }
    for axis in 0..<3 where !(abs(tilt[axis]) <= 2) {
      throw LatticeError(
        "--tilt: expected fractions of the box's edges from -2 to 2, found \(tilt[axis])")
    }
  }
}
