import Glibc

/// The number of ranks according to the launcher, from environment variables.
///
/// A program started N times by a launcher that its MPI library does not understand runs as N jobs
/// of one rank, each of which would write the same result file (open-mpi/ompi#13523). The
/// variables distinguish this case from a run that was meant to have one process.
public struct LaunchEnvironment: Sendable, Equatable {
  /// Ranks started by Open MPI's mpirun (`OMPI_COMM_WORLD_SIZE`) or MVAPICH's
  /// (`MV2_COMM_WORLD_SIZE`).
  public var openMPISize: Int?
  /// Ranks started by a PMI launcher: Hydra of MPICH and Intel MPI, PALS, `srun --mpi=pmi2`
  /// (`PMI_SIZE`).
  public var processManagerSize: Int?
  /// This process's rank according to PMIx (`PMIX_RANK`), PMI (`PMI_RANK`), Cray's PALS
  /// (`PALS_RANKID`) or ALPS (`ALPS_APP_PE`).
  public var processManagerRank: Int?
  /// Whether there is a PMIx server to ask (`PMIX_RANK` is set).
  public var hasPMIx: Bool
  /// This process's rank according to Open MPI's or MVAPICH's mpirun.
  public var openMPIRank: Int?
  /// Tasks of the Slurm step this process belongs to (`SLURM_STEP_NUM_TASKS`, else
  /// `SLURM_NTASKS`); nil outside a step.
  public var slurmTasks: Int?
  /// This process's task number inside the Slurm step (`SLURM_PROCID`); nil outside a step.
  public var slurmTask: Int?

  /// Reads the variables through `variable`, which returns the value of an environment variable or
  /// nil.
  ///
  /// In the batch shell of `sbatch` or `salloc` `SLURM_NTASKS` is set but no step exists
  /// (`SLURM_STEP_ID` is absent): a process started there directly is meant to be the only one.
  public init(variable: (String) -> String?) {
    func number(_ names: String...) -> Int? {
      for name in names { if let value = variable(name).flatMap({ Int($0) }) { return value } }
      return nil
    }
    openMPISize = number("OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
    openMPIRank = number("OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
    processManagerSize = number("PMI_SIZE")
    processManagerRank = number("PMIX_RANK", "PMI_RANK", "PALS_RANKID", "ALPS_APP_PE")
    hasPMIx = variable("PMIX_RANK") != nil
    if variable("SLURM_STEP_ID") ?? variable("SLURM_STEPID") != nil {
      slurmTasks = number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS")
      slurmTask = number("SLURM_PROCID")
    }
  }

  /// The rank that this process will have; nil when no launcher started it.
  ///
  /// Slurm comes last: mpirun and Hydra inside an allocation start their daemons as a Slurm step
  /// of one task per node, and the ranks inherit that step's variables.
  public var rank: Int? { openMPIRank ?? processManagerRank ?? slurmTask }

  /// Whether this process prints what all processes of the launcher find alike: rank 0, or any
  /// process whose launcher states no number of ranks.
  public var printsForAll: Bool {
    (rank ?? 0) == 0 || openMPISize == nil && processManagerSize == nil && slurmTasks == nil
  }

  /// One sentence that says why `size` ranks are not what the launcher started; nil if there is no
  /// contradiction.
  ///
  /// The variables of mpirun and Hydra take precedence over Slurm's, as for `rank`.
  /// - Parameter family: the MPI in use, for the advice.
  public func mismatch(size: Int, family: MPIFamily = .openMPI) -> String? {
    if let openMPISize {
      guard openMPISize != size else { return nil }
      return Self.sentence("mpirun", started: openMPISize, size: size) + Self.otherLauncher(family)
    }
    if let processManagerSize {
      guard processManagerSize != size else { return nil }
      return Self.sentence(
        "a process manager of another MPI", started: processManagerSize, size: size)
        + Self.otherLauncher(family)
    }
    if let slurmTasks, slurmTasks != size {
      return Self.sentence("srun", started: slurmTasks, size: size) + "; start it with "
        + Self.slurmAdvice(family)
    }
    if let rank = processManagerRank ?? slurmTask, rank >= size {
      return
        "the launcher gave this process rank \(rank), but MPI reports \(size) "
        + "\(size == 1 ? "rank" : "ranks")"
    }
    return nil
  }

  /// One sentence that says why the library cannot be initialised, where it would abort with a
  /// page of messages; nil if initialisation can be tried.
  ///
  /// Open MPI knows its rank from PMIx or from mpirun only: in a step that `srun` started without
  /// either (`--mpi=none`, or the shell of an interactive session) MPI_Init aborts.
  public func refusal(family: MPIFamily) -> String? {
    guard family == .openMPI, openMPISize == nil, processManagerSize == nil, !hasPMIx,
      let slurmTasks, slurmTasks > 1
    else { return nil }
    return Self.sentence("srun", started: slurmTasks, size: 1) + "; start it with "
      + Self.slurmAdvice(family)
      + ", or in an interactive shell `unset SLURM_STEP_ID` to run a command alone"
  }

  /// Variables that make Open MPI look for a missing server if this process is the only one in its
  /// Slurm step; empty otherwise.
  ///
  /// In the shell of `srun --pty` MPI_Init aborts without a PMIx server; with one it succeeds in
  /// the first program only, as the server ends with that. A single process needs none.
  public func variablesOfTheStep(family: MPIFamily, among names: [String]) -> [String] {
    guard family == .openMPI, openMPISize == nil, processManagerSize == nil, slurmTasks == 1 else {
      return []
    }
    return names.filter {
      $0 == "SLURM_STEP_ID" || $0 == "SLURM_STEPID" || $0.hasPrefix("PMIX_")
    }
  }

  private static func sentence(_ launcher: String, started: Int, size: Int) -> String {
    "\(launcher) started \(started) \(started == 1 ? "process" : "processes"), but MPI reports "
      + "\(size) \(size == 1 ? "rank" : "ranks")"
  }

  private static func otherLauncher(_ family: MPIFamily) -> String {
    let launcher =
      switch family {
      case .openMPI: "Open MPI: use its mpirun"
      case .mpich: "MPICH: use its mpiexec"
      case .intel: "Intel MPI: use its mpirun"
      case .cray: "Cray MPICH: use srun, aprun or the mpiexec of PALS"
      case .other: "another MPI: use its launcher"
      }
    return
      "; Verglas runs with \(launcher), or a libverglas_site.so made for the MPI of this launcher"
  }

  private static func slurmAdvice(_ family: MPIFamily) -> String {
    switch family {
    case .openMPI: "`srun --mpi=pmix` or with mpirun inside the allocation"
    case .mpich: "`srun --mpi=pmi2` or with mpiexec inside the allocation"
    case .intel:
      "`srun --mpi=pmi2` and I_MPI_PMI_LIBRARY set to Slurm's libpmi2.so, or with mpirun inside "
        + "the allocation"
    case .cray: "`srun --mpi=cray_shasta`"
    case .other: "the `srun --mpi=` option that your MPI documents, or with its mpirun"
    }
  }

  /// The environment before MPI_Init, which adds variables itself; `MPIRuntime.initialize` reads
  /// it first.
  public static let atStart = LaunchEnvironment { name in getenv(name).map { String(cString: $0) } }

  /// Removes the environment variables that would prevent the library from starting with one
  /// process; see `variablesOfTheStep`.
  func removeVariablesOfTheStep(family: MPIFamily) {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      names.append(String(String(cString: text).prefix { $0 != "=" }))
      entry += 1
    }
    for name in variablesOfTheStep(family: family, among: names) { unsetenv(name) }
  }
}

extension Communicator {
  /// One sentence that says why this communicator (the world) is not what the launcher started;
  /// nil if it is.
  ///
  /// Call it once after `MPIRuntime.initialize`, before anything is written.
  public func launchMismatch() -> String? {
    LaunchEnvironment.atStart.mismatch(size: size, family: MPIRuntime.family)
  }
}
