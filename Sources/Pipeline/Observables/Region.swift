import Geometry
import Profiles

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

  /// Group of a region's values for each molecule.
  var particles: String { "/particles/centers/region/\(name)" }
  /// Group of a region's observables for a model.
  func observables(_ model: String) -> String { "\(model)/region/\(name)" }

  /// Which owned centres of a frame lie in it [owned]: 1 or 0.
  func members(of domain: FrameDomain) -> [UInt8] {
    (0..<domain.centerCount).map {
      slab.contains(domain.position(ofOwned: $0), in: domain.cell) ? 1 : 0
    }
  }

  /// Sums over its molecules among the owned centres, as a profile of one layer: integers, which
  /// add up over ranks.
  func sums(of domain: FrameDomain, probabilities: [Double], phases: [UInt8], classCount k: Int)
    -> LayerProfile
  {
    let members = members(of: domain)
    let inside = members.indices.filter { members[$0] == 1 }
    var sums = LayerProfile(layerCount: 1, classCount: k)
    let layers = [Int32](repeating: 0, count: inside.count)
    let p = inside.flatMap { probabilities[$0 * k..<($0 + 1) * k] }
    let labels = inside.map { phases[$0] }
    sums.add(layers: layers.span, probabilities: p.span, phases: labels.span)
    return sums
  }

  /// Phases and mean probabilities of the whole frame's molecules in it, from the sums over all
  /// ranks.
  func table(_ sums: LayerProfile, in cell: Cell) -> ProfileTable {
    ProfileTable(sums, layers: Layers(axis: slab.axis, count: 1), cell: cell)
  }
}
