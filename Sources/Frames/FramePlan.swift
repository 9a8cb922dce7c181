import JobControl
import MPI
import Trajectories

/// What is read: frames of a trajectory, the selected species and the required contents of every
/// frame, independent of the observables; the same on all ranks.
public struct FramePlan {
  /// The frames.
  public let trajectory: Trajectory
  /// Species of the atom types or labels.
  public let speciesMap: SpeciesMap
  /// The descriptors, which determine species and centres.
  public let sets: DescriptorSets
  /// Centres of every frame.
  public let centerCount: Int
  /// Their ids, ascending; nil if frames may have different ones.
  public let centerIDs: CenterIDs?
  /// Atoms of each species of `sets` in every frame; nil if frames may differ.
  public let speciesCounts: [Int]?
  /// Time of one MD step in ps, for files without times.
  public var timeStep: Double? = nil
  /// Largest distance in Å for pairs of centres.
  public var pairCutoff: Double

  /// Frames that must all have the atoms of the first.
  public init(
    _ trajectory: Trajectory, _ speciesMap: SpeciesMap, _ sets: DescriptorSets, first: FirstFrame,
    timeStep: Double? = nil, pairCutoff: Double = 0
  ) {
    self.trajectory = trajectory
    self.speciesMap = speciesMap
    self.sets = sets
    centerCount = first.centerIDs.count
    centerIDs = first.centerIDs
    speciesCounts = first.speciesCounts
    self.timeStep = timeStep
    self.pairCutoff = pairCutoff
  }

  /// Frames for which only the number of centres is known.
  public init(
    _ trajectory: Trajectory, _ speciesMap: SpeciesMap, _ sets: DescriptorSets, centerCount: Int,
    pairCutoff: Double
  ) {
    self.trajectory = trajectory
    self.speciesMap = speciesMap
    self.sets = sets
    self.centerCount = centerCount
    centerIDs = nil
    speciesCounts = nil
    self.pairCutoff = pairCutoff
  }

  /// Errors that can be detected before a frame is read: frames with different numbers of atoms.
  /// Collective.
  public static func check(_ trajectory: Trajectory, on world: Communicator) throws {
    try world.together {
      for frame in trajectory.frames
      where frame.isSound && Int(frame.atomCount) != trajectory.atomCount {
        throw TrajectoryError(
          path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal,
          reason:
            "expected \(trajectory.atomCount) atoms as in the first frame, found \(frame.atomCount)"
        )
      }
    }
  }
}
