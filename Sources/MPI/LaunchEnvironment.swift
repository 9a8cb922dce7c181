import Glibc

/// The number of ranks according to the launcher, from environment variables.
///
/// A program started N times by a launcher that its MPI library does not understand runs as N jobs
/// of one rank, each of which would write the same result file (open-mpi/ompi#13523). The variables
/// distinguish this case from a run that was meant to have one process.
public struct LaunchEnvironment: Sendable, Equatable {
  /// Ranks started by Open MPI's mpirun (`OMPI_COMM_WORLD_SIZE`).
  public var openMPISize: Int?
  /// Ranks started by a PMI launcher such as MPICH's mpiexec (`PMI_SIZE`).
  public var processManagerSize: Int?
  /// This process's rank according to PMIx (`PMIX_RANK`).
  public var processManagerRank: Int?
  /// Tasks of the Slurm step this process belongs to (`SLURM_STEP_NUM_TASKS`, otherwise
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
    func number(_ name: String) -> Int? { variable(name).flatMap { Int($0) } }
    openMPISize = number("OMPI_COMM_WORLD_SIZE")
    processManagerSize = number("PMI_SIZE")
    processManagerRank = number("PMIX_RANK")
    if variable("SLURM_STEP_ID") ?? variable("SLURM_STEPID") != nil {
      slurmTasks = number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS")
      slurmTask = number("SLURM_PROCID")
    }
  }

  /// One sentence that says why `size` ranks are not what the launcher started; nil if there is no
  /// contradiction.
  ///
  /// `OMPI_COMM_WORLD_SIZE` takes precedence over Slurm: mpirun inside an allocation starts its
  /// daemons as a Slurm step of one task per node, and the ranks inherit that step's variables.
  public func mismatch(size: Int) -> String? {
    if let openMPISize {
      return openMPISize == size ? nil : Self.sentence("mpirun", started: openMPISize, size: size)
    }
    if let slurmTasks, slurmTasks != size {
      return Self.sentence("srun", started: slurmTasks, size: size)
        + "; start it with `srun --mpi=pmix` or with mpirun inside the allocation"
    }
    if let processManagerSize, processManagerSize != size {
      return Self.sentence(
        "a process manager of another MPI", started: processManagerSize, size: size)
        + "; use the mpirun of the MPI library that Verglas was built with"
    }
    if let rank = processManagerRank ?? slurmTask, rank >= size {
      return
        "the launcher calls this process rank \(rank), but MPI sees \(size) \(size == 1 ? "rank" : "ranks")"
    }
    return nil
  }

  private static func sentence(_ launcher: String, started: Int, size: Int) -> String {
    "\(launcher) started \(started) \(started == 1 ? "process" : "processes"), but MPI sees \(size) \(size == 1 ? "rank" : "ranks")"
  }

  /// The environment before MPI_Init, which adds variables itself; `MPIRuntime.initialize` reads it
  /// first.
  static let atStart = LaunchEnvironment { name in getenv(name).map { String(cString: $0) } }
}

extension Communicator {
  /// One sentence that says why this communicator (the world) is not what the launcher started; nil
  /// if it is.
  ///
  /// Call it once after `MPIRuntime.initialize`, before anything is written.
  public func launchMismatch() -> String? { LaunchEnvironment.atStart.mismatch(size: size) }
}
