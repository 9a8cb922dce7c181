import Glibc
import HDF5
import MPI

/// A write to a full disk (`directory` is on a file system of 1 MiB) fails with ENOSPC on the ranks
/// that write when it is full.
func checkFullDisk(_ world: Communicator, _ directory: String) throws {
  let file = try File.create("\(directory)/full.h5", on: world)
  let dataset = try file.createDataset("d", .float64, shape: [world.size, 1 << 18])
  try file.flush()
  var number: Int32 = 0
  do {
    try dataset.write(
      [Double](repeating: 1, count: 1 << 18), at: [world.rank, 0], count: [1, 1 << 18])
  } catch let error as HDF5Error {
    number = error.errorNumber ?? -1
    if number != ENOSPC { complain("\(error)") }
  }
  requireEqual(try world.allReduce(number, .maximum), ENOSPC)
  requireEqual(try world.allReduce(number, .minimum) >= 0, true)
  // A file that is too large is refused before it gets its name.
  var options = FileOptions()
  options.reservesSpace = true
  do {
    _ = try File.createAtomically("\(directory)/large.h5", on: world, options: options) { file in
      try file.createDataset("d", .float64, shape: [1 << 20])
    }
    require(false, "8 MiB fit into 1 MiB")
  } catch let error as HDF5Error {
    require(error.errorNumber == ENOSPC, "not ENOSPC: \(error)")
  }
  requireEqual(access("\(directory)/large.h5", F_OK), -1)
}

/// A write beyond the process's limit of file sizes (RLIMIT_FSIZE) fails, names the dataset, and
/// does not affect other ranks.
func checkLimitedFile(_ world: Communicator, _ directory: String) throws {
  signal(SIGXFSZ, SIG_IGN)
  for communicator in [nil, world] {
    let kind = communicator == nil ? "serial-\(world.rank)" : "parallel"
    let path = "\(directory)/limit-\(kind)-\(world.size).h5"
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
      require(
        "\(error)".contains("write dataset /late of \(path)"),
        "the error names the dataset: \(error)")
      if communicator == nil { requireEqual(error.errorNumber, EFBIG) }
    }
    limit = previous
    setrlimit(__rlimit_resource_t(1), &limit)
    requireEqual(try dataset.read(Double.self, at: [world.rank, 0], count: [1, 1]), [1])
    try world.barrier()
  }
}
