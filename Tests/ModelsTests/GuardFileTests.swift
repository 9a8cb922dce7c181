import ModelSupport
import TestSupport
import Testing

@testable import Models

/// Guards and familiarity data in model files.
@Suite("Guard and familiarity in model files", .tags(.fast)) struct GuardFileTests {
  @Test("a guard and familiarity data read back as they were written")
  func roundTrip() throws {
    let model = try Model.guarded()
    let read = try ModelFile.parse(bytes: try ModelFile.bytes(of: model), path: "m.safetensors")
    #expect(read.guardHead == model.guardHead && read.familiarity == model.familiarity)
    #expect(read.layers == model.layers && read.foreignTensors == model.foreignTensors)
    var without = read
    without.guardHead = nil
    without.familiarity = nil
    let bare = try ModelFile.parse(bytes: try ModelFile.bytes(of: without), path: "m.safetensors")
    #expect(bare.guardHead == nil && bare.familiarity == nil)
    #expect(!bare.metadata.keys.contains { $0.hasPrefix("guard") || $0.hasPrefix("familiarity") })
  }

  @Test("a damaged guard is refused with what was expected")
  func refusals() throws {
    var container = try SafeTensors(bytes: try ModelFile.bytes(of: try Model.guarded()))
    let whole = container
    func reason() throws -> String {
      do {
        _ = try ModelFile.parse(bytes: container.serialised, path: "m.safetensors")
        return ""
      } catch { return error.description }
    }
    container.metadata["guard.classes"] = "[\"ice\", \"subject\"]"
    #expect(try reason().contains("expected a JSON list of subject"))
    container = whole
    container.metadata["guard.prior"] = "1"
    #expect(try reason().contains("guard.prior is \"1\", expected a number between 0 and 1"))
    container = whole
    let bias = try #require(container.tensors.first { $0.name == "guard.layers.1.bias" })
    container.tensors.append(
      SafeTensors.Tensor(
        name: "guard.scale", type: bias.type, shape: bias.shape, bytes: bias.bytes))
    #expect(try reason().contains("the tensor guard.scale does not belong to a guard of 2 layers"))
    container = whole
    container.metadata["guard.classes"] = nil
    #expect(try reason().contains("no entry guard.classes"))
    container = whole
    container.tensors.removeAll { $0.name == "familiarity.limits" }
    #expect(try reason().contains("the tensor familiarity.limits"))
  }

  @Test(
    "the fraction beyond the limits: none for a part of the training data, all without a limit"
  )
  func unlike() {
    let data = Model.Familiarity(
      leading: [1, 0], minor: [0, 1], leadingCount: 1, minorCount: 1,
      edges: [0, 0, 0, 0, 0, 0, 0, 0],
      limits: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0],
      edgeCount: 1, warningShare: 0.15)
    func counts(_ low: Int64, _ high: Int64) -> [Int64] {
      [low, high, low, high, low, high, low, high] + [Int64](repeating: 0, count: 8)
    }
    #expect(data.unlikeFraction(counts: counts(500, 500), molecules: 1000) == 0)
    let deviation = (0.25 / 1000.0).squareRoot()
    let found = data.unlikeFraction(counts: counts(800, 200), molecules: 1000)
    #expect(abs(found - (0.3 - deviation)) < 1e-12)
    var foreign = [Int64](repeating: 0, count: 16)
    foreign[15] = 10
    #expect(data.unlikeFraction(counts: foreign, molecules: 10) == 1)
    #expect(data.unlikeFraction(counts: foreign, molecules: 0) == 0)
  }
}
