extension Communicator {
  /// Words from which on a sum is divided over the ranks instead of being sent as a whole.
  static var dividedWords: Int { 1024 }

  /// Overwrites `words` on every rank of a group by their element-wise sums over the group: the
  /// ranks that the round `level` of `halving` divides. Only the group's ranks call it.
  ///
  /// ⌈log₂ R⌉ messages for a group of R ranks if the words are few. Many words are added part by
  /// part (a reduce-scatter and a gather): 2⌈log₂ R⌉ messages, which together are twice as long as
  /// the words. The sums are of integers, so their order does not matter.
  /// - Precondition: all ranks of the group pass the same number of words.
  public func sum(_ words: inout [Int64], over halving: RankHalving, from level: Int) throws {
    let rounds = Array(halving.rounds[level...])
    guard words.count >= Self.dividedWords, rounds.count > 1 else {
      for round in rounds.reversed() {
        let message = round.sources.isEmpty ? [] : Self.bytes(words[...])
        let received = try exchangeRound(
          round.sources.map { ($0, message) }, from: [round.partner])
        Self.add(received[0], to: &words, at: 0)
      }
      return
    }
    var spans: [(own: Range<Int>, other: Range<Int>)] = []
    var range = words.indices
    for round in rounds {
      let isLeft = round.own.lowerBound < round.other.lowerBound
      let leftRanks = isLeft ? round.own.count : round.other.count
      let middle = range.lowerBound + range.count * leftRanks / round.group.count
      let left = range.lowerBound..<middle, right = middle..<range.upperBound
      let span = isLeft ? (own: left, other: right) : (own: right, other: left)
      let received = try exchangeRound(
        [(round.partner, Self.bytes(words[span.other]))], from: round.sources)
      for message in received { Self.add(message, to: &words, at: span.own.lowerBound) }
      spans.append(span)
      range = span.own
    }
    for (round, span) in zip(rounds, spans).reversed() {
      let message = round.sources.isEmpty ? [] : Self.bytes(words[span.own])
      let received = try exchangeRound(
        round.sources.map { ($0, message) }, from: [round.partner])
      for k in span.other { words[k] = 0 }
      Self.add(received[0], to: &words, at: span.other.lowerBound)
    }
  }

  private static func bytes(_ words: ArraySlice<Int64>) -> [UInt8] {
    words.withUnsafeBytes { [UInt8]($0) }
  }

  private static func add(_ message: [UInt8], to words: inout [Int64], at place: Int) {
    precondition(
      message.count % 8 == 0 && place + message.count / 8 <= words.count,
      "the ranks of a group add the same number of words")
    message.withUnsafeBytes { bytes in
      for k in 0..<message.count / 8 {
        words[place + k] &+= bytes.loadUnaligned(fromByteOffset: 8 * k, as: Int64.self)
      }
    }
  }

  /// Exchanges any number of messages with the other half of a round's ranks. Only the ranks of the
  /// round call it.
  ///
  /// - Parameters:
  ///   - next: the bytes of the next message to the partner, and whether it is the last one.
  ///   - receive: takes the bytes of each message that arrives here.
  public func swap(
    in round: RankHalving.Round, next: () -> (bytes: [UInt8], isLast: Bool),
    receive: ([UInt8]) -> Void
  ) throws {
    var isSending = true
    var open = round.sources
    while isSending || !open.isEmpty {
      var messages: [(target: Int, bytes: [UInt8])] = []
      if isSending {
        // The last byte says whether another message follows.
        let (bytes, isLast) = next()
        messages.append((round.partner, bytes + [isLast ? 0 : 1]))
        isSending = !isLast
      }
      let received = try exchangeRound(messages, from: open)
      open = zip(open, received).filter { $1.last == 1 }.map { $0.0 }
      for message in received { receive(message.dropLast()) }
    }
  }
}
