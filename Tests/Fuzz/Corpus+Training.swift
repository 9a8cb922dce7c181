import Foundation
import Frames
import Pipeline
import ProgramSupport
import Serialization

@testable import Learning

/// Datasets, and the commands that use them.
extension Corpus {
  /// The bytes of a dataset.
  func dataset() throws -> [UInt8] {
    var sampling = SamplingOptions()
    sampling.classes = [
      SamplingOptions.LabelledFiles(name: "LDA", patterns: [options.trajectories[0]]),
      SamplingOptions.LabelledFiles(name: "HDA", patterns: [path("other.lammpstrj")]),
    ]
    try Data(WaterDump(frames: 3, repeats: SIMD3(1, 1, 1), seed: 9).text().utf8).write(
      to: URL(fileURLWithPath: path("other.lammpstrj")))
    sampling.types = options.types
    (sampling.soap.cutoffRadius, sampling.soap.radialCount, sampling.soap.maximumDegree) = (3, 2, 2)
    sampling.perClass = 15
    sampling.output = path("dataset.h5")
    (sampling.overwrite, sampling.quiet) = (true, true)
    _ = try Sampling.run(sampling, reserved: ResultsTable.reservedNames, on: world)
    return try bytes(of: sampling.output)
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.dataset = path("dataset.h5")
    settings.output = path("trained.safetensors")
    (settings.hidden, settings.batch, settings.maximumEpochs, settings.components) = ([5], 8, 3, 2)
    settings.overwrite = true
    settings.quiet = true
    return settings
  }

  /// `train` on a dataset.
  func training() throws -> Prepared {
    let seed = try dataset()
    var settings = settings
    return Prepared([seed]) { path in
      settings.dataset = path
      _ = try TrainingRun.run(settings, reserved: ResultsTable.reservedNames, on: world)
    }
  }

  /// `train --resume` from a checkpoint. In half of the damaged ones the checksum is corrected, so
  /// that the data it protects are read too.
  func checkpoint() throws -> Prepared {
    _ = try dataset()
    var settings = settings
    settings.maximumHours = 1e-9
    unlink(settings.checkpoint)
    _ = try TrainingRun.run(settings, reserved: ResultsTable.reservedNames, on: world)
    settings.maximumHours = nil
    (settings.overwrite, settings.resume) = (false, true)
    var prepared = Prepared([try bytes(of: settings.checkpoint)]) { path in
      unlink(settings.output)
      try Data(try bytes(of: path)).write(to: URL(fileURLWithPath: settings.checkpoint))
      _ = try TrainingRun.run(settings, reserved: ResultsTable.reservedNames, on: world)
    }
    prepared.damage = { mutator, seed in
      var bytes = mutator.mutate(seed)
      let magic = Array("verglas-training\n".utf8)
      guard mutator.generator.integer(below: 2) == 0, bytes.count > 60,
        let start = (0..<(bytes.count - magic.count)).first(where: {
          bytes[$0...].starts(with: magic)
        }), bytes.count > start + 40
      else { return bytes }
      let header = start + magic.count + 12, length = bytes.count - header - 8
      guard length > 0 else { return bytes }
      for k in 0..<8 { bytes[header - 8 + k] = UInt8(truncatingIfNeeded: length >> (8 * k)) }
      let sum = Checksum.of(ArraySlice(Array(bytes[start..<(bytes.count - 8)])))
      for k in 0..<8 {
        bytes[bytes.count - 8 + k] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * k))
      }
      return bytes
    }
    return prepared
  }

  private var evaluationSettings: EvaluationSettings {
    var evaluation = EvaluationSettings()
    (evaluation.model, evaluation.dataset, evaluation.output) = (
      options.models[0], path("dataset.h5"), path("evaluation.h5")
    )
    (evaluation.part, evaluation.repeats) = (.all, 2)
    (evaluation.overwrite, evaluation.quiet) = (true, true)
    return evaluation
  }

  /// `evaluate` on a dataset.
  func evaluation() throws -> Prepared {
    let seed = try dataset()
    var evaluation = evaluationSettings
    return Prepared([seed]) { path in
      evaluation.dataset = path
      _ = try EvaluationRun.run(evaluation, reserved: ResultsTable.reservedNames, on: world)
    }
  }

  /// The bytes of a file that `evaluate` made.
  func evaluationFile() throws -> [UInt8] {
    _ = try dataset()
    _ = try EvaluationRun.run(evaluationSettings, reserved: ResultsTable.reservedNames, on: world)
    return try bytes(of: evaluationSettings.output)
  }
}
