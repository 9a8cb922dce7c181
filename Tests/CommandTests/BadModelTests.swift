import Foundation
import ProgramSupport
import TestSupport
import Testing

/// A model that must be refused before any frame is read.
struct BadModel: Sendable, CustomTestStringConvertible {
  let name: String
  let pattern: String
  /// Changes the bytes of a good model.
  let change: @Sendable ([UInt8]) -> [UInt8]

  var testDescription: String { name }

  /// The text of the header and the bytes after it.
  private static func parts(_ bytes: [UInt8]) -> (header: String, data: ArraySlice<UInt8>) {
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    return (String(decoding: bytes[8..<8 + length], as: UTF8.self), bytes[(8 + length)...])
  }

  /// The file with a different header.
  private static func with(header: String, _ data: ArraySlice<UInt8>) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
  }

  private static func header(_ name: String, _ pattern: String, _ old: String, _ new: String)
    -> BadModel
  {
    BadModel(name: name, pattern: pattern) { bytes in
      let (header, data) = parts(bytes)
      return with(header: header.replacing(old, with: new), data)
    }
  }

  /// The first tensor moved by 8 bytes: there is a gap before it, and the next one overlaps it.
  private static func shifted(_ bytes: [UInt8]) -> [UInt8] {
    let (header, data) = parts(bytes)
    return with(
      header: header.replacing(/"data_offsets": \[0, (\d+)\]/) {
        "\"data_offsets\": [8, \((Int($0.1) ?? 0) + 8)]"
      }, data)
  }

  static let all: [BadModel] = [
    header(
      "wrong D", "SOAP parameters give \\d+ features, its network expects 84", #"\"n_max\": 3"#,
      #"\"n_max\": 4"#),
    header("a missing tensor", "layers\\.1\\.bias", "layers.1.bias", "layers.1.bies"),
    header("an unknown activation", "activation.*relu", "tanh", "relu"),
    header("an unknown radial basis", "polynomial", #"\"gto\""#, #"\"polynomial\""#),
    header("another version", "version.*2", #""version": "1""#, #""version": "2""#),
    header("another format", "format", "verglas-model", "verglas-dataset"),
    header(
      "classes that do not fit", "class", #"[\"LDA\", \"HDA\"]"#, #"[\"LDA\", \"MDA\", \"HDA\"]"#),
    header(
      "a class with a line break", #"without control characters, found "LD\\nA""#,
      #"[\"LDA\", \"HDA\"]"#, #"[\"LD\\nA\", \"HDA\"]"#),
    BadModel(name: "NaN weights", pattern: "(?i)nan|finite") { bytes in
      // The last four bytes of the file are a number in some tensor; all bits set is NaN.
      bytes.dropLast(8) + [UInt8](repeating: 0xFF, count: 8)
    },
    BadModel(name: "truncated", pattern: ".") { Array($0.dropLast(100)) },
    BadModel(name: "truncated in the header", pattern: ".") { Array($0.prefix(200)) },
    BadModel(name: "empty", pattern: ".") { _ in [] },
    BadModel(name: "a huge header", pattern: "header") {
      [0, 0, 0, 0, 0, 0, 0, 0x40] + $0.dropFirst(8)
    },
    BadModel(name: "not a model", pattern: ".") { _ in Array("ITEM: TIMESTEP\n".utf8) },
    header(
      "an entry that is missing",
      #"the metadata has no entry activation \(found: activated, classes, .*version\)"#,
      #""activation""#,
      #""activated""#),
    header(
      "metadata in a list", "__metadata__ is a list of 0, expected an object of strings",
      #""__metadata__": {"#,
      #""__metadata__": [], "other": {"#),
    header(
      "an entry that is a number",
      #"the metadata entry "version" is the number 1, expected a string"#, #""version": "1""#,
      #""version": 1"#),
    header(
      "a cutoff below 0",
      #"the key r_cut of soap is the number -4\.0, expected a length in Å above 0"#,
      #"\"r_cut\": 4.0"#,
      #"\"r_cut\": -4.0"#),
    header(
      "no radial function",
      "the key n_max of soap is the number 0, expected an integer from 1 to 1000", #"\"n_max\": 3"#,
      #"\"n_max\": 0"#),
    header(
      "blocks that are a number",
      #"the key blocks of soap is the number 7, expected "all" or a list of species pairs such as"#,
      #"\"rbf\""#, #"\"blocks\": 7, \"rbf\""#),
    header(
      "blocks in another order",
      #"blocks of soap is \["OO", "OH", "HH"\], expected \["HH", "OH", "OO"\]: features are in"#,
      #"\"rbf\""#, #"\"blocks\": [\"OO\", \"OH\", \"HH\"], \"rbf\""#),
    header(
      "an average over centres", #"the key average of soap is "inner": it may change"#,
      #"\"rbf\""#, #"\"average\": \"inner\", \"rbf\""#),
    header(
      "tensors of integers",
      #"the tensor layers\.0\.weight has dtype I32, expected F64, F32, F16 or BF16"#, #""F32""#,
      #""I32""#),
    header(
      "a tensor without shape",
      #"the tensor [a-z.0-9]+ has no shape, expected a list of integers ≥ 0"#, #""shape""#,
      #""form""#),
    BadModel(
      name: "a hole between tensors",
      pattern: "starts at byte 8 of the data, expected 0: tensors overlap or leave a gap",
      change: shifted),
  ]
}

@Suite(.serialized, .tags(.fast)) struct BadModelTests {
  @Test("a pipe is not waited for") func pipe() throws {
    let bench = try Bench()
    let pipe = bench.folder("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let outcome = try Program.run(
      ["analyze", bench.item.trajectory, "--model", pipe, "-o", bench.folder("r.h5")] + Bench.types)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.contains("pipe: the model is not a regular file"), "\(outcome)")
    let trained = try Program.run(["train", pipe, "-o", bench.folder("m.safetensors")])
    #expect(
      trained.code == 66 && trained.error.contains("pipe: is not a regular file"), "\(trained)")
  }

  @Test("stops with 65 before any frame is read", arguments: BadModel.all) func refused(
    _ bad: BadModel
  ) throws {
    let bench = try Bench()
    let good = try bytes(of: bench.item.model)
    let changed = bad.change(good)
    let isChanged = changed != good
    try #require(isChanged)
    let path = try bench.folder.write(changed, as: "bad.safetensors")
    // The trajectory is damaged too, because the model is checked first.
    let trajectory = try bench.folder.write("garbage\n", as: "bad.lammpstrj")
    let outcome = try Program.run(
      ["analyze", trajectory, "--types", "1=O,2=H", "--model", path, "-o", bench.folder("r.h5")])
    #expect(outcome.code == 65, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
    #expect(
      matches(outcome.complaints.first ?? "", "bad\\.safetensors: .*\(bad.pattern)"),
      "expected \(bad.pattern), found \(outcome)")
    #expect(try bytes(of: path) == changed)
    #expect(try bench.folder.names() == ["bad.lammpstrj", "bad.safetensors"])
  }
}
