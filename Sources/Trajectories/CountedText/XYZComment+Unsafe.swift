import Geometry

/// The comment line of an extended XYZ frame: `key=value` pairs, where values with spaces are in
/// quotes or brackets.
///
/// Source: the format as defined by ASE, OVITO and the extxyz library.
struct XYZComment {
  private let values: [String: String]
  /// Whether LAMMPS wrote it (`dump extxyz`): its first key is `Timestep`, spelled so.
  let isOfLAMMPS: Bool

  /// Whether a comment holds a lattice.
  static func hasLattice(_ line: UnsafeRawBufferPointer.SubSequence) -> Bool {
    let key = Array("attice=".utf8)
    var position = line.startIndex
    while let found = line[position...].firstIndex(of: UInt8(ascii: "a")) {
      let isKey =
        found > line.startIndex && line[found - 1] | 0x20 == UInt8(ascii: "l")
        && line[found...].starts(with: key)
      if isKey { return true }
      position = found + 1
    }
    return false
  }

  /// The step in a comment, without the rest.
  static func step(_ line: String) -> Int64? { XYZComment(line).step }

  init(_ line: String) {
    var values: [String: String] = [:]
    var rest = Substring(line)
    func isBlank(_ c: Character) -> Bool { c.isWhitespace }
    while true {
      rest = rest.drop(while: isBlank)
      guard !rest.isEmpty else { break }
      let key = rest.prefix { !isBlank($0) && $0 != "=" }
      rest = rest.dropFirst(key.count)
      let gap = rest.prefix(while: isBlank)
      guard rest.dropFirst(gap.count).first == "=" else {
        // A key without a value means true.
        values[key.lowercased()] = values[key.lowercased()] ?? "T"
        if key.isEmpty { rest = rest.dropFirst() }
        continue
      }
      rest = rest.dropFirst(gap.count + 1).drop(while: isBlank)
      let close: Character? =
        switch rest.first {
        case "\"": "\""
        case "'": "'"
        case "{": "}"
        case "[": "]"
        default: nil
        }
      let value: Substring
      if let close {
        value = rest.dropFirst().prefix { $0 != close }
        rest = rest.dropFirst(value.count + 2)
      } else {
        value = rest.prefix { !isBlank($0) }
        rest = rest.dropFirst(value.count)
      }
      values[key.lowercased()] = String(value)
    }
    self.values = values
    isOfLAMMPS = line.hasPrefix("Timestep=")
  }

  /// MD step: the first of the names used by programs.
  var step: Int64? {
    writtenStep.flatMap { Int64($0) ?? decimalNumber($0).flatMap { Int64(exactly: $0) } }
  }

  /// The step's text.
  private var writtenStep: String? {
    ["step", "timestep", "md_step", "nstep"].lazy.compactMap { values[$0] }.first
  }

  /// The value of a key, for an error message; empty if it is missing.
  func found(_ key: String) -> String { values[key].map { ", found '\($0.prefix(80))'" } ?? "" }

  /// Time in ps as far as the key names its unit, by the names that programs use; nil if LAMMPS
  /// wrote it, in the unit of its run.
  var time: Double? {
    guard let time = writtenTime.flatMap({ decimalNumber($0) }) else { return nil }
    if values["time"] == nil, values["time_ps"] == nil { return time * 1e-3 }
    return isOfLAMMPS ? nil : time
  }

  /// Whether the time's key names its unit.
  var namesTimeUnit: Bool { values["time"] == nil }

  /// The time's text.
  var writtenTime: String? { values["time"] ?? values["time_ps"] ?? values["time_fs"] }

  /// Whether the comment says which axes repeat, and where the lower corner lies.
  var hasBoundary: Bool { values["pbc"] != nil }
  var hasOrigin: Bool { values["origin"] != nil || values["cell_origin"] != nil }

  /// The text of a step that is not a number.
  var unreadableStep: String? {
    step == nil ? writtenStep : nil
  }

  /// Nine numbers: the edge vectors a, b and c in Å.
  var lattice: [Double]? {
    guard let words = values["lattice"]?.split(whereSeparator: { " ,\t[]".contains($0) }) else {
      return nil
    }
    let numbers = words.compactMap { decimalNumber(String($0)) }
    return numbers.count == words.count && numbers.count == 9 ? numbers : nil
  }

  /// The lower corner, which OVITO writes.
  var origin: Vector? {
    guard
      let words = (values["origin"] ?? values["cell_origin"])?.split(whereSeparator: {
        " ,\t".contains($0)
      })
    else { return .zero }
    let numbers = words.compactMap { decimalNumber(String($0)) }
    return numbers.count == 3 ? Vector(numbers[0], numbers[1], numbers[2]) : nil
  }

  /// Periodicity of the axes; all periodic if it is not specified.
  var isPeriodic: (Bool, Bool, Bool)? {
    guard let words = values["pbc"]?.split(whereSeparator: { " ,\t".contains($0) }) else {
      return (true, true, true)
    }
    let flags = words.map {
      ["t", "true", "1"].contains($0.lowercased())
        ? true : ["f", "false", "0"].contains($0.lowercased()) ? false : nil
    }
    guard flags.count == 3, let a = flags[0], let b = flags[1], let c = flags[2] else { return nil }
    return (a, b, c)
  }

  /// Whether `Properties` (NAME TYPE COUNT …) has symbols or types.
  private static func hasSpecies(_ words: [Substring]) -> Bool {
    stride(from: 0, to: words.count, by: 3).contains {
      ["species", "element", "type"].contains(words[$0].lowercased()) && words[$0 + 2] == "1"
    }
  }

  /// The columns of the atoms, with the names used in a LAMMPS dump.
  /// - Throws: the reason, if `Properties` is not a list of NAME:TYPE:COUNT.
  func columns() throws(ColumnLayout.Reason) -> ColumnLayout {
    let text = values["properties"] ?? "species:S:1:pos:R:3"
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    guard words.count % 3 == 0 else {
      throw .init(text: "expected Properties=NAME:TYPE:COUNT:…, found '\(text.prefix(60))'")
    }
    var names: [String] = []
    for first in stride(from: 0, to: words.count, by: 3) {
      guard let count = Int(words[first + 2]), (1...64).contains(count) else {
        throw .init(
          text:
            "expected 1 to 64 columns for \(words[first]) in Properties, found "
            + "'\(words[first + 2])'"
        )
      }
      switch (words[first].lowercased(), count) {
      case ("species", 1), ("element", 1): names.append("element")
      case ("typelabel", 1): names.append("typelabel")
      case ("pos", 3), ("position", 3): names += ["x", "y", "z"]
      case ("id", 1) where words[first + 1].uppercased() == "I": names.append("id")
      case ("type", 1) where words[first + 1].uppercased() == "I": names.append("type")
      // The column names of a dump must not be used for other properties. Atomic numbers are types,
      // with --types 8=O,1=H, unless there are symbols or types.
      case ("z", 1) where !Self.hasSpecies(words), ("numbers", 1) where !Self.hasSpecies(words):
        names.append("type")
      default: names += (0..<count).map { "\(words[first])[\($0)]" }
      }
    }
    return try ColumnLayout(names: names)
  }
}
