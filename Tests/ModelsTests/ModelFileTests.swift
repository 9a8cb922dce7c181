import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models

@Suite("Model file", .tags(.fast))
struct ModelFileTests {
  @Test("reads a file that Python wrote")
  func reads() throws {
    let model = try ModelFile.read(path: Fixture.path("tiny.safetensors"))
    #expect(
      model.name == "tiny" && model.classes == ["LDA", "MDA", "HDA"] && model.featureCount == 40)
    #expect(
      model.soap
        == SOAPDescription(
          species: ["O", "H"], center: "O", r_cut: 6, n_max: 2, l_max: 3, sigma: 0.5))
    #expect(
      model.layers.map(\.inputs) == [40, 24, 24] && model.layers.map(\.outputs) == [24, 24, 3])
    #expect(
      model.principalComponents?.count == 5
        && model.principalComponents?.explainedVariance == [0.4, 0.2, 0.1, 0.05, 0.02])
    #expect(model.training == "{\"seed\": 7}" && model.metadata["author"] == "make_fixtures.py")
    #expect(model.scaler.mean == (try Fixture.reference().mean))
    // sha256sum tiny.safetensors
    #expect(model.hash == "898489267f44927fb31db0400daea2d98756dd4a80f3bb54933f5d99b641bdf6")
  }

  @Test(
    "a written model is read back unchanged, with unknown entries and tensors, always the same bytes"
  )
  func roundTrip() throws {
    var container = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
    container.metadata["soap"] = container.metadata["soap"]!.replacingOccurrences(
      of: "{", with: "{\"note\": \"kept\", ")
    container.metadata["weiter"] = "Größe \"1\"\n\u{1F9CA}"
    container.tensors.append(
      SafeTensors.Tensor(
        name: "history.loss", type: .I64, shape: [2, 1], bytes: [UInt8](0..<16)[...]))
    container.tensors.append(
      SafeTensors.Tensor(name: "empty", type: .U8, shape: [0, 5], bytes: []))
    let model = try ModelFile.parse(bytes: container.serialised, path: "x")
    #expect(model.foreignTensors.map(\.name).sorted() == ["empty", "history.loss"])
    let bytes = try ModelFile.bytes(of: model)
    let again = try ModelFile.parse(bytes: bytes, path: "x")
    #expect(
      again.layers == model.layers && again.scaler == model.scaler
        && again.principalComponents == model.principalComponents)
    #expect(
      again.metadata == model.metadata && again.foreignTensors == model.foreignTensors
        && again.soapJSON.contains("note"))
    #expect(try ModelFile.bytes(of: again) == bytes)
  }

  @Test("components that were saved column by column are turned, all others taken as they are")
  func componentOrder() {
    // Three orthonormal rows of width 4, from a rotation.
    let c = 0.6, d = 0.8
    let rows = [c, d, 0, 0, -d, c, 0, 0, 0, 0, c, d]
    let columns = (0..<4).flatMap { k in (0..<3).map { rows[$0 * 4 + k] } }
    #expect(ModelReading.rowsInOrder(rows, 4) == rows)
    #expect(ModelReading.rowsInOrder(columns, 4) == rows)
    let own = (0..<12).map(Double.init)
    #expect(ModelReading.rowsInOrder(own, 4) == own)
    #expect(
      ModelReading.rowsInOrder([0.5, 0.5], 2) == [0.5, 0.5] && ModelReading.rowsInOrder([], 4) == []
    )
  }

  @Test("the name is the metadata's, else the file's stem")
  func names() throws {
    var container = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
    container.metadata["name"] = nil
    #expect(
      try ModelFile.parse(bytes: container.serialised, path: "some/dir.d/M2-O.v1.safetensors").name
        == "M2-O.v1")
    #expect(
      ModelFile.stem(of: "model") == "model" && ModelFile.stem(of: ".hidden") == ".hidden"
        && ModelFile.stem(of: "/") == "model")
  }

  @Test("half, bfloat16 and double weights are read as single precision")
  func types() throws {
    let container = try SafeTensors(bytes: try Fixture.bytes("tiny.safetensors"))
    let original = try ModelFile.read(path: Fixture.path("tiny.safetensors"))
    let types: [(ElementType, Float, (Float) -> [UInt8])] = [
      (.F64, 0, { littleEndianBytes([Double($0)]) }),
      (
        .F16, 1e-3,
        { value in withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { Array($0) } }
      ),
      (
        .BF16, 1e-2,
        { value in [UInt8(value.bitPattern >> 16 & 0xFF), UInt8(value.bitPattern >> 24)] }
      ),
    ]
    for (type, tolerance, encode) in types {
      var changed = container
      for i in changed.tensors.indices where changed.tensors[i].name.hasPrefix("layers.") {
        let tensor = changed.tensors[i]
        changed.tensors[i] = SafeTensors.Tensor(
          name: tensor.name, type: type, shape: tensor.shape,
          bytes: tensor.floats!.flatMap(encode)[...])
      }
      let model = try ModelFile.parse(bytes: changed.serialised, path: "x")
      for (a, b) in zip(model.layers, original.layers) {
        #expect(
          zip(a.weight, b.weight).allSatisfy {
            abs($0 - $1) <= tolerance * abs($1) + 1e-6 * tolerance
          })
      }
    }
  }

  @Test("writing: complete or not at all, and not over a file unasked")
  func writing() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "verglas-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("m.safetensors").path
    let model = Model.random([5, 4, 2])
    try ModelFile.write(model, to: path)
    #expect(try ModelFile.read(path: path).layers == model.layers)
    #expect(throws: ModelError.self) { try ModelFile.write(model, to: path) }
    try ModelFile.write(model, to: path, overwrite: true)
    var broken = model
    broken.classes.append("one too many")
    #expect(throws: ModelError.self) { try ModelFile.write(broken, to: path, overwrite: true) }
    #expect(throws: ModelError.self) {
      try ModelFile.write(model, to: folder.path + "/no/such/folder")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["m.safetensors"])
    for path in [folder.path, "/dev/null", folder.path + "/missing"] {
      #expect(throws: ModelError.self) { try ModelFile.read(path: path) }
    }
  }

  @Test("SHA-256 of the standard's messages, and of lengths around a block")
  func hash() {
    #expect(
      SHA256.hexDigest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hexDigest(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexDigest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // printf '%055d' 0 | sha256sum, and so on.
    let zeros = { (count: Int) in
      SHA256.hexDigest([UInt8](repeating: UInt8(ascii: "0"), count: count)).prefix(16)
    }
    #expect(
      zeros(55) == "9f8ef876f51f5313" && zeros(56) == "bd03ac1428f0ea86"
        && zeros(64) == "60e05bd1b195af2f")
  }
}
