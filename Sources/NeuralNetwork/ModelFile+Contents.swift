extension ModelFile {
  /// The bytes of a model file, unread: for a rank that hands them to others, who `parse` them.
  ///
  /// - Throws: `ModelError` if the file is not there or cannot be read.
  public static func contents(of path: String) throws(ModelError) -> [UInt8] {
    do { return try readFile(path) } catch { throw ModelError(path: path, reason: error.reason) }
  }
}
