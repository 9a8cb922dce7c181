import Randomness

/// The random numbers of training and of importance: one stream for each purpose and two counters.
extension RandomStream {
  /// The purpose of the numbers; purposes never share a stream. Part of the name, so the numbers
  /// must not change.
  package enum TrainingPurpose: UInt64 {
    case initialisation = 1
    case shuffle = 2
    case dropout = 3
    case importance = 4
  }

  /// The stream of a purpose and its counters.
  package init(seed: UInt64, _ purpose: TrainingPurpose, _ first: Int = 0, _ second: Int = 0) {
    self.init(state: RandomStream.key(seed, purpose, first, second))
  }

  /// The start of the stream.
  static func key(_ seed: UInt64, _ purpose: TrainingPurpose, _ first: Int, _ second: Int) -> UInt64
  {
    var key = mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
    key = mixed(key ^ purpose.rawValue)
    key = mixed(key &+ UInt64(bitPattern: Int64(first)))
    return mixed(key &+ UInt64(bitPattern: Int64(second)) &* 0xD134_2543_DE82_EF95)
  }
}
