import MPI

/// Where a rank's time goes, in the order of the closing table.
public enum Stage: Int, CaseIterable, Sendable {
  case read, exchange, neighbours, soap, network, clusters, profile, write, wait

  /// The name in /timings and in tables.
  public var name: String { String(describing: self) }
}

/// Seconds a rank has spent in each stage.
struct Timings {
  private(set) var seconds = [Double](repeating: 0, count: Stage.allCases.count)
  var frames: Int64 = 0, molecules: Int64 = 0, bytes: Int64 = 0
  private var last = MPIRuntime.wallTime

  /// Starts the clock anew; what passed since the last `end` belongs to no stage.
  mutating func begin() { last = MPIRuntime.wallTime }

  /// Adds the time since the last `begin` or `end` to a stage.
  mutating func end(_ stage: Stage) {
    let now = MPIRuntime.wallTime
    seconds[stage.rawValue] += now - last
    last = now
  }

  /// Seconds in one stage.
  subscript(stage: Stage) -> Double {
    get { seconds[stage.rawValue] }
    set { seconds[stage.rawValue] = newValue }
  }
}
