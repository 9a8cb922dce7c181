/// Why bytes are not a valid model: one sentence that becomes a `ModelError` where the file's name
/// is known.
package struct FormatError: Error {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}
