import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// CHILL+ in `analyze`, against OVITO's structures of the fixture, alone and in teams of ranks.
@Suite(.serialized, .tags(.mpi)) struct StructureTests {
  /// Oxygens of one frame as a dump with ids 1, 4, 7, …, and their structures.
  private struct Frame {
    let name: String, dump: String
    let structures: [UInt8]
    let positions: [SIMD3<Double>], edges: SIMD3<Double>
  }

  private static func frames() throws -> [Frame] {
    let path = Checkout.root + "/Tests/PhasesTests/Fixtures/chill-plus.txt"
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter {
      !$0.hasPrefix("#")
    }[...]
    var frames: [Frame] = []
    while let head = lines.popFirst()?.split(separator: " ") {
      let count = Int(head[2])!
      let rows = lines.prefix(count).map { $0.split(separator: " ") }
      lines = lines.dropFirst(count)
      var dump = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n\(count)\nITEM: BOX BOUNDS pp pp pp\n"
      for edge in head[3...] { dump += "0 \(edge)\n" }
      dump += "ITEM: ATOMS id type x y z\n"
      for (k, row) in rows.enumerated() {
        dump += "\(3 * k + 1) 1 \(row[0]) \(row[1]) \(row[2])\n"
      }
      frames.append(
        Frame(
          name: String(head[1]), dump: dump, structures: rows.map { UInt8($0[3])! },
          positions: rows.map { SIMD3(Double($0[0])!, Double($0[1])!, Double($0[2])!) },
          edges: SIMD3(Double(head[3])!, Double(head[4])!, Double(head[5])!)))
    }
    return frames
  }

  /// Size of the largest cluster of ice within 3.5 Å, by growing it molecule by molecule.
  private static func largestIce(_ frame: Frame) -> Int64 {
    var rest = Set(frame.structures.indices.filter { (1...3).contains(frame.structures[$0]) })
    var largest = 0
    while let first = rest.popFirst() {
      var cluster = [first], next = 0
      while next < cluster.count {
        let from = frame.positions[cluster[next]]
        next += 1
        let near = rest.filter { other in
          var d = frame.positions[other] - from
          d -= (d / frame.edges).rounded(.toNearestOrEven) * frame.edges
          return (d * d).sum() <= 3.5 * 3.5
        }
        cluster += near
        rest.subtract(near)
      }
      largest = max(largest, cluster.count)
    }
    return Int64(largest)
  }

  @Test("OVITO's structures on one rank and in teams of two to four")
  func ovito() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    for frame in try Self.frames() {
      let dump = try folder.write(frame.dump, as: "\(frame.name).lammpstrj")
      for (ranks, team) in [(nil, "1"), (2, "2"), (3, "3"), (4, "2"), (4, "4")] as [(Int?, String)]
      {
        let path = folder("r.h5")
        let outcome = try Program.run(
          [
            "analyze", dump, "--types", "1=O", "--model", item.other, "--ranks-per-frame", team,
            "--profile", "x", "--overwrite", "--quiet", "-o", path,
          ], ranks: ranks)
        try #require(outcome.code == 0, "\(outcome)")
        let file = try File.open(path)
        #expect(
          try file.dataset("/particles/centers/chill_plus/phase/value").readAll(UInt8.self)
            == frame.structures, "\(frame.name), \(ranks ?? 1) ranks")
        let counts = try file.dataset("/observables/chill_plus/count/value").readAll(Int64.self)
        #expect(counts == (0..<6).map { s in Int64(frame.structures.count { $0 == s }) })
        #expect(
          try file.dataset("/observables/chill_plus/largest_ice/value").readAll(Int64.self)
            == [Self.largestIce(frame)])
        // The table with the model's phases has the counts as its columns' sums.
        let cross = try file.dataset("/observables/small-O/chill_plus/value").readAll(Int64.self)
        var sums = [Int64](repeating: 0, count: 6)
        for (k, count) in cross.enumerated() { sums[k % 6] += count }
        #expect(sums == counts)
        let fractions = try file.dataset("/observables/chill_plus/profile/phase_fraction").readAll(
          Double.self)
        for layer in 0..<fractions.count / 6 {
          let sum: Double = fractions[layer * 6..<layer * 6 + 6].reduce(0, +)
          #expect(abs(sum - 1) < 1e-12)
        }
      }
    }
  }

  @Test("--structure none leaves them out; the other datasets are the same") func none() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    func results(_ name: String, _ options: [String]) throws -> [String: Contents] {
      let outcome = try Program.run(
        [
          "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--quiet", "-o",
          folder(name),
        ] + options)
      try #require(outcome.code == 0, "\(outcome)")
      return try Contents.all(of: folder(name), below: "/particles").merging(
        try Contents.all(of: folder(name), below: "/observables")
      ) { a, _ in a }
    }
    let with = try results("a.h5", []), without = try results("b.h5", ["--structure", "none"])
    let more = Set(with.keys).subtracting(without.keys)
    #expect(!more.isEmpty && more.allSatisfy { $0.contains("chill_plus") }, "\(more)")
    #expect(differences(without, with.filter { !more.contains($0.key) }) == [])
    let resumed = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--quiet", "-o",
      folder("b.h5"), "--resume", "--structure", "chill+",
    ])
    #expect(resumed.code == 64 && resumed.error.contains("--structure: it has none"), "\(resumed)")
  }
}
