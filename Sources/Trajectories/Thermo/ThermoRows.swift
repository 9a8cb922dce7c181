/// The thermodynamic output of one run: rows in the order of the file.
struct ThermoRows {
  /// One line, or one block, of output.
  struct Row {
    /// Line in the file, from 1.
    var line: Int
    var step: Int64?
    /// Time in ps.
    var time: Double?
    /// Values in the quantities' units.
    var values: [ThermoTable.Quantity: Double] = [:]
  }

  /// Line of the header, from 1, and the names in it.
  var headerLine: Int
  var header: [String]
  /// Names of the columns that are read.
  var names: [ThermoTable.Quantity: String] = [:]
  var rows: [Row] = []

  /// A step written as an integer, possibly with a zero fraction or an exponent.
  static func step(_ word: some StringProtocol) -> Int64? {
    if let step = Int64(word) { return step }
    guard let value = decimalNumber(String(word)), value == value.rounded(), abs(value) < 9e15
    else { return nil }
    return Int64(value)
  }

  /// A finite number.
  static func number(_ word: some StringProtocol) -> Double? {
    decimalNumber(String(word))
  }

  /// Whether a word is a number or what programs write for one that is not finite.
  static func isNumberLike(_ word: some StringProtocol) -> Bool {
    if decimalNumber(String(word)) != nil { return true }
    let letters = word.lowercased().drop { $0 == "-" || $0 == "+" }
    return letters == "nan" || letters == "inf" || letters == "infinity"
  }
}
