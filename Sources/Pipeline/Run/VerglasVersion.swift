import HDF5
import MPI
import NeuralNetwork

/// What this program is and what it was built with.
public enum VerglasVersion {
  /// The version of this release.
  public static let number = "0.1.0"

  /// Versions of the libraries in use, one a line.
  public static var libraries: [String] {
    ["HDF5 \(HDF5Library.version)", MPIRuntime.libraryVersion]
  }

  /// What `--version` prints: program, libraries, and how it was built, one a line.
  public static var details: [String] {
    #if DEBUG
      let configuration = "debug"
    #else
      let configuration = "release"
    #endif
    return ["verglas \(number)"]
      + [
        "\(libraries[0]), compiled with \(HDF5Library.versionAtBuild)",
        "\(libraries[1]); compiled with \(MPIRuntime.libraryAtBuild)",
        LinearAlgebraLibrary.version,
        "built as \(configuration), kernels for \(LinearAlgebraLibrary.vectorBits)-bit vectors",
      ]
  }
}
