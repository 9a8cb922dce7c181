import HDF5
import Options

extension CommandOptions {
  /// Checks each value by its declaration.
  ///
  /// - Throws: `RunError` (usage) with the first that is out of range.
  func validateEach() throws {
    for option in declared {
      if let problem = option.problem { throw RunError(problem, .usage) }
    }
  }

  /// Keeps the values of all options that are recorded as attributes of a group.
  func record(in group: borrowing Group) throws {
    var description = RunDescription()
    description.add(self)
    try description.write(to: group)
  }
}
