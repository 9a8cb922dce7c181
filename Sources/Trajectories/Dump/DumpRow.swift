/// One atom's line of a dump, the plain path: split into words that are parsed one by one.
///
/// The fast path (`DumpAtoms`) passes every line that it does not support to this one, so all error
/// messages come from here; a line that is valid after all is read here.
struct DumpRow {
  var id: Int64 = 0
  var species: UInt8 = 0
  /// As written, scaled neither to Å nor by the cell.
  var position: (Double, Double, Double) = (0, 0, 0)

  /// Why a line is not an atom.
  typealias Reason = ColumnLayout.Reason

  /// Reads a line.
  ///
  /// - Parameters:
  ///   - line: text without its newline.
  ///   - fileOrderID: the atom's id if the file has none.
  init(
    _ line: some Collection<UInt8>, layout: ColumnLayout, species map: SpeciesMap,
    fileOrderID: Int64
  ) throws(Reason) {
    if let byte = line.first(where: { $0 < 0x20 && !isBlank($0) }) {
      throw Reason(text: "the line contains a control character (byte \(byte))")
    }
    let words = line.split(whereSeparator: isBlank).map { String(decoding: $0, as: UTF8.self) }
    let names = layout.names
    guard words.count == names.count else {
      let shown = words.first?.hasPrefix("ITEM:") == true ? "a header line" : "\(words.count)"
      throw Reason(
        text: "expected \(names.count) columns (\(names.joined(separator: " "))), found \(shown)")
    }
    id =
      try layout.id.map { (column) throws(Reason) in
        guard let id = Int64(words[column]) else {
          throw Reason(
            text: "expected an atom id (an integer), found '\(Self.shown(words[column]))'")
        }
        return id
      } ?? fileOrderID
    let axes = layout.positions.map { $0 }
    position = (
      try Self.coordinate(words[axes[0]], names[axes[0]], id),
      try Self.coordinate(words[axes[1]], names[axes[1]], id),
      try Self.coordinate(words[axes[2]], names[axes[2]], id)
    )
    if map.names.isEmpty {
      species = SpeciesMap.unwanted
    } else if let column = layout.element {
      species = map.index(ofName: words[column])
      if species == SpeciesMap.unknown {
        throw Reason(
          text:
            "atom \(id): the \(names[column]) is the number \(words[column]), which "
            + (map.types.isEmpty
              ? "--types must list, e.g. --types 1=O,2=H" : "is not in --types \(map.typesText)"))
      }
    } else if let column = layout.type {
      guard let type = Int(words[column]) else {
        throw Reason(
          text: "atom \(id): expected a type (an integer), found '\(Self.shown(words[column]))'")
      }
      species = map.index(ofType: type)
      if species == SpeciesMap.unknown {
        throw Reason(text: "atom \(id): type \(type) is not in --types \(map.typesText)")
      }
    } else {
      species = SpeciesMap.unwanted
    }
  }

  private static func coordinate(_ word: String, _ name: String, _ id: Int64) throws(Reason)
    -> Double
  {
    if let value = decimalNumber(word) { return value }
    if let value = Double(word), value.isInfinite,
      word.utf8.contains(where: { (0x30...0x39).contains($0) })
    {
      throw Reason(text: "atom \(id): \(name) is \(shown(word)), too large for a number")
    }
    throw Reason(text: "atom \(id): expected a finite number for \(name), found '\(shown(word))'")
  }

  private static func shown(_ word: String) -> String {
    word.count > 40 ? word.prefix(40) + "…" : word
  }
}
