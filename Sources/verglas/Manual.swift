import Options
import Pipeline

/// `verglas manual`: the pages that are generated from the declarations of the options. Hidden:
/// `ci/manual` runs it.
enum Manual {
  struct Options: CommandOptions {
    static let command = CommandText(
      "manual", "Print the manual page, or the page of all options.", discussion: "")

    @Option(
      .value("--format", "FORMAT", OptionTitle("Output"), "man, or markdown for docs/options.md."))
    var format = Format.man

    var commandLine = ""
  }

  enum Format: String, OptionChoice { case man, markdown }

  static func print(_ options: Options) {
    let text =
      options.format == .man
      ? Verglas.program.manual(closing: closing) : Verglas.program.reference()
    Swift.print(text, terminator: "")
  }

  private static let closing = [
    (
      "EXIT STATUS",
      """
        0    done
        1    done, but frames were skipped
        64   usage: the command line is wrong
        65   bad data in an input
        66   an input is missing or cannot be opened
        70   an internal error of verglas
        73   the output cannot be created
        74   input or output failed
        75   stopped early; continue with --resume
      """
    ),
    (
      "SEE ALSO",
      "mpirun(1), srun(1), h5dump(1). The documentation is in the folder docs of the sources."
    ),
  ]
}
