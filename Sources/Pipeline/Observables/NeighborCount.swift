import Phases

/// The classifier of before the networks: a molecule with at least so many centres within a radius
/// is dense, else it is not.
///
/// For Fig. 6 of the method: ≥ 11 oxygens within a radius (Garkul & Stegailov 2022). The radius is
/// the user's: at 4.2 Å it tells LDA from HDA best in the bundled models' training data (0.90 of
/// the molecules right; 0.85 at 4.1 Å, 0.86 at 4.3 Å).
public struct NeighborCountRule: Sendable, Equatable {
  /// Names of the phase with fewer and with at least `minimum` neighbours.
  public let low: String, high: String
  /// Number of neighbours from which a molecule is of the dense phase.
  public let minimum: Int
  /// Distance in Å within which centres count, inclusive; every periodic image counts.
  public let radius: Double

  /// Group of the labels in the results.
  static let group = "neighbor_count"

  /// Reads `LDA,HDA=11:4.2`; nil if it is nothing like it.
  public init?(parsing text: String) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let names = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let numbers = sides[1].split(separator: ":", omittingEmptySubsequences: false)
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != names[1],
      !names.contains("IA"), numbers.count == 2,
      let minimum = Int(numbers[0]), minimum >= 1, let radius = Double(numbers[1]), radius > 0,
      radius <= 50
    else { return nil }
    (low, high, self.minimum, self.radius) = (names[0], names[1], minimum, radius)
  }

  /// As the user writes it.
  var text: String { "\(low),\(high)=\(minimum):\(radius)" }
}

/// Labels by neighbour count of one frame, in the shapes of the results; the third phase, IA, stays
/// empty.
struct NeighborCountResult {
  /// Number of phases: low, high, and none that is IA.
  static let phaseCount = 3

  /// Phase of each owned centre: 0 low, 1 high.
  let phases: [UInt8]
  /// Names of the owned centres' clusters.
  let clusters: [Int64]
  /// Clusters of the whole frame, complete on the team's root.
  let statistics: ClusterStatistics
  /// Molecules of each phase in the whole frame [3].
  var counts: [Int64]
}

extension NeighborCountRule {
  /// Phases of the owned centres, 0 or 1.
  ///
  /// - Parameters:
  ///   - near: neighbours within the radius.
  ///   - domain: whose centres they are.
  func phases(_ near: NeighborList, of domain: FrameDomain) -> [UInt8] {
    var phases = [UInt8](repeating: 0, count: domain.centerCount)
    for row in 0..<near.rowCount where near.offsets[row + 1] - near.offsets[row] >= minimum {
      phases[Int(domain.ownedOrdinal[Int(near.centers[row])])] = 1
    }
    return phases
  }
}
