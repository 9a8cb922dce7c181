import Foundation
import ProgramSupport
import TestSupport
import Testing

/// What the documentation says of files is what the program writes.
@Suite(.tags(.fast)) struct DocumentationTests {
  @Test("docs/files.md has the table of datasets that the observables declare") func datasets()
    throws
  {
    let outcome = try Program.run(["datasets"])
    let rows = outcome.output.split(separator: "\n").map(String.init)
    try #require(outcome.code == 0 && rows.count > 30, "\(outcome)")
    let page = try String(contentsOfFile: Checkout.root + "/docs/files.md", encoding: .utf8)
    let documented = page.split(separator: "\n").map(String.init).filter { line in
      line.hasPrefix("| `/observables/") || line.hasPrefix("| `/particles/centers/")
    }.filter { !$0.hasPrefix("| `/particles/centers/id`") }
    // `ci/manual` replaces these rows of docs/files.md by the output of `verglas datasets`.
    #expect(documented == rows)
  }

  @Test("a model cannot have the name of any declared group") func reservedNames() throws {
    let outcome = try Program.run(["datasets"])
    let names = Set(
      outcome.output.split(separator: "\n").compactMap { row -> String? in
        let path = row.split(separator: "`")[1].split(separator: "/")
        let name = String(path[path[0] == "particles" ? 2 : 1])
        return name == "MODEL" ? nil : name
      })
    try #require(names.isSuperset(of: ["box", "position", "region", "neighbor_count", "pressure"]))
    let folder = try Folder()
    let item = try SmallCase.shared.get()
    for name in names {
      let path = try SmallModel.write(
        name, classes: ["LDA", "HDA"], species: ["O"], radial: 2, degree: 2, for: item.trajectory,
        in: folder, seed: 5)
      let outcome = try Program.run(["inspect", path])
      #expect(outcome.code == 65 && outcome.error.contains("'\(name)'"), "\(outcome)")
    }
  }

  @Test(
    "no command takes such a model",
    arguments: [
      ["analyze", "TRAJ", "--model", "MODEL"], ["describe", "TRAJ", "--model", "MODEL"],
      ["sample", "--class", "LDA=TRAJ", "--class", "HDA=TRAJ", "--model", "MODEL"],
      ["train", "none.h5", "--model", "MODEL", "--guard", "ice=TRAJ"],
      ["evaluate", "MODEL", "none.h5"],
    ]) func reservedName(command: [String]) throws
  {
    let folder = try Folder()
    let item = try SmallCase.shared.get()
    let model = try SmallModel.write(
      "pressure", classes: ["LDA", "HDA"], species: ["O"], radial: 2, degree: 2,
      for: item.trajectory, in: folder, seed: 5)
    let words = command.map {
      $0.replacing("TRAJ", with: item.trajectory).replacing("MODEL", with: model)
    }
    let outcome = try Program.run(words + ["-o", "\(folder.path)/out"])
    #expect(outcome.code == 65 && outcome.error.contains("'pressure'"), "\(outcome)")
  }
}
