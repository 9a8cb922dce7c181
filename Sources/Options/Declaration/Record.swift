/// The value of an attribute of a results file.
public enum RecordedValue: Equatable, Sendable {
  case text(String)
  case texts([String])
  case integer(Int64)
  case integers([Int64])
  case unsigned(UInt64)
  case real(Double)
  case reals([Double])

  /// For messages.
  public var description: String {
    switch self {
    case .text(let value): value.isEmpty ? "none" : value
    case .texts(let values): values.isEmpty ? "none" : values.joined(separator: ", ")
    case .integer(let value): "\(value)"
    case .integers(let values): values.map { "\($0)" }.joined(separator: ", ")
    case .unsigned(let value): "\(value)"
    case .real(let value): "\(value)"
    case .reals(let values): values.map { "\($0)" }.joined(separator: ", ")
    }
  }
}

/// How an option's value is recorded in results.
public struct Record<Value: Sendable>: Sendable {
  let attribute: String
  let isCompared: Bool
  let value: @Sendable (Value) -> RecordedValue

  /// An attribute of that name.
  ///
  /// - Parameters:
  ///   - isCompared: whether `--resume` refuses a file with another value.
  ///   - value: the value of the attribute.
  public static func attribute(
    _ name: String, isCompared: Bool = true, value: @escaping @Sendable (Value) -> RecordedValue
  ) -> Record {
    Record(attribute: name, isCompared: isCompared, value: value)
  }
}

extension Record where Value == Double {
  /// An attribute of that name, which `--resume` compares.
  public static func attribute(_ name: String) -> Record { attribute(name) { .real($0) } }
}

extension Record where Value == [Double] {
  /// An attribute of that name, which `--resume` compares.
  public static func attribute(_ name: String) -> Record { attribute(name) { .reals($0) } }
}

extension Record where Value == Int {
  /// An attribute of that name, which `--resume` compares.
  public static func attribute(_ name: String) -> Record { attribute(name) { .integer(Int64($0)) } }
}

/// An option as recorded in results.
public struct RecordedOption: Sendable {
  /// `--min-cluster`.
  public let option: String
  /// `minimum_cluster`.
  public let attribute: String
  /// The value of the attribute.
  public let value: RecordedValue
  /// Whether `--resume` refuses a file with another value.
  public let isCompared: Bool
}
