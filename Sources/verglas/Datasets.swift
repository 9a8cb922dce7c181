import ArgumentParser
import Pipeline

/// `verglas datasets`: the rows of the table of results.h5 in docs/files.md, as the observables
/// declare them.
struct Datasets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what observables store in results.h5, as rows of the table in docs/files.md.",
    shouldDisplay: false)

  func run() { for row in ResultsTable.rows { print(row) } }
}
