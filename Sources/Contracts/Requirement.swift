/// Stops with a sentence when a caller breaks a precondition.
///
/// Kernels are built with `-Ounchecked`, where `precondition` is not checked but assumed; what a
/// caller could get wrong at a module's border is tested with this instead, in every configuration.
/// One comparison per batch.
///
/// - Parameters:
///   - condition: what must hold.
///   - sentence: what is wrong if it does not.
@inlinable @inline(__always)
public func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { fatalError(sentence()) }
}
