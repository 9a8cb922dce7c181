import HDF5
import Models
import ProgramSupport
import TestSupport
import Testing

/// `analyze --ensemble`, and the neighbour distances that models state.
@Suite(.serialized, .tags(.mpi)) struct EnsembleTests {
  private func members(_ item: SmallCase, in folder: Folder) throws -> [String] {
    try (1...3).map { seed in
      // All have the same name: networks of several seeds do.
      try SmallModel.write(
        "seed-\(seed)", classes: ["LDA", "MDA", "HDA"], species: ["O"], radial: 4, degree: 4,
        for: item.trajectory, in: folder, seed: UInt64(20 + seed)
      ) { $0.name = "M3" }
    }
  }

  private func reals(_ path: String, _ file: borrowing File) throws -> [Double] {
    try file.dataset(path).readAll(Double.self)
  }

  @Test("means, spreads and errors of fractions are those of the networks, on any number of ranks")
  func spread() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let models = try members(item, in: folder)
    let common = ["analyze", item.trajectory, "--types", "1=O,2=H", "--threshold", "0.5,0.9"]
    var single: [[Double]] = [], fractions: [[Double]] = []
    for model in models {
      let outcome = try Program.run(
        common + ["--model", model, "-o", folder("one.h5"), "--overwrite", "--quiet"])
      try #require(outcome.code == 0, "\(outcome)")
      let file = try File.open(folder("one.h5"))
      single.append(try reals("/particles/centers/M3/probability/value", file))
      let counts = try file.dataset("/observables/M3/phase_count/value").readAll(Int64.self)
      // [3 frames, 2 thresholds, 4 phases]: the first threshold.
      var own: [Double] = []
      for frame in 0..<3 {
        for phase in 0..<4 { own.append(Double(counts[frame * 8 + phase]) / 32) }
      }
      fractions.append(own)
    }
    let ensemble: [String] =
      common + models.flatMap { ["--model", $0] } + ["--ensemble", "-o", folder("e.h5")]
    var expected: [String: Contents] = [:]
    for ranks in Launcher.counts(1, 2, 3, 7) {
      let outcome = try Program.run(ensemble + ["--overwrite"], ranks: ranks)
      try #require(outcome.code == 0, "\(outcome)")
      #expect(outcome.output.contains("over 3 networks: LDA ±"), "\(outcome)")
      #expect(outcome.error.contains("ensemble of 3 networks"))
      let found = try Contents.all(of: folder("e.h5"), below: "/observables").merging(
        Contents.all(of: folder("e.h5"), below: "/particles")
      ) { $1 }
      if expected.isEmpty { expected = found }
      #expect(expected == found, "\(ranks) ranks")
    }
    let file = try File.open(folder("e.h5"))
    let mean = try reals("/particles/centers/ensemble/probability/value", file)
    let deviations = try reals("/particles/centers/ensemble/probability_spread/value", file)
    #expect(mean.count == single[0].count && deviations.count == mean.count)
    for k in mean.indices {
      let own = single.map { $0[k] }
      let average = own.reduce(0, +) / 3
      let squares = own.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      #expect(abs(mean[k] - average) < 1e-6)
      #expect(abs(deviations[k] - (squares / 2).squareRoot()) < 1e-6)
    }
    let errors = try reals("/observables/ensemble/phase_fraction_error/value", file)
    for k in 0..<12 {
      let own = fractions.map { $0[k] }
      let average = own.reduce(0, +) / 3
      let squares = own.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      #expect(abs(errors[k] - (squares / 2).squareRoot()) < 1e-12)
    }
    #expect(errors.contains { $0 > 0 })
    // An unfinished file is completed, and the table has the errors.
    let resumed = try Program.run(ensemble + ["--resume"])
    #expect(resumed.code == 0, "\(resumed)")
    let table = try Program.run(["export", folder("e.h5"), "-o", folder("e.csv")])
    #expect(table.code == 0, "\(table)")
    #expect(
      String(decoding: try bytes(of: folder("e.csv")), as: UTF8.self).contains(
        "phase_fraction_error"))
  }

  @Test("networks that do not belong together are refused") func refused() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    func analyze(_ models: [String]) throws -> Outcome {
      try Program.run(
        ["analyze", item.trajectory, "--types", "1=O,2=H", "--ensemble", "-o", folder("e.h5")]
          + models.flatMap { ["--model", $0] }, ranks: 2)
    }
    let one = try analyze([item.model])
    #expect(one.code == 64 && one.error.contains("expected at least two networks"), "\(one)")
    let mixed = try analyze([item.model, item.other])
    #expect(
      mixed.code == 64 && mixed.error.contains("has other classes or SOAP parameters"), "\(mixed)")
  }

  @Test(
    "neighbour distances come from the model, else from the option; no molecules of silicon")
  func distances() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    func silicon(_ cutoff: Double?, _ more: [String]) throws -> (Outcome, Double) {
      let model = try SmallModel.write(
        "Si", classes: ["low", "high"], species: ["O"], radial: 3, degree: 2,
        for: item.trajectory, in: folder, seed: 9
      ) {
        $0.soap = SOAPDescription(
          species: ["Si"], center: "Si", r_cut: 4, n_max: 3, l_max: 2, sigma: 0.5)
        $0.neighborCutoff = cutoff
      }
      let outcome = try Program.run(
        [
          "analyze", item.trajectory, "--types", "1=Si,2=H", "--model", model, "-o",
          folder("si.h5"), "--overwrite",
        ] + more)
      try #require(outcome.code == 0, "\(outcome)")
      let group = try File.open(folder("si.h5")).group("/verglas")
      #expect(
        try group.attribute("neighbor_cutoff", as: Double.self)
          == group.attribute("cluster_cutoff", as: Double.self))
      return (outcome, try group.attribute("neighbor_cutoff", as: Double.self))
    }
    let (stated, distance) = try silicon(3.3, [])
    #expect(distance == 3.3 && stated.warnings == [], "\(stated)")
    #expect(stated.error.contains("32 atoms each") && stated.output.contains("atoms/s"))
    #expect(!(stated.output + stated.error).lowercased().contains("molecule"), "\(stated)")
    let (unstated, water) = try silicon(nil, [])
    #expect(water == 3)
    #expect(unstated.error.contains("states no neighbour distance"), "\(unstated)")
    let cutoffs = ["--neighbor-cutoff", "2", "--cluster-cutoff", "2"]
    let (short, two) = try silicon(3.3, cutoffs)
    #expect(two == 2)
    #expect(
      short.error.contains("expected 2 to 12") && short.error.contains("a larger"), "\(short)")
    let (long, _) = try silicon(5.5, [])
    #expect(long.error.contains("a smaller --neighbor-cutoff"), "\(long)")
  }
}
