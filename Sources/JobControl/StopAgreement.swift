import MPI

import Glibc

/// Lets all ranks stop together between frames, although no rank waits for another while frames are
/// analysed.
///
/// A rank that has a reason (a signal, the time limit, an error) sends it to rank 0, which forwards
/// it to all ranks: two short messages, and no rank has more than P − 1 partners even if all
/// receive a signal at once. Every rank probes for this message between frames, at negligible cost,
/// and then leaves the loop; there is no collective call in the loop.
///
/// **No rank can be left waiting, and no message remains in MPI.** Ranks that have left the loop,
/// for any reason, enter a non-blocking reduction in `settle`, which completes when the last rank
/// has entered it. While they wait they continue to receive: rank 0 forwards messages, and a signal
/// received only by a waiting rank still reaches the working ranks. When the reduction is complete
/// no rank can send any more, so the number of pending messages is known, and each is received.
public final class StopAgreement {
  private let world: Communicator
  private let messages: MessageBatch
  private let deadline: Double?
  /// The reason with the highest priority known on this rank.
  public private(set) var reason: StopReason?
  /// Messages to rank 0, messages received, and whether rank 0 has notified all ranks.
  private var sent = 0, received = 0, hasToldAll = false
  /// Time of the last call of `shouldStop`, and the longest interval between two calls.
  private var lastTime: Double?, longest = 0.0
  /// Tag of the messages.
  private static let tag = 75

  /// An agreement of all ranks of `world`; `deadline` is a time of `MPIRuntime.wallTime`.
  public init(on world: Communicator, deadline: Double?) {
    self.world = world
    self.deadline = deadline
    messages = MessageBatch(on: world)
  }

  /// Whether this rank should leave the loop; called between frames. Never waits.
  ///
  /// The time limit is reached if another interval as long as the longest so far would exceed the
  /// deadline; the first group is always processed, so that a run that is resumed repeatedly
  /// completes.
  public func shouldStop() throws -> Bool {
    try listen()
    if reason == nil, let signal = StopSignal.reason { try ask(signal) }
    let now = MPIRuntime.wallTime
    if let lastTime {
      longest = max(longest, now - lastTime)
      if reason == nil, let deadline, now + longest > deadline { try ask(.timeLimit) }
    }
    lastTime = now
    return reason != nil
  }

  /// Asks all ranks to stop.
  public func ask(_ wish: StopReason) throws {
    reason = max(reason ?? wish, wish)
    if world.isRoot {
      try tellAll(wish)
    } else {
      try messages.send([wish.rawValue], to: 0, tag: Self.tag)
      sent += 1
    }
  }

  /// Waits until all ranks have left the loop; returns the reason with the highest priority, the
  /// same on all ranks. Collective.
  ///
  /// - Parameter failure: this rank's error. If the others do not arrive within 20 s (a frame may
  ///   take long; a disk may hang), this rank prints it and ends the job.
  public func settle(failure: RunError?) throws -> StopReason? {
    let start = MPIRuntime.wallTime
    let arrival = try world.beginAllReduce(Int64(reason?.rawValue ?? 0), .maximum)
    var pause: UInt32 = 20
    while try arrival.poll() == nil {
      try listen()
      if reason == nil, let signal = StopSignal.reason { try ask(signal) }
      if let failure, MPIRuntime.wallTime - start > Communicator.patience {
        Log.print("verglas: error: \(failure)")
        MPIRuntime.abort(code: failure.code.rawValue)
      }
      usleep(pause)
      pause = min(pause * 2, 2000)
    }
    let toRoot = try world.allReduce(Int64(sent), .sum)
    let fromRoot = try world.broadcast(Int64(hasToldAll ? 1 : 0))
    while received < Int(world.isRoot ? toRoot : fromRoot) { try listen() }
    _ = try messages.waitAll()
    return StopReason(rawValue: UInt8(clamping: try arrival.wait()))
  }

  private func listen() throws {
    while let envelope = try world.probe(tag: Self.tag) {
      let word = try world.receive(envelope)
      received += 1
      guard let wish = word.first.flatMap(StopReason.init(rawValue:)) else { continue }
      reason = max(reason ?? wish, wish)
      if world.isRoot { try tellAll(wish) }
    }
  }

  private func tellAll(_ wish: StopReason) throws {
    guard !hasToldAll else { return }
    hasToldAll = true
    for rank in 1..<world.size { try messages.send([wish.rawValue], to: rank, tag: Self.tag) }
  }
}
