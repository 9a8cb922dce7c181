import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// LAMMPS data files: styles, and what is refused.
extension StructureFormatTests {
  @Test func lammpsData() throws {
    let topology = try Topology(path: fixture("water.data"))
    #expect(
      topology.atomCount == 192 && topology.labels == ["1", "2"]
        && topology.ids?.prefix(3) == [1, 2, 3])
    #expect(topology.labelOfAtom.prefix(6) == [0, 1, 1, 0, 1, 1])
    #expect(try Topology(decoding: topology.encode()) == topology)
    #expect(
      try Topology(decoding: Topology(path: fixture("water.gro")).encode())
        == Topology(path: fixture("water.gro")))
    // Without --types the error suggests a solution.
    let bare = try Trajectory.open(
      paths: [fixture("lammps.dcd")], topologies: [fixture("water.data")])
    #expect(
      message { _ = try readAll(bare, species: SpeciesMap(names: ["O", "H"])) }?.contains(
        "the file contains no element names: 192 atoms, 64 of type 1, 128 of type 2; if this is "
          + "water: --types 1=O,2=H"
      ) == true)
  }

  @Test func lammpsDataStyles() throws {
    func data(
      _ atoms: String, style: String = "", masses: String = "1 15.9994\n2 1.008\n",
      sections: String = ""
    ) -> String {
      "LAMMPS\n\n3 atoms\n2 atom types\n\n0 10 xlo xhi\n0 10 ylo yhi\n0 10 zlo "
        + "zhi\n\nMasses\n\n\(masses)\n\(sections)Atoms\(style)\n\n\(atoms)"
    }
    let rows = [
      (" # atomic", "3 2 1 2 3\n1 1 0 0 0\n2 2 1 1 1\n"),
      (" # full", "3 1 2 0.4 1 2 3 0 0 0\n1 1 1 -0.8 0 0 0 0 0 0\n2 1 2 0.4 1 1 1 0 0 0\n"),
      (" # charge", "3 2 0.4 1 2 3\n1 1 -0.8 0 0 0\n2 2 0.4 1 1 1\n"),
      (" # molecular", "3 1 2 1 2 3\n1 1 1 0 0 0\n2 1 2 1 1 1\n"),
      ("", "3 1 2 0.4 1 2 3\n1 1 1 -0.8 0 0 0\n2 1 2 0.4 1 1 1\n\nVelocities\n\n1 0 0 0\n"),
      ("", "3 2 1 2 3\n1 1 0 0 0\n2 2 1 1 1\n"),
    ]
    for (style, atoms) in rows {
      let topology = try Topology(path: scratch.write(data(atoms, style: style), as: "w.data"))
      #expect(
        topology.labelOfAtom == [0, 1, 1] && topology.ids == [1, 2, 3] && topology.notes == [],
        "\(style)")
    }
    // Names in comments or labels, all or none.
    for named in [
      data(rows[0].1, style: rows[0].0, masses: "1 15.9994 # OW\n2 1.008 # HW\n"),
      data(rows[0].1, style: rows[0].0, sections: "Atom Type Labels\n\n1 O\n2 H\n\n"),
    ] {
      let topology = try Topology(path: scratch.write(named, as: "w.data"))
      #expect(
        topology.elements == ["O", "H"] && topology.notes.map { $0.contains("1=O,2=H") } == [true])
      #expect(topology.census(for: try SpeciesMap(names: ["O", "H"])) == ["O": 1, "H": 2])
    }
    // `write_data … types labels`: labels in the rows themselves.
    for (style, atoms) in [
      (" # full", "3 1 HW 0.4 1 2 3 0 0 0\n1 1 OW -0.8 0 0 0 0 0 0\n2 1 HW 0.4 1 1 1 0 0 0\n"),
      (" # atomic", "3 HW 1 2 3\n1 OW 0 0 0\n2 HW 1 1 1\n"),
      ("", "3 1 HW 1 2 3\n1 1 OW 0 0 0\n2 1 HW 1 1 1\n"),
    ] {
      let topology = try Topology(
        path: scratch.write(
          data(atoms, style: style, sections: "Atom Type Labels\n\n1 OW\n2 HW\n\n"), as: "w.data"))
      #expect(
        topology.labelOfAtom == [0, 1, 1] && topology.elements == ["O", "H"]
          && topology.ids == [1, 2, 3], "\(style)")
    }
    func text(_ content: String) -> String? {
      message { _ = try Topology(path: scratch.write(content, as: "w.data")) }
    }
    #expect(
      text(data("1 1 0 0 0\n"))?.contains("expected 3 atoms, found 1: the file is truncated")
        == true)
    #expect(
      text(data("1 1 0 0 0\n1 1 0 0 0\n2 2 1 1 1\n"))?.contains("atom id 1 occurs twice") == true)
    #expect(
      text(data("1 x 0 0 0\n", style: " # atomic"))?.contains(
        "w.data:17: atom 1: expected a type number in column 2") == true)
    #expect(text(data("1 1\n"))?.contains("expected an atom (id, type and position)") == true)
    #expect(
      text(data(rows[0].1).replacingOccurrences(of: "3 atoms", with: "1152921504606846976 atoms"))?
        .contains(
          "expected 1152921504606846976 atoms") == true)
  }
}
