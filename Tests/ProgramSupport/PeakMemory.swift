import Foundation

extension Program {
  /// Runs `verglas` by itself and measures the largest resident memory of that process alone (`wait4`).
  ///
  /// - Returns: how it ended, and its peak in MB.
  public static func peak(of arguments: [String]) throws -> (outcome: Outcome, megabytes: Int) {
    let folder = try Folder()
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let streams = ["out", "err"].map { folder($0) }
    for path in streams { try Data().write(to: URL(fileURLWithPath: path)) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, streams[0], O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, streams[1], O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    guard posix_spawn(&process, path, &actions, nil, &words, &variables) == 0 else {
      throw SmallModel.Failure(description: "\(path) cannot be started")
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    let texts = try streams.map { String(decoding: try bytes(of: $0), as: UTF8.self) }
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    let outcome = Outcome(code: code, output: texts[0], error: texts[1])
    Complaints.keep(outcome, of: [path] + arguments)
    return (outcome, usage.ru_maxrss / 1024)
  }
}
