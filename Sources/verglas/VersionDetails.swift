import HDF5
import JobControl
import MPI
import NeuralNetwork

extension VerglasVersion {
  /// The output of `--version`: program, libraries, and build, one per line.
  static var details: [String] {
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
