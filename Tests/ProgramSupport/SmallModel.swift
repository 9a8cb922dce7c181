import Foundation
import HDF5
import Models
import SOAP
import TestSupport

/// Models with random weights, standardised on a trajectory's own SOAP vectors: deterministic, with
/// confident predictions.
public enum SmallModel {
  /// Writes a model for a trajectory.
  ///
  /// - Parameters:
  ///   - trajectory: a dump with types 1=O, 2=H whose vectors give mean and scale.
  ///   - edit: changes to the model before it is written.
  public static func write(
    _ name: String, classes: [String], species: [String], radial: Int, degree: Int,
    for trajectory: String, in folder: Folder,
    seed: UInt64, edit: (inout Model) -> Void = { _ in }
  ) throws -> String {
    let soap = SOAPDescription(
      species: species, center: "O", r_cut: 4, n_max: radial, l_max: degree, sigma: 0.5)
    let vectors = folder("\(name).soap.h5")
    let outcome = try Program.run([
      "describe", trajectory, "--types", "1=O,2=H", "--species", species.joined(separator: ","),
      "--r-cut", "4", "--n-max", "\(radial)",
      "--l-max", "\(degree)", "-o", vectors, "--overwrite", "--quiet",
    ])
    guard outcome.code == 0 else { throw Failure(description: "describe: \(outcome)") }
    let file = try File.open(vectors)
    let dataset = try file.dataset("/soap/value")
    let values = try dataset.readAll(Double.self)
    let d = dataset.shape[2]
    let rows = values.count / d
    var mean = [Double](repeating: 0, count: d), scale = mean
    for r in 0..<rows { for k in 0..<d { mean[k] += values[r * d + k] / Double(rows) } }
    for r in 0..<rows {
      for k in 0..<d {
        scale[k] += (values[r * d + k] - mean[k]) * (values[r * d + k] - mean[k]) / Double(rows)
      }
    }
    scale = scale.map { max($0.squareRoot(), 1e-6) }
    var generator = SeededGenerator(seed: seed)
    let widths = [d, 24, 20, classes.count]
    let layers = (1..<widths.count).map { n in
      let bound = (n == widths.count - 1 ? 6 : 1.7) / Double(widths[n - 1]).squareRoot()
      return Model.Layer(
        weight: (0..<widths[n] * widths[n - 1]).map { _ in Float(generator.uniform(-bound, bound))
        },
        bias: (0..<widths[n]).map { _ in Float(generator.uniform(-0.2, 0.2)) },
        inputs: widths[n - 1])
    }
    let components = (0..<2 * d).map { _ in generator.uniform(-1, 1) / Double(d).squareRoot() }
    var model = Model(
      name: name, classes: classes, soap: soap, layers: layers,
      scaler: Scaler(mean: mean, scale: scale),
      principalComponents: Model.PrincipalComponents(
        components: components, count: 2, explainedVariance: [0.5, 0.1]))
    edit(&model)
    try ModelFile.write(model, to: folder("\(name).safetensors"), overwrite: true)
    try? FileManager.default.removeItem(atPath: vectors)
    return folder("\(name).safetensors")
  }

  /// Why a model could not be made.
  public struct Failure: Error, CustomStringConvertible {
    /// One sentence.
    public let description: String

    /// A failure in one sentence.
    public init(description: String) { self.description = description }
  }
}

/// A water trajectory and two models, made once for all tests.
public struct SmallCase: Sendable {
  /// The folder with all files.
  public let folder: Folder
  /// Three frames of 32 molecules.
  public let water: WaterDump
  /// The dump.
  public let trajectory: String
  /// (O,H), two classes; and (O), three classes.
  public let model: String, other: String

  /// The shared instance.
  public static let shared = Result { try SmallCase() }

  private init() throws {
    folder = try Folder()
    water = try WaterDump(frames: 3)
    trajectory = try folder.write(water.text(), as: "water.lammpstrj")
    model = try SmallModel.write(
      "small-OH", classes: ["LDA", "HDA"], species: ["O", "H"], radial: 3, degree: 3,
      for: trajectory, in: folder, seed: 5)
    other = try SmallModel.write(
      "small-O", classes: ["LDA", "MDA", "HDA"], species: ["O"], radial: 4, degree: 4,
      for: trajectory, in: folder, seed: 6)
  }
}
