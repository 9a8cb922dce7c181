import Contracts
import Geometry

/// The profile of one or more frames, as stored and plotted.
///
/// Undefined quantities are NaN: means and fractions of a layer without molecules, the standard
/// error of fewer than two.
public struct ProfileTable: Sendable {
  /// Layer edges [L + 1] in Å.
  public let edges: [Double]
  /// Molecules [L].
  public let molecules: [Int64]
  /// Mean probability [L, K], row-major.
  public let probability: [Double]
  /// Standard error of that mean [L, K]: s/√n with s² = Σ(p − p̄)²/(n − 1).
  public let standardError: [Double]
  /// Fraction of the molecules in each phase [L, K + 1], IA last.
  public let phaseFraction: [Double]
  /// Molecules [L] for which no probability reaches 0.9 (`LayerProfile.certainty`).
  public let uncertain: [Int64]
  /// Density [L]: g/cm³ if the mass of a molecule is known, otherwise molecules per Å³.
  public let density: [Double]

  /// Layers with fewer molecules than this give a warning.
  public static let fewMolecules: Int64 = 100
  /// g/cm³ in one amu/Å³ (CODATA 2018).
  public static let gramsPerCubicCentimeter = 1.660_539_066_60

  /// Computes the table from the sums of one frame.
  ///
  /// - Parameters:
  ///   - profile: the sums over all ranks.
  ///   - layers: the layers of the profile.
  ///   - cell: the frame's cell.
  ///   - massPerCenter: mass per centre in amu (water: 18.0154), or nil for a number density.
  public init(_ profile: LayerProfile, layers: Layers, cell: Cell, massPerCenter: Double? = nil) {
    require(profile.layerCount == layers.count, "a profile of another number of layers")
    let k = profile.classCount
    let volume = cell.volume / Double(layers.count)
    let mass = massPerCenter.map { $0 * Self.gramsPerCubicCentimeter } ?? 1
    var molecules: [Int64] = []
    var probability: [Double] = []
    var standardError: [Double] = []
    var phaseFraction: [Double] = []
    var uncertain: [Int64] = []
    var density: [Double] = []
    for layer in 0..<layers.count {
      let at = layer * profile.stride
      let n = profile.words[at]
      molecules.append(n)
      density.append(Double(n) * mass / volume)
      for c in 0..<k {
        let (mean, error) = Self.meanAndError(
          n, sum: profile.words[at + 1 + 3 * c], low: profile.words[at + 2 + 3 * c],
          high: profile.words[at + 3 + 3 * c])
        probability.append(mean)
        standardError.append(error)
      }
      uncertain.append(profile.words[at + 4 * k + 2])
      for phase in 0...k {
        phaseFraction.append(Double(profile.words[at + 1 + 3 * k + phase]) / Double(n))
      }
    }
    edges = layers.edges(of: cell)
    self.molecules = molecules
    self.probability = probability
    self.standardError = standardError
    self.phaseFraction = phaseFraction
    self.uncertain = uncertain
    self.density = density
  }

  /// Layers with fewer than `fewMolecules` molecules, ascending.
  public var sparseLayers: [Int] { molecules.indices.filter { molecules[$0] < Self.fewMolecules } }

  /// p̄ and s/√n from exact sums: `n·Σq² − (Σq)²` is an integer below 2¹²⁶, so no digit is lost
  /// before the division.
  private static func meanAndError(_ n: Int64, sum: Int64, low: Int64, high: Int64) -> (
    mean: Double, error: Double
  ) {
    let count = Double(n)
    let mean = Double(sum) * 0x1p-36 / count
    guard n >= 2 else { return (mean, .nan) }
    let squares = Int128(high) << 36 + Int128(low)
    let spread = Double(Int128(n) * squares - Int128(sum) * Int128(sum)) * 0x1p-72
    return (mean, (spread / (count * (count - 1)) / count).squareRoot())
  }
}
