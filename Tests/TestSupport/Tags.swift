import Testing

extension Tag {
  /// Run by `ci/test --fast`: a developer's check after each build, in a few minutes.
  @Tag public static var fast: Self
  /// Starts the program, or a helper, under mpirun.
  @Tag public static var mpi: Self
  /// Stops or kills runs, or makes their disk fail, and resumes them.
  @Tag public static var kill: Self
  /// Compares with another program or with its stored output.
  @Tag public static var peer: Self
  /// Feeds damaged or hostile files.
  @Tag public static var fuzz: Self
}
