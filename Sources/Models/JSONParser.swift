/// The position and reason of a JSON error.
package struct JSONError: Error, Equatable {
  /// Offset in bytes from the start of the text.
  package let offset: Int
  package let reason: String
}

extension JSON {
  /// The value of a whole UTF-8 text, which may be surrounded by white space.
  ///
  /// - Throws: `JSONError` for anything RFC 8259 forbids, a duplicate key in one object, or nesting
  ///   deeper than 64.
  package static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: Array(bytes))
    return try parser.document()
  }

  /// The value of a text.
  package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(text.utf8) }
}

/// Recursive descent over bytes. Every access goes through `peek`.
private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The next byte, or nil at the end; the only code that indexes the text.
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  func failure(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

  mutating func document() throws(JSONError) -> JSON {
    let value = try value()
    skipBlanks()
    if peek != nil { throw failure("unexpected characters after the JSON value") }
    return value
  }

  mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Whether the next byte is `character`; if so it is consumed.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func value() throws(JSONError) -> JSON {
    skipBlanks()
    guard let byte = peek else { throw failure("unexpected end of the JSON text") }
    switch byte {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  /// Parses a container one level deeper; the limit prevents a hostile text from exhausting the
  /// stack.
  mutating func nested(_ parse: (inout JSONParser) throws(JSONError) -> JSON) throws(JSONError)
    -> JSON
  {
    guard depth < 64 else { throw failure("values are nested more than 64 deep") }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try parse(&self)
  }

  mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    for character in word.unicodeScalars where !take(character) {
      throw failure("expected \(word)")
    }
    return value
  }

  mutating func object() throws(JSONError) -> JSON {
    var members: [JSON.Member] = []
    var keys: Set<String> = []
    skipBlanks()
    if take("}") { return .object([]) }
    repeat {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw failure("the key \(JSON.quoted(key)) occurs twice")
      }
      skipBlanks()
      guard take(":") else { throw failure("expected ':' after the key \(JSON.quoted(key))") }
      members.append(JSON.Member(key: key, value: try value()))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw failure("expected ',' or '}'") }
    return .object(members)
  }

  mutating func array() throws(JSONError) -> JSON {
    var elements: [JSON] = []
    skipBlanks()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value())
      skipBlanks()
    } while take(",")
    guard take("]") else { throw failure("expected ',' or ']'") }
    return .array(elements)
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, kept as text.
  mutating func number() throws(JSONError) -> JSON {
    var text = ""
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
    func digits(_ parser: inout JSONParser) throws(JSONError) {
      guard isDigit(parser.peek) else { throw parser.failure("expected a value") }
      while let byte = parser.peek, isDigit(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
        parser.position += 1
      }
    }
    if take("-") { text += "-" }
    if take("0") { text += "0" } else { try digits(&self) }
    if take(".") {
      text += "."
      try digits(&self)
    }
    if take("e") || take("E") {
      text += "e"
      if take("+") { text += "+" } else if take("-") { text += "-" }
      try digits(&self)
    }
    return .number(text)
  }

  mutating func string() throws(JSONError) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw failure("the text is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw failure("an unescaped control character in a string")
      default: content.append(byte)
      }
    }
    throw failure("a string has no closing quote")
  }

  /// The character that follows a backslash.
  mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = peek else { throw failure("a string has no closing quote") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try fourHexDigits()
      if let scalar = Unicode.Scalar(first) { return scalar }
      // Beyond the basic plane: a high surrogate followed by an escaped low one.
      guard first < 0xDC00, take("\\"), take("u") else { throw failure("an unpaired surrogate") }
      let second = try fourHexDigits()
      guard second >= 0xDC00, second < 0xE000,
        let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
      else {
        throw failure("an unpaired surrogate")
      }
      return scalar
    default: throw failure("an unknown escape in a string")
    }
  }

  mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else {
        throw failure("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
