/// Columns of text of the printed tables.
public enum TextTable {
  /// The phases of a classifier, one per line.
  public static func fractions(
    of name: String, _ phases: [String], _ counts: [Int64], largest: [Int64]
  ) -> [String] {
    let total = Double(max(counts.reduce(0, +), 1))
    let head = pad(name, 16) + pad("fraction", 16) + "largest cluster in a frame"
    return [head]
      + phases.indices.map { k in
        pad("  \(phases[k])", 16) + pad(Log.fixed(Double(counts[k]) / total, 4), 16)
          + Log.grouped(Int(largest[k]))
      }
  }

  /// A text followed by spaces up to a width, at least one.
  public static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
