import MPI

import Glibc

/// How all ranks come to stop together at a frame border, though none waits for another while
/// frames are analysed.
///
/// A rank that has a reason (a signal, the time, an error) tells rank 0, and rank 0 tells everyone:
/// two short messages on the way, and no rank has more than P − 1 partners even if all were
/// signalled at once. Everybody looks for the word between frames (a probe, which costs nothing)
/// and then leaves the loop; there is no collective call in the loop in which one could be left
/// behind.
///
/// **Nobody is left anywhere.** Ranks that have left the loop, for whatever reason, meet in
/// `settle`: a reduction that completes when the last has come. While they wait there they go on
/// listening: rank 0 passes words on, and a signal that only a waiting rank got still reaches those
/// who work. When the reduction is complete no rank can send any more, so the number of words on
/// the way is known, and each is received: none is left behind in MPI.
final class StopAgreement {
  private let world: Communicator
  private let messages: MessageBatch
  private let deadline: Double?
  /// The strongest reason known here.
  private(set) var reason: StopReason?
  /// Words to rank 0, words received, and whether rank 0 has told everyone.
  private var sent = 0, received = 0, hasToldAll = false
  /// When `shouldStop` was last asked, and the longest time between two such moments.
  private var lastTime: Double?, longest = 0.0
  /// Tag of the words.
  private static let tag = 75

  /// An agreement of all ranks of `world`; `deadline` is a time of `MPIRuntime.wallTime`.
  init(on world: Communicator, deadline: Double?) {
    self.world = world
    self.deadline = deadline
    messages = MessageBatch(on: world)
  }

  /// Asked between frames: whether this rank is to leave the loop. Never waits.
  ///
  /// The time is over when another stretch as long as the longest so far would pass the deadline;
  /// the first is always done, so that a run that is resumed again and again comes to its end.
  func shouldStop() throws -> Bool {
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
  func ask(_ wish: StopReason) throws {
    reason = max(reason ?? wish, wish)
    if world.isRoot {
      try tellAll(wish)
    } else {
      try messages.send([wish.rawValue], to: 0, tag: Self.tag)
      sent += 1
    }
  }

  /// Waits until all ranks have left the loop; the strongest reason of any, the same on all.
  /// Collective.
  ///
  /// - Parameter failure: this rank's error. If the others do not come within 20 s (a frame may
  ///   take long; a disk may hang), this rank prints it and ends the job.
  func settle(failure: RunError?) throws -> StopReason? {
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
