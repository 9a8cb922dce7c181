/// Time and step in the title of a GRO frame: `… t= 12.0 step= 6000`, as GROMACS writes it; other
/// titles have none.
struct GROTitle {
  /// Time in ps.
  let time: Double?
  let step: Int64?

  init(_ title: String) {
    time = Self.value(after: "t=", in: title).flatMap { decimalNumber($0) }
    step = Self.value(after: "step=", in: title).flatMap { Int64($0) }
  }

  /// The word after the last `key` at the start of a word.
  private static func value(after key: String, in title: String) -> String? {
    let words = title.split(whereSeparator: { $0.isWhitespace || $0 == "," })
    guard let place = words.lastIndex(where: { $0.hasPrefix(key) }) else { return nil }
    let rest = words[place].dropFirst(key.count)
    if !rest.isEmpty { return String(rest) }
    return place + 1 < words.count ? String(words[place + 1]) : nil
  }
}
