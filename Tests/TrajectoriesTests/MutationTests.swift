import Glibc
import TestSupport
import Testing

@testable import Trajectories

/// Thousands of damaged files: each is read or refused with a `TrajectoryError`, in bounded memory.
@Suite(.tags(.fast, .fuzz)) struct MutationTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Words that have caused errors in readers.
  private static let words = [
    "ITEM: TIMESTEP", "ITEM: ATOMS id type x y z", "ITEM: TIME\n", "ITEM: UNITS\nlj\n",
    "ITEM: NUMBER OF ATOMS\n1152921504606846976\n",
    "nan", "-inf", "1e999",
    "\0", "\r", "\n\n\n", "99999999999999999999999", "-1", "ITEM: BOX BOUNDS xy xz yz pp pp pp\n",
    "0x1p3", ".", "e", "\u{FEFF}", "P", " ",
  ].map { Array($0.utf8) }

  private static func mutate(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, position + Int.random(in: 0...60, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(position..<end)
      case 3:
        bytes.insert(
          contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      case 4:
        bytes.replaceSubrange(
          position..<min(bytes.count, position + 2), with: words.randomElement(using: &generator)!)
      case 5: bytes.removeSubrange(position...)
      default: bytes[position..<end].reverse()
      }
    }
    return bytes
  }

  /// Reads everything, also in parts. The compiler ensures that only a `TrajectoryError` can be
  /// thrown.
  private static func exercise(_ path: String, _ species: SpeciesMap) throws(TrajectoryError) {
    let trajectory = try Trajectory.open(paths: [path])
    let reader = TrajectoryReader(trajectory, species: species)
    for frame in trajectory.frames {
      guard let whole = try? reader.atoms(of: frame, header: reader.header(of: frame)) else {
        continue
      }
      let header = try reader.header(of: frame)
      _ = try reader.census(of: frame, header: header)
      var joined = AtomBatch()
      for part in 0..<3 {
        joined.append(try reader.atoms(of: frame, header: header, part: part, of: 3))
      }
      #expect(joined == whole && whole.atomsRead == header.atomCount)
      let areFinite = (whole.x + whole.y + whole.z).allSatisfy { $0.isFinite }
      #expect(areFinite)
    }
  }

  private static var peakMegabytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }

  @Test(arguments: [0, 1, 2, 3]) func mutants(_ kind: Int) throws {
    let dump = DumpText(molecules: 3)
    let tilted = DumpText(
      molecules: 3, box: "ITEM: BOX BOUNDS xy xz yz pp ff pp\n-1 14 -2\n1 10 3\n3 9 -1\n",
      columns: "x element id xs ys zs")
    let text = Array(("ITEM: UNITS\nreal\nITEM: TIME\n1\n" + dump.text(steps: 0..<3)).utf8)
    let seeds = [
      text, Array(tilted.text(steps: 0..<3).utf8), gzip(text) + gzip(text), zstd(text) + zstd(text),
    ]
    var generator = SeededGenerator(seed: UInt64(100 + kind))
    let before = Self.peakMegabytes
    let species = try SpeciesMap.water()
    var readable = 0
    for _ in 0..<1500 {
      let path = try scratch.write(Self.mutate(seeds[kind], &generator))
      do throws(TrajectoryError) {
        try Self.exercise(path, species)
        readable += 1
      } catch {
        #expect(!error.reason.isEmpty && error.path.hasSuffix("water.lammpstrj"), "\(error)")
      }
    }
    #expect(readable > 100)
    #expect(Self.peakMegabytes - before < 300, "memory follows the bytes that are there")
  }
}
