import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// The index must not depend on the division of the scan, nor the atoms on the division of a frame.
@Suite(.tags(.fast)) struct ScanTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Files with everything that a boundary between shares could divide.
  static let texts: [String] = {
    let dump = DumpText(molecules: 2)
    let timed = (0..<40).map { "ITEM: TIME\n\($0)\n" + dump.frame(step: $0) }.joined()
    let broken =
      dump.frame(step: 0) + String(dump.frame(step: 1).dropLast(9)) + dump.frame(step: 2)
      + "junk\n\n\n" + dump.frame(step: 3)
    return [
      dump.text(steps: 0..<50), "ITEM: UNITS\nmetal\n" + timed,
      broken + String(dump.frame(step: 4).dropLast(30)), timed + "ITEM: TIME\n4",
      (timed + dump.text(steps: 5..<50)).replacingOccurrences(of: "ITEM: ", with: "ITEM:\t  ")
        + "ITEM:  TIME",
      "\n\n" + dump.text(steps: [1]) + String(repeating: "\n", count: 3000) + dump.frame(step: 2),
      String(repeating: "ITEM: TIMESTEP\n", count: 60),
      "ITEM: " + String(repeating: "P", count: 500) + dump.frame(step: 3),
      DumpText(molecules: 3, newline: "\r\n").text(steps: 0..<9) + "\r\n",
      "ITEM: TIMESTEP\n5\nITEM: NUMBER OF ATITEM: TIMESTEP\n6\n" + dump.frame(step: 7),
    ]
  }()

  @Test(arguments: texts.indices) func sharesAgreeWithOneScan(_ number: Int) throws {
    let source = try TrajectorySource(path: try scratch.write(Self.texts[number]))
    let serial = try source.index(merging: [source.scan(0..<source.size)], file: 0)
    for parts in [2, 3, 5, 7, 16, 61, 257, Int(source.size)] where parts <= 700 {
      let partials = try (0..<parts).map {
        try PartialIndex(decoding: source.scan(source.share($0, of: parts)).encode())
      }
      #expect(try source.index(merging: partials.reversed(), file: 0) == serial, "\(parts) shares")
    }
    var generator = SeededGenerator(seed: UInt64(number))
    for _ in 0..<60 {
      let cuts =
        [0, source.size] + (0..<3).map { _ in Int64.random(in: 0...source.size, using: &generator) }
      let bounds = cuts.sorted()
      let partials = try zip(bounds, bounds.dropFirst()).map { try source.scan($0..<$1) }
      #expect(try source.index(merging: partials, file: 0) == serial, "cut at \(bounds)")
    }
    #expect(try FrameIndex(decoding: serial.encode()) == serial)
    // A stream returns the same content in different windows.
    let packed = try TrajectorySource(path: try scratch.write(gzip(Self.texts[number])))
    var streamed = try packed.index(merging: [packed.scan(0..<packed.size)], file: 0)
    streamed.accessPoints = []
    #expect(streamed == serial)
  }

  @Test func scanCrossesItsOwnBlocks() throws {
    // Frames of 1.3 MB each: every block boundary of the scan is at a different position in a
    // frame.
    let dump = DumpText(molecules: 15_000)
    let path = try scratch.write(
      "ITEM: UNITS\nreal\n" + (0..<6).map { "ITEM: TIME\n\($0)\n\(dump.frame(step: $0))" }.joined())
    let source = try TrajectorySource(path: path)
    let serial = try source.index(merging: [source.scan(0..<source.size)], file: 0)
    #expect(serial.frames.count == 6 && serial.frames.allSatisfy(\.isSound))
    #expect(serial.frames.map(\.line) == (0..<6).map { $0 * 45_011 + ($0 == 0 ? 1 : 3) })
    let partials = try (0..<7).map { try source.scan(source.share($0, of: 7)) }
    #expect(try source.index(merging: partials, file: 0) == serial)
    let trajectory = try Trajectory(sources: [source], indexes: [serial])
    let reader = try TrajectoryReader(trajectory, species: .water())
    let header = try reader.header(of: serial.frames[3])
    let whole = try reader.atoms(of: serial.frames[3], header: header)
    for parts in [2, 3, 8] {
      var joined = AtomBatch()
      for part in 0..<parts {
        joined.append(try reader.atoms(of: serial.frames[3], header: header, part: part, of: parts))
      }
      #expect(joined == whole)
    }
  }

  @Test func gapsAreRefused() throws {
    let source = try TrajectorySource(path: try scratch.write(Self.texts[0]))
    #expect(throws: TrajectoryError.self) {
      try source.index(merging: [source.scan(0..<100), source.scan(101..<source.size)], file: 0)
    }
    #expect(throws: TrajectoryError.self) {
      try source.index(merging: [source.scan(0..<100)], file: 0)
    }
    #expect(throws: TrajectoryError.self) { try source.index(merging: [], file: 0) }
  }

  @Test(arguments: ["id type x y z", "type x y z", "element xs ys zs id vx"]) func partsAreTheWhole(
    _ columns: String
  ) throws {
    let text = DumpText(molecules: 9, columns: columns).text(steps: [0, 5])
    for (name, bytes) in [("plain", Array(text.utf8)), ("gz", gzip(text)), ("zst", zstd(text))] {
      let trajectory = try Trajectory.open(paths: [try scratch.write(bytes, as: name)])
      let reader = try TrajectoryReader(trajectory, species: .water())
      for frame in trajectory.frames {
        let header = try reader.header(of: frame)
        let whole = try reader.atoms(of: frame, header: header)
        for parts in Array(1...40) + [1000] {
          var joined = AtomBatch()
          for part in 0..<parts {
            joined.append(try reader.atoms(of: frame, header: header, part: part, of: parts))
          }
          #expect(joined == whole, "\(parts) parts of \(name)")
        }
      }
    }
  }

  @Test func errorsInPartsNameTheSameLine() throws {
    let dump = DumpText(molecules: 9)
    var lines = dump.lines(step: 0)
    lines[20] = "21 2 1 x 3"
    let trajectory = try Trajectory.open(paths: [
      try scratch.write(dump.header(step: 0) + lines.joined(separator: "\n") + "\n")
    ])
    let reader = try TrajectoryReader(trajectory, species: .water())
    let header = try reader.header(of: trajectory.frames[0])
    for parts in 1...30 {
      let errors = (0..<parts).compactMap { part in
        message {
          _ = try reader.atoms(of: trajectory.frames[0], header: header, part: part, of: parts)
        }
      }
      #expect(
        errors == [
          "water.lammpstrj:30 (frame 0): atom 21: expected a finite number for y, found 'x'"
        ])
    }
  }

  @Test func locationsTravelAsIntegers() throws {
    let source = try TrajectorySource(path: try scratch.write(Self.texts[2]))
    #expect(try TrajectorySource(decoding: source.encode()) == source)
    for frame in try source.index(merging: [source.scan(0..<source.size)], file: 3).frames {
      #expect(
        frame.words.count == FrameLocation.wordCount && FrameLocation(words: frame.words) == frame
          && frame.file == 3)
    }
    #expect(FrameLocation(words: [1, 2, 3]) == nil)
    let bytes = try source.scan(0..<source.size).encode()
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: TrajectoryError.self) { try PartialIndex(decoding: Array(bytes[..<length])) }
    }
    let prints = try (0..<2).map { _ in try source.fingerprint() }
    #expect(prints[0] == prints[1])
  }

  @Test func newlinesAndFrameStartsAgreeWithPlainLoops() {
    var generator = SeededGenerator(seed: 3)
    for length in [0, 1, 63, 64, 65, 200, 5000, 70_000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 8...12, using: &generator) }
      for start in [0, length / 3, length] {
        #expect(
          bytes.withUnsafeBytes { countNewlines($0, from: start, to: length) }
            == bytes[start...].count { $0 == 10 })
      }
    }
    #expect(
      [UInt8](repeating: 10, count: 100_000).withUnsafeBytes {
        countNewlines($0, from: 1, to: 99_999)
      } == 99_998)
  }
}
