import Foundation
import Geometry
import HDF5
import MPI
import NeuralNetwork
import ProgramSupport
import SOAP
import TestSupport
import Trajectories

@testable import Pipeline

/// Good files of every kind, made here: small, so that thousands of damaged copies can be read.
struct Corpus {
  let folder: String
  let dump: [UInt8], tilted: [UInt8]
  let model: [UInt8]
  let options: AnalysisOptions
  let world: Communicator

  init(in folder: String) throws {
    self.folder = folder
    world = try MPIRuntime.initialize()
    let water = try WaterDump(frames: 3, repeats: SIMD3(1, 1, 1))
    dump = Array(water.text().utf8)
    var style = WaterDump.Style()
    style.columns = "vx element id xs ys zs"
    style.lean = Vector(1, 0, -1)
    style.preamble = "ITEM: UNITS\nmetal\nITEM: TIME\n2.5"
    tilted = Array(water.text(style).utf8)
    model = try ModelFile.bytes(of: Self.network())
    var options = AnalysisOptions()
    options.trajectories = [folder + "/good.lammpstrj"]
    options.models = [folder + "/good.safetensors"]
    options.output = folder + "/mutant"
    options.types = [1: "O", 2: "H"]
    options.profileAxis = 2
    options.overwrite = true
    options.quiet = true
    self.options = options
    try Data(dump).write(to: URL(fileURLWithPath: options.trajectories[0]))
    try Data(model).write(to: URL(fileURLWithPath: options.models[0]))
  }

  /// The bytes of a results file with one frame missing, and the plan that it belongs to.
  func results() throws -> ([UInt8], AnalysisPlan) {
    _ = try Analysis.run(options, on: world)
    let file = try File.open(options.output, writable: true)
    try file.dataset(ResultsSchema.done).write([0, 1, 1] as [UInt8])
    try file.close()
    var resumed = options
    resumed.overwrite = false
    resumed.resume = true
    return (try bytes(of: options.output), try AnalysisPlan(resumed, on: world))
  }

  /// The bytes of a dataset.
  func dataset() throws -> [UInt8] {
    var sampling = SamplingOptions()
    sampling.classes = [
      SamplingOptions.LabelledFiles(name: "A", patterns: [options.trajectories[0]]),
      SamplingOptions.LabelledFiles(name: "B", patterns: [folder + "/other.lammpstrj"]),
    ]
    try Data(WaterDump(frames: 3, repeats: SIMD3(1, 1, 1), seed: 9).text().utf8).write(
      to: URL(fileURLWithPath: folder + "/other.lammpstrj"))
    sampling.types = options.types
    (sampling.cutoffRadius, sampling.radialCount, sampling.maximumDegree) = (3, 2, 2)
    sampling.perClass = 15
    sampling.output = folder + "/mutant"
    (sampling.overwrite, sampling.quiet) = (true, true)
    _ = try Sampling.run(sampling, on: world)
    return try bytes(of: sampling.output)
  }

  /// A network of (O,H), n_max = l_max = 2, with random weights.
  private static func network() throws -> Model {
    let soap = SOAPDescription(species: ["O", "H"], center: "O", r_cut: 3, n_max: 2, l_max: 2, sigma: 0.5)
    let count = try SOAPParameters(
      species: ["O", "H"], center: "O", cutoffRadius: 3, radialCount: 2, maximumDegree: 2, sigma: 0.5, blocks: nil
    ).featureCount
    var generator = SeededGenerator(seed: 3)
    let widths = [count, 6, 2]
    let layers = (1..<widths.count).map { n in
      Model.Layer(
        weight: (0..<widths[n] * widths[n - 1]).map { _ in Float(generator.uniform(-0.1, 0.1)) },
        bias: [Float](repeating: 0.1, count: widths[n]), inputs: widths[n - 1])
    }
    return Model(
      name: "small", classes: ["LDA", "HDA"], soap: soap, layers: layers,
      scaler: Scaler(mean: [Double](repeating: 1, count: count), scale: [Double](repeating: 2, count: count)),
      principalComponents: Model.PrincipalComponents(components: [Double](repeating: 0.1, count: 2 * count), count: 2))
  }
}
