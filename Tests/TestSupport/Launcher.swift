import Foundation

/// The `mpirun` in PATH, which may be Open MPI's or Hydra of MPICH or Intel MPI.
public enum Launcher {
  /// Whether it is MPICH's Hydra: a killed rank is its signal's number there, not 128 more, ranks
  /// are grandchildren, and codes of ranks are combined bit by bit.
  public static let isHydra: Bool = {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["mpirun", "--version"]
    process.standardOutput = pipe
    process.standardError = pipe
    guard (try? process.run()) != nil else { return false }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.contains("HYDRA")
  }()

  /// `mpirun` with what starts `ranks` ranks, also more than there are cores.
  ///
  /// Open MPI's `--oversubscribe` is unknown to Hydra, which takes this spelling (and ignores it).
  public static func command(_ ranks: Int) -> [String] {
    ["mpirun", "--map-by", ":OVERSUBSCRIBE", "-n", "\(ranks)"]
  }

  /// Its code after a rank was ended by signal `number`.
  public static func code(ofSignal number: Int32) -> Int32 { isHydra ? number : 128 + number }

  /// Those of the numbers of ranks that are at most VERGLAS_TEST_RANKS, where that is set: MPICH
  /// polls without giving up its core, and is very slow with more ranks than cores.
  public static func counts(_ all: Int...) -> [Int] {
    guard let limit = ProcessInfo.processInfo.environment["VERGLAS_TEST_RANKS"].flatMap({ Int($0) })
    else { return all }
    return all.filter { $0 <= limit }
  }

  /// This process's variables, and those under which mpirun starts anywhere.
  public static let environment: [String: String] = {
    var variables = ProcessInfo.processInfo.environment
    variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    variables["OMPI_MCA_mpi_yield_when_idle"] = "1"
    variables["PRTE_MCA_hwloc_default_binding_policy"] = "none"
    variables["SWIFT_BACKTRACE"] = "enable=no"
    return variables
  }()

  /// For a program under a limit of file sizes: MPICH's UCX keeps its shared memory in files
  /// unless told to use System V's.
  public static var withoutSharedFiles: [String: String] {
    isHydra ? ["UCX_TLS": "self,sysv"] : [:]
  }
}
