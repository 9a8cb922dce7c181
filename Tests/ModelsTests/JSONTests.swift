import TestSupport
import Testing

@testable import Models

@Suite("JSON", .tags(.fast))
struct JSONTests {
  @Test(
    "values of the standard",
    arguments: [
      ("null", JSON.null), (" true ", .boolean(true)), ("-0.5e+3", .number("-0.5e+3")),
      ("[]", .array([])), ("{ }", .object([])),
      ("\"\\u00e9\\n\\ud83e\\uddca\"", .string("é\n🧊")),
      ("[1, \"a\"]", .array([.number("1"), .string("a")])),
      (
        "{\"a\": {\"b\": false}}",
        .object([
          JSON.Member(key: "a", value: .object([JSON.Member(key: "b", value: .boolean(false))]))
        ])
      ),
    ])
  func valid(text: String, value: JSON) throws {
    #expect(try JSON.parse(text) == value)
    #expect(try JSON.parse(value.serialised) == value)
  }

  @Test(
    "what the standard forbids is refused",
    arguments: [
      "", " ", "nul", "tru", "01", "1.", ".5", "+1", "1e", "-", "NaN", "Infinity", "[1,]", "[1 2]",
      "[", "{\"a\"}", "{\"a\":1,}", "{a:1}",
      "{1:2}",
      "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\n\"", "1 2",
      "{\"a\":1,\"a\":2}", "//", "'a'",
    ])
  func invalid(text: String) {
    #expect(throws: JSONError.self) { try JSON.parse(text) }
  }

  @Test(
    "each refusal has its reason",
    arguments: [
      ("", "unexpected end of the JSON text"),
      ("1 2", "unexpected characters after the JSON value"), ("{a:1}", "expected a key in quotes"),
      ("{\"a\"}", "expected ':' after the key"), ("{\"a\":1 2}", "expected ',' or '}'"),
      ("[1 2]", "expected ',' or ']'"), ("\"", "a string has no closing quote"),
      ("\"\\", "a string has no closing quote"), ("\"\\x\"", "an unknown escape in a string"),
      ("\"\\u12\"", "expected four hexadecimal digits"),
      ("\"\\ud800\"", "an unpaired surrogate"),
      ("\"\\ud800\\u0041\"", "an unpaired surrogate"),
    ])
  func reasons(text: String, reason: String) {
    let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("bytes that are not UTF-8 are refused")
  func utf8() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xEF, 0xBB, 0xBF, 0x31],
    ] {
      let error = #expect(throws: JSONError.self) { try JSON.parse(bytes) }
      #expect(
        bytes[0] != 0x22 || error?.reason.contains("the text is not UTF-8") == true,
        "\(String(describing: error))")
    }
  }

  @Test("integers are exact or nil")
  func integers() {
    #expect(
      JSON.number("6").integer == 6 && JSON.number("6.0").integer == 6
        && JSON.number("6.5").integer == nil)
    #expect(JSON.number("99999999999999999999").integer == nil && JSON.string("6").integer == nil)
  }
}
