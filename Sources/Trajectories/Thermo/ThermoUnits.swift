/// Units of pressure, temperature, density and time as programs write them.
enum ThermoUnits {
  /// GPa, K or g/cm³ per unit; nil if the unit is not known or belongs to another quantity. An
  /// empty unit is the quantity's own.
  static func factor(_ unit: some StringProtocol, of quantity: ThermoTable.Quantity) -> Double? {
    // Only the case of the first letter distinguishes milli from mega.
    if quantity == .pressure, plain(unit) == "mbar" {
      return unit.contains("M") ? 100 : 1e-7
    }
    let name = plain(unit)
    return name.isEmpty ? 1 : table[quantity]?[name]
  }

  /// Whether a unit is degrees Celsius or Fahrenheit, which no factor converts.
  static func isDegrees(_ unit: some StringProtocol) -> Bool {
    ["c", "degc", "celsius", "f", "degf", "fahrenheit"].contains(plain(unit))
  }

  /// ps per unit of time; nil if it is none.
  static func picoseconds(_ unit: some StringProtocol) -> Double? {
    times[plain(unit)]
  }

  /// Letters and digits alone, in lower case: g/cm^3, g_cm3 and g cm-3 are one.
  private static func plain(_ unit: some StringProtocol) -> String {
    unit.lowercased().replacing("³", with: "3").replacing("µ", with: "u").replacing("μ", with: "u")
      .filter { $0.isLetter || $0.isNumber }
  }

  /// Source of the constants: CODATA 2018; atm and torr by definition.
  private static let table: [ThermoTable.Quantity: [String: Double]] = [
    .pressure: [
      "gpa": 1, "gigapascal": 1, "gigapascals": 1, "mpa": 1e-3, "megapascal": 1e-3,
      "megapascals": 1e-3, "kpa": 1e-6, "hpa": 1e-7, "pa": 1e-9, "pascal": 1e-9, "pascals": 1e-9,
      "kbar": 0.1, "kb": 0.1, "kilobar": 0.1, "kilobars": 0.1, "bar": 1e-4, "bars": 1e-4,
      "atm": 1.013_25e-4, "atmosphere": 1.013_25e-4, "atmospheres": 1.013_25e-4,
      "torr": 1.013_25e-4 / 760, "mmhg": 1.013_25e-4 / 760, "psi": 6.894_757_293e-6,
      "eva3": 160.217_663_4, "evang3": 160.217_663_4, "evå3": 160.217_663_4,
    ],
    .temperature: ["k": 1, "kelvin": 1, "kelvins": 1],
    .density: [
      "gcm3": 1, "gcc": 1, "gccm": 1, "gml": 1, "gml1": 1, "kgl": 1, "kgdm3": 1, "tm3": 1,
      "kgm3": 1e-3, "gl": 1e-3, "mgml": 1e-3, "mgcm3": 1e-3,
    ],
  ]

  private static let times = [
    "fs": 1e-3, "femtosecond": 1e-3, "femtoseconds": 1e-3, "ps": 1, "picosecond": 1,
    "picoseconds": 1, "ns": 1e3, "nanosecond": 1e3, "nanoseconds": 1e3, "us": 1e6,
    "microsecond": 1e6, "microseconds": 1e6,
  ]
}
