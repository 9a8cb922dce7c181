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
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/") else { return nil }
    self.name = name
    self.slab = slab
  }

  /// Whether each owned centre of a frame is in it [owned]: 1 or 0.
  func members(of domain: FrameDomain) -> [UInt8] {
    (0..<domain.centerCount).map {
      slab.contains(domain.position(ofOwned: $0), in: domain.cell) ? 1 : 0
    }
  }
}
