import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// XTC, TRR and DCD: variants that no fixture covers, and files that are truncated, damaged or
/// hostile.
@Suite(.tags(.fast)) struct BinaryFormatTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  func open(_ bytes: [UInt8], as name: String, strict: Bool = false) throws -> Trajectory {
    try Trajectory.open(
      paths: [scratch.write(bytes, as: name)], strict: strict, topologies: [fixture("water.gro")])
  }

  func read(_ bytes: [UInt8], as name: String) throws -> [(
    header: FrameHeader, atoms: AtomBatch
  )] {
    try readAll(open(bytes, as: name))
  }

  /// Stores a big-endian 32-bit number in bytes.
  func put(
    _ value: Int64, at offset: Int, in bytes: [UInt8], order: BinaryFields.Order = .big
  ) -> [UInt8] {
    var bytes = bytes
    let pattern = UInt32(truncatingIfNeeded: value)
    for byte in 0..<4 {
      bytes[offset + byte] = UInt8(
        truncatingIfNeeded: pattern >> UInt32(order == .big ? 24 - 8 * byte : 8 * byte))
    }
    return bytes
  }

  /// Offset of the second frame.
  func second(_ name: String) throws -> Int {
    let source = try TrajectorySource(path: fixture(name))
    return Int(try source.index(merging: [source.scan(0..<source.size)], file: 0).frames[1].offset)
  }

  @Test(arguments: ["water.xtc", "water.trr", "water.dcd"]) func cutAnywhere(_ name: String) throws
  {
    let whole = try bytes(name)
    let start = try second(name)
    for end in [
      start + 1, start + 20, start + 60, start + 100, (start + whole.count) / 2, whole.count - 4,
      whole.count - 1,
    ] {
      let trajectory = try open(Array(whole[..<end]), as: name)
      #expect(trajectory.frames.count == 1, "\(end)")
      #expect(
        trajectory.warnings.count == 1
          && trajectory.warnings[0].contains("the last frame is truncated and ignored"))
      #expect(try readAll(trajectory).count == 1)
      #expect(
        message { _ = try open(Array(whole[..<end]), as: name, strict: true) }?.hasSuffix(
          "(--strict)") == true)
    }
    // Truncated in the first frame, no frame remains.
    #expect(
      message { _ = try open(Array(whole[..<(start - 8)]), as: name) }?.contains(
        "no complete frame") == true)
  }

  /// A damaged header makes one bad frame among good ones.
  @Test(arguments: ["water.xtc", "water.trr"]) func damagedHeader(_ name: String) throws {
    let whole = try bytes(name)
    let start = try second(name)
    let three = whole + whole[start...]
    let trajectory = try open(put(7, at: start, in: three), as: name)
    // Both copies of the second frame have the same step; the damaged one has none. The end of the
    // frame before it may be damaged too.
    #expect(trajectory.frames.map(\.isSound) == [false, false, true])
    let reader = try TrajectoryReader(trajectory, species: .water())
    let text = message { _ = try reader.header(of: trajectory.frames[1]) }
    #expect(
      text?.hasPrefix("\(name) (frame 1): at byte \(start): expected a") == true, "\(text ?? "")")
    _ = try reader.header(of: trajectory.frames[2])
  }

  /// Bytes overwritten across a frame boundary: the frame that ends there is not accepted, whatever
  /// its values.
  @Test(arguments: ["water.xtc", "water.trr"]) func overwrittenBorder(_ name: String) throws {
    let whole = try bytes(name)
    let start = try second(name)
    for seed in 1...40 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var three = whole + whole[start...]
      for offset in start - 200..<start + 60 {
        three[offset] = UInt8.random(in: 0...255, using: &generator)
      }
      let trajectory = try open(three, as: name)
      let reader = try TrajectoryReader(trajectory, species: .water())
      let good = trajectory.frames.filter { frame in
        (try? reader.atoms(of: frame, header: reader.header(of: frame))) != nil
      }
      #expect(good.map(\.offset) == [Int64(whole.count)], "seed \(seed)")
    }
  }

  /// Damage of packed bytes in an XTC frame is detected anywhere: most changes move an atom out of
  /// the ranges or change the number of bits used.
  @Test func damagedPackedBytes() throws {
    let whole = try bytes("water.xtc")
    let start = try second("water.xtc")
    let first = try #require(try read(whole, as: "water.xtc").first)
    var generator = SeededGenerator(seed: 3)
    var taken = 0
    for _ in 0..<200 {
      var changed = Array(whole[..<start])
      let place = Int.random(in: 92..<start - 64, using: &generator)
      for offset in place..<place + 64 {
        changed[offset] = UInt8.random(in: 0...255, using: &generator)
      }
      if let frames = try? read(changed, as: "water.xtc"), frames.count == 1,
        frames[0].atoms.x != first.atoms.x
      {
        taken += 1
      }
    }
    #expect(taken == 0)
  }

  /// A run that was killed and appended to: the truncated frame is bad, the next one good.
  @Test(arguments: ["water.xtc", "water.trr"]) func cutInTheMiddle(_ name: String) throws {
    let whole = try bytes(name)
    let start = try second(name)
    let cut = Array(whole[..<(start - 40)]) + whole[start...]
    let trajectory = try open(cut, as: name)
    #expect(trajectory.frames.filter(\.isSound).map(\.offset) == [Int64(start - 40)])
  }

  /// Impossible counts are refused before any allocation.
  @Test func hostileCounts() throws {
    let xtc = try bytes("water.xtc")
    let huge = Int64(Int32.max)
    for bytes in [
      put(huge, at: 52, in: put(huge, at: 4, in: xtc)), put(huge, at: 88, in: xtc),
      put(-1, at: 88, in: xtc), put(0, at: 4, in: xtc),
      put(-5, at: 52, in: put(-5, at: 4, in: xtc)),
    ] {
      let text = message { _ = try readAll(open(bytes, as: "water.xtc")) }
      #expect(text?.contains("water.xtc") == true, "\(text ?? "read")")
    }
    // 2^60 bytes in the wide header.
    var wide = try bytes("wide.xtc")
    wide[88] = 0x10
    #expect(message { _ = try readAll(open(wide, as: "water.xtc")) } != nil)
    let trr = try bytes("water.trr")
    for field in [32, 52, 64] {
      #expect(
        message { _ = try readAll(open(put(huge, at: field, in: trr), as: "water.trr")) } != nil)
    }
    let dcd = try bytes("water.dcd")
    for offset in stride(from: 0, to: 276, by: 4) {
      // Whatever the header contains, memory is bounded by the file's size.
      _ = try? readAll(open(put(huge, at: offset, in: dcd, order: .little), as: "water.dcd"))
    }
  }

  @Test func impossiblePackedFields() throws {
    let xtc = try bytes("water.xtc")
    // Precision 0, an empty range, an index outside the table of steps: the message names frame and
    // byte.
    for (offset, value): (Int, Int64) in [(56, 0), (72, -1_000_000), (84, 8), (84, 73)] {
      let text = message { _ = try read(put(value, at: offset, in: xtc), as: "water.xtc") }
      #expect(
        text
          == "water.xtc (frame 0): at byte 56: the ranges or the precision of the packed "
          + "coordinates are invalid"
      )
    }
    // Runs that extend beyond the atoms.
    var ones = xtc
    for offset in 96..<600 { ones[offset] = 0xFF }
    let text = message { _ = try read(ones, as: "water.xtc") }
    #expect(
      text?.contains("water.xtc (frame 0): at byte") == true
        && text?.contains("the packed coordinates are damaged at atom") == true)
  }

  @Test func noBox() throws {
    var xtc = try bytes("water.xtc")
    for offset in 16..<52 { xtc[offset] = 0 }
    #expect(
      message { _ = try read(xtc, as: "water.xtc") }?.contains(
        "(frame 0): at byte 0: the frame has no box") == true)
  }

  /// Coordinates in wide ranges take more than 57 bits, and apart ones from 2²⁴ on: the general
  /// paths give the same result as the fast one.
  @Test func wideRanges() throws {
    let original = try read(bytes("water.xtc"), as: "water.xtc")
    #expect(original.count == 2)
    // An independent reader, written bit by bit from the description of the format.
    for name in [
      "water.xtc", "cobrotoxin.xtc", "xtc_test_only_10_frame_10_atoms.xtc", "mdanalysis.xtc",
    ] {
      let file = try bytes(name)
      let source = try TrajectorySource(path: fixture(name))
      for frame in try source.index(merging: [source.scan(0..<source.size)], file: 0).frames
      where frame.atomCount >= 10 {
        let body = Array(file[Int(frame.offset)..<Int(frame.end)])
        let layout = try #require(PackedCoordinates.Layout(body, isWide: false))
        for scale in [UInt32(1), 1 << 11] {
          // Widening the declared ranges changes how many bits the first of each group take: write
          // the file again, then read it.
          let written = SlowPacking.write(
            SlowPacking.read(body, layout: layout, atomCount: Int(frame.atomCount)), layout: layout,
            factor: scale)
          var packed = PackedCoordinates()
          let padded = written.bytes + [UInt8](repeating: 0, count: PackedCoordinates.padding)
          let failure = padded.withUnsafeBytes {
            packed.unpack(
              $0, byteCount: written.bytes.count, layout: written.layout,
              atomCount: Int(frame.atomCount))
          }
          #expect(failure == nil)
          let positions = (0..<Int32(frame.atomCount)).map { $0 }
          for axis in 0..<3 {
            #expect(
              packed.gather(positions[...], axis: axis, divisor: 1)
                == written.values.map { Double($0[axis]) })
          }
        }
      }
    }
  }

  @Test func doublesAndVelocitiesInTRR() throws {
    let single = try readAll(
      Trajectory.open(paths: [fixture("water.trr")], topologies: [fixture("water.gro")]))
    var out: [UInt8] = []
    func word(_ value: Int64, _ size: Int = 4) {
      for byte in 0..<size {
        out.append(UInt8(truncatingIfNeeded: value >> Int64(8 * (size - 1 - byte))))
      }
    }
    for (k, frame) in single.enumerated() {
      let count = Int64(frame.atoms.count)
      // The middle frame has velocities only.
      for hasPositions in k == 0 ? [true, false] : [true] {
        word(1993)
        word(13)
        word(12)
        out += Array("GMX_trn_file".utf8)
        for size in [
          0, 0, 72, 0, 0, 0, 0, hasPositions ? 24 * count : 0, 24 * count, 0, count,
          100 * Int64(k) + (hasPositions ? 0 : 50), 0,
        ] { word(size) }
        for value in [0.5, 0] { word(Int64(bitPattern: value.bitPattern), 8) }
        for axis in 0..<3 {
          for component in 0..<3 {
            word(Int64(bitPattern: (frame.header.cell.edge(axis)[component] / 10).bitPattern), 8)
          }
        }
        for _ in hasPositions ? 0..<2 : 0..<1 {
          for atom in 0..<Int(count) {
            for value in [frame.atoms.x[atom], frame.atoms.y[atom], frame.atoms.z[atom]] {
              word(Int64(bitPattern: (value / 10).bitPattern), 8)
            }
          }
        }
      }
    }
    let trajectory = try open(out, as: "double.trr")
    #expect(trajectory.frames.map(\.step) == [0, 100])
    #expect(
      trajectory.warnings.map { $0.contains("1 frame without positions ignored") }
        == [true])
    for (frame, expected) in zip(try readAll(trajectory), single) {
      #expect(frame.header.time == 0.5)
      #expect(zip(frame.atoms.y, expected.atoms.y).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(
      message {
        _ = try readAll(open(put(0x7FF0_0000, at: 164 + 24 * 5, in: out), as: "double.trr"))
      }?.contains("expected a finite number")
        == true)
  }

  @Test func packedBinariesAndMissingTopologies() throws {
    let path = try scratch.write(gzip(bytes("water.xtc")), as: "water.xtc.gz")
    #expect(
      message { _ = try Trajectory.open(paths: [path]) }?.contains(
        "is a compressed XTC file: decompress it") == true)
    let bare = try Trajectory.open(paths: [fixture("water.xtc")])
    #expect(
      message { _ = try readAll(bare) }?.contains(
        "XTC files contain no atom names: add --topology FILE")
        == true)
    let other = try Trajectory.open(
      paths: [fixture("water.xtc")], topologies: [fixture("mdanalysis.gro")])
    #expect(
      message { _ = try readAll(other) }?.contains("expected a topology of 192 atoms, found")
        == true)
    // Several topologies: each file takes the one that fits.
    let both = try Trajectory.open(
      paths: [fixture("water.xtc")], topologies: [fixture("mdanalysis.gro"), fixture("water.gro")])
    #expect(try readAll(both).count == 2)
    let unused = try Trajectory.open(
      paths: [fixture("water.xyz")], topologies: [fixture("water.gro")])
    #expect(unused.warnings.contains { $0.contains("(--topology) is not used") })
    #expect(
      message { _ = try Trajectory.open(paths: [fixture("water.data")]) }?.contains(
        "is a LAMMPS data file: use it as --topology") == true)
    #expect(
      message { _ = try Topology(path: fixture("water.xtc")) }?.contains(
        "expected a topology (--topology)") == true)
  }

  /// Damaged files of each format are read or refused, in bounded memory and without a crash.
  @Test(arguments: [
    "water.xtc", "wide.xtc", "water.trr", "water.dcd", "xtc_test_only_10_frame_10_atoms.xtc",
  ]) func mutants(_ name: String)
    throws
  {
    let original = try bytes(name)
    var generator = SeededGenerator(seed: UInt64(original.count))
    let topologies = [fixture("water.gro")]
    var readable = 0
    for round in 0..<600 {
      var mutant = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !mutant.isEmpty {
        let place = Int.random(
          in: 0..<min(mutant.count, round % 2 == 0 ? 400 : mutant.count), using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: mutant[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2:
          mutant.removeSubrange(
            place..<min(mutant.count, place + Int.random(in: 1...40, using: &generator)))
        case 3: for k in place..<min(mutant.count, place + 8) { mutant[k] = 0xFF }
        default: mutant.removeSubrange(place...)
        }
      }
      let path = try scratch.write(mutant, as: name)
      do {
        let trajectory = try Trajectory.open(paths: [path], topologies: topologies)
        let reader = TrajectoryReader(trajectory, species: try .water())
        for frame in trajectory.frames {
          guard let header = try? reader.header(of: frame),
            let atoms = try? reader.atoms(of: frame, header: header)
          else { continue }
          let isFinite = (atoms.x + atoms.y + atoms.z).allSatisfy(\.isFinite)
          #expect(isFinite && atoms.atomsRead == header.atomCount)
          readable += 1
        }
      } catch let error as TrajectoryError {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(name.hasPrefix("xtc_test") || readable > 50)
  }
}
