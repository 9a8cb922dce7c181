import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Frames shared by teams of ranks: the same bytes as on one rank, for any team size and for cells
/// that are difficult to decompose.
@Suite(.serialized, .tags(.mpi)) struct TeamTests {
  /// Ranks and ranks per frame.
  static let teams = [
    (2, "2"), (3, "3"), (4, "2"), (4, "4"), (7, "2"), (7, "7"), (8, "4"), (4, "auto"),
  ]

  @Test(
    "a small liquid, with two models and all that can be stored", arguments: ["single", "double"])
  func liquid(precision: String) throws {
    let item = try SmallCase.shared.get()
    try compare(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--model",
        item.other, "--threshold", "0.9,0.7,0.5",
        "--profile", "y", "--per-molecule", "all", "--rdf", "--order", "all", "--precision",
        precision,
      ], atLeast: 40)
  }

  @Test("shapes", arguments: TeamCase.all) func shapes(shape: TeamCase) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let path = folder("shape.lammpstrj")
    try shape.text().write(toFile: path, atomically: true, encoding: .utf8)
    try compare(
      [
        "analyze", path, "--types", "1=O,2=H", "--model", item.other, "--threshold", "0.5",
        "--profile", "z", "--per-molecule", "all", "--rdf", "--order", "q,d5,lsi",
        "--neighbor-cutoff", "3.6", "--cluster-cutoff", "3.3",
      ], atLeast: 20)
  }

  @Test(
    "a duplicate id, an unexpected id, a frame to be skipped: the same message for any team"
  )
  func badFrames() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let sound = TeamCase.all[0].text(frames: 3)
    let frames = sound.components(separatedBy: "ITEM: TIMESTEP\n").dropFirst().map {
      "ITEM: TIMESTEP\n" + $0
    }
    // One atom of the middle frame gets another atom's id, a new id, or a position that is not a
    // number.
    let faults: [(name: String, old: String, new: String, word: String)] = [
      ("twice", "\n4 1 ", "\n1 1 ", "occurs twice"),
      ("new", "\n4 1 ", "\n100004 1 ", "found id 100004"),
      ("word", "\n4 1 ", "\n4 1 nan", "atom"),
      // Hydrogens, which the model does not use.
      ("unwanted", "\n2 2 ", "\n3 2 ", "atom id 3 occurs twice"),
    ]
    for fault in faults {
      let middle = frames[1].replacingOccurrences(of: fault.old, with: fault.new)
      try #require(middle != frames[1])
      let path = folder("\(fault.name).lammpstrj")
      try (frames[0] + middle + frames[2]).write(toFile: path, atomically: true, encoding: .utf8)
      let arguments = ["analyze", path, "--types", "1=O,2=H", "--model", item.other, "--quiet"]
      let alone = try Program.run(arguments + ["-o", folder("\(fault.name)-1.h5")])
      #expect(
        alone.code == 65 && alone.complaints.count == 1 && alone.error.contains(fault.word),
        "\(alone)")
      for (ranks, team) in [(2, "2"), (5, "5")] {
        let outcome = try Program.run(
          arguments + ["--ranks-per-frame", team, "-o", folder("\(fault.name)-\(ranks).h5")],
          ranks: ranks)
        #expect(outcome.code == 65 && outcome.complaints == alone.complaints, "\(outcome)")
      }
      try compare(arguments.dropLast() + ["--on-bad-frame", "skip"], atLeast: 15, code: 1)
    }
  }

  /// The same bytes for every team as for one rank.
  private func compare(_ arguments: some Sequence<String>, atLeast count: Int, code: Int32 = 0)
    throws
  {
    let folder = try Folder()
    func results(_ ranks: Int?, _ team: String) throws -> [String: Contents] {
      let path = folder("\(ranks ?? 0)-\(team).h5")
      let outcome = try Program.run(
        Array(arguments) + ["--quiet", "--ranks-per-frame", team, "-o", path], ranks: ranks)
      try #require(outcome.code == code, "\(outcome)")
      var contents = try Contents.all(of: path, below: "/particles").merging(
        try Contents.all(of: path, below: "/observables")
      ) { a, _ in a
      }
      for skipped in ["/verglas/done", "/verglas/skip_reason"] {
        contents.merge((try? Contents.all(of: path, below: skipped)) ?? [:]) { a, _ in a }
      }
      return contents
    }
    let expected = try results(nil, "1")
    #expect(expected.count >= count)
    for (ranks, team) in Self.teams {
      #expect(
        differences(expected, try results(ranks, team)) == [], "\(ranks) ranks in teams of \(team)")
    }
  }
}

/// A frame of disordered water in a box that is difficult to decompose.
struct TeamCase: CustomStringConvertible, Sendable {
  let description: String
  /// Edge vectors, and whether the cell is periodic along c.
  let a: [Double], b: [Double], c: [Double]
  var isSlab = false
  /// Molecules along a, b, c, and the fraction of the cell's height that they fill.
  let counts: [Int]
  var filled = 1.0

  static let all: [TeamCase] = [
    TeamCase(
      description: "cube", a: [18.6, 0, 0], b: [0, 18.6, 0], c: [0, 0, 18.6], counts: [6, 6, 6]),
    TeamCase(
      description: "a slab with vacuum", a: [15.5, 0, 0], b: [0, 15.5, 0], c: [0, 0, 90],
      isSlab: true, counts: [5, 5, 8], filled: 0.28),
    TeamCase(
      description: "triclinic", a: [18, 0, 0], b: [6, 17, 0], c: [-5, 4, 19], counts: [6, 6, 6]),
    TeamCase(
      description: "barely more than two cutoffs", a: [12.7, 0, 0], b: [0, 12.7, 0],
      c: [0, 0, 12.7], counts: [4, 4, 4]),
    TeamCase(
      description: "less than a cutoff", a: [5.8, 0, 0], b: [0, 5.8, 0], c: [0, 0, 25],
      counts: [2, 2, 8]),
  ]

  /// The frames as a LAMMPS dump with the atoms in a random order.
  func text(frames: Int = 2) -> String {
    var text = ""
    for frame in 0..<frames {
      var generator = SeededGenerator(seed: UInt64(77 + frame))
      var lines: [String] = []
      var id = 1
      for z in 0..<counts[2] {
        for y in 0..<counts[1] {
          for x in 0..<counts[0] {
            let s = [
              Double(x) / Double(counts[0]), Double(y) / Double(counts[1]),
              filled * Double(z) / Double(counts[2]),
            ]
            let oxygen = (0..<3).map {
              s[0] * a[$0] + s[1] * b[$0] + s[2] * c[$0] + 0.35 * generator.normal()
            }
            lines.append(line(id, 1, oxygen))
            lines.append(
              line(
                id + 1, 2, [oxygen[0] + 0.7, oxygen[1] + 0.6, oxygen[2] + 0.1 * generator.normal()])
            )
            lines.append(
              line(
                id + 2, 2, [oxygen[0] - 0.7, oxygen[1] + 0.6, oxygen[2] + 0.1 * generator.normal()])
            )
            id += 3
          }
        }
      }
      for k in lines.indices.dropLast() {
        lines.swapAt(k, k + generator.integer(below: lines.count - k))
      }
      let (xy, xz, yz) = (b[0], c[0], c[1])
      let bounds = [
        (min(0, xy, xz, xy + xz), a[0] + max(0, xy, xz, xy + xz), xy),
        (min(0, yz), b[1] + max(0, yz), xz), (0, c[2], yz),
      ]
      let triclinic = xy != 0 || xz != 0 || yz != 0
      text += "ITEM: TIMESTEP\n\(1000 * frame)\nITEM: NUMBER OF ATOMS\n\(lines.count)\n"
      text += "ITEM: BOX BOUNDS \(triclinic ? "xy xz yz " : "")pp pp \(isSlab ? "ff" : "pp")\n"
      for (low, high, tilt) in bounds { text += "\(low) \(high)\(triclinic ? " \(tilt)" : "")\n" }
      text += "ITEM: ATOMS id type x y z\n" + lines.joined(separator: "\n") + "\n"
    }
    return text
  }

  private func line(_ id: Int, _ type: Int, _ r: [Double]) -> String {
    "\(id) \(type) " + r.map { String(format: "%.5f", $0) }.joined(separator: " ")
  }
}
