import Frames
import HDF5
import Trajectories

/// Pressure, temperature and density of the frames, joined from the table of `--thermo` by MD step.
///
/// Known for all frames in advance, so they are written when the file is created.
struct ThermoSeries: Observable {
  static let declarations: [ObservableDataset] = ThermoTable.Quantity.allCases.map { quantity in
    .frame(
      quantity.rawValue, "/observables/\(quantity.rawValue)", .float64, unit: quantity.unit,
      table: quantity.rawValue,
      "\(quantity.rawValue), joined by step or time (`--thermo`); NaN if the table has no value for "
        + "the frame")
  }

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.thermo.quantities.isEmpty ? [] : [ThermoSeries(thermo: plan.thermo)]
  }

  let thermo: ThermoJoin

  var binding: ObservableBinding {
    var binding = ObservableBinding()
    for quantity in ThermoTable.Quantity.allCases {
      if let name = thermo.names[quantity] {
        binding.texts[quantity.rawValue] = "\(name) of the table of --thermo"
      } else {
        binding.omitted.insert(quantity.rawValue)
      }
    }
    return binding
  }

  func describe(in file: borrowing File) throws {
    for quantity in thermo.quantities {
      try file.dataset(path(quantity.rawValue)).write(thermo.values[quantity]!)
    }
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {}
}
