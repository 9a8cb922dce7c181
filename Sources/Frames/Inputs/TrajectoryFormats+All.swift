import H5MD
import Trajectories

extension TrajectoryFormats {
  /// The formats that the program reads: those of Trajectories, and H5MD, which needs HDF5.
  static let all = standard.adding(H5MDFormat())
}
