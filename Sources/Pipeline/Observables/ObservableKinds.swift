/// All observables, in the order in which they are computed: **to add one, write its file and add
/// its name here**.
enum ObservableKinds {
  static let all: [any Observable.Type] = [
    Box.self, CellDensity.self, MoleculePositions.self,
    ModelPhases.self, ModelClusters.self, ModelFamiliarity.self, RegionPhases.self,
    ModelProfile.self,
    RegionMembers.self, NeighborCount.self, CrossPhases.self, CrossLabels.self, ThermoSeries.self,
    ClosePairs.self, CoordinationCheck.self, EnsembleSpread.self,
    ChillPlusStructures.self, ChillPlusPhases.self, UnfamiliarStructures.self,
    PairCorrelations.self, PhasePairCorrelations.self, MoleculeOrder.self, PhaseOrder.self,
  ]

  /// Every dataset that any of them can store.
  static var declarations: [ObservableDataset] {
    all.flatMap { $0.declarations }.filter(\.isStored)
  }

  /// Groups of labellings that do not belong to a model.
  static var labellings: [String] { all.compactMap { $0.labelling } }

  /// Names that a model must not have.
  static var reservedNames: Set<String> { ObservableSet.reservedNames(of: all) }
}

/// What the declarations say of results.h5.
public enum ResultsTable {
  /// Names of groups of results, which a model must not have.
  public static var reservedNames: Set<String> { ObservableKinds.reservedNames }

  /// One row of the table in docs/files.md for each dataset that an observable can store.
  public static var rows: [String] {
    ObservableKinds.declarations.map { dataset in
      let unit = dataset.unit.map { " (\($0))" } ?? ""
      return "| `\(dataset.valuePath)` | \(dataset.shapeText) | \(dataset.meaning)\(unit) |"
    }
  }
}
