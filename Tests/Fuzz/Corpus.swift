import Foundation
import Frames
import Geometry
import HDF5
import MPI
import Models
import ProgramSupport
import SOAP
import TestSupport

@testable import Pipeline

/// Good files of every kind, made here or taken from the fixtures of the readers: small, so that
/// thousands of damaged copies can be read.
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
    options.output = folder + "/made"
    options.types = [1: "O", 2: "H"]
    options.profileAxis = 2
    options.overwrite = true
    options.quiet = true
    self.options = options
    try Data(dump).write(to: URL(fileURLWithPath: options.trajectories[0]))
    try Data(model).write(to: URL(fileURLWithPath: options.models[0]))
  }

  /// A path in the folder.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Files made by other programs, from the fixtures of the readers.
  func fixtures(_ names: String...) throws -> [[UInt8]] {
    try names.map { try bytes(of: "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures/\($0)") }
  }

  /// The first frame of the fixture, and a short one with other columns.
  func extendedXYZ() throws -> [UInt8] {
    let lines = String(decoding: try fixtures("water.xyz")[0], as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let short = """
      3
      Lattice="9 0 0 1 9 0 0 0 9" Properties=id:I:1:species:S:1:pos:R:3:force:R:3 pbc="T T F" Origin="1 2 3" Time=0.5 Step=7
      1 O 0 0 0 1 2 3
      2 H 1 0 0 1 2 3
      3 H 0 1 0 1 2 3

      """
    return Array((lines.prefix(194).joined(separator: "\n") + "\n" + short).utf8)
  }

  /// Two frames of four molecules in different orders.
  func h5md() throws -> [UInt8] {
    let path = path("made.h5md")
    let file = try File.create(path, replacing: true)
    do {
      try file.createGroup("h5md").setAttribute("creator", to: "test")
      let values = try file.createDataset(
        "/particles/all/position/value", .float32, shape: [2, 12, 3])
      try values.write((0..<72).map { Float($0 * 7 % 23) / 10 })
      try values.setAttribute("unit", to: "nm")
      let step = try file.createDataset("/particles/all/position/step", .int64, shape: [])
      try step.write([Int64(500)])
      try step.setAttribute("offset", to: Int64(1000))
      try file.createDataset("/particles/all/id/value", .int64, shape: [2, 12]).write(
        (0..<24).map { Int64(($0 * 5) % 12 + 1) })
      try file.createDataset("/particles/all/species/value", .int64, shape: [2, 12]).write(
        (0..<24).map { Int64($0 % 3 == 0 ? 1 : 2) })
      try file.createDataset("/particles/all/box/edges/value", .float32, shape: [2, 3]).write(
        [2.3, 2.3, 2.3, 2.2, 2.2, 2.2] as [Float])
    }
    try file.close()
    return try bytes(of: path)
  }

  static let thermoTables = [
    Array(
      "step,pressure_GPa,temperature_K,density\n0,0.1,80,0.94\n100,0.2,80.5,0.95\n200,1e-3,81,1.3\n"
        .utf8),
    Array(
      """
      units real
      Step Temp Press Density
             0   80.0   987.6   0.94
           100   80.1   998.1   0.95
           200   80.2   1001.5   0.96
      Loop time of 1.0 on 4 procs for 200 steps with 96 atoms

      """.utf8),
  ]

  static let commandLineWords = [
    "0:100:10", "-1:", "5", "::-1", "z=22:3", "bulk=x:10:20", "1=O,2=H", "LDA,HDA=11:4.2",
    "0.95,0.9",
  ].map { Array($0.utf8) }

  /// A network of (O,H), n_max = l_max = 2, with random weights.
  private static func network() throws -> Model {
    let soap = SOAPDescription(
      species: ["O", "H"], center: "O", r_cut: 3, n_max: 2, l_max: 2, sigma: 0.5)
    let count = try SOAPParameters(
      species: ["O", "H"], center: "O", cutoffRadius: 3, radialCount: 2, maximumDegree: 2,
      sigma: 0.5, blocks: nil
    ).featureCount
    var generator = SeededGenerator(seed: 3)
    let widths = [count, 6, 2]
    let layers = (1..<widths.count).map { n -> Model.Layer in
      let size = widths[n] * widths[n - 1]
      let weight = (0..<size).map { _ -> Float in Float(generator.uniform(-0.1, 0.1)) }
      return Model.Layer(
        weight: weight, bias: [Float](repeating: 0.1, count: widths[n]), inputs: widths[n - 1])
    }
    return Model(
      name: "small", classes: ["LDA", "HDA"], soap: soap, layers: layers,
      scaler: Scaler(
        mean: [Double](repeating: 1, count: count), scale: [Double](repeating: 2, count: count)),
      principalComponents: Model.PrincipalComponents(
        components: [Double](repeating: 0.1, count: 2 * count), count: 2))
  }
}
