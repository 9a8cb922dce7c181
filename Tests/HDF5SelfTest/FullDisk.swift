import Glibc
import HDF5
import MPI

/// A file that may not grow (RLIMIT_FSIZE) stands for a full disk: the write fails, says so with the system's reason, and nobody hangs.
///
/// Not covered by a file limit: ENOSPC itself, whose text takes the same way through the drivers.
func checkFullDisk(_ world: Communicator, _ directory: String) throws {
  signal(SIGXFSZ, SIG_IGN)
  for communicator in [nil, world] {
    let kind = communicator == nil ? "serial-\(world.rank)" : "parallel"
    let path = "\(directory)/full-\(kind)-\(world.size).h5"
    let file = try File.create(path, on: communicator)
    let dataset = try file.createDataset("d", .float64, shape: [world.size, 1000])
    let late = try file.createDataset("late", .float64, shape: [1 << 16])
    try file.flush()
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE
    let previous = limit
    limit.rlim_cur = 65536
    setrlimit(__rlimit_resource_t(1), &limit)
    try dataset.write([Double](repeating: 1, count: 1000), at: [world.rank, 0], count: [1, 1000])
    do {
      try late.write([Double](repeating: 1, count: 100), at: [1 << 15], count: [100])
      require(false, "writing beyond the limit succeeded")
    } catch let error as HDF5Error {
      if world.isRoot { print("\(kind): \(error), errno \(error.errorNumber.map { "\($0)" } ?? "unknown")") }
      require("\(error)".contains("write dataset /late of \(path)"), "the error names the dataset: \(error)")
      if communicator == nil { requireEqual(error.errorNumber, EFBIG) }
    }
    limit = previous
    setrlimit(__rlimit_resource_t(1), &limit)
    requireEqual(try dataset.read(Double.self, at: [world.rank, 0], count: [1, 1]), [1])
    try world.barrier()
  }
}
