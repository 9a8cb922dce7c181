import Foundation
import ProgramSupport
import TestSupport
import Testing

/// One failure gives one message and one exit code, and all ranks end.
@Suite(.serialized, .tags(.mpi)) struct FailureTests {
  static let ranks = 3

  @Test("one rank finds a bad frame: one message and code 65", arguments: [0, 1, 2]) func badFrame(
    frame: Int
  ) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var lines = (0..<3).flatMap { item.water.lines($0) }
    let perFrame = lines.count / 3
    lines[frame * perFrame + 20] = "12 2 nan 1 1"
    let path = try folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    try fails(
      ["analyze", path, "--types", "1=O,2=H", "--model", item.model, "-o", folder("r.h5")], 65,
      "bad\\.lammpstrj:\(frame * perFrame + 21) \\(frame \(frame)\\): .*nan")
    try fails(
      ["describe", path, "--types", "1=O,2=H", "--model", item.model, "-o", folder("s.h5")], 65,
      "bad\\.lammpstrj:\(frame * perFrame + 21) \\(frame \(frame)\\): .*nan")
  }

  @Test("before the first frame") func early() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let types = ["--types", "1=O,2=H"]
    try fails(
      ["analyze", folder("none"), "--model", item.model, "-o", folder("r.h5")] + types, 66,
      "none: no such file")
    try fails(
      ["analyze", item.trajectory, "--model", folder("none"), "-o", folder("r.h5")] + types, 66,
      "none: the model cannot be opened")
    try fails(
      ["analyze", item.trajectory, "--model", item.trajectory, "-o", folder("r.h5")] + types, 65,
      "water\\.lammpstrj: ")
    try fails(
      ["analyze", item.trajectory, "--model", item.model, "-o", folder("no/r.h5")] + types, 73,
      "no/r\\.h5")
    try fails(
      ["analyze", item.trajectory, "--model", item.model, "-o", folder("r.h5")], 65,
      "--types 1=O,2=H")
    try fails(
      ["analyze", item.trajectory, "--model", item.model, "-o", folder("r.h5"), "--threshold", "2"]
        + types, 64, "--threshold")
    try fails(["inspect", folder("none")], 66, "none: no such file")
    try fails(
      ["describe", item.trajectory, "--r-cut", "0.5", "-o", folder("s.h5")] + types, 64,
      "r_cut is 0\\.5")
    try folder.write("mine", as: "r.h5")
    try fails(
      ["analyze", item.trajectory, "--model", item.model, "-o", folder("r.h5")] + types, 73,
      "already exists")
    #expect(try String(contentsOfFile: folder("r.h5"), encoding: .utf8) == "mine")
  }

  @Test(
    "errors of the command line are told once",
    arguments: ["--nonsense", "--frames=a:b", "--profile=w"])
  func commandLine(option: String) throws {
    let item = try SmallCase.shared.get()
    let outcome = try Program.run(
      ["analyze", item.trajectory, "--model", item.model, "-o", "r.h5", option], ranks: Self.ranks)
    #expect(outcome.code == 64, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
  }

  @Test("a launcher whose ranks do not see each other is noticed") func singletons() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let outcome = try Program.run(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "-o",
        folder("r.h5"),
      ],
      environment: ["SLURM_STEP_ID": "0", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"])
    #expect(outcome.code == 64, "\(outcome)")
    #expect(
      outcome.complaints.count == 1
        && outcome.error.contains("srun started 4 processes, but MPI reports 1 rank"), "\(outcome)")
    #expect(try folder.names() == [])
  }

  @Test("mpirun is there and starts as many ranks as it is told") func launcher() throws {
    let outcome = try Program.start(
      [
        "timeout", "60",
      ] + Launcher.command(3) + [
        "sh", "-c",
        "echo rank ${OMPI_COMM_WORLD_RANK:-$PMI_RANK} of ${OMPI_COMM_WORLD_SIZE:-$PMI_SIZE}",
      ])
    #expect(outcome.code == 0)
    #expect(
      outcome.output.split(separator: "\n").sorted() == [
        "rank 0 of 3", "rank 1 of 3", "rank 2 of 3",
      ], "\(outcome)")
  }

  /// Runs on three ranks and expects one error message.
  private func fails(
    _ arguments: [String], _ code: Int32, _ pattern: String,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments, ranks: Self.ranks)
    #expect(outcome.code == code, "\(outcome)", sourceLocation: location)
    #expect(outcome.complaints.count == 1, "\(outcome)", sourceLocation: location)
    let matches = outcome.complaints.first?.range(of: pattern, options: .regularExpression) != nil
    #expect(matches, "expected \(pattern), found \(outcome.complaints)", sourceLocation: location)
  }
}
