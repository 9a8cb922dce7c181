import Geometry
import JobControl

import Glibc

/// Converts atoms to lines of a dump, with its own number formatting: `String(format:)` would take
/// longer than everything else together.
struct GenerationText {
  private let layout: GenerationLayout
  private(set) var bytes: [UInt8] = []

  init(_ layout: GenerationLayout) { self.layout = layout }

  /// Replaces the text by the lines of `atoms` (O, H, H of each molecule in turn), the first of
  /// which has the id `firstID`.
  mutating func format(_ atoms: [Vector], firstID: Int) {
    let capacity = (atoms.count / 3) * layout.longestMolecule
    let widths = layout.widths
    bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      var p = start
      for (k, r) in atoms.enumerated() {
        Self.put(id: firstID &+ k, at: &p)
        let isOxygen = k % 3 == 0
        p[0] = 0x20
        p[1] = isOxygen ? 0x31 : 0x32
        p[2] = 0x20
        p[3] = isOxygen ? 0x4F : 0x48
        p += 4
        Self.put(r.x, width: widths.x, at: &p)
        Self.put(r.y, width: widths.y, at: &p)
        Self.put(r.z, width: widths.z, at: &p)
        p[0] = 0x0A
        p += 1
      }
      count = p - start
      precondition(count <= capacity, "a line is no longer than the longest")
    }
  }

  @inline(__always)
  private static func put(id: Int, at p: inout UnsafeMutablePointer<UInt8>) {
    var length = 1, bound = 10
    while id >= bound {
      length &+= 1
      bound &*= 10
    }
    var rest = UInt64(truncatingIfNeeded: id)
    for place in stride(from: length &- 1, through: 0, by: -1) {
      p[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    p += length
  }

  /// A space and a number, right-aligned in `width` bytes, truncated (not rounded) after five
  /// decimals, so that a coordinate below an edge stays below it.
  @inline(__always)
  private static func put(_ x: Double, width: Int, at p: inout UnsafeMutablePointer<UInt8>) {
    let scaled = Int64(x * 100_000)
    var rest = scaled.magnitude
    p[0] = 0x20
    p += 1
    var place = width &- 1
    for _ in 0..<GenerationLayout.decimals {
      p[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      place &-= 1
    }
    p[place] = 0x2E
    place &-= 1
    repeat {
      p[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      place &-= 1
    } while rest > 0 && place >= 0
    precondition(rest == 0, "every coordinate of the box fits its column")
    if scaled < 0 {
      precondition(place >= 0, "every coordinate of the box fits its column")
      p[place] = 0x2D
      place &-= 1
    }
    while place >= 0 {
      p[place] = 0x20
      place &-= 1
    }
    p += width
  }
}

/// A file that ranks write by offset, each its own part.
final class PositionedFile {
  private let path: String
  private let descriptor: Int32

  /// Creates a file; an existing file is an error.
  init(creating path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RunError("\(path) cannot be created: \(Self.reason)", .cannotCreate)
    }
  }

  /// Opens the file that another rank has created.
  init(opening path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunError(
        "\(path) cannot be opened on every rank: \(Self.reason); write to a folder that is shared "
          + "by all nodes",
        .cannotCreate)
    }
  }

  deinit { close(descriptor) }

  /// Sets the size, after checking the free space of the file system.
  func reserve(_ size: Int) throws {
    var status = statvfs()
    if fstatvfs(descriptor, &status) == 0 {
      let free = Double(status.f_bavail) * Double(status.f_frsize)
      guard free >= Double(size) else {
        throw RunError(
          "\(path) needs \(Log.grouped(size)) bytes, but its file system has "
            + "\(Log.grouped(Int(free))) free; free some space, or choose fewer "
            + "frames or molecules", .cannotCreate)
      }
    }
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      throw failure("cannot be extended to \(size) bytes")
    }
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: [UInt8], at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("cannot be written at byte \(offset + done)") }
      done += written
    }
  }

  /// Flushes what this rank wrote to disk.
  func synchronise() throws {
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw failure("cannot be flushed to the disk")
    }
  }

  private func failure(_ what: String) -> RunError {
    RunError("\(path) \(what): \(Self.reason)", .inputOutput)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
