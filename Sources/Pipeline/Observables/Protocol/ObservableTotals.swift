import Geometry
import HDF5
import JobControl
import MPI

/// Reduction of the rows of a dataset over all frames of the run, for the closing table.
struct ObservableTotal: Sendable {
  enum Reduction: Sendable {
    /// Sums or maxima of the first values of every row; of integers.
    case sum, maximum
    /// Whole rows, of at most `ObservableTotal.mostRows` equally spaced frames.
    case rows
  }

  let key: String
  let reduction: Reduction
  /// Number of values of a row.
  let count: Int

  static func sum(_ key: String, first count: Int) -> Self {
    Self(key: key, reduction: .sum, count: count)
  }
  static func maximum(_ key: String, first count: Int) -> Self {
    Self(key: key, reduction: .maximum, count: count)
  }
  static func rows(_ key: String, of count: Int) -> Self {
    Self(key: key, reduction: .rows, count: count)
  }

  /// Maximum number of frames whose rows are kept.
  static let mostRows = 1000
}

/// Rows of datasets that an earlier run has stored.
protocol StoredRows: ~Copyable {
  func read<T: HDF5Scalar>(_ path: String, row: Int) throws -> [T]
}

/// Totals of the frames of one rank: those that it has analysed, and its share of those stored by
/// an earlier run.
struct AnalysisTotals {
  private struct Entry {
    let total: ObservableTotal
    let slot: Int
    let path: String
    let storage: ObservableDataset.Storage
    let isStored: Bool
    /// First word, or first number of a kept row.
    let place: Int
  }

  private var entries: [Entry] = []
  /// Places in `entries` of each slot: one dataset may have several totals.
  private var entriesOfSlot: [Int: [Int]] = [:]
  private var sums: [Int64] = [], maxima: [Int64] = []
  /// Numbers of one frame whose row is kept: its row, then every entry's values.
  private var keptWidth = 1
  private var kept: [Double] = []
  private let keptStep: Int

  init(_ plan: AnalysisPlan) {
    keptStep = max(1, (plan.frameCount + ObservableTotal.mostRows - 1) / ObservableTotal.mostRows)
    for (m, member) in plan.observables.members.enumerated() {
      for total in member.totals {
        guard let slot = plan.observables.slot(m, total.key) else { continue }
        let dataset = plan.observables.datasets[slot]
        precondition(total.count <= dataset.width, "a total of more values than a row has")
        let place: Int
        switch total.reduction {
        case .sum:
          place = sums.count
          sums += [Int64](repeating: 0, count: total.count)
        case .maximum:
          place = maxima.count
          maxima += [Int64](repeating: 0, count: total.count)
        case .rows:
          place = keptWidth
          keptWidth += total.count
        }
        entriesOfSlot[slot, default: []].append(entries.count)
        entries.append(
          Entry(
            total: total, slot: slot, path: member.path(total.key),
            storage: dataset.declaration.storage, isStored: dataset.declaration.isStored,
            place: place))
      }
    }
  }

  /// Adds a frame's rows.
  mutating func add(_ record: FrameRecord, row: Int) {
    let keeps = beginRow(row)
    for (slot, values) in record.rows {
      for k in entriesOfSlot[slot] ?? [] { add(values, to: entries[k], keeps: keeps) }
    }
  }

  /// Adds this rank's share of the frames completed by an earlier run, from the results file.
  mutating func addStored<Stored: StoredRows & ~Copyable>(
    _ rows: [Int], in file: borrowing Stored, on world: Communicator
  ) throws {
    for row in rows[evenShare(of: rows.count, part: world.rank, of: world.size)] {
      let keeps = beginRow(row)
      for entry in entries where entry.isStored && (keeps || entry.total.reduction != .rows) {
        let values: ResultValues =
          entry.storage == .float64
          ? .reals(try file.read(entry.path, row: row))
          : .integers(try file.read(entry.path, row: row))
        add(values, to: entry, keeps: keeps)
      }
    }
  }

  /// Whether the row's numbers are kept; appends space for them.
  private mutating func beginRow(_ row: Int) -> Bool {
    guard keptWidth > 1, row % keptStep == 0 else { return false }
    kept.append(Double(row))
    kept += [Double](repeating: .nan, count: keptWidth - 1)
    return true
  }

  private mutating func add(_ values: ResultValues, to entry: Entry, keeps: Bool) {
    let places = entry.place..<entry.place + entry.total.count
    switch (entry.total.reduction, values) {
    case (.sum, .integers(let words)): for k in places { sums[k] += words[k - entry.place] }
    case (.maximum, .integers(let words)):
      for k in places { maxima[k] = max(maxima[k], words[k - entry.place]) }
    case (.rows, .integers(let words)) where keeps:
      for k in places { kept[kept.count - keptWidth + k] = Double(words[k - entry.place]) }
    case (.rows, .reals(let numbers)) where keeps:
      for k in places { kept[kept.count - keptWidth + k] = numbers[k - entry.place] }
    case (.rows, _): break
    default: preconditionFailure("\(entry.path): sums and maxima are of integers")
    }
  }

  /// The totals of all ranks, complete on rank 0: one collective call for the sums and counts of
  /// the run, one for maxima, and one for kept rows if there are any. Collective.
  ///
  /// - Parameters:
  ///   - counts: integers that are added.
  ///   - seconds: times that are added, in nanoseconds.
  ///   - elapsed: a time of which the maximum is used.
  func reduced(counts: [Int64], seconds: [Double], elapsed: Double, on world: Communicator) throws
    -> ClosingTotals
  {
    func nanoseconds(_ time: Double) -> Int64 { Int64((time * 1e9).rounded()) }
    var added = sums + counts + seconds.map(nanoseconds)
    var largest = maxima + [nanoseconds(elapsed)]
    try world.allReduce(&added, .sum)
    try world.allReduce(&largest, .maximum)
    var result = ClosingTotals()
    result.counts = Array(added[sums.count..<sums.count + counts.count])
    result.seconds = added.suffix(seconds.count).map { Double($0) * 1e-9 }
    result.elapsed = Double(largest.removeLast()) * 1e-9
    for entry in entries {
      let places = entry.place..<entry.place + entry.total.count
      switch entry.total.reduction {
      case .sum: result.sums[entry.path] = Array(added[places])
      case .maximum: result.sums[entry.path] = Array(largest[places])
      case .rows: break
      }
    }
    if keptWidth > 1, let blocks = try world.gatherVariable(kept) {
      let numbers = (0..<world.size).flatMap { Array(blocks[$0]) }
      let starts = stride(from: 0, to: numbers.count, by: keptWidth).sorted {
        numbers[$0] < numbers[$1]
      }
      result.keptRows = starts.map { Int(numbers[$0]) }
      for entry in entries where entry.total.reduction == .rows {
        result.rows[entry.path] = starts.map {
          Array(numbers[$0 + entry.place..<$0 + entry.place + entry.total.count])
        }
      }
    }
    return result
  }
}

/// The totals of all ranks, for the closing table.
struct ClosingTotals {
  /// Sums and maxima by the path of the dataset (or the key, of one that is not stored).
  fileprivate(set) var sums: [String: [Int64]] = [:]
  /// Kept rows by the path of the dataset, in the order of `keptRows`.
  fileprivate(set) var rows: [String: [[Double]]] = [:]
  /// The frames whose rows were kept, ascending.
  fileprivate(set) var keptRows: [Int] = []
  /// Counts of the run itself.
  fileprivate(set) var counts: [Int64] = []
  /// Seconds of all ranks in each stage, and the longest time of a rank.
  fileprivate(set) var seconds: [Double] = [], elapsed = 0.0

  /// Sums or maxima of a dataset; none if the run does not store it.
  subscript(path: String) -> [Int64] { sums[path] ?? [] }
}
