import HDF5
import JobControl
import MPI

import Glibc

/// Marks frames in /verglas/done, each after its data are on disk.
///
/// **Why a marked frame is complete however the run is killed.**
/// 1. After its creation only raw data of the file change: no group, header, or allocation, so that
///    it can be opened at any moment.
/// 2. `Dataset.write` returns when the block is with the operating system, which outlives the
///    process. So if a process dies, everything that it has written is in the file, and unmarked
///    frames stay unmarked: the mark is written last, in one byte, by the process that wrote the
///    data or, for a frame of several ranks, by the first of them after all have written and
///    flushed their data.
/// 3. If a node dies, its memory is lost, and the kernel writes pages in any order. Therefore marks
///    are written only after `DiskBarrier.wait` has returned, which guarantees that all data
///    written before are on disk.
///
/// Such a barrier takes milliseconds (a local disk) to a second (a busy parallel file system), so
/// it does not follow every group of frames, but as many as keep it below a fiftieth of the time,
/// at most 30 s apart. A kill can lose this much work and no more.
final class Checkpoint {
  private let barrier: DiskBarrier
  private var pending: [(rows: Range<Int>, mark: UInt8)] = []
  private var lastEnd = -Double.infinity
  private var lastCost = 0.0
  private var publication: (hidden: String, path: String)?

  /// Fraction of the time that barriers may take, and the largest interval between them in seconds.
  private static let share = 0.02, longestDelay = 30.0

  /// Marks in the file at `storagePath`, which is or will be named `path`. `isPublisher` if the
  /// first commit is to rename it.
  init(storagePath: String, path: String, isPublisher: Bool) throws {
    barrier = try DiskBarrier(path: storagePath, shownAs: path)
    if isPublisher, storagePath != path { publication = (storagePath, path) }
  }

  /// Whether rows are waiting for their marks and a commit is due.
  var isDue: Bool {
    guard !pending.isEmpty else { return false }
    let passed = MPIRuntime.wallTime - lastEnd
    return passed >= min(lastCost / Self.share, Self.longestDelay)
  }

  /// Records rows whose data have been written; they are marked by the next commit.
  func add(_ rows: Range<Int>, as mark: UInt8) { pending.append((rows, mark)) }

  /// Returns when what this rank has written is on disk; for ranks whose data are marked by
  /// another.
  func waitForDisk() throws { try barrier.wait() }

  /// Waits for the disk, then marks all rows recorded so far.
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

  /// Renames a file that was made under a hidden name, replacing an older one. Does nothing the
  /// second time.
  func publish() throws {
    guard let publication else { return }
    try File.rename(publication.hidden, to: publication.path, replacing: true)
    self.publication = nil
  }

  /// Removes a file that has not been renamed yet; the older one stays.
  func abandon() {
    guard let publication else { return }
    unlink(publication.hidden)
    self.publication = nil
  }
}
