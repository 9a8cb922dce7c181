import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// Amber's NetCDF convention, PDB and PSF: small files by netCDF4 1.7.5 (three variants of the
/// classic format) and by hand.
@Suite(.tags(.fast)) struct NetCDFTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func contents(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  @Test(
    "positions, cell and times of CDF-1, CDF-2 and CDF-5, named by PDB or PSF",
    arguments: ["amber-cdf1.nc", "amber-cdf2.nc", "amber-cdf5.nc"], ["w.pdb", "w.psf"])
  func variants(file: String, topology: String) throws {
    let run = try Trajectory.open(paths: [fixture(file)], topologies: [fixture(topology)])
    #expect(run.frames.count == 2 && run.atomCount == 3)
    let reader = TrajectoryReader(run, species: try SpeciesMap(names: ["O", "H"]))
    for (k, frame) in run.frames.enumerated() {
      let header = try reader.header(of: frame)
      #expect(header.time == 0.5 * Double(k + 1))
      #expect([header.cell.a.x, header.cell.b.y, header.cell.c.z] == [10, 11, 12])
      let atoms = try reader.atoms(of: frame, header: header)
      #expect(atoms.species == [0, 1, 1] && atoms.ids == [1, 2, 3])
      let x = Double(k) + 1
      #expect(zip(atoms.x, [x, x + 0.9, x]).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(zip(atoms.y, [1, 1, 1.9]).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test("every truncation of a NetCDF file is refused or read in whole frames")
  func truncated() throws {
    let whole = try contents("amber-cdf2.nc")
    for count in stride(from: 4, to: whole.count, by: 13) {
      let path = try scratch.write(Array(whole[..<count]), as: "cut.nc")
      guard let run = try? Trajectory.open(paths: [path], topologies: [fixture("w.psf")]) else {
        continue
      }
      #expect(run.frames.count <= 2)
      let reader = TrajectoryReader(run, species: try SpeciesMap(names: ["O", "H"]))
      for frame in run.frames {
        let header = try reader.header(of: frame)
        #expect(try reader.atoms(of: frame, header: header).ids.count == 3)
      }
    }
  }

  @Test("a header that is damaged, or of another kind of file, is refused with the reason")
  func damagedHeader() throws {
    var whole = try contents("amber-cdf1.nc")
    // The tag of the list of dimensions.
    whole[11] = 99
    let damaged = try scratch.write(whole, as: "damaged.nc")
    #expect(
      message { _ = try Trajectory.open(paths: [damaged], topologies: [fixture("w.psf")]) }?
        .contains("the netCDF header is damaged") == true)
    // No dimensions, attributes or variables.
    let empty = try scratch.write(
      Array("CDF\u{1}".utf8) + [UInt8](repeating: 0, count: 28), as: "e.nc")
    #expect(
      message { _ = try Trajectory.open(paths: [empty], topologies: [fixture("w.psf")]) }?
        .contains("expected a netCDF file with coordinates (Amber's convention), found none")
        == true)
  }

  @Test("an axis without length and an Amber restart file are refused with the reason")
  func noTrajectory() throws {
    var flat = try contents("amber-cdf1.nc")
    // c of the first frame: 12 Å, the only value of its kind.
    let twelve = withUnsafeBytes(of: 12.0.bitPattern.bigEndian) { Array($0) }
    let place = try #require(flat.firstRange(of: twelve))
    flat.replaceSubrange(place, with: [UInt8](repeating: 0, count: 8))
    let run = try Trajectory.open(
      paths: [scratch.write(flat, as: "flat.nc")], topologies: [fixture("w.psf")])
    let reader = TrajectoryReader(run, species: try SpeciesMap(names: ["O", "H"]))
    #expect(
      message { _ = try reader.header(of: run.frames[0]) }?
        .contains("the box has no volume: its length along c is 0, as LAMMPS, OVITO and ASE write")
        == true)
    func word(_ value: Int) -> [UInt8] {
      withUnsafeBytes(of: Int32(value).bigEndian) { Array($0) }
    }
    func text(_ text: String) -> [UInt8] {
      let bytes = Array(text.utf8)
      return word(bytes.count) + bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    // Two dimensions, one attribute, and coordinates that are not of frames.
    var restart = Array("CDF\u{1}".utf8) + word(0)
    restart += word(10) + word(2) + text("atom") + word(1) + text("spatial") + word(3)
    restart += word(12) + word(1) + text("Conventions") + word(2) + text("AMBERRESTART")
    restart += word(11) + word(1) + text("coordinates") + word(2) + word(0) + word(1)
    restart += word(0) + word(0) + word(6) + word(24)
    restart += word(restart.count + 4) + [UInt8](repeating: 0, count: 24)
    let path = try scratch.write(restart, as: "restart.nc")
    #expect(
      message { _ = try Trajectory.open(paths: [path], topologies: [fixture("w.psf")]) }?
        .contains("is an Amber restart file: write its frame as a trajectory") == true)
  }

  @Test("PDB and PSF files without atoms, or with too few, are refused")
  func topologies() throws {
    func text(_ content: String, _ name: String) -> String? {
      message { _ = try Topology(path: scratch.write(content, as: name)) }
    }
    #expect(
      text("CRYST1   10.000   10.000   10.000  90.00  90.00  90.00 P 1\nEND\n", "w.pdb")?
        .contains("expected a topology (--topology)") == true)
    #expect(
      text(
        "PSF\n\n       1 !NTITLE\n none\n\n       2 !NATOM\n       1 W 1 TIP3 OH2 OT -0.8 15.9994 "
          + "0\n",
        "w.psf")?
        .contains("expected an atom (id, segment, residue, name, type, charge, mass), found 0")
        == true)
    #expect(
      text("PSF\n\n       1 !NTITLE\n none\n\n       1 !NATOM\n       1 W 1 TIP3 OH2\n", "w.psf")?
        .contains("expected an atom (id, segment, residue, name, type, charge, mass)") == true)
  }

  @Test("--boundary takes p and f for three axes") func boundary() throws {
    #expect(try Boundary(parsing: "p,p,f").isPeriodic == [true, true, false])
    #expect(try Boundary(parsing: "ffp").description == "f,f,p")
    for text in ["", "p,p", "p,p,s", "1,1,0"] {
      #expect(
        message { _ = try Boundary(parsing: text) }?
          .contains("expected p (periodic) or f (open) for each axis") == true)
    }
  }
}
