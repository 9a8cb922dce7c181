import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Files whose headers declare more data than there are: they are refused with one message, and the
/// memory of the program does not grow by the declared size.
@Suite(.serialized, .tags(.fast, .fuzz)) struct HostileHeaderTests {
  /// Memory of a refused run in MB: MPI, HDF5 and the runtime take about 60.
  private static let bound = 150
  private static let huge = "1152921504606846976"

  private static func fixture(_ name: String) throws -> [UInt8] {
    try bytes(of: "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures/\(name)")
  }

  /// A fixture with big-endian (or little-endian) 32-bit numbers at some offsets replaced.
  private static func patched(_ name: String, _ places: [Int: UInt32], little: Bool = false) throws
    -> [UInt8]
  {
    var bytes = try fixture(name)
    for (place, value) in places {
      for k in 0..<4 {
        bytes[place + k] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (little ? k : 3 - k)))
      }
    }
    return bytes
  }

  private static func text(_ name: String, line: Int, _ replacement: String) throws -> [UInt8] {
    var lines = String(decoding: try fixture(name), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    lines[line] = replacement
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// A file to read as a trajectory, and the words that the message must contain.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> [UInt8]
    let pattern: String
    var testDescription: String { name }
  }

  static let rows = [
    Row(
      name: "dump", make: { try text("water.lammpstrj", line: 3, huge) },
      pattern: "truncated|\(huge)"),
    Row(name: "extended XYZ", make: { try text("water.xyz", line: 0, huge) }, pattern: "."),
    Row(name: "GRO", make: { try text("water.gro", line: 1, huge) }, pattern: "."),
    // Formats with 32-bit counts: the largest count, in every field that holds one.
    Row(
      name: "XTC", make: { try patched("water.xtc", [4: 0x7FFF_FFFF, 52: 0x7FFF_FFFF]) },
      pattern: "."),
    Row(
      name: "XTC with a huge block", make: { try patched("water.xtc", [88: 0x7FFF_FFFF]) },
      pattern: "."),
    Row(
      name: "TRR", make: { try patched("water.trr", [52: 0x7FFF_FFF0, 64: 0x7FFF_FFFF]) },
      pattern: "."),
    Row(
      name: "DCD", make: { try patched("water.dcd", [348: 0x7FFF_FFFF], little: true) },
      pattern: "."),
    Row(
      name: "DCD with huge records",
      make: { try patched("water.dcd", [348: 0x7FFF_FFF, 412: 0x7FFF_FFFC], little: true) },
      pattern: "."),
  ]

  @Test("trajectories", arguments: rows) func trajectory(_ row: Row) throws {
    let bench = try Bench()
    let path = try bench.folder.write(try row.make(), as: "huge")
    for command in [
      ["inspect", path],
      [
        "describe", path, "-o", bench.folder("s.h5"), "--topology",
        "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures/water.gro",
      ],
    ] {
      let (outcome, peak) = try Program.peak(of: command)
      #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(command[0]): \(outcome)")
      #expect(matches(outcome.complaints.first ?? "", "huge.*(\(row.pattern))"), "\(outcome)")
      #expect(peak < Self.bound, "\(peak) MB")
    }
  }

  @Test("topologies", arguments: [("water.gro", 1, huge), ("water.data", 2, "\(huge) atoms")])
  func topology(
    _ name: String, _ line: Int, _ words: String
  ) throws {
    let bench = try Bench()
    let path = try bench.folder.write(try Self.text(name, line: line, words), as: "huge")
    let (outcome, peak) = try Program.peak(
      of: [
        "describe", "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures/water.xtc", "--topology",
        path, "-o", bench.folder("s.h5"),
      ])
    #expect(
      outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains("huge"),
      "\(outcome)")
    #expect(peak < Self.bound, "\(peak) MB")
  }

  @Test("models") func model() throws {
    let bench = try Bench()
    let model = try bytes(of: bench.item.model)
    let length = (0..<8).reduce(0) { $0 | Int(model[$1]) << (8 * $1) }
    let header = String(decoding: model[8..<(8 + length)], as: UTF8.self)
    let shape = try #require(
      header.range(of: "\"shape\": ?\\[[0-9]+,", options: .regularExpression))
    let claims = header.replacingCharacters(in: shape, with: "\"shape\":[\(Self.huge),")
    func prefix(_ count: Int) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }
    for bytes in [
      prefix(1 << 60) + model.dropFirst(8),
      prefix(claims.utf8.count) + Array(claims.utf8) + model.dropFirst(8 + length),
    ] {
      let path = try bench.folder.write(bytes, as: "huge.safetensors")
      for command in [
        ["inspect", path],
        ["analyze", bench.item.trajectory, "--model", path, "-o", bench.folder("r.h5")]
          + Bench.types,
      ] {
        let (outcome, peak) = try Program.peak(of: command)
        #expect(
          outcome.code == 65 && outcome.complaints.count == 1
            && outcome.error.contains("huge.safetensors: "), "\(outcome)")
        #expect(peak < Self.bound, "\(peak) MB")
      }
    }
  }

  /// A copy of an HDF5 file in which a dataset has 2^60 rows; it is chunked, so that none of them
  /// is stored.
  private func claiming(
    _ source: String, _ dataset: String, _ datatype: Datatype, _ tail: [Int], in folder: Folder
  ) throws -> String {
    let path = try folder.write(try bytes(of: source), as: "huge.h5")
    let file = try File.open(path, writable: true)
    do {
      try file.remove(dataset)
      try file.createDataset(
        dataset, datatype, shape: [1 << 60] + tail, layout: .deflated([1000] + tail, level: 1))
    }
    try file.close()
    return path
  }

  @Test("results") func results() throws {
    let bench = try Bench()
    #expect(
      try bench.analyze(
        bench.item.trajectory, ["--profile", "z", "--per-molecule", "all", "--quiet"]
      ).code == 0)
    let resume =
      [
        "analyze", bench.item.trajectory, "--model", bench.item.model, "--precision", "double",
        "--profile", "z", "--per-molecule", "all",
        "--resume",
      ] + Bench.types
    for (dataset, datatype, tail) in [
      ("/verglas/done", Datatype.uint8, []), ("/particles/centers/box/edges/step", .int64, []),
      ("/particles/centers/id", .int64, []),
      ("/observables/small-OH/profile/molecules", .int64, [4]),
    ] as [(String, Datatype, [Int])] {
      let path = try claiming(bench.folder("r.h5"), dataset, datatype, tail, in: bench.folder)
      var commands = [
        ["interface", path], ["export", path, "-o", bench.folder("o.extxyz")],
        resume + ["-o", path],
      ]
      if dataset == "/verglas/done" {
        commands += [
          ["inspect", path], ["scaling", path], ["export", path, "-o", bench.folder("o.csv")],
        ]
      }
      // A command need not refuse what it does not read.
      if dataset.hasSuffix("molecules") { commands.remove(at: 1) }
      if dataset.hasSuffix("/id") { commands.removeFirst() }
      for command in commands {
        let (outcome, peak) = try Program.peak(of: command)
        #expect(
          (outcome.code == 65 || outcome.code == 64) && outcome.complaints.count == 1,
          "\(dataset), \(command[0]): \(outcome)")
        #expect(outcome.error.contains("huge.h5"), "\(outcome)")
        #expect(peak < Self.bound, "\(dataset), \(command[0]): \(peak) MB")
      }
    }
  }

  @Test("H5MD") func h5md() throws {
    let bench = try Bench()
    for rows in [[1, 1 << 60, 3], [1 << 61, 1 << 61, 3]] {
      let file = try File.create(bench.folder("huge.h5md"), replacing: true)
      do {
        try file.createGroup("h5md").setAttribute("creator", to: "test")
        try file.createDataset(
          "/particles/all/position/value", .float32, shape: rows,
          layout: .deflated([1, 1000, 3], level: 1))
        try file.createDataset("/particles/all/box/edges", .float64, shape: [3]).write([9.0, 9, 9])
      } catch let error as HDF5Error {
        // The library itself cannot create such a dataset.
        print("not made: \(error)")
        continue
      }
      try file.close()
      let (outcome, peak) = try Program.peak(of: ["inspect", bench.folder("huge.h5md")])
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains("huge.h5md"),
        "\(outcome)")
      #expect(peak < Self.bound, "\(peak) MB")
    }
  }
}
