import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// Files written by other programs, compared with what MDAnalysis reads; see Fixtures/README.md.
@Suite(.tags(.fast)) struct GoldenFormatTests {
  /// One frame as read by another program.
  struct GoldenFrame: Decodable {
    let step: Int64?
    /// Edge vectors, row by row.
    let cell: [Double]?
    /// Σ_i (i + 1)/N · r_i over all atoms.
    let sums: [Double]
    let atoms: [Int]
    let positions: [[Double]]
  }

  struct Golden: Decodable {
    let by: String
    let atomCount: Int
    let frames: [GoldenFrame]
  }

  /// A file, and how far its cell may be from the golden one's orientation.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// Largest distance between positions in Å: floats of large numbers, or of their packed form
    /// times 1/precision.
    var tolerance = 2e-5
    /// MDAnalysis converts cells to lengths and angles, so a symmetric matrix loses its
    /// orientation.
    var comparesAngles = false
    var golden: String? = nil
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "water.xtc"), Case(name: "wide.xtc", golden: "water.xtc"),
    Case(name: "mdanalysis.xtc"),
    Case(name: "xtc_test_only_10_frame_10_atoms.xtc"), Case(name: "cobrotoxin.xtc"),
    Case(name: "water.trr"), Case(name: "chemfiles.trr"), Case(name: "mdanalysis.trr"),
    Case(name: "trr_test_only_10_frame_10_atoms.trr"),
    Case(name: "water.dcd"), Case(name: "lammps.dcd"),
    Case(name: "tip125_tric_C36.dcd", comparesAngles: true),
    Case(name: "SiN_tric_namd.dcd"), Case(name: "water.gro"), Case(name: "mdanalysis.gro"),
    Case(name: "two_water_gro_multiframe.gro"),
    Case(name: "water.xyz"),
  ]

  /// A topology in which every atom is named X.
  static func nameless(_ count: Int) -> Topology {
    Topology(path: "X", ids: nil, labels: ["X"], labelOfAtom: [UInt8](repeating: 0, count: count))
  }

  @Test(arguments: cases) func positions(_ item: Case) throws {
    let goldens = try JSONDecoder().decode(
      [String: Golden].self, from: Data(contentsOf: URL(fileURLWithPath: fixture("goldens.json"))))
    let golden = try #require(goldens[item.golden ?? item.name])
    let frames = try Self.read(fixture(item.name), atomCount: golden.atomCount)
    // MDAnalysis reads only the first frame of a GRO file.
    #expect(
      item.name.hasSuffix("gro") ? golden.frames.count == 1 : frames.count == golden.frames.count)
    for (frame, expected) in zip(frames, golden.frames) {
      let batch = frame.atoms
      #expect(
        batch.count == golden.atomCount && batch.atomsRead == golden.atomCount
          && batch.ids == (1...Int64(batch.count)).map { $0 })
      // MDAnalysis counts the frames of a DCD instead of its steps.
      if let step = expected.step, !item.name.hasSuffix("dcd") {
        #expect(frame.header.step == step)
      }
      for (atom, r) in zip(expected.atoms, expected.positions) {
        let distance = max(
          abs(batch.x[atom] - r[0]), abs(batch.y[atom] - r[1]), abs(batch.z[atom] - r[2]))
        #expect(
          distance < item.tolerance,
          "atom \(atom): \(batch.x[atom]) \(batch.y[atom]) \(batch.z[atom]), expected \(r)")
      }
      for (axis, values) in [batch.x, batch.y, batch.z].enumerated() {
        let sum = values.enumerated().reduce(0.0) {
          $0 + Double($1.offset + 1) / Double(values.count) * $1.element
        }
        #expect(
          abs(sum - expected.sums[axis]) < item.tolerance * Double(values.count),
          "sum \(axis) \(sum), expected \(expected.sums[axis])")
      }
      if let cell = expected.cell { check(frame.header.cell, cell, item.comparesAngles) }
    }
  }

  /// Every atom of every frame.
  static func read(_ path: String, atomCount: Int) throws -> [(
    header: FrameHeader, atoms: AtomBatch
  )] {
    let source = try TrajectorySource(path: path)
    let index = try source.index(merging: [source.scan(source.share(0, of: 1))], file: 0)
    let trajectory = try Trajectory(
      sources: [source], indexes: [index], strict: true,
      topologies: source.format.namesAtoms ? [] : [nameless(atomCount)])
    return try readAll(
      trajectory, species: SpeciesMap(names: ["X", "O", "H", "C", "N", "S", "Na"]))
  }

  private func check(_ cell: Cell, _ expected: [Double], _ comparesAngles: Bool) {
    let edges = [cell.a, cell.b, cell.c]
    let golden = (0..<3).map {
      Vector(expected[3 * $0], expected[3 * $0 + 1], expected[3 * $0 + 2])
    }
    for i in 0..<3 {
      for j in 0..<3 {
        // Products of edges determine lengths and angles.
        let product = dot(edges[i], edges[j])
        #expect(
          abs(product - dot(golden[i], golden[j])) < 1e-4 * length(edges[i]) * length(edges[j]))
      }
      if !comparesAngles {
        #expect(length(edges[i] - golden[i]) < 1e-3, "\(edges[i]) expected \(golden[i])")
      }
    }
  }

  /// One dump, written in all formats by other programs and read back: the same atoms in the same
  /// cell.
  @Test(arguments: [
    ("water.xtc", 0.0051), ("wide.xtc", 0.0051), ("water.trr", 1e-5), ("chemfiles.trr", 1e-5),
    ("water.dcd", 1e-5), ("lammps.dcd", 1e-5),
    ("water.gro", 0.0051), ("water.xyz", 1e-6),
  ]) func roundTrip(name: String, tolerance: Double) throws {
    let dump = try readAll(fixture("water.lammpstrj"))
    let topology = name.hasPrefix("lammps") ? "water.data" : "water.gro"
    let namesAtoms = try TrajectorySource(path: fixture(name)).format.namesAtoms
    let trajectory = try Trajectory.open(
      paths: [fixture(name)],
      selection: name.hasPrefix("lammps") ? FrameSelection(parsing: "0") : .all, strict: true,
      topologies: namesAtoms ? [] : [fixture(topology)])
    let frames = try readAll(
      trajectory,
      species: SpeciesMap(
        names: ["O", "H"], types: topology == "water.data" ? [1: "O", 2: "H"] : [:]))
    #expect(frames.count == (["water.gro", "lammps.dcd"].contains(name) ? 1 : 2))
    for (frame, original) in zip(frames, dump) {
      #expect(
        frame.atoms.ids == original.atoms.ids && frame.atoms.species == original.atoms.species)
      for (a, b) in [
        (frame.atoms.x, original.atoms.x), (frame.atoms.y, original.atoms.y),
        (frame.atoms.z, original.atoms.z),
      ] {
        #expect(zip(a, b).allSatisfy { abs($0 - $1) <= tolerance })
      }
      for axis in 0..<3 {
        #expect(length(frame.header.cell.edge(axis) - original.header.cell.edge(axis)) < 1e-4)
      }
      if name.hasPrefix("water.x") || name == "wide.xtc" {
        #expect(frame.header.step == original.header.step)
      }
    }
  }

  /// Frames read in parts equal whole frames, in every format.
  @Test(arguments: cases) func parts(_ item: Case) throws {
    let source = try TrajectorySource(path: fixture(item.name))
    let index = try source.index(merging: [source.scan(source.share(0, of: 1))], file: 0)
    let count = try #require(index.frames.first).atomCount
    let file = try source.open(
      index: index, species: SpeciesMap(names: ["X", "O", "H", "N"]),
      topologies: [Self.nameless(Int(count))])
    for frame in index.frames.prefix(2) {
      let header = try file.header(of: frame)
      let whole = try file.atoms(of: frame, header: header, part: 0, of: 1)
      for parts in [2, 3, 7] {
        var joined = AtomBatch()
        for part in 0..<parts {
          joined.append(try file.atoms(of: frame, header: header, part: part, of: parts))
        }
        #expect(joined == whole, "\(parts) parts")
      }
    }
  }

  /// The index does not depend on the shares.
  @Test(arguments: cases) func shares(_ item: Case) throws {
    let source = try TrajectorySource(path: fixture(item.name))
    let whole = try source.index(merging: [source.scan(source.share(0, of: 1))], file: 0)
    for parts in [2, 3, 5, 16, 101] {
      var partials: [PartialIndex] = []
      for part in 0..<(source.canScanInShares ? parts : 1) {
        let partial = try source.scan(source.share(part, of: source.canScanInShares ? parts : 1))
        partials.append(try PartialIndex(decoding: partial.encode()))
      }
      let joined = try source.index(merging: partials.shuffled(), file: 0)
      #expect(joined == whole, "\(parts) shares")
      #expect(try FrameIndex(decoding: joined.encode()) == whole)
    }
  }
}

/// A file of the folder Fixtures.
func fixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Fixtures/\(name)"
  ).path
}
