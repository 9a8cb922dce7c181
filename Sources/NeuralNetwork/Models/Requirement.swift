/// Traps with a sentence when a caller breaks a contract.
///
/// The room is compiled -Ounchecked, which turns `precondition` into an assumption; at the room's
/// doors, where the price is a comparison per batch, the check must stay.
func requirement(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError(message()) }
}
