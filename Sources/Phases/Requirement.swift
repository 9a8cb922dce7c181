/// Stops with a message if a caller violates a precondition.
///
/// This module is built with `-Ounchecked`, where `precondition` is not checked but assumed;
/// requirements on callers at the module's interface are checked with this instead, in every
/// configuration.
@inline(__always)
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { fatalError(sentence()) }
}
