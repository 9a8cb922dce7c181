import Foundation
import Frames
import HDF5
import Models
import ProgramSupport
import Trajectories

@testable import Pipeline

/// The readers that are fuzzed.
enum Target: String, CaseIterable {
  case dump, gzip, zstd, xtc, trr, dcd, gro, extxyz, netcdf, binary, yaml, h5md, topology, thermo
  case words
  case model, checkpoint, dataset, train, evaluate
  case results, interface, export, scaling, inspect
  case geometry

  /// Valid files to start from, and the code that reads a damaged one.
  func prepare(_ corpus: Corpus) throws -> Prepared {
    switch self {
    case .dump: return Prepared([corpus.dump, corpus.tilted], readTrajectory)
    case .gzip:
      return Prepared(
        [
          ProgramSupport.gzip(corpus.dump),
          ProgramSupport.gzip(corpus.tilted) + ProgramSupport.gzip(corpus.tilted),
        ], readTrajectory)
    case .zstd:
      return Prepared(
        [
          ProgramSupport.zstd(corpus.dump),
          ProgramSupport.zstd(corpus.tilted) + ProgramSupport.zstd(corpus.tilted),
        ], readTrajectory)
    case .xtc:
      return Prepared(
        try corpus.fixtures(
          "water.xtc", "wide.xtc", "mdanalysis.xtc", "xtc_test_only_10_frame_10_atoms.xtc"),
        readTrajectory)
    case .trr:
      return Prepared(
        try corpus.fixtures(
          "water.trr", "chemfiles.trr", "mdanalysis.trr", "trr_test_only_10_frame_10_atoms.trr"),
        readTrajectory)
    case .dcd:
      return Prepared(
        try corpus.fixtures("water.dcd", "lammps.dcd", "tip125_tric_C36.dcd"), readTrajectory)
    case .gro:
      return Prepared(
        try corpus.fixtures("water.gro", "mdanalysis.gro", "two_water_gro_multiframe.gro"),
        readTrajectory)
    case .extxyz: return Prepared([try corpus.extendedXYZ()], readTrajectory)
    case .netcdf:
      return Prepared(
        try corpus.fixtures("amber-cdf1.nc", "amber-cdf2.nc", "amber-cdf5.nc"), readTrajectory)
    case .binary:
      return Prepared(
        try corpus.fixtures(
          "lammps-tri.bin", "lammps-general.bin", "lammps-atom.bin", "lammps-element.bin"),
        readTrajectory)
    case .yaml:
      return Prepared(
        try corpus.fixtures("lammps-tri.yaml", "lammps-general.yaml"), readTrajectory)
    case .h5md:
      return Prepared([try corpus.h5md(), try corpus.fixtures("water.h5md")[0]]) {
        try readStored($0, on: corpus.world)
      }
    case .topology:
      return Prepared(
        try corpus.fixtures("mini.data", "water.data", "mdanalysis.gro", "w.pdb", "w.psf"),
        readTopology)
    case .thermo:
      return Prepared(Corpus.thermoTables) {
        _ = try ThermoTable.parse(try bytes(of: $0), path: $0)
      }
    case .words: return Prepared(Corpus.commandLineWords, readWords)
    case .model:
      return Prepared([corpus.model]) {
        _ = try ModelFile.parse(bytes: try bytes(of: $0), path: $0).soapParameters(path: $0)
      }
    case .checkpoint: return try corpus.checkpoint()
    case .dataset: return Prepared([try corpus.dataset()], readDataset)
    case .train: return try corpus.training()
    case .evaluate: return try corpus.evaluation()
    case .results: return try corpus.resumption()
    case .interface: return try corpus.interfaces()
    case .export: return try corpus.exports()
    case .scaling: return try corpus.scalings()
    case .inspect: return try corpus.inspections()
    case .geometry: return corpus.geometry()
    }
  }

  /// Words for the mutator.
  var words: [String] {
    switch self {
    case .dump, .gzip, .zstd, .geometry:
      [
        "ITEM: TIMESTEP\n", "ITEM: ATOMS id type x y z\n", "ITEM: TIME\n", "ITEM: UNITS\nlj\n",
        "ITEM: NUMBER OF ATOMS\n1152921504606846976\n",
        "nan", "-inf", "1e999", "\0", "\r\n", "\n\n\n", "99999999999999999999999", "-1",
        "ITEM: BOX BOUNDS xy xz yz pp pp pp\n",
        "ITEM: BOX BOUNDS abc origin\n", "0x1p3", ".", "e", "\u{FEFF}", "\t", " ",
      ]
    case .xtc, .trr: ["\0\0\u{7}\u{CB}", "GMX_trn_file", "\u{7F}", "\0\0\0\u{9}", "\0\0\0\u{48}"]
    case .dcd: ["CORD", "VELD", "T\0\0\0", "\0\0\0\0", "\u{30}\0\0\0"]
    case .gro:
      [
        "\n", "SOL", "    1SOL     OW    1", "t= 1.0", "step= 5", "nan", "1e999",
        "1152921504606846976\n", "\r\n", "*****", "-1\n", "   ",
      ]
    case .extxyz:
      [
        "Lattice=\"", "\"", "Properties=species:S:1:pos:R:3", "pbc=\"T F T\"", "Origin=\"0 0 0\"",
        "Time=", "\n", "nan", "1e999", ":", "=",
        "1152921504606846976\n", "pos:R:3", "id:I:1", "\\\"", "{", "}", "'",
      ]
    case .netcdf:
      [
        "CDF\u{1}", "CDF\u{2}", "CDF\u{5}", "\0\0\0\u{A}", "\0\0\0\u{B}", "\0\0\0\u{C}",
        "coordinates", "cell_lengths", "units", "\u{7F}", "\0\0\0\u{6}",
      ]
    case .binary:
      [
        "DUMPATOM", "DUMPCUSTOM", "id type xs ys zs", "\u{1}\0\0\0", "\u{7F}", "\0\0\0\0",
        "element",
      ]
    case .yaml:
      [
        "---\n", "...\n", "creator: LAMMPS\n", "timestep: 9223372036854775807\n", "natoms: 6\n",
        "natoms: 1152921504606846976\n", "box:\n", "  - [ 0, 8 ]\n", "data:\n",
        "keywords: [ id, ]\n",
        "  - [ 1 , 1 , 1, 1, 1, ]\n", "\r\n", "nan", "1e999", "-", "]", "'",
      ]
    case .topology:
      [
        "ATOM  ", "HETATM", "ENDMDL", "PSF EXT XPLOR", "!NATOM", "CONECT",
        "Atoms # full\n\n", "Atoms", "Masses\n\n", "1152921504606846976 atoms\n", "atom types",
        "xlo xhi", "\n\n", "#", "nan", "1e999",
        "-1",
        "Velocities\n\n", "Atom Type Labels\n\n", "\r\n",
      ]
    case .words:
      [
        ":", "=", ",", "-", "9223372036854775807", "-9223372036854775808", "nan", "inf", "1e308",
        "x", "\u{301}", "\0", "\u{1F600}", " ",
      ]
    case .model:
      [
        "{", "}", "[", "]", "\"", ":", ",", "null", "1e999", "\\u0000", "\\ud800",
        "\"dtype\":\"F64\"",
        "\"data_offsets\":[0,1152921504606846976]", "[[[[",
      ]
    case .checkpoint: ["{", "}", "\"", "verglas-training\n", "\0\0\0\0\0\0\0\0", "\u{7F}"]
    case .thermo:
      [
        "Step", "Press", "Temp", ",", "\t", "nan", "1e999", "\n\n", "\r", "\"", "Loop time of",
        "WARNING:", "units lj\n",
        "-9223372036854775808",
      ]
    case .results, .dataset, .train, .evaluate, .interface, .export, .scaling, .inspect, .h5md:
      [
        "\u{89}HDF\r\n", "OHDR", "OCHK", "FRHP", "BTHD", "TREE", "SNOD",
      ]
    }
  }
}

/// A prepared target.
struct Prepared {
  /// Good files.
  let seeds: [[UInt8]]
  /// Damages a file (or makes one).
  var damage: (inout Mutator, [UInt8]) -> [UInt8] = { mutator, seed in mutator.mutate(seed) }
  /// Reads a file at a path and processes it; throws the error that a user would see.
  let read: (String) throws -> Void

  init(_ seeds: [[UInt8]], _ read: @escaping (String) throws -> Void) {
    self.seeds = seeds
    self.read = read
  }
}
