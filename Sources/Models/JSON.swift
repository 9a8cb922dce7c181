/// A JSON value (RFC 8259), members in the order of the text.
///
/// Not Foundation's parser, because a model file with a duplicate key must be refused (Foundation
/// silently uses one of them), because every error reports the byte offset, and because numbers
/// stay text until their type is known.
package indirect enum JSON: Equatable, Sendable {
  case null
  case boolean(Bool)
  /// The number as written: `6`, `1e-3`.
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  /// One `"key": value` of an object.
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSON

    package init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// The value of `key` if this is an object that has it.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The text if this is a string.
  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The number as a Double if this is a number.
  package var double: Double? {
    if case .number(let digits) = self { Double(digits) } else { nil }
  }

  /// The number if this is a number without a fractional part (`6` and `6.0`) that an Int holds.
  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
  }

  /// The texts if this is a list of strings only.
  package var texts: [String]? {
    guard case .array(let elements) = self else { return nil }
    let texts = elements.compactMap(\.text)
    return texts.count == elements.count ? texts : nil
  }

  /// Description of the value, for error messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .number(let digits): "the number \(digits)"
    case .string(let text): "\(JSON.quoted(text))"
    case .array(let elements): "a list of \(elements.count)"
    case .object: "an object"
    }
  }

  /// The value as one line of JSON, in the style of Python's `json.dumps`.
  package var serialised: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): JSON.quoted(text)
    case .array(let elements): "[" + elements.map(\.serialised).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(JSON.quoted($0.key)): \($0.value.serialised)" }.joined(separator: ", ")
        + "}"
    }
  }

  /// A string with quotes and escapes.
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
