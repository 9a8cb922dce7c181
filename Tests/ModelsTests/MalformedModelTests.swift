import Foundation
import ModelSupport
import NeuralNetwork
import TestSupport
import Testing

@testable import Models

@Suite("Malformed models", .tags(.fast))
struct MalformedModelTests {
  /// The fixture modified by `change` must be refused, with a message that contains `words`.
  private func refused(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout SafeTensors) -> Void
  ) throws {
    var container = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
    change(&container)
    refused(words, container.serialised, sourceLocation)
  }

  private func refused(
    _ words: String, _ bytes: [UInt8], _ sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try ModelFile.parse(bytes: bytes, path: "bad.safetensors")
      Issue.record("accepted, expected: \(words)", sourceLocation: sourceLocation)
    } catch {
      #expect(error.description.hasPrefix("bad.safetensors: "), sourceLocation: sourceLocation)
      #expect(error.reason.contains(words), "\(error.reason)", sourceLocation: sourceLocation)
    }
  }

  /// A file from a header's text and data.
  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test("metadata")
  func metadata() throws {
    for key in ["format", "version", "classes", "soap", "activation"] {
      try refused("no entry \(key)") { $0.metadata[key] = nil }
    }
    try refused("expected \"verglas-model\"") { $0.metadata["format"] = "pt" }
    try refused("entry version is \"2\"") { $0.metadata["version"] = "2" }
    try refused("entry activation is \"relu\"") { $0.metadata["activation"] = "relu" }
    for classes in [
      "LDA, HDA", "[\"LDA\"]", "[\"A\", \"A\"]", "[\"A\", 1]", "{}", "[\"A\", \"\"]", "[[[", "3",
    ] {
      try refused("entry classes") { $0.metadata["classes"] = classes }
    }
    try refused("expected 4, the number of classes") {
      $0.metadata["classes"] = "[\"A\", \"B\", \"C\", \"D\"]"
    }
    try refused("entry training is not valid JSON") { $0.metadata["training"] = "{" }
    for name in ["", "a/b", ".", "a\nb"] {
      try refused("the model's name") { $0.metadata["name"] = name }
    }
  }

  @Test("the description of the features")
  func soap() throws {
    let good = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors")).metadata["soap"]!
    func changed(_ key: String, _ words: String, _ from: String, _ to: String) throws {
      try #require(good.contains(from))
      try refused(words) { $0.metadata["soap"] = good.replacingOccurrences(of: from, with: to) }
    }
    try changed("rbf", "\"gto\"", "\"gto\"", "\"polynomial\"")
    try changed("rbf", "key rbf of soap is missing", "\"rbf\"", "\"basis\"")
    try changed("r_cut", "key r_cut", "6.0", "-6.0")
    try changed("r_cut", "key r_cut", "6.0", "1e999")
    try changed("n_max", "key n_max", "\"n_max\": 2", "\"n_max\": 0")
    try changed("n_max", "key n_max", "\"n_max\": 2", "\"n_max\": 2.5")
    try changed("n_max", "key n_max", "\"n_max\": 2", "\"n_max\": 99999999999999999999")
    try changed("l_max", "key l_max", "\"l_max\": 3", "\"l_max\": \"3\"")
    try changed("species", "key species", "[\"O\", \"H\"]", "[]")
    try changed("species", "key species", "[\"O\", \"H\"]", "[\"O\", \"O\"]")
    try changed("center", "key center", "\"center\": \"O\"", "\"center\": \"\"")
    try changed("blocks", "key blocks", "{", "{\"blocks\": [1], ")
    try changed("twice", "occurs twice", "{", "{\"sigma\": 1, ")
    try refused("soap is not valid JSON") { $0.metadata["soap"] = "gto" }
    for blocks in ["[\"OH\", \"HH\"]", "\"all\"", "null"] {
      var container = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
      container.metadata["soap"] = good.replacingOccurrences(
        of: "{", with: "{\"blocks\": \(blocks), ")
      let model = try ModelFile.parse(bytes: container.serialised, path: "x")
      #expect(model.soap.blocks == (blocks.hasPrefix("[") ? ["OH", "HH"] : nil))
    }
  }

  @Test("tensors: missing, of the wrong shape or type, not finite")
  func tensors() throws {
    let names = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors")).tensors.map(\.name)
    for name in names where name != "pca.explained_variance" {
      try refused(name == "layers.2.weight" ? "layers.2" : name) {
        $0.tensors.removeAll { $0.name == name }
      }
    }
    for name in names {
      func changed(_ words: String, _ change: (SafeTensors.Tensor) -> SafeTensors.Tensor) throws {
        try refused(words) { container in
          for i in container.tensors.indices where container.tensors[i].name == name {
            container.tensors[i] = change(container.tensors[i])
          }
        }
      }
      for bad in [Float.nan, .infinity, -.infinity] {
        try changed("expected finite numbers") { tensor in
          var values = tensor.doubles!
          values[values.count / 2] = Double(bad)
          return SafeTensors.Tensor(
            name: tensor.name, type: .F64, shape: tensor.shape,
            bytes: littleEndianBytes(values)[...])
        }
      }
      try changed("the shape") { tensor in
        SafeTensors.Tensor(
          name: tensor.name, type: tensor.type, shape: [1] + tensor.shape, bytes: tensor.bytes)
      }
      try changed("the shape") { tensor in
        SafeTensors.Tensor(name: tensor.name, type: tensor.type, shape: [0], bytes: [])
      }
      try changed("dtype I32") { tensor in
        SafeTensors.Tensor(
          name: tensor.name, type: .I32, shape: tensor.shape,
          bytes: [UInt8](repeating: 1, count: tensor.doubles!.count * 4)[...])
      }
    }
    for bad in [0, -1, Double.leastNonzeroMagnitude, 1e-39] {
      try refused("scaler.scale is") { container in
        let i = container.tensors.firstIndex { $0.name == "scaler.scale" }!
        var values = container.tensors[i].doubles!
        values[3] = bad
        container.tensors[i] = SafeTensors.Tensor(
          name: "scaler.scale", type: .F64, shape: [40], bytes: littleEndianBytes(values)[...])
      }
    }
    try refused("layers.0.weight has the shape [24, 40], expected [outputs, 41]") { container in
      container.tensors.removeAll { $0.name.hasPrefix("scaler") || $0.name.hasPrefix("pca") }
      for name in ["scaler.mean", "scaler.scale"] {
        let ones = littleEndianBytes([Double](repeating: 1, count: 41))
        container.tensors.append(
          SafeTensors.Tensor(name: name, type: .F64, shape: [41], bytes: ones[...]))
      }
    }
    try refused("does not belong to a tanh perceptron") {
      $0.tensors.append(
        SafeTensors.Tensor(name: "layers.1.gain", type: .F32, shape: [1], bytes: [0, 0, 0, 0]))
    }
    try refused("at most 65536") { container in
      container.tensors.removeAll {
        $0.name.hasPrefix("layers") || $0.name.hasPrefix("scaler") || $0.name.hasPrefix("pca")
      }
      for (name, shape) in [
        ("scaler.mean", [1]), ("scaler.scale", [1]), ("layers.0.weight", [70_000, 1]),
        ("layers.0.bias", [70_000]),
      ] {
        let ones = littleEndianBytes([Float](repeating: 1, count: shape[0]))
        container.tensors.append(
          SafeTensors.Tensor(name: name, type: .F32, shape: shape, bytes: ones[...]))
      }
    }
  }

  @Test("containers that are none")
  func containers() {
    refused("0 bytes", [])
    refused(
      "the header has 1152921504606846976 bytes",
      [0, 0, 0, 0, 0, 0, 0, 0x10] + [UInt8](repeating: 32, count: 100))
    refused("the header has 18446744073709551615 bytes", [UInt8](repeating: 0xFF, count: 64))
    refused("not valid JSON", file("{\"a\": "))
    refused("not valid JSON", file("{} {}"))
    refused("not valid JSON", file("\u{0}{}"))
    refused("nested more than 64", file(String(repeating: "[", count: 1_000_000)))
    refused("expected a JSON object", file("[1]"))
    refused("no entry format", file("{}"))
    refused("__metadata__ is", file("{\"__metadata__\": []}"))
    refused("expected a string", file("{\"__metadata__\": {\"a\": 1}}"))
    refused("\"a\" occurs twice", file("{\"a\": {}, \"\\u0061\": {}}"))
    refused("has dtype", file("{\"a\": {}}"))
    refused(
      "has dtype",
      file("{\"a\": {\"dtype\": \"F31\", \"shape\": [], \"data_offsets\": [0, 4]}}", data: 4))
    func tensor(_ shape: String, _ offsets: String) -> String {
      "{\"dtype\": \"F32\", \"shape\": \(shape), \"data_offsets\": \(offsets)}"
    }
    for shape in ["1", "[-1]", "[1.0]", "[99999999999999999999]", "null"] {
      refused("has no shape", file("{\"a\": \(tensor(shape, "[0, 4]"))}", data: 4))
    }
    for offsets in [
      "[0]", "[4, 0]", "[0, 8]", "[-4, 0]", "[0, 9223372036854775807]", "[0, 4, 8]", "{}",
    ] {
      refused("has data_offsets", file("{\"a\": \(tensor("[1]", offsets))}", data: 4))
    }
    refused(
      "too large for any file",
      file("{\"a\": \(tensor("[9223372036854775807, 4]", "[0, 4]"))}", data: 4))
    refused("needs 8 bytes, found 4", file("{\"a\": \(tensor("[2]", "[0, 4]"))}", data: 4))
    refused(
      "overlap",
      file("{\"a\": \(tensor("[2]", "[0, 8]")), \"b\": \(tensor("[1]", "[4, 8]"))}", data: 8))
    refused(
      "overlap",
      file("{\"a\": \(tensor("[1]", "[0, 4]")), \"b\": \(tensor("[1]", "[0, 4]"))}", data: 4))
    refused("gap", file("{\"a\": \(tensor("[1]", "[4, 8]"))}", data: 8))
    refused("follow the header", file("{\"a\": \(tensor("[1]", "[0, 4]"))}", data: 5))
  }

  @Test("a file cut anywhere is refused")
  func truncated() throws {
    let bytes = try Fixture.bytes("tiny.safetensors")
    for length in Array(0..<2000) + Array(stride(from: 2000, to: bytes.count, by: 7)) {
      #expect(throws: ModelError.self) {
        try ModelFile.parse(bytes: Array(bytes[..<length]), path: "cut")
      }
    }
    #expect(throws: ModelError.self) { try ModelFile.parse(bytes: bytes + [0], path: "long") }
  }

  @Test("mutated files are refused or give a model that runs", arguments: 0..<8)
  func mutated(seed: Int) throws {
    let original = try Fixture.bytes("tiny.safetensors")
    let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
    var generator = SeededGenerator(seed: UInt64(seed))
    var accepted = 0
    for _ in 0..<500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // Mostly in the header, which contains the structure.
        let place = Int.random(
          in: 0..<(Bool.random(using: &generator) ? headerEnd : bytes.count), using: &generator)
        guard place < bytes.count else { continue }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: place)
        case 3:
          bytes.insert(Array("0192{}[],:\"-e\\".utf8).randomElement(using: &generator)!, at: place)
        default:
          let other = Int.random(in: 0..<bytes.count, using: &generator)
          let piece = bytes[min(place, other)..<min(max(place, other), min(place, other) + 40)]
          bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
        }
      }
      do throws(ModelError) {
        let model = try ModelFile.parse(bytes: bytes, path: "fuzz")
        accepted += 1
        let result = Perceptron(model).probabilities(randomRows(3, model.featureCount), count: 3)
        #expect(result.count == 3 * model.classCount)
        // An accepted file can be written and read again.
        _ = try ModelFile.parse(bytes: try ModelFile.bytes(of: model), path: "fuzz")
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(accepted > 0)
  }
}
