import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Every format in the whole program: the same water gives the same results, to the precision of
/// the format.
@Suite(.serialized, .tags(.fast)) struct FormatTests {
  private static func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("TrajectoriesTests/Fixtures/\(name)").path
  }

  private static let gro = ["--topology", fixture("water.gro")]
  private static let types = ["--types", "1=O,2=H"]

  /// SOAP vectors and steps of a file.
  private func describe(_ path: String, _ options: [String], _ folder: Folder) throws -> (
    values: [Double], ids: [Int64], steps: [Int64]
  ) {
    let output = folder("soap.h5")
    let outcome = try Program.run(["describe", path, "-o", output, "--overwrite"] + options)
    try #require(outcome.code == 0, "\(outcome)")
    let file = try File.open(output)
    return (
      try file.dataset("/soap/value").readAll(), try file.dataset("/soap/id").readAll(),
      try file.dataset("/soap/step").readAll()
    )
  }

  /// Coordinates of a dump in steps of 0.01 Å, as XTC and GRO keep them.
  private func rounded(_ folder: Folder) throws -> String {
    let lines = try String(contentsOfFile: Self.fixture("water.lammpstrj"), encoding: .utf8).split(
      separator: "\n"
    ).map { line in
      let words = line.split(separator: " ")
      // Ties are decided by the float arithmetic of the writer, so the expected value is computed
      // with floats too.
      guard words.count == 6, let x = Float(words[3]), let y = Float(words[4]),
        let z = Float(words[5])
      else { return String(line) }
      let numbers = [x, y, z].map {
        String(format: "%.2f", Double((($0 / 10) * 1000).rounded()) / 100)
      }
      return (words[..<3].map(String.init) + numbers).joined(separator: " ")
    }
    return try folder.write(lines.map { $0 + "\n" }.joined(), as: "rounded.lammpstrj")
  }

  @Test("species of H5MD as an enumeration of integers") func enumeration() throws {
    let folder = try Folder()
    let told = try Program.run(["inspect", Self.fixture("enumeration.h5md")])
    #expect(told.code == 0 && told.output.contains("atoms        H: 2, O: 1"), "\(told)")
    let found = try describe(
      Self.fixture("enumeration.h5md"), ["--n-max", "2", "--l-max", "2"], folder)
    #expect(found.ids == [1] && found.steps == [7])
  }

  @Test(arguments: ["water.trr", "chemfiles.trr", "water.dcd", "water.h5md", "water.xyz"])
  func likeTheDump(_ name: String) throws {
    let folder = try Folder()
    let expected = try describe(Self.fixture("water.lammpstrj"), Self.types, folder)
    let found = try describe(Self.fixture(name), name == "water.xyz" ? [] : Self.gro, folder)
    #expect(found.ids == expected.ids && found.values.count == expected.values.count)
    let largest = zip(found.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(
      largest < 1e-4 * (expected.values.max() ?? 0), "\(largest) of \(expected.values.max() ?? 0)")
    if !["chemfiles.trr", "water.dcd"].contains(name) { #expect(found.steps == expected.steps) }
  }

  @Test(arguments: ["water.xtc", "wide.xtc"]) func likeTheRoundedDump(_ name: String) throws {
    let folder = try Folder()
    let expected = try describe(rounded(folder), Self.types, folder)
    let found = try describe(Self.fixture(name), Self.gro, folder)
    #expect(found.ids == expected.ids && found.steps == expected.steps)
    let largest = zip(found.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(
      largest < 1e-4 * (expected.values.max() ?? 0), "\(largest) of \(expected.values.max() ?? 0)")
  }

  /// LAMMPS' own DCD with LAMMPS' own data file.
  @Test func dataFileAsTopology() throws {
    let folder = try Folder()
    let options = ["--topology", Self.fixture("water.data")]
    let found = try describe(
      Self.fixture("lammps.dcd"), options + Self.types + ["--frames", "0"], folder)
    let expected = try describe(
      Self.fixture("water.lammpstrj"), Self.types + ["--frames", "0"], folder)
    #expect(
      zip(found.values, expected.values).allSatisfy { abs($0 - $1) < 1e-3 }
        && found.ids == expected.ids)
    let untold = try Program.run(
      ["describe", Self.fixture("lammps.dcd"), "-o", folder("x.h5")] + options)
    #expect(
      untold.code == 65 && untold.complaints.count == 1
        && untold.error.contains("if this is water: --types 1=O,2=H"))
  }

  /// H5MD with species, a different order in each frame, equally spaced steps, an orthogonal box.
  @Test func ownOrderInH5MD() throws {
    let folder = try Folder()
    let source = try File.open(Self.fixture("water.h5md"))
    let positions = try source.dataset("/particles/trajectory/position/value").readAll(Float.self)
    let edges = try source.dataset("/particles/trajectory/box/edges/value").readAll(Float.self)
    let path = folder("own.h5md")
    try writeOwnOrder(path, positions, edges)
    let expected = try describe(Self.fixture("water.h5md"), Self.gro, folder)
    let found = try describe(path, ["--types", "8=O,1=H"], folder)
    #expect(
      found.values == expected.values && found.ids == expected.ids && found.steps == [1000, 1500])
    let untold = try Program.run(["describe", path, "-o", folder("x.h5")])
    #expect(untold.code == 65 && untold.error.contains("64 of type 8"))
  }

  /// Two frames in different orders; objects must be closed before their file is.
  private func writeOwnOrder(_ path: String, _ positions: [Float], _ edges: [Float]) throws {
    let file = try File.create(path)
    try file.createGroup("h5md").setAttribute("creator", to: "test")
    let orders = [Array((0..<192).reversed()), (0..<192).map { ($0 * 5) % 192 }]
    let values = try file.createDataset(
      "/particles/all/position/value", .float32, shape: [2, 192, 3])
    try values.write(
      orders.enumerated().flatMap { frame, order in
        order.flatMap { k in (0..<3).map { positions[(frame * 192 + k) * 3 + $0] } }
      })
    try values.setAttribute("unit", to: "nm")
    let step = try file.createDataset("/particles/all/position/step", .int64, shape: [])
    try step.write([Int64(500)])
    try step.setAttribute("offset", to: Int64(1000))
    try file.createDataset("/particles/all/id/value", .int64, shape: [2, 192]).write(
      orders.flatMap { $0.map { Int64($0 + 1) } })
    try file.createDataset("/particles/all/species/value", .int64, shape: [2, 192]).write(
      orders.flatMap { $0.map { Int64($0 % 3 == 0 ? 8 : 1) } })
    try file.createDataset("/particles/all/box/edges/value", .float32, shape: [2, 3]).write(
      (0..<2).flatMap { f in (0..<3).map { edges[9 * f + 4 * $0] } })
  }

  @Test func inspect() throws {
    for (name, options, format) in [
      ("water.xtc", Self.gro, "XTC"), ("water.trr", Self.gro, "TRR"),
      ("water.dcd", Self.gro, "DCD"), ("water.h5md", Self.gro, "H5MD"),
      ("water.gro", [], "GRO"), ("water.xyz", [], "extended XYZ"),
    ] {
      let outcome = try Program.run(["inspect", Self.fixture(name)] + options)
      #expect(
        outcome.code == 0 && outcome.output.contains("\(name): \(format), plain")
          && outcome.output.contains("atoms        H: 128, O: 64"),
        "\(outcome)")
    }
    let bare = try Program.run(["inspect", Self.fixture("water.xtc")])
    #expect(bare.code == 0 && bare.output.contains("not named in the file: add --topology FILE"))
  }

  @Test func mistakes() throws {
    let folder = try Folder()
    let missing = try Program.run(["describe", Self.fixture("water.xtc"), "-o", folder("x.h5")])
    #expect(
      missing.code == 64 && missing.complaints.count == 1
        && missing.error.contains("XTC files contain no atom names: add --topology FILE"))
    let wrong = try Program.run(
      [
        "describe", Self.fixture("water.xtc"), "-o", folder("x.h5"), "--topology",
        Self.fixture("mdanalysis.gro"),
      ], ranks: 2)
    #expect(
      wrong.code == 65 && wrong.complaints.count == 1
        && wrong.error.contains("expected a topology of 192 atoms, found"))
    let absent = try Program.run(
      [
        "describe", Self.fixture("water.xtc"), "-o", folder("x.h5"), "--topology",
        folder("none.gro"),
      ], ranks: 2)
    #expect(absent.code == 66 && absent.complaints.count == 1)
    let foreign = try File.create(folder("foreign.h5"))
    try foreign.createGroup("data")
    try foreign.close()
    let noParticles = try Program.run(
      ["describe", folder("foreign.h5"), "-o", folder("x.h5")], ranks: 2)
    #expect(
      noParticles.code == 65
        && noParticles.error.contains(
          "expected an H5MD file with /particles/<group>/position/value")
    )
  }
}
