/// A named slab whose molecules are counted by themselves: `bulk=x:10:20`.
public struct Region: Sendable, Equatable {
  /// Its name in the results.
  public let name: String
  /// Where it is.
  public let slab: Slab

  /// Reads `NAME=x:10:20`; nil if it is nothing like it, or the name could not stand in a file.
  public init?(parsing text: String) {
    guard let sign = text.firstIndex(of: "="),
      let slab = Slab(bounds: String(text[text.index(after: sign)...]))
    else { return nil }
    let name = String(text[..<sign])
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/") else { return nil }
    self.name = name
    self.slab = slab
  }

  /// Which owned centres of a frame lie in it [owned]: 1 or 0.
  func members(of domain: FrameDomain) -> [UInt8] {
    (0..<domain.centerCount).map {
      slab.contains(domain.position(ofOwned: $0), in: domain.cell) ? 1 : 0
    }
  }
}
