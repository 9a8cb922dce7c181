import JobControl
import Models

/// Networks for the same classes and features, such as those of several seeds, whose mean
/// probabilities are used as those of one model.
public struct Ensemble {
  /// The name of the model.
  public static let name = "ensemble"
  /// The first network, with the ensemble's name: it has the guard, the familiarity data and the
  /// principal components that are used.
  public let model: Model

  /// - Throws: `RunError` (usage) if the networks do not belong together.
  public init(_ members: [Model], paths: [String]) throws {
    guard members.count >= 2 else {
      throw RunError(
        "--ensemble: found one --model; expected at least two networks, such as those of several "
          + "seeds", .usage)
    }
    for (member, path) in zip(members, paths)
    where member.classes != members[0].classes || member.soap != members[0].soap {
      throw RunError(
        "--ensemble: \(path) has other classes or SOAP parameters than \(paths[0]); expected "
          + "networks for the same classes and features", .usage)
    }
    var model = members[0]
    model.name = Self.name
    self.model = model
  }

  /// Mean probabilities of the networks, each `[centers, K]`.
  public static func mean(_ probabilities: [[Double]]) -> [Double] {
    probabilities[0].indices.map { k in
      probabilities.reduce(0) { $0 + $1[k] } / Double(probabilities.count)
    }
  }

  /// Standard deviation of numbers, with one less than their number in the denominator.
  public static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
