import HDF5
import MPI
import NeuralNetwork

/// The version of the program and its libraries.
public enum VerglasVersion {
  /// The version of this release.
  public static let number = "0.1.0"

  /// Versions of the libraries in use, one per line.
  public static var libraries: [String] {
    ["HDF5 \(HDF5Library.version)", MPIRuntime.libraryVersion]
  }

  /// The output of `--version`: program, libraries, and build, one per line.
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
        "built as \(configuration), kernels for \(KernelVectors.bits)-bit vectors",
      ]
  }
}
