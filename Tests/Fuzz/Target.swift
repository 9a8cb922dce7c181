import Foundation
import HDF5
import NeuralNetwork
import ProgramSupport
import Trajectories

@testable import Pipeline

/// What is fed damaged files.
enum Target: String, CaseIterable {
  case dump, gzip, zstd, model, thermo, results, dataset

  /// Good files to begin with, and what reads a damaged one at a path: throws what a user would see.
  func prepare(_ corpus: Corpus) throws -> (seeds: [[UInt8]], read: (String) throws -> Void) {
    switch self {
    case .dump: return ([corpus.dump, corpus.tilted], readTrajectory)
    case .gzip:
      return ([ProgramSupport.gzip(corpus.dump), ProgramSupport.gzip(corpus.tilted) + ProgramSupport.gzip(corpus.tilted)], readTrajectory)
    case .zstd:
      return ([ProgramSupport.zstd(corpus.dump), ProgramSupport.zstd(corpus.tilted) + ProgramSupport.zstd(corpus.tilted)], readTrajectory)
    case .model:
      return ([corpus.model], { path in _ = try ModelFile.parse(bytes: try bytes(of: path), path: path).soapParameters(path: path) })
    case .thermo:
      let table = "step,pressure_GPa,temperature_K,density\n0,0.1,80,0.94\n100,0.2,80.5,0.95\n200,1e-3,81,1.3\n"
      let log = """
        units real
        Step Temp Press Density
               0   80.0   987.6   0.94
             100   80.1   998.1   0.95
             200   80.2   1001.5   0.96
        Loop time of 1.0 on 4 procs for 200 steps with 96 atoms

        """
      return ([Array(table.utf8), Array(log.utf8)], { path in _ = try ThermoTable.parse(try bytes(of: path), path: path) })
    case .results:
      let (bytes, plan) = try corpus.results()
      return ([bytes], { path in try compare(path, with: plan) })
    case .dataset:
      return ([try corpus.dataset()], readDataset)
    }
  }

  /// Words for the mutator.
  var words: [String] {
    switch self {
    case .dump, .gzip, .zstd:
      [
        "ITEM: TIMESTEP\n", "ITEM: ATOMS id type x y z\n", "ITEM: TIME\n", "ITEM: UNITS\nlj\n",
        "ITEM: NUMBER OF ATOMS\n1152921504606846976\n",
        "nan", "-inf", "1e999", "\0", "\r\n", "\n\n\n", "99999999999999999999999", "-1", "ITEM: BOX BOUNDS xy xz yz pp pp pp\n",
        "ITEM: BOX BOUNDS abc origin\n", "0x1p3", ".", "e", "\u{FEFF}", "\t", " ",
      ]
    case .model:
      [
        "{", "}", "[", "]", "\"", ":", ",", "null", "1e999", "\\u0000", "\\ud800", "\"dtype\":\"F64\"",
        "\"data_offsets\":[0,1152921504606846976]", "[[[[",
      ]
    case .thermo:
      [
        "Step", "Press", "Temp", ",", "\t", "nan", "1e999", "\n\n", "\r", "\"", "Loop time of", "WARNING:", "units lj\n",
        "-9223372036854775808",
      ]
    case .results, .dataset: ["\u{89}HDF\r\n", "OHDR", "OCHK", "GCOL", "FRHP", "BTHD", "\0\0\0\0\0\0\0\0"]
    }
  }

  /// What `--resume` does before anything is written; the file is the plan's output.
  private func compare(_ path: String, with plan: AnalysisPlan) throws {
    var check = ResumeCheck(plan)
    _ = try check.run()
  }

  private func readDataset(_ path: String) throws {
    let file = try DatasetFile.open(path)
    _ = try file.summary()
    for start in stride(from: 0, to: file.rowCount, by: 1000) {
      let rows = start..<min(start + 1000, file.rowCount)
      _ = try file.labels(rows)
      _ = try file.parts(rows)
      _ = try file.features(rows)
    }
  }

  /// All of a trajectory, whole and in shares; the shares' frames must be those of the whole.
  private func readTrajectory(_ path: String) throws {
    let trajectory = try Trajectory.open(paths: [path])
    let source = trajectory.sources[0]
    if source.canScanInShares {
      let index = try source.index(merging: (0..<3).map { try source.scan(source.share($0, of: 3)) }, file: 0)
      guard index == trajectory.indexes[0] else { fatalError("three shares find other frames than one") }
    }
    let reader = TrajectoryReader(trajectory, species: try SpeciesMap(names: ["O", "H"], types: [1: "O", 2: "H"]))
    for frame in trajectory.frames {
      do {
        let header = try reader.header(of: frame)
        _ = try reader.census(of: frame, header: header)
        let whole = try reader.atoms(of: frame, header: header)
        var parts = AtomBatch()
        for part in 0..<3 { parts.append(try reader.atoms(of: frame, header: header, part: part, of: 3)) }
        guard parts == whole, whole.atomsRead == header.atomCount else { fatalError("three parts hold other atoms than the frame") }
      } catch {
        guard !error.reason.isEmpty else { fatalError("an error without a reason") }
      }
    }
  }
}
