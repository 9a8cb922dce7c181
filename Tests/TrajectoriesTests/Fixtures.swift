import CZlib
import CZstd
import Foundation

@testable import Trajectories

/// SplitMix64: the same sequence for a seed on any platform.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A directory for one test, removed with it.
final class Scratch {
  let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "verglas-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], as name: String = "water.lammpstrj") throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func write(_ text: String, as name: String = "water.lammpstrj") throws -> String {
    try write(Array(text.utf8), as: name)
  }
}

/// Water as LAMMPS would dump it, with random positions.
struct DumpText {
  var molecules = 4
  var box = "ITEM: BOX BOUNDS pp pp pp\n0 20\n0 20\n0 20\n"
  var columns = "id type x y z"
  var newline = "\n"
  var precision = 4
  var seed: UInt64 = 1

  /// Atom lines in the order O H H, without newlines.
  func lines(step: Int) -> [String] {
    var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(truncatingIfNeeded: step))
    return (0..<3 * molecules).map { atom in
      let position = (0..<3).map { _ in
        String(format: "%.\(precision)f", Double.random(in: -5...25, using: &generator))
      }
      return columns.split(separator: " ").map { name in
        switch name {
        case "id": "\(atom + 1)"
        case "mol": "\(atom / 3 + 1)"
        case "type": atom % 3 == 0 ? "1" : "2"
        case "element": atom % 3 == 0 ? "O" : "H"
        case _ where name.hasPrefix("x"): position[0]
        case _ where name.hasPrefix("y"): position[1]
        case _ where name.hasPrefix("z"): position[2]
        default: "0.5"
        }
      }.joined(separator: " ")
    }
  }

  func header(step: Int, atoms: Int? = nil) -> String {
    "ITEM: TIMESTEP\n\(step)\nITEM: NUMBER OF ATOMS\n\(atoms ?? 3 * molecules)\n\(box)ITEM: ATOMS "
      + "\(columns)\n"
  }

  func frame(step: Int) -> String {
    let text = header(step: step) + lines(step: step).map { $0 + "\n" }.joined()
    return newline == "\n" ? text : text.replacingOccurrences(of: "\n", with: newline)
  }

  func text(steps: some Sequence<Int>) -> String { steps.map(frame).joined() }
}

extension SpeciesMap {
  /// Types 1 and 2 as in `DumpText`.
  static func water() throws -> SpeciesMap {
    try SpeciesMap(names: ["O", "H"], types: [1: "O", 2: "H"])
  }
}

/// Everything in a trajectory: the header and the atoms of each frame.
func readAll(_ trajectory: Trajectory, species: SpeciesMap? = nil) throws -> [(
  header: FrameHeader, atoms: AtomBatch
)] {
  let reader = TrajectoryReader(trajectory, species: try species ?? .water())
  return try trajectory.frames.map { frame in
    let header = try reader.header(of: frame)
    return (header, try reader.atoms(of: frame, header: header))
  }
}

func readAll(_ path: String, species: SpeciesMap? = nil) throws -> [(
  header: FrameHeader, atoms: AtomBatch
)] {
  try readAll(Trajectory.open(paths: [path]), species: species)
}

/// The error message that the user would see, without the directory; nil if there is no error.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return String(describing: error).replacingOccurrences(
      of: "[^ ]*verglas-[0-9A-F-]+/", with: "", options: .regularExpression)
  }
}

/// One gzip member.
func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let written = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      deflate(&stream, Z_FINISH)
      return output.count - Int(stream.avail_out)
    }
  }
  return Array(output[..<written])
}

func gzip(_ text: String) -> [UInt8] { gzip(Array(text.utf8)) }

/// One zstd frame, with a checksum.
func zstd(_ bytes: [UInt8]) -> [UInt8] {
  var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
  let context = ZSTD_createCCtx()
  defer { ZSTD_freeCCtx(context) }
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  let written = ZSTD_compress2(context, &output, output.count, bytes, bytes.count)
  return Array(output[..<written])
}

func zstd(_ text: String) -> [UInt8] { zstd(Array(text.utf8)) }
