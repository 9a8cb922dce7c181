import Glibc
import HDF5
import JobControl

/// `verglas inspect --follow`: watches the results file of a running analysis until it is complete.
///
/// The file is opened again for each look and only read: after its creation only raw data change,
/// so it can be read at any moment while other processes write it.
struct FollowedRun {
  let path: String
  /// Seconds between two looks.
  let interval: Double
  /// Seconds after which a line is printed though nothing has changed.
  private static let patience = 300.0

  /// What a look found.
  private struct State: Equatable {
    var done = 0, skipped = 0, total = 0
    var isComplete: Bool { total > 0 && done + skipped == total }
  }

  /// Looks until all frames are complete or skipped; prints a line when there are more.
  ///
  /// - Throws: `RunError` if the file is no results file.
  func run(_ show: (String) -> Void) throws {
    let start = now()
    var first: (state: State, time: Double)?
    var last = State(), lastLine = start
    while true {
      guard access(path, F_OK) == 0 else {
        if first == nil, lastLine == start {
          show("\(path) does not exist yet; waiting for it")
          lastLine = now()
        }
        pause()
        continue
      }
      let (state, fractions, notes) = try look()
      let time = now()
      if first == nil { first = (state, time) }
      if state != last || time - lastLine >= Self.patience {
        show(line(state, since: first!, at: time, isNew: state != last))
        for text in fractions + (state.skipped > last.skipped ? notes : []) { show("  \(text)") }
        last = state
        lastLine = time
      }
      if state.isComplete { return }
      pause()
    }
  }

  private func line(
    _ state: State, since first: (state: State, time: Double), at time: Double, isNew: Bool
  ) -> String {
    let done = state.done + state.skipped
    var text =
      "\(Log.grouped(done)) of \(Log.counted(state.total, "frame")), "
      + Log.percent(Double(done) / Double(max(state.total, 1)))
    if state.skipped > 0 { text += ", \(state.skipped) skipped" }
    let more = done - first.state.done - first.state.skipped
    if more > 0, time > first.time {
      let rate = Double(more) / (time - first.time)
      text += ", \(Log.fixed(rate, rate < 10 ? 2 : 0)) frames/s"
      if !state.isComplete {
        text += ", \(Log.duration(Double(state.total - done) / rate)) left"
      }
    }
    return isNew ? text : text + "; no new frame for \(Log.duration(Self.patience))"
  }

  /// Opens the file, reads marks, fractions and the last reasons for skipped frames.
  private func look() throws -> (State, fractions: [String], notes: [String]) {
    try requireRegularFile(path)
    guard File.isHDF5(path) else {
      throw RunError(
        "\(path): expected a results file of verglas analyze (HDF5), found a file of another kind",
        .badData)
    }
    var state = State(), notes: [String] = []
    do {
      let file = try File.open(path)
      guard file.kind(of: ResultsSchema.done) == .dataset else {
        throw RunError("\(path): --follow expects results of verglas analyze", .badData)
      }
      let marks = try file.dataset(ResultsSchema.done).readAll(UInt8.self)
      state = State(
        done: marks.count { $0 == 1 }, skipped: marks.count { $0 == 2 }, total: marks.count)
      if state.skipped > 0, file.exists(ResultsSchema.reasons) {
        let reasons = try file.dataset(ResultsSchema.reasons).readTexts()
        notes = marks.indices.filter { marks[$0] == 2 }.suffix(3).map {
          "skipped: \(Log.printable(reasons[$0]))"
        }
      }
    }
    guard state.done > 0 else { return (state, [], notes) }
    return (state, try ResultsSummary(path).fractions(), notes)
  }

  private func pause() { usleep(UInt32(interval * 1e6)) }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
