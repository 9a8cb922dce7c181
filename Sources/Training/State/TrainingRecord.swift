import Contracts
import Models

/// How a model was trained: the metadata entry `training` of its file, one line of JSON.
///
/// `{"run": {…}, "best_epoch": 12, "validation_loss": …, "validation_accuracy": …,
/// "components_for_95_percent": 53, "history": {"training_loss": […], "training_accuracy": […],
/// "validation_loss": […], "validation_accuracy": […]}}`; epochs count from 1, numbers of the
/// history have single precision, NaN and infinity are null.
public struct TrainingRecord: Equatable, Sendable {
  /// One parameter that the result depends on, such as `seed` `1`.
  public struct Fact: Equatable, Sendable {
    /// Its name.
    public let name: String
    /// Its value.
    public let value: String

    /// A parameter.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Everything that the result depends on, in a fixed order.
  public var run: [Fact]
  /// Best epoch, from 0.
  public var bestEpoch: Int
  /// Losses and accuracies of all epochs.
  public var history: [TrainingState.Epoch]
  /// Components that together explain 95 % of the variance of the standardised training part.
  public var componentsFor95Percent: Int

  /// A record from its parts; the best epoch lies in the history.
  public init(
    run: [Fact], bestEpoch: Int, history: [TrainingState.Epoch], componentsFor95Percent: Int
  ) {
    require(history.indices.contains(bestEpoch), "the best epoch is one of the history")
    self.run = run
    self.bestEpoch = bestEpoch
    self.history = history
    self.componentsFor95Percent = componentsFor95Percent
  }

  /// Facts as one line of JSON, `{"name": "value", …}`.
  public static func text(of facts: [Fact]) -> String {
    JSON.object(facts.map { JSON.Member(key: $0.name, value: .string($0.value)) }).serialised
  }

  /// The record as one line of JSON: the same record gives the same text.
  public var json: String {
    func number(_ value: Double) -> JSON {
      Float(value).isFinite ? .number(Float(value).description) : .null
    }
    func column(_ key: String, _ value: (TrainingState.Epoch) -> Double) -> JSON.Member {
      JSON.Member(key: key, value: .array(history.map { number(value($0)) }))
    }
    let best = history[bestEpoch]
    return JSON.object([
      JSON.Member(
        key: "run",
        value: .object(run.map { JSON.Member(key: $0.name, value: .string($0.value)) })),
      JSON.Member(key: "best_epoch", value: .number(String(bestEpoch + 1))),
      JSON.Member(key: "validation_loss", value: number(best.validationLoss)),
      JSON.Member(key: "validation_accuracy", value: number(best.validationAccuracy)),
      JSON.Member(key: "components_for_95_percent", value: .number(String(componentsFor95Percent))),
      JSON.Member(
        key: "history",
        value: .object([
          column("training_loss", \.trainingLoss), column("training_accuracy", \.trainingAccuracy),
          column("validation_loss", \.validationLoss),
          column("validation_accuracy", \.validationAccuracy),
        ])),
    ]).serialised
  }

  /// The parameters in the entry `training` of a model; nil if it has none, as a model of another
  /// program.
  public static func run(ofJSON text: String) -> [Fact]? {
    guard let json = try? JSON.parse(text), case .object(let members)? = json["run"] else {
      return nil
    }
    let facts = members.compactMap { member in member.value.text.map { Fact(member.key, $0) } }
    return facts.count == members.count ? facts : nil
  }

  /// The entry `training` of a model as a readable line; nil if it is of another program.
  public static func summary(ofJSON text: String) -> String? {
    guard let json = try? JSON.parse(text), let run = run(ofJSON: text),
      case .number(let best)? = json["best_epoch"],
      case .array(let losses)? = json["history"]?["validation_loss"]
    else { return nil }
    func number(_ key: String) -> String {
      if case .number(let value)? = json[key] { value } else { "unknown" }
    }
    let facts = run.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    return "best epoch \(best) of \(losses.count), validation loss \(number("validation_loss")), "
      + "accuracy \(number("validation_accuracy")); \(facts)"
  }

  /// The differences between two runs, as phrases `seed is 1, was 2`; empty if there are none.
  public static func differences(now: [Fact], before: [Fact]) -> [String] {
    var phrases: [String] = []
    for fact in now {
      let old = before.first { $0.name == fact.name }?.value
      if old != fact.value {
        phrases.append("\(fact.name) is \(fact.value), was \(old ?? "not given")")
      }
    }
    for fact in before where !now.contains(where: { $0.name == fact.name }) {
      phrases.append("\(fact.name) is not given, was \(fact.value)")
    }
    return phrases
  }
}
