// hdf5-selftest CHECK RANKS [DIRECTORY]: the checks that HDF5Tests starts under mpirun. Prints “ok
// CHECK on N ranks” if all pass.
import Glibc
import MPI

let arguments = CommandLine.arguments
guard arguments.count >= 3,
  let expected = arguments[1] == "guard" ? 1 : Int(arguments[2])
else {
  print(
    "usage: hdf5-selftest communicator|file|refusals|limit|full|crash|speed RANKS [DIRECTORY], or "
      + "guard KIND")
  exit(64)
}
if arguments[1] == "guard" { endInGuard(arguments[2]) }
let directory = arguments.count > 3 ? arguments[3] : "."

do {
  let world = try MPIRuntime.initialize()
  require(world.size == expected, "asked for \(expected) ranks, have \(world.size)")
  require(world.launchMismatch() == nil, "the launcher disagrees: \(world.launchMismatch() ?? "")")
  switch arguments[1] {
  case "communicator": try checkCommunicator(world)
  case "file": try checkFile(world, directory)
  case "refusals": try checkRefusals(world, directory)
  case "limit": try checkLimitedFile(world, directory)
  case "full": try checkFullDisk(world, directory)
  case "crash": try writeUntilKilled(world, directory)
  case "speed": try measureWrites(world, directory)
  default: require(false, "no check is called \(arguments[1])")
  }
  try world.barrier()
  if world.isRoot { print("ok \(arguments[1]) on \(world.size) ranks") }
  try MPIRuntime.finalize()
} catch {
  complain("\(error)")
  MPIRuntime.abort(code: 1)
}

/// Writes one line to standard error.
func complain(_ text: String) {
  let line = Array("hdf5-selftest: \(text)\n".utf8)
  _ = write(2, line, line.count)
}

/// Ends the job when `condition` does not hold.
func require(
  _ condition: Bool, _ text: @autoclosure () -> String, line: Int = #line, file: String = #fileID
) {
  guard !condition else { return }
  complain("\(file):\(line): \(text())")
  MPIRuntime.abort(code: 1)
}

/// Ends the job when the two differ.
func requireEqual<T: Equatable>(
  _ found: T, _ expected: T, line: Int = #line, file: String = #fileID
) {
  require(found == expected, "found \(found), expected \(expected)", line: line, file: file)
}
