import CVector
import MPI

/// The stages of a run, in the order of the closing table.
public enum Stage: Int, CaseIterable, Sendable {
  case read, exchange, neighbours, soap, network, clusters, profile, write, wait

  /// The name in /timings and in tables.
  public var name: String { String(describing: self) }
}

/// The time that a rank has spent in each stage.
///
/// The clock is the processor's time stamp counter, which takes 5 ns; MPI's clock takes 30 ns and
/// would be read three times per molecule. Ticks are converted to seconds with the wall time since
/// the clock was created.
public struct Timings {
  private var ticks = [UInt64](repeating: 0, count: Stage.allCases.count)
  /// Frames, at the root of their team; owned molecules; bytes of trajectories read.
  public var frames: Int64 = 0, molecules: Int64 = 0, bytes: Int64 = 0
  /// Atoms held, halo copies included; messages to other ranks of the team, and their bytes.
  public var atoms: Int64 = 0, messages: Int64 = 0, bytesSent: Int64 = 0
  private var last = vg_ticks()
  private let firstTick = vg_ticks()
  private let firstTime = MPIRuntime.wallTime

  /// Starts the clock.
  public init() {}

  /// Restarts the clock; the time since the last `end` belongs to no stage.
  public mutating func begin() { last = vg_ticks() }

  /// Adds the time since the last `begin` or `end` to a stage.
  public mutating func end(_ stage: Stage) {
    let now = vg_ticks()
    ticks[stage.rawValue] &+= now &- last
    last = now
  }

  /// Names of the counts in /timings, and their descriptions.
  public static let countNames = [
    ("frames", "frames of each rank; those of a team at its first"),
    ("molecules", "molecules of each rank"),
    ("bytes", "bytes of trajectories that each rank read"),
    ("atoms", "atoms that each rank held, halo copies included"),
    ("messages", "messages of each rank to others of its team"),
    ("bytes_sent", "bytes of those messages"),
  ]

  /// The counts, in the order of `countNames`.
  public var counts: [Int64] { [frames, molecules, bytes, atoms, messages, bytesSent] }

  /// Seconds spent in each stage so far, in the order of `Stage`.
  public var seconds: [Double] {
    let passed = Double(max(vg_ticks() &- firstTick, 1))
    let perTick = max(MPIRuntime.wallTime - firstTime, 1e-9) / passed
    return ticks.map { Double($0) * perTick }
  }
}
