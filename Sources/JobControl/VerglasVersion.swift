import HDF5
import MPI

/// The version of the program and its libraries.
public enum VerglasVersion {
  /// The version of this release.
  public static let number = "0.1.0"

  /// Versions of the libraries in use, one per line.
  public static var libraries: [String] {
    ["HDF5 \(HDF5Library.version)", MPIRuntime.libraryVersion]
  }
}
