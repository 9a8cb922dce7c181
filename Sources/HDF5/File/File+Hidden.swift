import Glibc

extension File {
  /// `.NAME.HOST.PID.ENDING` next to `path`: hidden; in the same directory, because a file can be
  /// renamed only within one file system; and with the creating process in the name, so that a file
  /// of a killed process can be distinguished from one in use.
  public static func hiddenName(for path: String, ending: String) -> String {
    let (directory, name) = split(path)
    return "\(directory)\(name.hasPrefix(".") ? "" : ".")\(name).\(hostName).\(getpid()).\(ending)"
  }

  /// Gives the file at `hidden` the name `path`, and flushes the directory to disk. One process
  /// calls it.
  ///
  /// Unless `replacing`, the name is given by `link`, which fails when another program took it in
  /// the meantime; file systems without links fall back on `rename`.
  /// - Throws: `HDF5Error`, with EEXIST when the name is taken.
  public static func rename(_ hidden: String, to path: String, replacing: Bool) throws {
    let isNamed = replacing ? false : try linked(hidden, as: path)
    if !isNamed {
      guard Glibc.rename(hidden, path) == 0 else {
        throw HDF5Error.system("rename \(hidden) to \(path)")
      }
    }
    let directory = split(path).directory
    try synchronise(directory.isEmpty ? "." : directory)
  }

  /// Removes the hidden files next to `path` of processes that no longer exist, and returns their
  /// names.
  ///
  /// A process of this machine no longer exists if its process id is not in use; a process of
  /// another machine is assumed to have ended if it has not written to the file for a quarter of an
  /// hour. Other files are not touched.
  public static func removeLeftovers(of path: String) -> [String] {
    let (directory, name) = split(path)
    let prefix = "\(name.hasPrefix(".") ? "" : ".")\(name)."
    var removed: [String] = []
    for found in names(in: directory.isEmpty ? "." : directory) where found.hasPrefix(prefix) {
      let parts = found.dropFirst(prefix.count).split(
        separator: ".", omittingEmptySubsequences: false)
      guard parts.count >= 3, parts.last == "partial" || parts.last == "unfinished",
        let process = Int32(parts[parts.count - 2])
      else {
        continue
      }
      guard
        isAbandoned(
          "\(directory)\(found)", host: parts.dropLast(2).joined(separator: "."), process: process)
      else { continue }
      if unlink("\(directory)\(found)") == 0 { removed.append(found) }
    }
    return removed
  }

  /// A path's directory with its slash, empty for none, and its last component.
  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }

  /// Flushes a file or directory to disk.
  static func synchronise(_ path: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY)
    guard descriptor >= 0 else { throw HDF5Error.system("open \(path)") }
    defer { Glibc.close(descriptor) }
    // EINVAL: the file system cannot synchronise directories; there is no alternative.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw HDF5Error.system("synchronise \(path)")
    }
  }

  /// Moves `temporary` to `path` unless that exists; false when the file system has no links and
  /// nothing exists at `path`.
  private static func linked(_ temporary: String, as path: String) throws -> Bool {
    if Glibc.link(temporary, path) == 0 {
      unlink(temporary)
      return true
    }
    guard errno != EEXIST, access(path, F_OK) != 0 else {
      throw HDF5Error(
        action: "create \(path)", reason: "another program has created it in the meantime",
        errorNumber: EEXIST)
    }
    return false
  }

  private static func isAbandoned(_ path: String, host: String, process: Int32) -> Bool {
    // A nested name (a hidden file whose structure was being created) ends with the host of its
    // creator.
    if host == hostName || host.hasSuffix(".\(hostName)") {
      return !isAlive(process, makerOf: path)
    }
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return time(nil) - status.st_mtim.tv_sec > 900
  }

  /// Whether a process exists, has not ended (a zombie, state Z, has ended), and is not younger
  /// than the file, because process ids are reused.
  private static func isAlive(_ process: Int32, makerOf path: String) -> Bool {
    guard process > 0, kill(process, 0) == 0 || errno != ESRCH else { return false }
    let descriptor = Glibc.open("/proc/\(process)/stat", O_RDONLY)
    guard descriptor >= 0 else { return true }
    defer { Glibc.close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    // NUMBER (NAME) STATE …, where the name may contain any characters; the 22nd word is the start
    // time in ticks after boot.
    guard count > 0, let end = bytes.prefix(count).lastIndex(of: UInt8(ascii: ")")) else {
      return true
    }
    let words = String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")
    guard words.count > 19, let start = Double(words[19]) else { return true }
    if words[0] == "Z" || words[0] == "X" { return false }
    var status = stat(), sinceBoot = timespec(), now = timespec()
    guard stat(path, &status) == 0 else { return true }
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    clock_gettime(CLOCK_REALTIME, &now)
    let processAge = Double(sinceBoot.tv_sec) - start / Double(sysconf(Int32(_SC_CLK_TCK)))
    let fileAge = Double(now.tv_sec) - Double(status.st_mtim.tv_sec)
    return processAge > fileAge - 2
  }

  private static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { tuple in
          tuple.withMemoryRebound(
            to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)
          ) { String(cString: $0) }
        })
    }
    return names.sorted()
  }

  private static let hostName: String = {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
    return String(
      decoding: bytes.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "/")) }.map {
        UInt8(bitPattern: $0)
      }, as: UTF8.self)
  }()
}
