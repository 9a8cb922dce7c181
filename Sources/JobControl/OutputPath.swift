import HDF5
import MPI

import Glibc

/// Refuses an output that cannot be created, before anything is read: it exists, its folder does
/// not, or it is one of the inputs.
///
/// - Throws: `RunError` with exit code 73, the same on all ranks.
public func checkOutput(_ path: String, overwrite: Bool, inputs: [String], on world: Communicator)
  throws
{
  try world.together {
    guard world.isRoot else { return }
    guard !path.isEmpty, path != "-" else {
      throw RunError(
        "-o: expected the name of a file, found '\(path)'; output cannot be written to a pipe",
        .usage)
    }
    let folder = path.contains("/") ? String(path[...path.lastIndex(of: "/")!]) : "."
    guard access(folder, F_OK) == 0 else {
      throw RunError(
        "\(path) cannot be created: the folder \(folder) does not exist; create it first",
        .cannotCreate)
    }
    guard access(folder, W_OK) == 0 else {
      throw RunError(
        "\(path) cannot be created: the folder \(folder) is not writable", .cannotCreate)
    }
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    try refuse(path, among: inputs)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RunError("\(path) is not a regular file; choose another -o", .cannotCreate)
    }
    guard overwrite else { throw RunError(existing: path) }
  }
}

/// Refuses an output that is the same file as an input, under any name.
public func refuse(_ path: String, among inputs: [String]) throws {
  var status = stat()
  guard stat(path, &status) == 0 else { return }
  for input in inputs {
    var other = stat()
    if stat(input, &other) == 0, other.st_dev == status.st_dev, other.st_ino == status.st_ino {
      throw RunError(
        "\(path) is also an input (\(input)), which is never overwritten; choose another -o",
        .cannotCreate)
    }
  }
}

/// Removes temporary files of killed runs next to an output; on rank 0.
public func clearLeftovers(of path: String, _ log: Log, on world: Communicator) {
  guard world.isRoot else { return }
  for name in File.removeLeftovers(of: path) {
    log.say("removed \(name), left by a killed run")
  }
}

/// Creates an HDF5 file under a hidden name, lets all ranks write it, and renames it: a run that
/// fails or is killed leaves no file under the final name. Collective.
///
/// - Parameters:
///   - layOut: on rank 0 only.
///   - fill: on all ranks, which throw together or not at all.
/// - Throws: the same `RunError` on all ranks; `path` is then unchanged.
public func fillHidden(
  _ path: String, replacing: Bool, kind: String, on world: Communicator,
  layOut: (borrowing File) throws -> Void,
  fill: (borrowing File) throws -> Void
) throws {
  let hidden = try world.broadcast(File.hiddenName(for: path, ending: "unfinished"))
  var isPublished = false
  defer { if world.isRoot && !isPublished { unlink(hidden) } }
  do {
    var options = FileOptions()
    options.shownName = path
    let file = try File.createAtomically(
      hidden, on: world, options: options, replacing: true, layOut: layOut)
    try fill(file)
    try world.together { try file.flush() }
    var failure: RunError?
    do { try file.close() } catch { failure = RunError(error) }
    try world.together { if let failure { throw failure } }
  } catch let error as HDF5Error {
    throw RunError(creating: path, error)
  }
  try world.together {
    if world.isRoot { try publish(hidden, as: path, replacing: replacing, kind: kind) }
  }
  isPublished = true
}

/// Renames a complete file; on one rank.
///
/// - Parameter kind: description of the file, for the error message.
public func publish(_ hidden: String, as path: String, replacing: Bool, kind: String) throws {
  do {
    try File.rename(hidden, to: path, replacing: replacing)
  } catch let error as HDF5Error {
    if error.errorNumber == EEXIST { throw RunError(existing: path) }
    throw RunError("\(path): the \(kind) cannot be renamed: \(error)", .cannotCreate)
  }
}

extension RunError {
  /// An output that exists and may not be replaced.
  public init(existing path: String) {
    self.init(
      "\(path) already exists; choose another -o, or --overwrite to replace it", .cannotCreate)
  }

  /// Why the library could not create an output; another process may have created it since
  /// `checkOutput`.
  public init(creating path: String, _ error: HDF5Error) {
    if error.errorNumber == EEXIST {
      self.init(existing: path)
    } else {
      self.init("\(path): \(error)", .cannotCreate)
    }
  }
}

/// Checks that an input is a regular, readable file.
///
/// - Throws: `RunError` with exit code 66.
public func requireRegularFile(_ path: String) throws {
  var status = stat()
  guard stat(path, &status) == 0 else {
    throw RunError("\(path): cannot be opened: \(String(cString: strerror(errno)))", .noInput)
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw RunError("\(path): is not a regular file", .noInput)
  }
  guard access(path, R_OK) == 0 else {
    throw RunError("\(path): cannot be opened: \(String(cString: strerror(errno)))", .noInput)
  }
}
