import HDF5
import MPI

/// What this program is and what it was built with.
public enum VerglasVersion {
  /// The version of this release.
  public static let number = "0.1.0"

  /// Versions of the libraries in use, one a line.
  public static var libraries: [String] { ["HDF5 \(HDF5Library.version)", MPIRuntime.libraryVersion] }
}
