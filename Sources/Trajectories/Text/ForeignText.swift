/// Why text as other systems write it is refused: UTF-16, a byte-order mark, lines that end with CR
/// alone. Nil for any other content.
///
/// - Parameter start: the first bytes of the content.
func foreignText(_ start: [UInt8]) -> String? {
  if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
    return "is text in UTF-16: convert it with iconv -f UTF-16 -t UTF-8"
  }
  if start.starts(with: [0xEF, 0xBB, 0xBF]) {
    return "begins with a byte-order mark, which some editors add: remove the first three bytes, "
      + "e.g. with tail -c +4"
  }
  let isText = start.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0D }
  guard isText, start.contains(0x0D) else { return nil }
  return "is text whose lines end with CR alone: convert it with tr '\\r' '\\n'"
}
