extension UnitStyle {
  /// GPa per unit of pressure; nil for `lj`. Source: LAMMPS manual, command `units`.
  var gigapascals: Double? {
    switch self {
    case .real: 1.013_25e-4
    case .metal: 1e-4
    case .si, .electron: 1e-9
    case .cgs: 1e-10
    // Picograms, micrometres, microseconds: 1 pg/(µm·µs²) = 1e-15 kg/(1e-6 m · 1e-12 s²) = 1 kPa.
    case .micro: 1e-6
    // Attograms, nanometres, nanoseconds: 1 ag/(nm·ns²) = 1e-21 kg/(1e-9 m · 1e-18 s²) = 1 MPa.
    case .nano: 1e-3
    case .lj: nil
    }
  }

  /// g/cm³ per unit of density; nil for `lj`, and for `electron`, which has no density unit in
  /// LAMMPS.
  var gramsPerCubicCentimeter: Double? {
    switch self {
    case .real, .metal, .cgs: 1
    case .si: 1e-3
    // 1 pg/µm³ = 1e-15 kg/1e-18 m³ = 1000 kg/m³, and 1 ag/nm³ = 1e-21 kg/1e-27 m³ = 1e6 kg/m³.
    case .micro: 1
    case .nano: 1e3
    case .lj, .electron: nil
    }
  }
}
