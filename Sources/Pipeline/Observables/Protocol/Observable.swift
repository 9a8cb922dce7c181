import Frames
import HDF5

/// A quantity that is computed for every frame, with everything that the program needs to know
/// about it.
///
/// An observable is one file that declares its datasets and computes them; `ObservableKinds.all`
/// lists the kinds. Layout, writer, closing table, CSV, `inspect`, reserved names and the table of
/// docs/files.md read the declarations.
///
/// **Evaluation of a frame.** Every rank of a team calls `measure` of every observable in the order
/// of the list, with its part of the frame. Values of the owned molecules go into `share.store`;
/// integers of this part into `share.sum`. All sums of all observables are added over the team in
/// one message. A sum with the key of a dataset is the row of that dataset; from other sums
/// `finish` computes rows, on the team's root only. Integers do not depend on the order in which
/// they are added, so rows have the same bytes for any number of ranks; real numbers must be summed
/// over molecules in fixed point only.
///
/// **Exchanges.** `measure` may be collective over the team (clusters are): it is called on all
/// ranks in the same order, and must exchange the same messages on all, independent of the contents
/// of a rank's part.
protocol Observable: Sendable {
  /// All datasets that the kind can store, in the order of the documentation.
  static var declarations: [ObservableDataset] { get }
  /// Group of a labelling that is not a model's: its observables are in the CSV table under this
  /// name, and its phases can be exported. Its group in /observables has the attribute `classes`.
  static var labelling: String? { get }
  /// Whether results that were begun without any of its datasets are completed without them: true
  /// for an observable of every run that earlier programs with the same results format did not
  /// have. False by default: `--resume` then refuses such a file.
  static var mayBeAbsent: Bool { get }
  /// The instances of a run: none if it was not requested, one for each model or region, …
  static func instances(_ plan: AnalysisPlan) -> [any Observable]

  /// Values that the run substitutes in the declarations.
  var binding: ObservableBinding { get }
  /// Largest distance in Å of pairs of centres that `measure` needs.
  var pairCutoff: Double { get }
  /// The distance in Å of the neighbour list (`FrameContext.pairs`) that `measure` takes; 0 if it
  /// takes none. The lists of all observables are made in one search.
  var listCutoff: Double { get }
  /// Largest distance in Å of a neighbour on another rank whose values `measure` needs.
  var exchangeCutoff: Double { get }
  /// The images of atoms that it searches beside the list within `listCutoff`. Others are freed:
  /// those of other species when the centres are described, the centres' when the lists are made.
  var searchedImages: SearchedImages { get }
  /// Warnings before the run.
  var warnings: [String] { get }
  /// Adds attributes and time-independent data to a new file; on one rank.
  func describe(in file: borrowing File) throws

  /// Computes this rank's part of a frame; collective over the team if it exchanges anything.
  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws
  /// Computes rows from the sums over the whole frame; on the team's root.
  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare)

  /// Sums over the frames for the closing table.
  var totals: [ObservableTotal] { get }
  /// Observables of the same section are listed together in the closing table.
  var section: String { get }
  /// Its lines of the closing table; without communication, on rank 0.
  func lines(_ totals: ClosingTotals) -> [String]
  /// Warnings after the run; without communication, on rank 0.
  func warnings(_ totals: ClosingTotals) -> [String]
  /// A warning while the run goes on, from a frame and its values of a dataset; nil if there is
  /// none. Called for the frames of rank 0, until it returns one.
  func warning(frame: Int, _ values: (_ key: String) -> ResultValues?) -> String?
}

extension Observable {
  static var labelling: String? { nil }
  static var mayBeAbsent: Bool { false }
  var pairCutoff: Double { 0 }
  var listCutoff: Double { pairCutoff }
  var exchangeCutoff: Double { pairCutoff }
  var searchedImages: SearchedImages { .none }
  var warnings: [String] { [] }
  func describe(in file: borrowing File) throws {}
  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {}
  var totals: [ObservableTotal] { [] }
  var section: String { "" }
  func lines(_ totals: ClosingTotals) -> [String] { [] }
  func warnings(_ totals: ClosingTotals) -> [String] { [] }
  func warning(frame: Int, _ values: (_ key: String) -> ResultValues?) -> String? { nil }

  /// The path of the values of one of its datasets.
  func path(_ key: String) -> String {
    guard let dataset = Self.declarations.first(where: { $0.key == key }) else {
      preconditionFailure("\(Self.self) declares no \(key)")
    }
    return dataset.isStored ? binding.path(dataset.valuePath) : key
  }
}

/// The images of a frame's atoms that are still searched after the neighbour lists are made.
enum SearchedImages: Int, Comparable {
  /// None; those of the centres; those of all species, for hydrogens.
  case none, centers, all

  static func < (a: SearchedImages, b: SearchedImages) -> Bool { a.rawValue < b.rawValue }
}

/// Values of one dataset, row-major.
enum ResultValues: Sendable {
  case singles([Float])
  case reals([Double])
  case integers([Int64])
  case bytes([UInt8])

  var count: Int {
    switch self {
    case .singles(let values): values.count
    case .reals(let values): values.count
    case .integers(let values): values.count
    case .bytes(let values): values.count
    }
  }
}

/// Results of one observable for a frame, by the keys of its datasets.
struct ObservableShare {
  fileprivate(set) var sums: [(key: String, words: [Int64])] = []
  fileprivate(set) var values: [(key: String, values: ResultValues)] = []

  /// Integers that are added over the ranks of the team, the same number on all ranks.
  mutating func sum(_ key: String, _ words: [Int64]) { sums.append((key, words)) }

  /// Values of the owned molecules, [owned, …], or a row of the frame, which must be complete only
  /// on the team's root.
  mutating func store(_ key: String, _ values: ResultValues) { self.values.append((key, values)) }
}

/// The sums of one observable over a whole frame.
struct ObservableSums {
  fileprivate let lists: [(key: String, words: ArraySlice<Int64>)]

  /// The sums of the integers that `measure` passed under this key.
  subscript(key: String) -> [Int64] {
    guard let list = lists.first(where: { $0.key == key }) else {
      preconditionFailure("no sum \(key)")
    }
    return Array(list.words)
  }
}

/// The observables of a run and all their datasets.
struct ObservableSet: Sendable {
  let members: [any Observable]
  /// All datasets; the index of a dataset is its slot.
  let datasets: [BoundDataset]
  /// Slots of each member.
  private let slots: [Range<Int>]

  init(_ members: [any Observable] = []) {
    var datasets: [BoundDataset] = [], slots: [Range<Int>] = []
    for member in members {
      let binding = member.binding
      let own = type(of: member).declarations.filter { !binding.omitted.contains($0.key) }
      slots.append(datasets.count..<datasets.count + own.count)
      datasets += own.map { BoundDataset($0, binding) }
    }
    self.members = members
    self.datasets = datasets
    self.slots = slots
  }

  /// Names that a model must not have, because its groups would collide with others: the first
  /// component of every declared path, and the names defined by H5MD.
  static func reservedNames(of kinds: [any Observable.Type]) -> Set<String> {
    var names: Set = ["id", "box", "position", "species", "image", "velocity", "force"]
    for dataset in kinds.flatMap({ $0.declarations }) where dataset.isStored {
      for root in ["/particles/centers/", "/observables/"] where dataset.path.hasPrefix(root) {
        let first = dataset.path.dropFirst(root.count).prefix { $0 != "/" }
        if first != "MODEL" { names.insert(String(first)) }
      }
    }
    return names
  }

  /// The stored paths of the observables of each kind that results may lack, by the name of the
  /// kind.
  var pathsThatMayBeAbsent: [(kind: String, paths: [String])] {
    var lists: [(kind: String, paths: [String])] = []
    for (member, slots) in zip(members, slots) where type(of: member).mayBeAbsent {
      let kind = "\(type(of: member))"
      let own = datasets[slots].filter(\.declaration.isStored).map(\.path)
      if lists.last?.kind == kind {
        lists[lists.count - 1].paths += own
      } else {
        lists.append((kind, own))
      }
    }
    return lists
  }

  var pairCutoff: Double { members.reduce(0) { max($0, $1.pairCutoff) } }
  var exchangeCutoff: Double { members.reduce(0) { max($0, $1.exchangeCutoff) } }
  var searchedImages: SearchedImages { members.map(\.searchedImages).max() ?? .none }
  /// The distances in Å of the neighbour lists that they take.
  var listCutoffs: Set<Double> { Set(members.map(\.listCutoff)).subtracting([0]) }

  /// Slot of a dataset of a member; nil if the run does not store it.
  func slot(_ member: Int, _ key: String) -> Int? {
    slots[member].first { datasets[$0].key == key }
  }
}

/// Results of all observables for a frame, by slot.
struct FrameRecord {
  typealias Values = [(slot: Int, values: ResultValues)]
  /// Of the owned molecules.
  var molecules: Values = []
  /// Rows of the frame; on the team's root.
  var rows: Values = []

  fileprivate mutating func add(
    _ values: [(key: String, values: ResultValues)], of member: Int, _ set: ObservableSet,
    isRoot: Bool
  ) {
    for (key, values) in values {
      guard let slot = set.slot(member, key) else { continue }
      let dataset = set.datasets[slot]
      if dataset.declaration.scope == .molecule {
        molecules.append((slot, values))
      } else if isRoot {
        precondition(values.count == dataset.width, "\(key) has \(dataset.width) values per frame")
        rows.append((slot, values))
      }
    }
  }
}

/// The warnings while a run goes on, the first of each observable.
struct EarlyWarnings {
  private let set: ObservableSet
  /// Observables that have not given one.
  private var silent: [Int]
  /// Those that are not printed yet.
  private var pending: [String] = []

  init(_ set: ObservableSet) {
    self.set = set
    silent = Array(set.members.indices)
  }

  /// Examines the rows of a frame.
  mutating func examine(_ record: FrameRecord, frame: Int) {
    let set = set
    var rest: [Int] = []
    for member in silent {
      let warning = set.members[member].warning(frame: frame) { key in
        set.slot(member, key).flatMap { slot in record.rows.first { $0.slot == slot }?.values }
      }
      if let warning { pending.append(warning) } else { rest.append(member) }
    }
    silent = rest
  }

  /// The warnings since the last call.
  mutating func take() -> [String] {
    defer { pending = [] }
    return pending
  }
}

/// Computes a frame's observables. Collective over the team: all sums are of integers, in one
/// message. A team of one rank makes the same steps without communication.
struct FrameEvaluator {
  let set: ObservableSet

  /// The observables of a frame whose probabilities are known.
  func evaluate(_ frame: FrameContext) throws -> FrameRecord {
    frame.timings.begin()
    try frame.prepare()
    var shares = [ObservableShare](repeating: ObservableShare(), count: set.members.count)
    var words: [Int64] = []
    for (k, member) in set.members.enumerated() {
      try member.measure(frame, &shares[k])
      for list in shares[k].sums { words += list.words }
    }
    frame.timings.end(.clusters)
    words = try frame.team.sum(words)
    frame.timings.end(frame.team.size > 1 ? .exchange : .clusters)
    var record = FrameRecord()
    var place = 0
    for (k, member) in set.members.enumerated() {
      if frame.team.isRoot {
        let lists = shares[k].sums.map { key, own in
          defer { place += own.count }
          return (key: key, words: words[place..<place + own.count])
        }
        for (key, list) in lists where set.slot(k, key) != nil {
          shares[k].store(key, .integers(Array(list)))
        }
        member.finish(ObservableSums(lists: lists), frame, &shares[k])
      }
      record.add(shares[k].values, of: k, set, isRoot: frame.team.isRoot)
    }
    frame.timings.end(.profile)
    return record
  }
}
