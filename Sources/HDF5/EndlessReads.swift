import Dispatch
import Glibc

/// What to do about a read that never ends.
///
/// A damaged global heap, where texts of any length are kept, can send HDF5 1.10 round in circles (H5HG__cache_heap_deserialize and an object of
/// size 0; the heap has no checksum). Nothing outside of the library can break that circle but the end of the process, so reads of
/// such texts, which take microseconds, are given a time.
public enum EndlessReads {
  /// Seconds that one read of texts may take.
  public nonisolated(unsafe) static var patience = 20.0
  /// Called, on another thread, with what was being read when the time is over; it must end the process. To be set before files are read.
  public nonisolated(unsafe) static var end: @Sendable (String) -> Never = { action in
    fatalError("cannot \(action): the file is damaged: the HDF5 library does not come to an end")
  }

  /// Runs `body`, which reads texts of any length.
  static func guarded<R>(_ action: String, _ body: () throws -> R) rethrows -> R {
    let end = end
    let alarm = DispatchWorkItem { end(action) }
    DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: alarm)
    defer { alarm.cancel() }
    return try body()
  }
}
