/// Stops with a message if a caller violates a precondition.
///
/// Kernels are built with `-Ounchecked`, where `precondition` is not checked but assumed;
/// requirements on callers at a module's interface are checked with this instead, in every
/// configuration. One comparison per batch.
///
/// - Parameters:
///   - condition: what must hold.
///   - sentence: the message if it does not.
@inlinable @inline(__always)
public func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { fatalError(sentence()) }
}
