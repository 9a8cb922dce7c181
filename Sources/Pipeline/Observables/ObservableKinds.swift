/// All observables, in the order in which they are computed: **to add one, write its file and add
/// its name here**.
enum ObservableKinds {
  static let all: [any Observable.Type] = [
    Box.self, MoleculePositions.self,
    ModelPhases.self, ModelClusters.self, ModelFamiliarity.self, RegionPhases.self,
    ModelProfile.self,
    RegionMembers.self, NeighborCount.self, CrossPhases.self, ThermoSeries.self, ClosePairs.self,
    ChillPlusStructures.self, ChillPlusPhases.self,
  ]

  /// The instances of a run.
  static func instances(_ plan: AnalysisPlan) -> ObservableSet {
    ObservableSet(all.flatMap { $0.instances(plan) })
  }

  /// Every dataset that any of them can store.
  static var declarations: [ObservableDataset] {
    all.flatMap { $0.declarations }.filter(\.isStored)
  }

  /// Groups of labellings that do not belong to a model.
  static var labellings: [String] { all.compactMap { $0.labelling } }

  /// Names that a model must not have, because its groups would collide with others: the first
  /// component of every declared path, and the names defined by H5MD.
  static var reservedNames: Set<String> {
    var names: Set = ["id", "box", "position", "species", "image", "velocity", "force"]
    for dataset in declarations {
      for root in ["/particles/centers/", "/observables/"] where dataset.path.hasPrefix(root) {
        let first = dataset.path.dropFirst(root.count).prefix { $0 != "/" }
        if first != "MODEL" { names.insert(String(first)) }
      }
    }
    return names
  }
}

/// The documentation of results.h5 from the declarations.
public enum ResultsTable {
  /// One row of the table in docs/files.md for each dataset that an observable can store.
  public static var rows: [String] {
    ObservableKinds.declarations.map { dataset in
      let unit = dataset.unit.map { " (\($0))" } ?? ""
      return "| `\(dataset.valuePath)` | \(dataset.shapeText) | \(dataset.meaning)\(unit) |"
    }
  }
}
