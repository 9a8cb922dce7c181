import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// A file whose damage the scan cannot detect: the error occurs when the frame is read.
struct DamagedFrame: Sendable, CustomTestStringConvertible {
  /// A file from the fixtures of the readers.
  let fixture: String
  let words: String
  let change: @Sendable (inout [UInt8]) -> Void

  var testDescription: String { "\(fixture): \(words)" }

  /// Replaces every occurrence of the words.
  private static func text(_ fixture: String, _ words: String, _ old: String, _ new: String)
    -> DamagedFrame
  {
    DamagedFrame(fixture: fixture, words: words) {
      $0 = Array(String(decoding: $0, as: UTF8.self).replacing(old, with: new).utf8)
    }
  }

  /// Six other numbers in the first frame's cell record: A, cos γ, B, cos β, cos α, C.
  private static func cell(_ numbers: [Double], _ words: String) -> DamagedFrame {
    DamagedFrame(fixture: "water.dcd", words: words) { bytes in
      for (k, x) in numbers.enumerated() {
        for byte in 0..<8 {
          bytes[360 + 8 * k + byte] = UInt8(truncatingIfNeeded: x.bitPattern >> UInt64(8 * byte))
        }
      }
    }
  }

  static let all = [
    cell([38, 0.9, 29, 0.9, -0.9, 27], "the angles of the cell are impossible"),
    cell([38, 60, 29, 60, 170, 27], "the angles of the cell are impossible"),
    cell([38, .nan, 29, 0, 0, 27], "the cell has a component that is not a finite number"),
    text("water.xyz", "expected pbc=\"T T T\" (or F)", "pbc=\"T T T\"", "pbc=\"T T X\""),
    text("water.xyz", "expected pbc=\"T T T\" (or F)", "pbc=\"T T T\"", "pbc=\"T T\""),
  ]
}

@Suite(.serialized, .tags(.fast, .fuzz)) struct DamagedFrameTests {
  private static let fixtures = "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures"

  @Test("is refused with 65, by inspect and by analyze", arguments: DamagedFrame.all) func refused(
    _ frame: DamagedFrame
  ) throws {
    let bench = try Bench()
    var content = try bytes(of: "\(Self.fixtures)/\(frame.fixture)")
    let good = content
    frame.change(&content)
    let isChanged = content != good
    try #require(isChanged)
    let path = try bench.folder.write(content, as: "bad-\(frame.fixture)")
    let topology =
      frame.fixture.hasSuffix("dcd") ? ["--topology", "\(Self.fixtures)/water.gro"] : []
    for arguments in [
      ["inspect", path],
      ["analyze", path, "--model", bench.item.model, "-o", bench.folder("r.h5")],
    ] {
      let outcome = try Program.run(arguments + topology)
      #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
      let complaint = outcome.complaints.first ?? ""
      #expect(
        complaint.contains("bad-\(frame.fixture)") && complaint.contains(frame.words),
        "expected \(frame.words), found \(outcome)")
      #expect(try bench.folder.names() == ["bad-\(frame.fixture)"])
    }
  }

  @Test("ids of fewer atoms than there are positions") func ids() throws {
    let folder = try Folder()
    let file = try File.create(folder("bad.h5md"))
    try file.createGroup("h5md").setAttribute("creator", to: "test")
    try file.createDataset("/particles/all/position/value", .float32, shape: [1, 3, 3]).write(
      [Float](repeating: 0.5, count: 9))
    try file.createDataset("/particles/all/box/edges", .float64, shape: [3]).write([9.0, 9, 9])
    try file.createDataset("/particles/all/species", .int64, shape: [3]).write(
      [Int64](repeating: 1, count: 3))
    try file.createDataset("/particles/all/id/value", .int64, shape: [1, 2]).write([Int64(1), 2])
    try file.close()
    let outcome = try Program.run(["inspect", folder("bad.h5md")])
    #expect(
      outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains("bad.h5md: "),
      "\(outcome)")
    #expect(
      outcome.error.contains(
        "bad.h5md: /particles/all/id/value: expected the ids of 3 atoms in each of 1 frames, found "
          + "[1, 2]"
      ),
      "\(outcome)")
  }

  @Test("a log whose columns lack the step") func thermo() throws {
    let bench = try Bench()
    let log = try bench.folder.write(
      "---\nkeywords: ['Temp', 'Press', ]\ndata:\n  - [77, 1000, ]\n...\n", as: "log.yaml")
    let outcome = try bench.analyze(
      bench.item.trajectory, ["--thermo", log, "--thermo-units", "metal"])
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.contains("log.yaml:2: expected Step among the columns, found Temp Press"),
      "\(outcome)")
    #expect(try bench.folder.names() == ["log.yaml"])
  }
}
