import HDF5
import JobControl
import Options

extension CommandOptions {
  /// Checks each value by its declaration.
  ///
  /// - Throws: `RunError` (usage) for the first invalid one.
  public func validateEach() throws {
    for option in declared {
      if let problem = option.problem { throw RunError(problem, .usage) }
    }
  }

  /// Stores the values of all recorded options as attributes of a group.
  public func record(in group: borrowing Group) throws {
    var description = RunDescription()
    description.add(self)
    try description.write(to: group)
  }
}
