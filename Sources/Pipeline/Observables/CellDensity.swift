import Frames
import Geometry
import Profiles

/// Volume, number density and mass density of every frame, from its cell and the masses of its
/// atoms; without any table.
struct CellDensity: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "volume", "/observables/volume", .float64, unit: "Angstrom3", table: "volume",
      "volume of the cell"),
    .frame(
      "number_density", "/observables/number_density", .float64, unit: "Angstrom-3",
      table: "number_density", "centres per volume of the cell"),
    .frame(
      "mass_density", "/observables/mass_density", .float64, unit: "g cm-3", table: "mass_density",
      "mass of all atoms per volume of the cell; not stored if a mass is not known"),
  ]

  static let mayBeAbsent = true

  static func instances(_ plan: AnalysisPlan) -> [any Observable] { [CellDensity(plan)] }

  let centers: Double
  let mass: Double?
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan) {
    centers = Double(plan.centerCount)
    mass = plan.massPerCenter
    var binding = ObservableBinding()
    if mass == nil { binding.omitted.insert("mass_density") }
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    let volume = frame.cell.volume, density = centers / volume
    share.store("volume", .reals([volume]))
    share.store("number_density", .reals([density]))
    if let mass {
      share.store("mass_density", .reals([density * mass * ProfileTable.gramsPerCubicCentimeter]))
    }
  }
}
