import Foundation
import HDF5
import Learning
import ProgramSupport

@testable import Pipeline

/// Results of `analyze`, and the commands that read them.
extension Corpus {
  /// A results file with all datasets, or modified by `change`.
  private func results(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> [UInt8] {
    var options = options
    options.perMolecule = .all
    options.regions = [Region(parsing: "bulk=x:1:3")!]
    options.neighborCount = NeighborCountRule(parsing: "LDA,HDA=11:4.2")
    change(&options)
    _ = try Analysis.run(options, on: world)
    return try bytes(of: options.output)
  }

  /// `analyze --resume` of results in which one frame is missing: they are compared, and completed
  /// if nothing differs.
  func resumption() throws -> Prepared {
    _ = try Analysis.run(options, on: world)
    let file = try File.open(options.output, writable: true)
    try file.dataset(ResultsSchema.done).write([0, 1, 1] as [UInt8])
    try file.close()
    var resumed = options
    resumed.overwrite = false
    resumed.resume = true
    resumed.output = path("mutant")
    return Prepared([try bytes(of: options.output)]) { path in
      resumed.output = path
      _ = try Analysis.run(resumed, on: world)
    }
  }

  /// `interface` of known slabs, and of a run's own profiles.
  func interfaces() throws -> Prepared {
    try SlabResults(
      frames: 4, layers: 40, length: 80, places: { _ in (20.1, 55.7) },
      pressure: [0.1, 0.2, 0.3, 0.1]
    ).write(path("slab.h5"))
    let seeds = [try bytes(of: path("slab.h5")), try results { $0.layerWidth = 0.5 }]
    var options = InterfaceOptions()
    options.output = path("interface.h5")
    options.blocks = 2
    options.overwrite = true
    return Prepared(seeds) { path in
      options.results = path
      _ = try InterfaceRun.run(options, on: world)
    }
  }

  /// `export` in all three formats, with positions of the results and of the trajectory.
  func exports() throws -> Prepared {
    let seeds = [try results(), try results { $0.perMolecule = [.phase, .cluster] }]
    return Prepared(seeds) { path in
      for (name, slice) in [("made.extxyz", "z=1:3"), ("made.lammpstrj", nil), ("made.csv", nil)] {
        var options = ExportOptions()
        options.results = path
        options.output = self.path(name)
        options.slices = slice.flatMap { Slab(centered: $0) }.map { [$0] } ?? []
        options.overwrite = true
        _ = try ExportRun.run(options, on: world)
      }
    }
  }

  /// `scaling` of the damaged run and a good one.
  func scalings() throws -> Prepared {
    let seed = try results()
    try Data(seed).write(to: URL(fileURLWithPath: path("run.h5")))
    return Prepared([seed]) { path in
      var options = ScalingOptions()
      options.results = [self.path("run.h5"), path]
      options.csv = self.path("scaling.csv")
      options.overwrite = true
      _ = try ScalingRun.run(options, on: world)
    }
  }

  /// `inspect` of every kind of HDF5 file that there is.
  func inspections() throws -> Prepared {
    var description = DescriptionOptions()
    description.trajectories = options.trajectories
    description.types = options.types
    (description.soap.cutoffRadius, description.soap.radialCount, description.soap.maximumDegree) =
      (3, 2, 2)
    description.output = path("soap.h5")
    (description.overwrite, description.quiet) = (true, true)
    _ = try Description.run(description, on: world)
    let evaluation = try evaluationFile()
    return Prepared([
      try results(), try dataset(), try bytes(of: path("soap.h5")), evaluation, try h5md(),
    ]) { path in
      var options = InspectionOptions()
      options.files = [path]
      options.types = [1: "O", 2: "H"]
      _ = try Inspection.run(options, others: LearningFiles.summary, on: world)
    }
  }
}
