import Serialization
import ProgramSupport
import TestSupport
import Testing

@testable import Training

/// A checkpoint of a training in parts, so that the data protected by its checksum can be changed
/// too.
struct CheckpointParts {
  /// Description of the training.
  var head: [UInt8]
  var magic = Array("verglas-training\n".utf8)
  var version = 1
  /// The state without its header and checksum: numbers of 8 bytes, then parameters.
  var payload: [UInt8]
  /// Bytes after the checksum.
  var tail: [UInt8] = []

  /// Numbers of a state with two hidden layers, by position.
  enum Place: Int {
    case hiddenCount = 0
    case batch = 5
    case classes = 13
    case step, bestEpoch, epochs
  }

  init(_ bytes: [UInt8]) throws {
    let first = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
    let start = try #require(bytes[(first + 1)...].firstIndex(of: UInt8(ascii: "\n"))) + 1
    head = Array(bytes[..<start])
    payload = Self.payload(ofState: Array(bytes[start...]))
  }

  /// A state without its header and checksum.
  static func payload(ofState bytes: [UInt8]) -> [UInt8] { Array(bytes.dropFirst(29).dropLast(8)) }

  mutating func set(_ place: Place, to value: Int) {
    payload.replaceSubrange((8 * place.rawValue)..<(8 * place.rawValue + 8), with: word(value))
  }

  private func word(_ value: Int, size: Int = 8) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The checkpoint with correct length and checksum.
  var bytes: [UInt8] {
    let state = magic + word(version, size: 4) + word(payload.count) + payload
    return head + state + word(Int(bitPattern: UInt(Checksum.of(state[...])))) + tail
  }
}

/// Checkpoints that `train --resume` must refuse: one message that names the file and what to do,
/// and the file stays.
@Suite(.serialized, .tags(.mpi, .kill)) struct CheckpointTests {
  struct Damage: Sendable {
    let words: String
    let change: @Sendable (inout CheckpointParts) -> Void
    init(_ words: String, _ change: @escaping @Sendable (inout CheckpointParts) -> Void) {
      (self.words, self.change) = (words, change)
    }
  }

  static let remedy = "remove it to start the training over"

  static let table = [
    Damage("this is not a training checkpoint; \(remedy)") {
      $0.head = Array("verglas-model\n{}\n".utf8)
    },
    Damage("this is not a training checkpoint; \(remedy)") {
      $0.head = Array("verglas-checkpoint\n[1]\n".utf8)
    },
    Damage("this is not a training state of verglas; \(remedy)") { $0.magic[0] ^= 1 },
    Damage(
      "a training state of version 3, expected 1: it was written by another release; \(remedy)"
    ) {
      $0.version = 3
    },
    Damage("around them: it is incomplete; \(remedy)") { $0.tail = [0, 0, 0] },
    Damage("the training state holds a batch of 0 samples: expected at least 1; \(remedy)") {
      $0.set(.batch, to: 0)
    },
    Damage("the training state: a list of -1 items in ") { $0.set(.hiddenCount, to: -1) },
    Damage("the training state: a list of 1152921504606846976 items in ") {
      $0.set(.hiddenCount, to: 1 << 60)
    },
    Damage("expected two or more from 1 to 1048576, the last at least 2; \(remedy)") {
      $0.set(.classes, to: 1)
    },
    Damage("the training state holds step -1 and best epoch ") { $0.set(.step, to: -1) },
    Damage("and best epoch 9 of ") { $0.set(.bestEpoch, to: 9) },
    Damage("epochs, which is impossible; \(remedy)") { $0.set(.epochs, to: .max) },
    Damage("the training state: the bytes end at ") { $0.payload.removeLast(100) },
    Damage(" more; \(remedy)") { $0.payload.removeLast($0.payload.count - 20) },
    Damage("the training state holds 8 bytes after its last part; \(remedy)") {
      $0.payload += [UInt8](repeating: 0, count: 8)
    },
    Damage("the options of its state differ from those of its header (dropout ") {
      $0.set(.batch, to: 7)
    },
    Damage(
      "expected a network of layers [63, 24, 16, 2], found layers [5, 3, 2]; \(remedy)"
    ) {
      $0.payload = CheckpointParts.payload(
        ofState: TrainingState(features: 5, classes: 2, options: TrainingOptions(hidden: [3])).bytes
      )
    },
  ]

  @Test("a damaged checkpoint is refused with its name and stays", arguments: [nil, 2])
  func damaged(ranks: Int?) throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    let output = folder("m.safetensors")
    try #require(
      try train(lesson.two, to: output, ranks: ranks, quick + ["--max-hours", "1e-9"]).code == 75)
    let whole = try bytes(of: folder("m.safetensors.checkpoint"))
    let parts = try CheckpointParts(whole)
    try #require(parts.bytes == whole)
    for damage in Self.table {
      var damaged = parts
      damage.change(&damaged)
      try folder.write(damaged.bytes, as: "m.safetensors.checkpoint")
      let outcome = try train(lesson.two, to: output, ranks: ranks, quick + ["--resume"])
      #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(damage.words): \(outcome)")
      let isTold = outcome.error.range(of: "m.safetensors.checkpoint: ").map {
        outcome.error[$0.upperBound...].contains(damage.words)
      }
      #expect(isTold == true, "\(damage.words): \(outcome)")
      #expect(try folder.names() == ["m.safetensors.checkpoint"])
      #expect(try bytes(of: folder("m.safetensors.checkpoint")) == damaged.bytes)
    }
    // The complete one is still valid.
    try folder.write(whole, as: "m.safetensors.checkpoint")
    #expect(try train(lesson.two, to: output, ranks: ranks, quick + ["--resume"]).code == 0)
  }
}
