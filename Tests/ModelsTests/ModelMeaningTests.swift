import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models

/// A model file means what its writer meant, or is refused.
@Suite("What a model file means", .tags(.fast)) struct ModelMeaningTests {
  private func container() throws -> SafeTensors {
    try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
  }

  private func withSOAP(_ member: String) throws -> SafeTensors {
    var file = try container()
    file.metadata["soap"] = file.metadata["soap"]!.replacingOccurrences(
      of: "{", with: "{\(member), ")
    return file
  }

  @Test(
    "keys of soap that change the descriptor are refused",
    arguments: [
      #""weighting": {"function": "poly", "r0": 6, "c": 1, "m": 1}"#, #""average": "inner""#,
      #""compression": {"mode": "mu2"}"#, #""periodic": false"#, #""crossover": false"#,
      #""rcut": 5"#, #""r_smooth": 0.5"#, #""centers": ["H"]"#,
    ])
  func changing(member: String) throws {
    let bytes = try withSOAP(member).serialised
    let key = member.split(separator: "\"")[0]
    do {
      _ = try ModelFile.parse(bytes: bytes, path: "x")
      Issue.record("accepted")
    } catch { #expect(error.reason.contains("the key \(key) of soap is"), "\(error)") }
  }

  @Test(
    "keys with the value that changes nothing are accepted",
    arguments: [
      #""weighting": null"#, #""average": "off""#, #""periodic": true"#, #""sparse": false"#,
      #""compression": {"mode": "off", "species_weighting": null}"#, #""dtype": "float64""#,
      #""note": "by hand""#,
    ])
  func plain(member: String) throws {
    _ = try ModelFile.parse(bytes: try withSOAP(member).serialised, path: "x")
  }

  @Test("rows with known probabilities are compared, kept and written")
  func check() throws {
    var model = try ModelFile.parse(bytes: try container().serialised, path: "x")
    let features = (0..<3 * model.featureCount).map { 0.3 * Double($0 % 7) }
    model.check = Model.Check(
      features: features, probabilities: model.probabilities(ofFeatures: features))
    let bytes = try ModelFile.bytes(of: model)
    let again = try ModelFile.parse(bytes: bytes, path: "x")
    #expect(again.check == model.check && again.foreignTensors.isEmpty)
    #expect(try ModelFile.bytes(of: again) == bytes)
    // Another network: a weight that matters, another scaler.
    var other = model
    other.layers[0].weight = other.layers[0].weight.map { max($0, 0) }
    do {
      _ = try ModelFile.bytes(of: other)
      Issue.record("accepted")
    } catch { #expect(error.reason.contains("of check.features the probability"), "\(error)") }
    other = model
    other.scaler.mean[0] += 20 * other.scaler.scale[0]
    #expect(throws: ModelError.self) { try ModelFile.bytes(of: other) }
    // Half of it is missing.
    var half = try SafeTensors(bytes: bytes)
    half.tensors.removeAll { $0.name == "check.probability" }
    #expect(throws: ModelError.self) { try ModelFile.parse(bytes: half.serialised, path: "x") }
  }

  @Test(
    "other formats of weights are named",
    arguments: [
      ([0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0], ".pt"),
      ([0x80, 2, 0x63, 0x74, 0x6F, 0x72, 0x63, 0x68, 0, 0, 0, 0], "pickle"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0], "HDF5"),
    ])
  func formats(start: [UInt8], name: String) throws {
    do {
      _ = try ModelFile.parse(bytes: start + [UInt8](repeating: 0, count: 64), path: "x.pt")
      Issue.record("accepted")
    } catch {
      #expect(error.reason.contains(name), "\(error)")
      #expect(error.reason.contains("expected a safetensors file: save the weights with"))
    }
  }
}
