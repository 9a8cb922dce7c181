import Foundation

/// A directory for one test; all are removed when the test process ends.
public struct Folder: Sendable {
  /// Its path.
  public let path: String

  /// A new empty directory.
  public init() throws {
    path = Self.base + "/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// The path of a file in it.
  public func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }

  /// Writes a text file and returns its path.
  @discardableResult
  public func write(_ text: String, as name: String) throws -> String {
    try write(Array(text.utf8), as: name)
  }

  /// Names of all files in it, sorted.
  public func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  private static let base: String = {
    atexit { try? FileManager.default.removeItem(atPath: Folder.base) }
    return FileManager.default.temporaryDirectory.appendingPathComponent(
      "verglas-program-\(getpid())"
    ).path
  }()
}

/// The bytes of a file.
public func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Data in and next to the checkout, if available.
public enum Checkout {
  /// The package's root directory.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The first of these paths, relative to the package's root, that exists.
  public static func first(of paths: String...) -> String? {
    paths.map { URL(fileURLWithPath: root + "/" + $0).standardized.path }.first {
      FileManager.default.fileExists(atPath: $0)
    }
  }

  /// The bundled compression of real amorphous ice, LDA to HDA.
  public static let compression = root + "/Examples/water/compress.lammpstrj.gz"

  /// A bundled network, `M2-O`, `M2-OH`, `M3-O` or `M3-OH`.
  public static func model(_ name: String) -> String {
    root + "/Examples/water/\(name).safetensors"
  }

  /// Whether `../shared` holds what the tests against another pipeline need: trajectories, the
  /// networks that it used and its results.
  public static let hasReference =
    first(of: "../shared/data/A") != nil && first(of: "../shared/models") != nil
    && first(of: "../shared/reference") != nil
}
