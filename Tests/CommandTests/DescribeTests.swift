import Geometry
import HDF5
import ProgramSupport
import SOAP
import TestSupport
import Testing

/// `verglas describe`, and the two precisions.
@Suite(.serialized, .tags(.fast, .mpi)) struct DescribeTests {
  @Test("shapes, names, ids and parameters", arguments: ["double", "single"]) func layout(
    precision: String
  ) throws {
    let bench = try Bench()
    let outcome = try Program.run(
      [
        "describe", bench.item.trajectory, "-o", bench.folder("s.h5"), "--n-max", "3", "--l-max",
        "2", "--r-cut", "4.5", "--sigma", "0.4",
        "--blocks", "HO,HH", "--frames", "1:", "--precision", precision, "--quiet",
      ] + Bench.types)
    try #require(outcome.code == 0 && outcome.error.isEmpty, "\(outcome)")
    let file = try File.open(bench.folder("s.h5"))
    let parameters = try SOAPParameters(
      species: ["O", "H"], center: "O", cutoffRadius: 4.5, radialCount: 3, maximumDegree: 2,
      sigma: 0.4, blocks: ["OH", "HH"])
    let value = try file.dataset("/soap/value")
    #expect(
      value.shape == [2, 32, 45] && value.datatype == (precision == "double" ? .float64 : .float32))
    let names = try file.dataset("/soap/features").readTexts()
    #expect(names == parameters.featureNames)
    #expect(names.first == "HH_110" && names.last == "OH_332")
    #expect(try file.dataset("/soap/id").readAll(Int64.self) == (0..<32).map { 3 * $0 + 1 })
    #expect(try file.dataset("/soap/step").readAll(Int64.self) == [100, 200])
    let soap = try file.group("/soap")
    #expect(try soap.textAttributes("species") == ["H", "O"] && soap.textAttribute("rbf") == "gto")
    #expect(
      try soap.attribute("r_cut", as: Double.self) == 4.5
        && soap.attribute("n_max", as: Int64.self) == 3)
    #expect(try soap.attribute("effective_cutoff", as: Double.self) == parameters.effectiveCutoff)
  }

  @Test("a bad frame stops, or is skipped and recorded") func badFrame() throws {
    let bench = try Bench()
    var lines = bench.lines
    let bad = bench.frameLines + 9
    lines[bad] = lines[bad].split(separator: " ").dropLast().joined(separator: " ") + " nan"
    let path = try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let command =
      ["describe", path, "-o", bench.folder("s.h5"), "--n-max", "2", "--l-max", "2", "--quiet"]
      + Bench.types
    let refused = try Program.run(command)
    #expect(
      refused.code == 65 && matches(refused.complaints.first ?? "", "bad.lammpstrj.*frame 1.*nan"),
      "\(refused)")
    #expect(try bench.folder.names() == ["bad.lammpstrj"])
    for ranks in [1, 3] {
      let outcome = try Program.run(
        command + ["--on-bad-frame", "skip", "--overwrite"], ranks: ranks)
      #expect(outcome.code == 1 && outcome.error.contains("1 frame was skipped"), "\(outcome)")
      let file = try File.open(bench.folder("s.h5"))
      #expect(try file.dataset("/soap/done").readAll(UInt8.self) == [1, 2, 1])
      #expect(try file.dataset("/soap/step").readAll(Int64.self) == [0, 100, 200])
      let reasons = try file.dataset("/soap/skip_reason").readTexts()
      #expect(reasons[0].isEmpty && reasons[1].contains("nan") && reasons[2].isEmpty)
      let dataset = try file.dataset("/soap/value")
      let values = try dataset.readAll(Double.self), size = values.count / 3
      #expect(
        (0..<3).map { values[$0 * size..<($0 + 1) * size].count(where: \.isNaN) } == [0, size, 0])
    }
  }

  @Test("radial functions that doubles cannot orthonormalise: finite, with a warning")
  func dependentFunctions() throws {
    let bench = try Bench()
    let outcome = try Program.run(
      [
        "describe", bench.item.trajectory, "-o", bench.folder("s.h5"), "--r-cut", "4", "--n-max",
        "16", "--l-max", "1",
      ] + Bench.types)
    #expect(
      outcome.code == 0 && outcome.error.contains("are nearly linearly dependent"), "\(outcome)")
    let values = try File.open(bench.folder("s.h5")).dataset("/soap/value").readAll(Double.self)
    #expect(!values.isEmpty && values.allSatisfy(\.isFinite))
  }

  @Test("single precision is close to double") func precisions() throws {
    let bench = try Bench()
    var values: [[Double]] = []
    for precision in ["double", "single"] {
      let outcome = try Program.run(
        [
          "describe", bench.item.trajectory, "-o", bench.folder("s.h5"), "--precision", precision,
          "--overwrite", "--quiet",
        ] + Bench.types)
      try #require(outcome.code == 0, "\(outcome)")
      values.append(try File.open(bench.folder("s.h5")).dataset("/soap/value").readAll(Double.self))
    }
    for row in 0..<3 * 32 {
      let range = row * 546..<(row + 1) * 546
      let largest = values[0][range].map(abs).max()!
      let worst = zip(values[0][range], values[1][range]).map { abs($0 - $1) }.max()!
      #expect(worst <= 3e-6 * largest)
    }
  }

  @Test(
    "probabilities of the fast path: within 1e-4 of the double path, 99 % within 2e-5",
    arguments: ["M2-O", "M2-OH", "M3-O", "M3-OH"])
  func realProbabilities(model: String) throws {
    let bench = try Bench()
    var values: [[Float]] = []
    for precision in ["single", "double"] {
      let outcome = try Program.run(
        [
          "analyze", Checkout.compression, "--model", Checkout.model(model), "-o",
          bench.folder("r.h5"), "--precision",
          precision, "--overwrite", "--quiet",
          "--frames",
          "5::20",
        ] + Bench.types)
      try #require(outcome.code == 0, "\(outcome)")
      values.append(try bench.reals("/particles/centers/\(model)/probability/value"))
    }
    let differences = zip(values[0], values[1]).map { abs($0 - $1) }.sorted()
    try #require(differences.count >= 5 * 960 * 2)
    #expect(differences.last! <= 1e-4, "\(differences.last!)")
    #expect(differences[differences.count * 99 / 100] <= 2e-5)
    print(
      "\(model): single differs from double by at most \(differences.last!), 99 % by "
        + "\(differences[differences.count * 99 / 100])"
    )
  }

  @Test("and on small made-up water") func smallProbabilities() throws {
    let bench = try Bench()
    #expect(try bench.analyze(bench.item.trajectory).code == 0)
    let outcome = try Program.run(
      [
        "analyze", bench.item.trajectory, "--model", bench.item.model, "-o",
        bench.folder("single.h5"), "--quiet",
      ] + Bench.types)
    #expect(outcome.code == 0)
    #expect(
      largestDifference(try bench.probabilities(), try bench.probabilities(output: "single.h5"))
        <= 1e-4)
  }
}
