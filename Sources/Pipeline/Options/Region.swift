import Options

/// A named slab whose molecules are counted separately: `bulk=x:10:20`.
public struct Region: Sendable, Equatable {
  /// Its name in the results.
  public let name: String
  /// Its position.
  public let slab: Slab

  /// Reads `NAME=x:10:20`; nil if it has another form or an invalid name.
  public init?(parsing text: String) {
    guard let sign = text.firstIndex(of: "="),
      let slab = Slab(bounds: String(text[text.index(after: sign)...]))
    else { return nil }
    let name = String(text[..<sign])
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/"),
      name != "value"
    else { return nil }
    self.name = name
    self.slab = slab
  }
}

extension Region: OptionValue {
  /// `bulk=x:10:20`.
  public init(typed text: String) throws {
    guard let region = Region(parsing: text) else {
      throw InvalidValue(
        "expected NAME=AXIS:FROM:TO in Å with FROM < TO as in bulk=x:10:20, found '\(text)'")
    }
    self = region
  }
  /// `bulk=x:10.0:20.0`.
  public var typed: String? { "\(name)=\(slab.description)" }
}
