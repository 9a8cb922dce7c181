/// The ids of a run's centres, ascending: row k of every per-molecule dataset is centre k.
///
/// Stored as runs with constant steps, so that ten million oxygens of water (1, 4, 7, …) are three
/// words on each rank instead of 80 MB. Irregular ids take one and a half times the memory of the
/// plain list.
public struct CenterIDs: Equatable, Sendable {
  private struct Run: Equatable, Sendable {
    var first: Int64
    var step: Int64
    var count: Int
    /// Row of `first`.
    var start: Int

    func id(_ k: Int) -> Int64 { first + step * Int64(k) }
  }

  private var runs: [Run] = []
  /// Number of ids.
  public private(set) var count = 0

  /// Ascending ids.
  public init(_ ids: some Sequence<Int64> = []) {
    for id in ids { append(id) }
  }

  /// Adds an id larger than all others.
  public mutating func append(_ id: Int64) {
    if let last = runs.indices.last {
      if runs[last].count == 1 { runs[last].step = id - runs[last].first }
      if id == runs[last].id(runs[last].count) {
        runs[last].count += 1
        count += 1
        return
      }
    }
    runs.append(Run(first: id, step: 0, count: 1, start: count))
    count += 1
  }

  /// Adds ids larger than all others.
  public mutating func append(_ other: CenterIDs) {
    for run in other.runs {
      for k in 0..<run.count {
        // If the last run continues with the same step, the rest is appended to it.
        if k > 0, let last = runs.indices.last, runs[last].count >= 2, runs[last].step == run.step {
          runs[last].count += run.count - k
          count += run.count - k
          break
        }
        append(run.id(k))
      }
    }
  }

  /// The id of a row.
  public subscript(row: Int) -> Int64 {
    let run = runs[lastRun { $0.start <= row }!]
    return run.id(row - run.start)
  }

  /// The row of an id; nil if there is no such id. O(log runs).
  public func row(of id: Int64) -> Int? {
    guard let k = lastRun({ $0.first <= id }) else { return nil }
    let run = runs[k]
    guard run.count > 1 else { return run.first == id ? run.start : nil }
    let (quotient, rest) = (id - run.first).quotientAndRemainder(dividingBy: run.step)
    return rest == 0 && quotient < Int64(run.count) ? run.start + Int(quotient) : nil
  }

  /// The ids of some rows.
  public func ids(_ rows: Range<Int>) -> [Int64] {
    var result: [Int64] = []
    result.reserveCapacity(rows.count)
    guard !rows.isEmpty, var k = lastRun({ $0.start <= rows.lowerBound }) else { return result }
    while k < runs.count, runs[k].start < rows.upperBound {
      let run = runs[k]
      for row in max(run.start, rows.lowerBound)..<min(run.start + run.count, rows.upperBound) {
        result.append(run.id(row - run.start))
      }
      k += 1
    }
    return result
  }

  /// All ids.
  public var all: [Int64] { ids(0..<count) }

  private func lastRun(_ isBefore: (Run) -> Bool) -> Int? {
    var low = 0, high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(runs[middle]) { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// The runs as words: first id, step, count of each.
  public var words: [Int64] { runs.flatMap { [$0.first, $0.step, Int64($0.count)] } }

  /// Decodes the result of `words`.
  public init(words: [Int64]) {
    precondition(words.count % 3 == 0, "three words per run")
    for k in stride(from: 0, to: words.count, by: 3) {
      runs.append(Run(first: words[k], step: words[k + 1], count: Int(words[k + 2]), start: count))
      count += Int(words[k + 2])
    }
  }
}
