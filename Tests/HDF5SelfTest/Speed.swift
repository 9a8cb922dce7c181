import HDF5
import MPI

/// Microseconds per independent write of a frame's block into 8 datasets, for an empty call's
/// overhead (8 bytes) and for 23 kB.
func measureWrites(_ world: Communicator, _ directory: String) throws {
  let frames = 2000
  for count in [1, 2900] {
    let path = "\(directory)/speed-\(count).h5"
    let file = try File.createAtomically(path, on: world, replacing: true) { file in
      for index in 0..<8 { try file.createDataset("d\(index)", .float64, shape: [frames, count]) }
    }
    let values = [Double](repeating: 1, count: count)
    var best = Double.infinity
    for _ in 0..<3 {
      let before = MPIRuntime.wallTime
      for index in 0..<8 {
        let dataset = try file.dataset("d\(index)")
        for frame in stride(from: world.rank, to: frames, by: world.size) {
          try dataset.write(values, at: [frame, 0], count: [1, count])
        }
      }
      best = min(best, MPIRuntime.wallTime - before)
    }
    let before = MPIRuntime.wallTime
    try file.flush()
    let flush = MPIRuntime.wallTime - before
    try file.close()
    let writes = Double(8 * frames / world.size)
    if world.isRoot {
      print(
        "\(count * 8) bytes: \(best / writes * 1e6) µs per write on \(world.size) ranks, flush "
          + "\(flush * 1e3) ms"
      )
    }
  }
}
