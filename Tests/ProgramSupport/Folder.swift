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

  /// A real compression trajectory, LDA to HDA.
  public static var compression: String? {
    first(of: "../shared/data/A/compress.lammpstrj.gz", "Examples/water/compress.lammpstrj.gz")
  }

  /// A trained model.
  public static func model(_ name: String) -> String? {
    first(of: "../shared/models/\(name).safetensors", "Examples/water/models/\(name).safetensors")
  }
}
