/// Names of the columns of a LAMMPS table.
///
/// Source: LAMMPS manual, command `thermo_style`. A header shows titles, which `thermo_modify
/// colname` may change; the log repeats the keywords of `thermo_style custom` in the same order.
enum ThermoNames {
  private static let titles: [String: String] = [
    "step": "Step", "elapsed": "Elapsed", "elaplong": "Elaplong", "dt": "Dt", "time": "Time",
    "cpu": "CPU", "tpcpu": "T/CPU", "spcpu": "S/CPU", "cpuremain": "CPULeft", "part": "Part",
    "timeremain": "TimeoutLeft", "atoms": "Atoms", "bonds": "Bonds", "angles": "Angles",
    "temp": "Temp", "press": "Press", "pe": "PotEng", "ke": "KinEng", "etotal": "TotEng",
    "evdwl": "E_vdwl", "ecoul": "E_coul", "epair": "E_pair", "ebond": "E_bond",
    "eangle": "E_angle", "edihed": "E_dihed", "eimp": "E_impro", "emol": "E_mol",
    "elong": "E_long", "etail": "E_tail", "enthalpy": "Enthalpy", "ecouple": "Ecouple",
    "econserve": "Econserve", "vol": "Volume", "density": "Density", "lx": "Lx", "ly": "Ly",
    "lz": "Lz", "xlo": "Xlo", "xhi": "Xhi", "ylo": "Ylo", "yhi": "Yhi", "zlo": "Zlo",
    "zhi": "Zhi", "xy": "Xy", "xz": "Xz", "yz": "Yz", "pxx": "Pxx", "pyy": "Pyy", "pzz": "Pzz",
    "pxy": "Pxy", "pxz": "Pxz", "pyz": "Pyz", "fmax": "Fmax", "fnorm": "Fnorm",
    "nbuild": "Nbuild", "ndanger": "Ndanger", "cella": "Cella", "cellb": "Cellb",
    "cellc": "Cellc", "cellalpha": "CellAlpha", "cellbeta": "CellBeta", "cellgamma": "CellGamma",
  ]
  private static let known = Set(titles.values)

  /// The title that LAMMPS gives to a keyword.
  static func title(of keyword: String) -> String { titles[keyword] ?? keyword }

  /// Whether a word can only be a column's title: a keyword's, or that of a compute, fix or
  /// variable.
  static func isColumn(_ word: Substring) -> Bool {
    known.contains(String(word)) || ["c_", "f_", "v_"].contains { word.hasPrefix($0) }
  }

  /// The column of a keyword: by its title, else by its place in `thermo_style`, if titles that
  /// were not changed agree with that.
  static func column(of keyword: String, in names: [String], keywords: [String]?) -> Int? {
    if let column = names.firstIndex(of: title(of: keyword)) { return column }
    guard let keywords, keywords.count == names.count,
      zip(keywords, names).allSatisfy({ keyword, name in
        !known.contains(name) || title(of: keyword) == name
      })
    else { return nil }
    return keywords.firstIndex(of: keyword)
  }
}
