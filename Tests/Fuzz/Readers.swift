import Foundation
import Frames
import HDF5
import MPI
import ProgramSupport
import Trajectories

@testable import Learning
@testable import Pipeline

/// All of a trajectory, read whole and in shares; the frames of the shares must be those of the
/// whole.
func readTrajectory(_ path: String) throws {
  let trajectory = try Trajectory.open(paths: [path])
  let source = trajectory.sources[0]
  if source.canScanInShares {
    let index = try source.index(
      merging: (0..<3).map { try source.scan(source.share($0, of: 3)) }, file: 0)
    guard index == trajectory.indexes[0] else {
      fatalError("three shares find other frames than one")
    }
  }
  try readFrames(named(trajectory))
}

/// An H5MD file, through the store of the pipeline.
func readStored(_ path: String, on world: Communicator) throws {
  try readFrames(
    named(openTrajectory([path], topologies: [], selection: .all, strict: false, on: world)))
}

/// The trajectory with a topology for as many atoms as it has, if its format has no names;
/// otherwise every file would be refused for that reason.
private func named(_ trajectory: Trajectory) throws -> Trajectory {
  guard !trajectory.sources[0].format.namesAtoms, (1...100_000).contains(trajectory.atomCount)
  else { return trajectory }
  let labels = (0..<trajectory.atomCount).map { $0 % 3 == 0 ? "O" : "H" }
  guard let topology = Topology(path: "made", ids: nil, labels: labels) else {
    fatalError("a topology of water")
  }
  return try Trajectory(
    sources: trajectory.sources, indexes: trajectory.indexes, topologies: [topology])
}

/// Every frame, whole and in parts, which must hold the same atoms.
private func readFrames(_ trajectory: Trajectory) throws {
  let reader = TrajectoryReader(
    trajectory, species: try SpeciesMap(names: ["O", "H"], types: [1: "O", 2: "H"]))
  for frame in trajectory.frames {
    do {
      let header = try reader.header(of: frame)
      _ = try reader.census(of: frame, header: header)
      let whole = try reader.atoms(of: frame, header: header)
      var parts = AtomBatch()
      for part in 0..<3 {
        parts.append(try reader.atoms(of: frame, header: header, part: part, of: 3))
      }
      guard parts == whole, whole.atomsRead == header.atomCount else {
        fatalError("three parts hold other atoms than the frame")
      }
      guard (whole.x + whole.y + whole.z).allSatisfy(\.isFinite) else {
        fatalError("a coordinate that is no number was let through")
      }
    } catch {
      guard !error.reason.isEmpty else { fatalError("an error without a reason") }
    }
  }
}

/// A structure file; its contents are broadcast to other ranks unchanged.
func readTopology(_ path: String) throws {
  let topology = try Topology(path: path)
  guard try Topology(decoding: topology.encode()) == topology else {
    fatalError("another topology arrives than was sent")
  }
}

/// A dataset, row by row.
func readDataset(_ path: String) throws {
  let file = try DatasetFile.open(path)
  _ = try file.summary()
  for start in stride(from: 0, to: file.rowCount, by: 1000) {
    let rows = start..<min(start + 1000, file.rowCount)
    _ = try file.labels(rows)
    _ = try file.parts(rows)
    _ = try file.features(rows)
  }
}

/// A text as the value of every option that is parsed.
func readWords(_ path: String) throws {
  let text = String(decoding: try bytes(of: path), as: UTF8.self)
  _ = Slab(centered: text)
  _ = Region(parsing: text)
  _ = NeighborCountRule(parsing: text)
  _ = try? SpeciesMap(names: ["O"], types: SpeciesMap.parse(types: text))
  guard let selection = try? FrameSelection(parsing: text) else { return }
  for count in [0, 1, 7, 100_000] {
    let positions = selection.positions(count: count)
    guard positions.allSatisfy({ (0..<count).contains($0) }),
      zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      fatalError("\(text) selects frames that are not there, or in another order: \(positions)")
    }
  }
}
