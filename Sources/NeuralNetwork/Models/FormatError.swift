/// Why bytes are no model: one sentence that becomes a `ModelError` where the file's name is known.
struct FormatError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
