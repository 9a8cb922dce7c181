/// Stops with a sentence when a caller breaks a precondition.
///
/// This module is built with `-Ounchecked`, where `precondition` is not checked but assumed; what a
/// caller could get wrong at the module's border is tested with this instead, in every
/// configuration.
@inline(__always)
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { fatalError(sentence()) }
}
