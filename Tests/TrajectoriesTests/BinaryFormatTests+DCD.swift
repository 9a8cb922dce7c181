import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// DCD: kinds of files, and files that are refused.
extension BinaryFormatTests {
  /// Big-endian DCD, and records with lengths of eight bytes.
  @Test func otherDCDs() throws {
    let whole = try bytes("water.dcd")
    let expected = try read(whole, as: "water.dcd")
    var fields = BinaryFields(whole, order: .little)
    for big in [true, false] {
      for wide in [true, false] {
        var out: [UInt8] = []
        fields = BinaryFields(whole, order: .little)
        var record = 0
        while fields.position < whole.count {
          let length = Int(fields.int32() ?? 0)
          let content = whole[fields.position..<fields.position + length]
          let marker = (0..<(wide ? 8 : 4)).map {
            UInt8(truncatingIfNeeded: $0 < 4 ? length >> (8 * $0) : 0)
          }
          // Numbers are four bytes wide, in records of a cell eight; letters are not valid.
          let width = record == 1 ? 1 : length == 48 ? 8 : 4
          var swapped: [UInt8] = []
          for first in stride(from: content.startIndex, to: content.endIndex, by: width) {
            swapped += content[first..<first + width].reversed()
          }
          if record == 0 { swapped.replaceSubrange(0..<4, with: "CORD".utf8) }
          if record == 1 { swapped.replaceSubrange(0..<4, with: content.prefix(4).reversed()) }
          out +=
            (big ? marker.reversed() : marker) + (big ? swapped : Array(content))
            + (big ? marker.reversed() : marker)
          fields.skip(length)
          _ = fields.int32()
          record += 1
        }
        let found = try read(out, as: "other.dcd")
        #expect(
          found.map(\.atoms) == expected.map(\.atoms)
            && found.map(\.header.cell) == expected.map(\.header.cell), "big \(big) wide \(wide)")
      }
    }
  }

  @Test func refusedDCDs() throws {
    let whole = try bytes("water.dcd")
    func text(_ bytes: [UInt8]) -> String? {
      message { _ = try readAll(open(bytes, as: "water.dcd")) }
    }
    #expect(text(put(3, at: 8 + 32, in: whole, order: .little))?.contains("3 fixed atoms") == true)
    #expect(text(put(0, at: 8 + 40, in: whole, order: .little))?.contains("no unit cell") == true)
    var velocities = whole
    velocities.replaceSubrange(4..<8, with: "VELD".utf8)
    #expect(text(velocities)?.contains("holds velocities (VELD)") == true)
    let start = try second("water.dcd")
    let damaged = put(5, at: start, in: whole, order: .little)
    #expect(
      text(damaged)?.contains(
        "water.dcd (frame 1): at byte \(start): expected a record of 48 bytes") == true)
    func fail(_ reason: String) -> TrajectoryError { TrajectoryError(path: "", reason: reason) }
    #expect(
      try DCDFile.box([30, 0, 40, 0, 0, 50], version: 24, fail).box == [
        30, 0, 0, 0, 40, 0, 0, 0, 50,
      ])
    #expect(
      try DCDFile.box([30, 90, 40, 90, 90, 50], version: 24, fail).box == [
        30, 0, 0, 0, 40, 0, 0, 0, 50,
      ])
    // CHARMM from version 25 on writes the matrix, whatever its numbers resemble.
    #expect(
      try DCDFile.box([9.9, 0.5, 9.7, 0.4, 0.3, 10.1], version: 40, fail).box == [
        9.9, 0.5, 0.4, 0.5, 9.7, 0.3, 0.4, 0.3, 10.1,
      ])
    #expect(
      message {
        _ = try DCDFile.box([30, 10, 40, 150, 10, 50], version: 24, fail)
      }?.contains("angles of the cell are impossible") == true)
  }
}
