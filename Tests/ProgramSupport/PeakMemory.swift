import Foundation

extension Program {
  /// Starts a program and writes its peak resident memory in kB to a file.
  ///
  /// This needs a separate process: Linux includes the memory that a process had before `exec`, and
  /// a process spawned here shares the memory of the tests until then.
  private static let measured = """
    import resource, subprocess, sys
    code = subprocess.run(sys.argv[2:]).returncode
    open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    sys.exit(code if code >= 0 else 128 - code)
    """

  /// Runs `verglas` without a launcher and measures the peak resident memory of that process.
  ///
  /// - Returns: the outcome, and the peak in MB.
  public static func peak(of arguments: [String]) throws -> (outcome: Outcome, megabytes: Int) {
    let folder = try Folder()
    let outcome = try start(["python3", "-c", measured, folder("peak"), path] + arguments)
    guard let kilobytes = Int(String(decoding: try bytes(of: folder("peak")), as: UTF8.self)) else {
      throw SmallModel.Failure(description: "\(path) cannot be measured: \(outcome)")
    }
    return (outcome, kilobytes / 1024)
  }
}
