import HDF5

/// A dataset or group of an HDF5 file with its contents, for comparison.
public struct Contents: Equatable, Sendable {
  /// Type and shape in words.
  public var kind: String
  /// The bits of all values, or their texts.
  public var values: [UInt64] = []
  /// The texts, of datasets that hold text.
  public var texts: [String] = []
  /// Every attribute's name and value.
  public var attributes: [String: String] = [:]

  /// Everything at and below `root`, by path.
  public static func all(of path: String, below root: String) throws -> [String: Contents] {
    let file = try File.open(path)
    var found: [String: Contents] = [:]
    try collect(file, root, &found)
    return found
  }

  private static func collect(
    _ file: borrowing File, _ path: String, _ found: inout [String: Contents]
  ) throws {
    if file.kind(of: path) == .dataset {
      let dataset = try file.dataset(path)
      var entry = Contents(kind: "\(dataset.datatype) \(dataset.shape)")
      switch dataset.datatype {
      case .real(let bits) where bits == 32:
        entry.values = try dataset.readAll(Float.self).map { UInt64($0.bitPattern) }
      case .real: entry.values = try dataset.readAll(Double.self).map(\.bitPattern)
      case .integer(_, let isSigned) where isSigned:
        entry.values = try dataset.readAll(Int64.self).map { UInt64(bitPattern: $0) }
      case .integer, .enumeration: entry.values = try dataset.readAll(UInt8.self).map { UInt64($0) }
      default: entry.texts = try dataset.readTexts()
      }
      for name in try dataset.attributeNames() {
        entry.attributes[name] = describe(
          texts: try? dataset.textAttributes(name),
          integers: try? dataset.attributes(name, as: Int64.self),
          reals: try? dataset.attributes(name, as: Double.self))
      }
      found[path] = entry
      return
    }
    let group = try file.group(path)
    var entry = Contents(kind: "group")
    for name in try group.attributeNames() {
      entry.attributes[name] = describe(
        texts: try? group.textAttributes(name),
        integers: try? group.attributes(name, as: Int64.self),
        reals: try? group.attributes(name, as: Double.self))
    }
    found[path] = entry
    for child in try group.children() { try collect(file, "\(path)/\(child)", &found) }
  }

  private static func describe(texts: [String]?, integers: [Int64]?, reals: [Double]?) -> String {
    if let texts { return "\(texts)" }
    if let reals { return "\(reals)" }
    return integers.map { "\($0)" } ?? "unreadable"
  }
}

/// The paths that differ between two sets of contents.
public func differences(_ a: [String: Contents], _ b: [String: Contents]) -> [String] {
  Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
}
