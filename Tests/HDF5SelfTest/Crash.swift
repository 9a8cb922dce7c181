import Glibc
import HDF5
import MPI

/// Creates a file, then writes frames until a thread of the last rank kills its process with
/// SIGKILL, at a random moment within 20 ms; until then that rank writes its frames again and
/// again.
///
/// Each rank writes its frames' values, then 1 into `done`; if a mark is 1, the values must be
/// there. The contents of a frame are a function of its number.
func writeUntilKilled(_ world: Communicator, _ directory: String) throws {
  let (frames, centers) = (10_000, 1500)
  let file = try File.createAtomically("\(directory)/crash.h5", on: world) { file in
    try file.createDataset("done", .uint8, shape: [frames])
    try file.createDataset("value", .float32, shape: [frames, centers, 3])
    try file.createGroup("verglas").setAttribute("complete", to: "no")
  }
  let done = try file.dataset("done")
  let value = try file.dataset("value")
  if world.rank == world.size - 1 {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        usleep(UInt32.random(in: 2000..<22_000))
        kill(getpid(), SIGKILL)
        return nil
      }, nil)
  }
  repeat {
    for frame in stride(from: world.rank, to: frames, by: world.size) {
      try value.write(
        [Float](repeating: Float(frame), count: centers * 3), at: [frame, 0, 0],
        count: [1, centers, 3])
      try done.write([1] as [UInt8], at: [frame], count: [1])
    }
  } while world.rank == world.size - 1
}
