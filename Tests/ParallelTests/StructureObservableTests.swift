import Foundation
import Geometry
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `analyze --rdf --order`: everything equals brute force from the definitions, in cells thinner
/// than the cutoff, where molecules meet their own images.
@Suite(.serialized, .tags(.mpi)) struct StructureObservableTests {
  /// A frame of the small case, and all pairs of its atoms within 8 Å.
  private struct Frame {
    let cell: Cell, positions: [Vector], isCenter: [Bool]
    /// Molecule of each atom: number of its centre among the centres.
    let molecule: [Int?]
    /// From each atom.
    let pairs: [[Neighbor]]
    let centers: [Int]

    init(_ water: WaterDump, _ f: Int) throws {
      let cell = water.frames[f].cell
      var positions: [Vector] = [], isCenter: [Bool] = []
      for line in water.lines(f).dropFirst(9) {
        let words = line.split(separator: " ")
        let r = Vector(Double(words[2])!, Double(words[3])!, Double(words[4])!)
        positions.append(cell.wrapped(r).position)
        isCenter.append(words[1] == "1")
      }
      var pairs = [[Neighbor]](repeating: [], count: positions.count)
      for pair in BruteForce.neighbors(positions, cell: cell, cutoff: 8) {
        pairs[pair.i].append(pair)
      }
      let centers = positions.indices.filter { isCenter[$0] }
      // A hydrogen belongs to the nearest centre within the length of a bond, which has at most its
      // two nearest ones: these molecules are turned at random, so some have one or three.
      var owner = [Int?](repeating: nil, count: positions.count)
      var owned = [[(distance: Double, atom: Int)]](repeating: [], count: centers.count)
      for k in positions.indices {
        if isCenter[k] {
          owner[k] = centers.firstIndex(of: k)!
          continue
        }
        let nearest = pairs[k].filter { isCenter[$0.j] }.min {
          length($0.displacement) < length($1.displacement)
        }!
        if length(nearest.displacement) <= 1.3 {
          owned[centers.firstIndex(of: nearest.j)!].append((length(nearest.displacement), k))
        }
      }
      for (center, atoms) in owned.enumerated() {
        for (_, k) in atoms.sorted(by: { $0 < $1 }).prefix(2) { owner[k] = center }
      }
      molecule = owner
      (self.cell, self.positions, self.isCenter) = (cell, positions, isCenter)
      (self.pairs, self.centers) = (pairs, centers)
    }

    /// Number of hydrogens that belong to a molecule.
    var hydrogenCount: Int {
      molecule.indices.count { !isCenter[$0] && molecule[$0] != nil }
    }

    /// Ordered pairs by labels and bin of 0.05 Å, [labels, labels, 160].
    func counts(_ first: Bool, _ second: Bool, _ labels: [UInt8], of count: Int) -> [Int64] {
      var counts = [Int64](repeating: 0, count: count * count * 160)
      for i in positions.indices where isCenter[i] == first {
        guard let own = molecule[i] else { continue }
        for pair in pairs[i] where isCenter[pair.j] == second {
          guard let other = molecule[pair.j] else { continue }
          let bin = Int(length(pair.displacement) / 0.05)
          guard bin < 160 else { continue }
          let p = Int(labels[own]), q = Int(labels[other])
          counts[(p * count + q) * 160 + bin] += 1
        }
      }
      return counts
    }

    /// Displacements of the other centres from a centre, nearest first.
    func neighbors(_ center: Int) -> [Vector] {
      pairs[centers[center]].filter { isCenter[$0.j] }.map(\.displacement).sorted {
        length($0) < length($1)
      }
    }

    func hydrogens(_ center: Int) -> [Vector] {
      pairs[centers[center]].filter {
        !isCenter[$0.j] && molecule[$0.j] == center && length($0.displacement) <= 1.3
      }.map(\.displacement)
    }

    func bonds(_ center: Int) -> Int {
      func isBonded(_ h: Vector, _ d: Vector) -> Bool {
        acos(dot(h, d) / length(h) / length(d)) <= Double.pi / 6
      }
      return pairs[centers[center]].filter { isCenter[$0.j] && length($0.displacement) <= 3.5 }
        .reduce(0) { sum, pair in
          sum + hydrogens(center).count { isBonded($0, pair.displacement) }
            + hydrogens(molecule[pair.j]!).count { isBonded($0, -pair.displacement) }
        }
    }
  }

  private static func q(_ near: [Vector]) -> Double {
    var sum = 0.0
    for j in 0..<3 {
      for k in j + 1..<4 {
        let cosine = dot(near[j], near[k]) / length(near[j]) / length(near[k])
        sum += (cosine + 1 / 3.0) * (cosine + 1 / 3.0)
      }
    }
    return 1 - 3 / 8.0 * sum
  }

  private static func lsi(_ near: [Vector]) -> Double {
    let r = near.map { length($0) }
    let n = r.count { $0 <= 3.7 }
    let steps = (0..<n).map { r[$0 + 1] - r[$0] }
    let mean = steps.reduce(0, +) / Double(n)
    return steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
  }

  @Test("g(r) by phases, q, d5, LSI, hydrogen bonds, coordination and density: brute force")
  func bruteForce() throws {
    let item = try SmallCase.shared.get(), folder = try Folder(), path = folder("r.h5")
    let outcome = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--threshold", "0.7",
      "--rdf", "--order", "all", "--per-molecule", "phase,order", "--quiet", "-o", path,
    ])
    try #require(outcome.code == 0, "\(outcome)")
    let file = try File.open(path)
    for f in 0..<3 {
      func row<T: HDF5Scalar>(_ name: String, _ type: T.Type) throws -> [T] {
        let dataset = try file.dataset(name)
        let shape = Array(dataset.shape.dropFirst())
        return try dataset.read(type, at: [f] + shape.map { _ in 0 }, count: [1] + shape)
      }
      let frame = try Frame(item.water, f), n = frame.centers.count
      let labels = try row("/particles/centers/small-OH/phase/value", UInt8.self)
      #expect(Set(labels).count >= 2)
      for (name, first, second) in [
        ("center_center", true, true), ("center_hydrogen", true, false),
        ("hydrogen_hydrogen", false, false),
      ] {
        let counts = try row("/observables/small-OH/rdf_\(name)_count/value", Int64.self)
        #expect(counts == frame.counts(first, second, labels, of: 3), "\(name), frame \(f)")
        let total = try row("/observables/rdf/\(name)_count/value", Int64.self)
        var sums = [Int64](repeating: 0, count: 160)
        for (k, count) in counts.enumerated() { sums[k % 160] += count }
        #expect(total == sums)
        let g = try row("/observables/rdf/\(name)/value", Double.self)
        let from = Double(first ? n : frame.hydrogenCount)
        let to = Double(second ? n : frame.hydrogenCount)
        for b in 0..<160 {
          let shell = 4 / 3.0 * Double.pi * 0.05 * 0.05 * 0.05 * Double(3 * b * (b + 1) + 1)
          let ideal = from * to * shell / frame.cell.volume
          #expect(abs(g[b] - Double(total[b]) / ideal) < 1e-9 * max(1, g[b]))
        }
      }
      func molecules(_ name: String) throws -> [Float] {
        try row("/particles/centers/order/\(name)/value", Float.self)
      }
      let near = (0..<n).map { frame.neighbors($0) }
      let mass = 15.9994 + 2 * 1.008
      let expected: [(String, [Double])] = [
        ("q", near.map(Self.q)), ("d5", near.map { length($0[4]) }), ("lsi", near.map(Self.lsi)),
        ("hbonds", (0..<n).map { Double(frame.bonds($0)) }),
        ("coordination", near.map { Double($0.count { length($0) <= 3.5 }) }),
        (
          "density",
          near.map {
            Double($0.count { length($0) <= 5.5 } + 1) * mass * 1.66053906660
              / (4 / 3.0 * Double.pi * 5.5 * 5.5 * 5.5)
          }
        ),
      ]
      for (name, values) in expected {
        let found = try molecules(name)
        for (a, b) in zip(found, values) {
          #expect(abs(Double(a) - b) < 1e-4 * max(1, abs(b)), "\(name), frame \(f)")
        }
        let means = try row("/observables/small-OH/order_\(name)/value", Double.self)
        let counts = try row("/observables/small-OH/order_molecules/value", Int64.self)
        for label in 0..<3 {
          let own = values.indices.filter { Int(labels[$0]) == label }
          #expect(counts[label] == Int64(own.count))
          let mean = own.reduce(0) { $0 + values[$1] } / Double(own.count)
          #expect(own.isEmpty ? means[label].isNaN : abs(means[label] - mean) < 1e-3)
        }
        let histogram = try row("/observables/small-OH/order_\(name)_histogram/value", Int64.self)
        #expect(histogram.reduce(0, +) == Int64(n))
      }
    }
  }

  @Test("hydrogen bonds without hydrogens are refused; names are checked") func refusals() throws {
    let item = try SmallCase.shared.get(), folder = try Folder()
    let arguments = [
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.other, "-o", folder("r.h5"),
      "--order",
    ]
    let bonds = try Program.run(arguments + ["hbonds"])
    #expect(bonds.code == 64 && bonds.error.contains("hbonds needs hydrogens"), "\(bonds)")
    for (words, text) in [
      (["q", "--rdf-cutoff", "0"], "a distance in Å from 0.1 to 30"),
      (["q", "--thermo-column", "pressure="], "expected the name of a column"),
    ] {
      let outcome = try Program.run(arguments + words)
      #expect(outcome.code == 64 && outcome.error.contains(text), "\(outcome)")
    }
    let unknown = try Program.run(arguments + ["d6"])
    #expect(
      unknown.code == 64 && unknown.error.contains("expected any of q, d5, lsi, hbonds, all"),
      "\(unknown)")
  }

  @Test("the table of export: g(r) with its distances, means by phase") func table() throws {
    let item = try SmallCase.shared.get(), folder = try Folder(), path = folder("r.h5")
    let outcome = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--rdf", "--order",
      "q", "--rdf-cutoff", "6", "--frames", "0", "--quiet", "-o", path,
    ])
    try #require(outcome.code == 0, "\(outcome)")
    let export = try Program.run([
      "export", path, "-o", folder("t.csv"), "--observable", "rdf_center_center",
      "--observable", "order_q",
    ])
    try #require(export.code == 0, "\(export)")
    let lines = try String(contentsOfFile: folder("t.csv"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 1 + 120 * 4 + 3, "\(lines.count)")
    #expect(lines.contains { $0.hasPrefix("rdf_center_center,,0,0,,,,,55,2.77") }, "\(lines[50])")
    #expect(lines.contains { $0.hasPrefix("order_q,small-OH,0,0,,,,LDA,") })
  }
}
