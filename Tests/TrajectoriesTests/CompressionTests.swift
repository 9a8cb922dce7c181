import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// Compressed files: detected from content, members are joined, damage affects only what follows
/// it.
@Suite(.tags(.fast)) struct CompressionTests {
  let scratch: Scratch
  let dump = DumpText(molecules: 30)

  init() throws { scratch = try Scratch() }

  private func steps(_ bytes: [UInt8]) throws -> [Int64] {
    try readAll(try scratch.write(bytes)).map(\.header.step)
  }

  @Test func contentDecidesNotTheName() throws {
    let text = dump.text(steps: 0..<20)
    let plain = try readAll(try scratch.write(text, as: "a.gz"))
    for (name, bytes) in [("b.zst", gzip(text)), ("c.lammpstrj", zstd(text)), ("d", gzip(text))] {
      let frames = try readAll(try scratch.write(bytes, as: name))
      #expect(
        frames.count == 20
          && zip(frames, plain).allSatisfy { $0.header == $1.header && $0.atoms == $1.atoms })
    }
  }

  @Test func concatenatedMembers() throws {
    let text = Array(dump.text(steps: 0..<12).utf8)
    let cuts = [0, 1, 700, 5000, text.count / 2, text.count]
    let pieces = zip(cuts, cuts.dropFirst()).map { Array(text[$0..<$1]) }
    #expect(try steps(pieces.flatMap { gzip($0) } + gzip("")) == Array(0..<12))
    #expect(try steps(pieces.flatMap(zstd)) == Array(0..<12))
    #expect(try steps(gzip(text) + [UInt8](repeating: 0, count: 600)) == Array(0..<12))
    let odd = try Trajectory.open(paths: [try scratch.write(gzip(text) + Array("tail".utf8))])
    #expect(
      odd.frames.count == 12 && odd.warnings.count == 1 && odd.warnings[0].contains("are ignored"))
  }

  @Test func cutFilesGiveTheirCompleteFrames() throws {
    let text = dump.text(steps: 0..<40)
    // Members of several frames, so that zstd too has data before the truncation.
    let packed = [gzip(text), (0..<8).flatMap { zstd(dump.text(steps: $0 * 5..<$0 * 5 + 5)) }]
    for bytes in packed {
      var counts: [Int] = []
      for eighth in 3..<8 {
        let path = try scratch.write(Array(bytes[..<(bytes.count * eighth / 8 + 11)]))
        let trajectory = try Trajectory.open(paths: [path])
        #expect(trajectory.warnings.contains { $0.contains("is truncated") })
        let frames = try readAll(trajectory)
        #expect(frames.map(\.header.step) == Array(0..<Int64(frames.count)))
        counts.append(frames.count)
        #expect(
          message { _ = try Trajectory.open(paths: [path], strict: true) }?.hasSuffix("(--strict)")
            == true)
      }
      #expect(counts == counts.sorted() && counts[0] > 5 && counts[4] < 40, "\(counts)")
    }
    let start = try scratch.write(Array(gzip(text)[..<30]))
    #expect(message { _ = try Trajectory.open(paths: [start]) } != nil)
  }

  @Test func wrongChecksumIsWarnedOf() throws {
    var bytes = gzip(dump.text(steps: 0..<10))
    bytes[bytes.count - 6] ^= 0x40
    let trajectory = try Trajectory.open(paths: [try scratch.write(bytes)])
    #expect(trajectory.frames.count == 10)
    #expect(trajectory.warnings.contains { $0.contains("incorrect data check") })
    var packed = zstd(dump.text(steps: 0..<10))
    packed[packed.count - 2] ^= 0x40
    let other = try Trajectory.open(paths: [try scratch.write(packed)])
    #expect(
      other.frames.count == 10 && other.warnings.contains { $0.contains("doesn't match checksum") })
    #expect(try readAll(other).count == 10)
    let large = DumpText(molecules: 60_000)
    var longer = zstd(large.text(steps: 0..<2)) + zstd(large.text(steps: 2..<3))
    longer[zstd(large.text(steps: 0..<2)).count - 1] ^= 1
    #expect(try readAll(try scratch.write(longer)).map(\.header.step) == [0, 1])
  }

  @Test func flippedBitsLeaveReadableFramesOnly() throws {
    let good = gzip(dump.text(steps: 0..<60))
    var generator = SeededGenerator(seed: 5)
    var kept: [Int] = []
    for _ in 0..<60 {
      var bytes = good
      let position = Int.random(in: bytes.count / 4..<bytes.count - 8, using: &generator)
      bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      let trajectory = try Trajectory.open(paths: [try scratch.write(bytes)])
      #expect(!trajectory.warnings.isEmpty)
      // A flipped digit gives a wrong step or coordinate, which the checksum detects with a
      // warning; all remaining frames can be read.
      kept.append(try readAll(trajectory).count)
    }
    #expect(kept.allSatisfy { $0 >= 10 }, "\(kept)")
  }

  @Test func randomAccessIsSequentialReading() throws {
    // 40 MB of content: several access points within a member, at member borders, and within a
    // frame.
    let big = DumpText(molecules: 60_000)
    let frames = (0..<7).map { Array(big.frame(step: $0).utf8) }
    let text = frames.flatMap { $0 }
    let half = frames[0].count * 7 / 2
    for (bytes, points) in [
      (gzip(text, level: 1), 3),
      (gzip(Array(text[..<half]), level: 1) + gzip(Array(text[half...]), level: 1), 3),
      (frames.flatMap(zstd), 6),
    ] {
      let trajectory = try Trajectory.open(paths: [try scratch.write(bytes)])
      #expect(trajectory.indexes[0].accessPoints.count >= points)
      #expect(try FrameIndex(decoding: trajectory.indexes[0].encode()) == trajectory.indexes[0])
      let sequential = try readAll(trajectory)
      let reader = try TrajectoryReader(trajectory, species: .water())
      for position in [6, 1, 4, 4, 0, 5, 2, 3] {
        let frame = trajectory.frames[position]
        let header = try reader.header(of: frame)
        #expect(try reader.atoms(of: frame, header: header) == sequential[position].atoms)
        let last = try reader.atoms(of: frame, header: header, part: 6, of: 7)
        #expect(last.ids == Array(sequential[position].atoms.ids.suffix(last.count)))
      }
    }
  }
}
