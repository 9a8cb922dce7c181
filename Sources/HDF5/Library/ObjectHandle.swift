internal import CHDF5
import MPI

/// The library's identifier of a file, group or dataset, and its location for error messages.
public struct ObjectHandle: Sendable {
  let id: Int64
  /// The path inside the file, `/` for its root.
  public let path: String
  let context: FileContext

  /// E.g. `/verglas/done of results.h5`.
  func place(_ name: String? = nil) -> String {
    guard let name else { return "\(path) of \(context.path)" }
    return "\(joined(name)) of \(context.path)"
  }

  /// The path of `name` relative to this object.
  func joined(_ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return path == "/" ? "/\(name)" : "\(path)/\(name)"
  }
}

/// State that all objects of one open file share.
final class FileContext: @unchecked Sendable {
  /// The path used in error messages.
  let path: String
  /// The path at which the file was opened; it differs from `path` for a file that is renamed
  /// later.
  let storagePath: String
  let communicator: Communicator?
  let largestTransfer: Int
  let isWritable: Bool
  /// Whether several ranks write the file, now or after its creation.
  let isParallel: Bool
  /// Set by `File.close`, under the library's lock, so that the end of the value's lifetime does
  /// not close it again.
  var isClosed = false
  /// Whether the file is being created under a temporary name; if that fails, the remaining writes
  /// may be discarded.
  var isBeingLaidOut = false

  init(
    path: String, shownAs name: String?, communicator: Communicator?, largestTransfer: Int,
    isWritable: Bool, isParallel: Bool
  ) {
    self.path = name ?? path
    storagePath = path
    self.communicator = communicator
    self.largestTransfer = largestTransfer
    self.isWritable = isWritable
    self.isParallel = isParallel
  }
}

/// A file, group or dataset: what attributes can be attached to.
public protocol AttributeHolder: ~Copyable {
  /// The HDF5 object.
  var handle: ObjectHandle { get }
}

/// A file (as its root group) or group: a container of named objects.
///
/// Paths are relative to the container, or absolute when they begin with `/`. In a file opened on a
/// communicator everything that creates, opens, links or removes is collective: all ranks make the
/// same calls in the same order.
public protocol Container: AttributeHolder, ~Copyable {}
