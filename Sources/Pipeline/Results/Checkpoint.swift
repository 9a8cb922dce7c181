import HDF5
import MPI

import Glibc

/// Marks frames in /verglas/done, each after its data are on the disk.
///
/// **Why a marked frame is complete, whatever is killed and whenever.**
/// 1. After its creation only raw data of the file change: no group, header, or allocation, so that
///    it opens at any instant.
/// 2. `Dataset.write` returns when the block is with the operating system, which outlives the
///    process. So if a process dies, what it wrote before is there, and what it had not yet marked
///    is not marked: the mark is written last, in one byte, by the process that wrote the data or,
///    for a frame of several ranks, by the first of them when it knows that all have written and
///    flushed theirs.
/// 3. A node that dies takes its memory with it, and the kernel writes pages in any order.
///    Therefore marks are withheld until `DiskBarrier.wait` has returned, which says that all data
///    written before are on the disk; only then may marks follow.
///
/// Such a barrier takes milliseconds (a local disk) to a second (a busy parallel file system), so
/// it is not put behind every group of frames but behind as many as keep it below a fiftieth of the
/// time, at most 30 s apart. That much work a kill can cost; nothing else.
final class Checkpoint {
  private let barrier: DiskBarrier
  private var pending: [(rows: Range<Int>, mark: UInt8)] = []
  private var lastEnd = -Double.infinity
  private var lastCost = 0.0
  private var publication: (hidden: String, path: String)?

  /// Share of the time that barriers may take, and seconds after which one is due anyway.
  private static let share = 0.02, longestDelay = 30.0

  /// Marks in the file at `storagePath`, which is or will be named `path`. `isPublisher` where it
  /// is to get its name by the first commit.
  init(storagePath: String, path: String, isPublisher: Bool) throws {
    barrier = try DiskBarrier(path: storagePath, shownAs: path)
    if isPublisher, storagePath != path { publication = (storagePath, path) }
  }

  /// Whether rows wait for their marks and it is time for a commit.
  var isDue: Bool {
    guard !pending.isEmpty else { return false }
    let passed = MPIRuntime.wallTime - lastEnd
    return passed >= min(lastCost / Self.share, Self.longestDelay)
  }

  /// Notes rows whose data have been written; they are marked by the next commit.
  func add(_ rows: Range<Int>, as mark: UInt8) { pending.append((rows, mark)) }

  /// Returns when what this rank has written is on the disk: for ranks whose data another one
  /// marks.
  func waitForDisk() throws { try barrier.wait() }

  /// Waits for the disk, then marks all rows noted so far.
  func commit(_ write: (_ marks: [UInt8], _ row: Int) throws -> Void) throws {
    guard !pending.isEmpty else { return }
    let start = MPIRuntime.wallTime
    try barrier.wait()
    for (rows, mark) in pending {
      try write([UInt8](repeating: mark, count: rows.count), rows.lowerBound)
    }
    pending.removeAll()
    try publish()
    lastEnd = MPIRuntime.wallTime
    lastCost = lastEnd - start
  }

  /// Gives a file that was made under a hidden name its own, in place of an older one. Does nothing
  /// the second time.
  func publish() throws {
    guard let publication else { return }
    try File.rename(publication.hidden, to: publication.path, replacing: true)
    self.publication = nil
  }

  /// Removes a file that has no name yet: the older one stays.
  func abandon() {
    guard let publication else { return }
    unlink(publication.hidden)
    self.publication = nil
  }
}
