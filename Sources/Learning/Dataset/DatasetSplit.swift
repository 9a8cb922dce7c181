/// The parts of a dataset, 60:20:20, and their assignment.
///
/// The counts are the same for every class: they depend only on the number of environments of a
/// class. Where files are kept together there is a fourth part, `mixed`: environments of the
/// training files that are not used in training. It is the test part that a split by environment
/// would have had, so it shows the accuracy that such a split would have given.
struct DatasetSplit: Sendable, Equatable {
  /// Names of the parts; the index is the value stored.
  static let names = ["train", "validation", "test", "mixed"]
  /// The number of the part `mixed`.
  static let mixed: UInt8 = 3
  /// Fraction of each part.
  static let shares = [0.6, 0.2, 0.2]

  /// Environments of one class in each part, `[3]`: validation and test a fifth each, rounded to
  /// the nearest integer; the rest is for training.
  static func counts(perClass: Int) -> [Int] {
    let fifth = (perClass + 2) / 5
    return [perClass - 2 * fifth, fifth, fifth]
  }

  /// The part of each of a class's environments, `[perClass]`: exact counts, every arrangement
  /// equally likely.
  static func parts(perClass: Int, stream: inout SeededStream) -> [UInt8] {
    var left = counts(perClass: perClass)
    return (0..<perClass).map { k in
      var draw = stream.integer(below: perClass - k)
      var part = 0
      while draw >= left[part] {
        draw -= left[part]
        part += 1
      }
      left[part] -= 1
      return UInt8(part)
    }
  }

  /// The part of each frame of a class, `[files][frames]`.
  ///
  /// Frames are processed file by file in random order, each with a weight equal to its share of
  /// the environments, and each is assigned to the part with the largest deficit. So the parts
  /// differ from 60:20:20 by less than a frame, and within every file by as little as its frames
  /// allow.
  /// - Parameters:
  ///   - frameCounts: frames of each file.
  ///   - keepsFiles: whether a file is one unit.
  /// - Returns: nil if there are fewer units than parts.
  static func parts(frameCounts: [Int], keepsFiles: Bool, stream: inout SeededStream) -> [[UInt8]]?
  {
    let pieces = frameCounts.map { keepsFiles ? min($0, 1) : $0 }
    guard pieces.reduce(0, +) >= shares.count else { return nil }
    // Large units first, so that small ones can compensate; the sort is stable among files of equal
    // weight.
    let order = stream.shuffled(pieces.count).enumerated().sorted { left, right in
      let (a, b) = (pieces[left.element], pieces[right.element])
      return a == b ? left.offset < right.offset : a < b
    }.map(\.element)
    var result = frameCounts.map { [UInt8](repeating: 0, count: $0) }
    var filled = [0.0, 0.0, 0.0], total = 0.0
    var taken: [[(file: Int, piece: Int)]] = [[], [], []]
    for file in order where pieces[file] > 0 {
      let weight = 1 / Double(pieces[file])
      for piece in stream.shuffled(pieces[file]) {
        total += weight
        // Rounding must not decide between parts with equal deficits.
        let lacks = shares.indices.map { ((shares[$0] * total - filled[$0]) * 1e9).rounded() }
        let part = lacks.firstIndex(of: lacks.max()!)!
        filled[part] += weight
        taken[part].append((file, piece))
      }
    }
    // With very few units a part may have none; it then gets the smallest unit of the largest part.
    for part in taken.indices where taken[part].isEmpty {
      let richest = taken.indices.max { taken[$0].count < taken[$1].count }!
      taken[part].append(taken[richest].removeLast())
    }
    for (part, list) in taken.enumerated() {
      for (file, piece) in list {
        if keepsFiles {
          result[file] = [UInt8](repeating: UInt8(part), count: frameCounts[file])
        } else {
          result[file][piece] = UInt8(part)
        }
      }
    }
    return result
  }
}
