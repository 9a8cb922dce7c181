import HDF5

/// The meaning of a dimension of a dataset, in addition to frames and molecules.
enum ResultsDimension: Hashable, Sendable {
  /// Thresholds of a labelling; its phases with IA; its classes without.
  case thresholds, phases, classes
  /// Phases of the second model, with IA.
  case secondPhases
  /// Labels: phases with IA, then `unfamiliar` if the model's guard is used; those of a neighbour;
  /// those of the second model.
  case labelled, neighborLabelled, secondLabelled
  /// Bins of distances.
  case distances
  /// Layers of a profile, and their edges.
  case layers, edges
  /// Principal components of a model.
  case components
  /// Networks of an ensemble.
  case members
  /// Bins of cluster sizes.
  case sizes
  /// Entries with fixed names; `isPhase` if they are phases of molecules.
  case labels([String], isPhase: Bool)
  /// Plain numbers, as of a vector.
  case numbers(Int)

  /// Its symbol in the documentation.
  var symbol: String {
    switch self {
    case .thresholds: "T"
    case .phases: "K+1"
    case .classes: "K"
    case .secondPhases: "K′+1"
    case .labelled, .neighborLabelled: "P"
    case .secondLabelled: "P′"
    case .distances: "B"
    case .layers: "L"
    case .edges: "L+1"
    case .components: "C"
    case .members: "M"
    case .sizes: "40"
    case .labels(let names, _): "\(names.count)"
    case .numbers(let count): "\(count)"
    }
  }

  /// The axes x, y, z.
  static let axes = ResultsDimension.labels(["x", "y", "z"], isPhase: false)
}

/// A dataset of results.h5 as declared by its observable, for every run.
///
/// The path may contain the placeholders `MODEL` (the group of a model) and `NAME` (that of a
/// region). The layout of the file, its check on `--resume`, the names that a model must not have,
/// the CSV table, `inspect` and the table in docs/files.md are derived from the declarations.
struct ObservableDataset: Sendable {
  /// The meaning of the first dimensions.
  enum Scope: Sendable {
    /// [F, …].
    case frame
    /// [F, N, …].
    case molecule
    /// [F, …], summed for the closing table and not stored.
    case total
  }

  /// The type of the values.
  enum Storage: Sendable {
    case float32, float64, int64, uint8
    /// A byte that is an index into `ObservableBinding.phases`.
    case phase
  }

  /// Values of the molecules of a skipped frame.
  enum Skipped: Sendable {
    /// Zeros, as in frames that are not complete.
    case unwritten
    /// NaN.
    case notANumber
    /// −1.
    case minusOne
    /// The last phase, IA.
    case intermediate
  }

  /// Name used in the observable's code.
  let key: String
  /// Path of the H5MD element, or of the dataset itself if it is not an element.
  let path: String
  let scope: Scope
  let storage: Storage
  /// Dimensions after frames and molecules.
  let dimensions: [ResultsDimension]
  let unit: String?
  /// Description of the values, stored as the attribute `description` unless the binding has
  /// another text.
  let meaning: String
  /// Whether it is an H5MD element, with `value`, `step` and `time`.
  let isElement: Bool
  /// Name in the CSV table; nil if it is not in the table.
  let table: String?
  /// Molecules of skipped frames.
  let skipped: Skipped

  private init(
    _ key: String, _ path: String, _ scope: Scope, _ storage: Storage,
    _ dimensions: [ResultsDimension], _ unit: String?, _ meaning: String, isElement: Bool,
    table: String?, skipped: Skipped
  ) {
    self.key = key
    self.path = path
    self.scope = scope
    self.storage = storage
    self.dimensions = dimensions
    self.unit = unit
    self.meaning = meaning
    self.isElement = isElement
    self.table = table
    self.skipped = skipped
  }

  /// One row per frame, [F, …].
  static func frame(
    _ key: String, _ path: String, _ storage: Storage, _ dimensions: [ResultsDimension] = [],
    unit: String? = nil, isElement: Bool = true, table: String? = nil, _ meaning: String
  ) -> ObservableDataset {
    ObservableDataset(
      key, path, .frame, storage, dimensions, unit, meaning, isElement: isElement, table: table,
      skipped: .unwritten)
  }

  /// One row per molecule and frame, [F, N, …].
  static func molecule(
    _ key: String, _ path: String, _ storage: Storage, _ dimensions: [ResultsDimension] = [],
    unit: String? = nil, skipped: Skipped, _ meaning: String
  ) -> ObservableDataset {
    ObservableDataset(
      key, path, .molecule, storage, dimensions, unit, meaning, isElement: true, table: nil,
      skipped: skipped)
  }

  /// Integers that are only summed over the frames of a run.
  static func total(_ key: String, _ meaning: String) -> ObservableDataset {
    ObservableDataset(
      key, "", .total, .int64, [], nil, meaning, isElement: false, table: nil,
      skipped: .unwritten)
  }

  /// Whether it is in the file.
  var isStored: Bool { scope != .total }

  /// Path of the values.
  var valuePath: String { isElement ? "\(path)/value" : path }

  /// Shape and type in the documentation: `F T K+1 i64`.
  var shapeText: String {
    let type =
      switch storage {
      case .float32: "f32"
      case .float64: "f64"
      case .int64: "i64"
      case .uint8: "u8"
      case .phase: "u8 enum"
      }
    let head = scope == .molecule ? ["F", "N"] : ["F"]
    return (head + dimensions.map(\.symbol) + [type]).joined(separator: " ")
  }
}

/// Values that a run substitutes in the declarations of one observable.
struct ObservableBinding: Sendable {
  /// Group of the model, for `MODEL`.
  var model = ""
  /// Name of the region, for `NAME`.
  var region = ""
  /// Names of the phases, IA included.
  var phases: [String] = []
  /// Names of labels after the phases, which are no phases.
  var marks: [String] = []
  /// Sizes of the dimensions that differ between runs.
  var sizes: [ResultsDimension: Int] = [:]
  /// Descriptions and units of datasets, by key, that differ from the declarations.
  var texts: [String: String] = [:], units: [String: String] = [:]
  /// Keys of the declared datasets that this run does not store.
  var omitted: Set<String> = []

  func count(of dimension: ResultsDimension) -> Int {
    switch dimension {
    case .phases: phases.count
    case .classes: phases.count - 1
    case .labelled, .neighborLabelled: phases.count + marks.count
    case .labels(let names, _): names.count
    case .numbers(let count): count
    case .thresholds, .secondPhases, .secondLabelled, .layers, .edges, .components, .members,
      .sizes, .distances:
      sizes[dimension] ?? 1
    }
  }

  /// A path without placeholders.
  func path(_ declared: String) -> String {
    declared.split(separator: "/", omittingEmptySubsequences: false).map {
      $0 == "MODEL" ? model : $0 == "NAME" ? region : String($0)
    }.joined(separator: "/")
  }
}

/// A dataset of one run.
struct BoundDataset: Sendable {
  let declaration: ObservableDataset
  /// Path of the values.
  let path: String
  /// Path of the H5MD element; nil if it is none.
  let element: String?
  let type: Datatype
  /// Shape after frames and molecules.
  let shape: [Int]
  let unit: String?, text: String
  /// The last phase, for skipped frames.
  let lastPhase: UInt8

  init(_ declaration: ObservableDataset, _ binding: ObservableBinding) {
    self.declaration = declaration
    element = declaration.isElement ? binding.path(declaration.path) : nil
    path = binding.path(declaration.valuePath)
    shape = declaration.dimensions.map { binding.count(of: $0) }
    unit = binding.units[declaration.key] ?? declaration.unit
    text = binding.texts[declaration.key] ?? declaration.meaning
    lastPhase = UInt8(clamping: binding.phases.count - 1)
    type =
      switch declaration.storage {
      case .float32: .float32
      case .float64: .float64
      case .int64: .int64
      case .uint8: .uint8
      case .phase: .enumeration(binding.phases + binding.marks)
      }
  }

  var key: String { declaration.key }
  /// Values of one frame, or of one molecule in one frame.
  var width: Int { shape.reduce(1, *) }
}
