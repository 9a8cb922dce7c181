import Options
import Pipeline

/// `verglas datasets`: the rows of the table of results.h5 in docs/files.md, as the observables
/// declare them. Hidden.
enum Datasets {
  struct Options: CommandOptions {
    static let command = CommandText(
      "datasets",
      "Print what observables store in results.h5, as rows of the table in docs/files.md.",
      discussion: "")

    var commandLine = ""
  }

  static func print(_ options: Options) {
    for row in ResultsTable.rows { Swift.print(row) }
  }
}
