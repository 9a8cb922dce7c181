/// Which axes of the cell are periodic, where the user says so (`--boundary p,p,f`).
public struct Boundary: Sendable, Equatable, CustomStringConvertible {
  /// Along a, b and c.
  public let isPeriodic: [Bool]

  /// Reads `p,p,f`, `ppf` or `p p f`: p for a periodic axis, f for one that is not.
  /// - Throws: `TrajectoryError` (usage) if it is neither.
  public init(parsing text: String) throws(TrajectoryError) {
    let letters = text.filter { $0 != "," && $0 != " " }
    guard letters.count == 3, letters.allSatisfy({ $0 == "p" || $0 == "f" }) else {
      throw TrajectoryError(
        path: "--boundary",
        reason: "expected p (periodic) or f (open) for each axis, as in p,p,f, found '\(text)'",
        kind: .usage)
    }
    isPeriodic = letters.map { $0 == "p" }
  }

  /// As the option takes it.
  public var description: String { isPeriodic.map { $0 ? "p" : "f" }.joined(separator: ",") }
}
