internal import CHDF5
import MPI

/// What a file, group or dataset is to the library: an identifier, and where it stands for error
/// messages.
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

  /// The path of `name` seen from here.
  func joined(_ name: String) -> String {
    if name.hasPrefix("/") { return name }
    return path == "/" ? "/\(name)" : "\(path)/\(name)"
  }
}

/// What all objects of one open file share.
final class FileContext: @unchecked Sendable {
  /// The path that errors name.
  let path: String
  /// Where the file was opened; another than `path` for a file that gets its name later.
  let storagePath: String
  let communicator: Communicator?
  let largestTransfer: Int
  let isWritable: Bool
  /// Whether several ranks write the file, now or once it is laid out.
  let isParallel: Bool
  /// Set by `File.close`, under the library's lock, so that the end of the value does not close
  /// again.
  var isClosed = false
  /// Whether the file is being laid out under a temporary name: if that fails, what is left to
  /// write may go nowhere.
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
  /// The object behind the value.
  var handle: ObjectHandle { get }
}

/// A file (as its root group) or group: what holds named objects.
///
/// Paths are relative to the container, or absolute when they begin with `/`. In a file opened on a
/// communicator everything that creates, opens, links or removes is collective: all ranks do the
/// same in the same order.
public protocol Container: AttributeHolder, ~Copyable {}
