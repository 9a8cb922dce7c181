import Foundation
import MPI
import TestSupport
import Testing

@testable import HDF5

/// What is refused, and with which messages.
@Suite(.tags(.fast)) struct HDF5RefusalTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing failed"
    } catch {
      return "\(error)"
    }
  }

  @Test func missingThingsAreNamed() throws {
    let folder = try Folder()
    let path = folder.path + "/a.h5"
    #expect(
      message { _ = try File.open(path) }
        == "cannot open \(path): unable to open file: No such file or directory; unable to open "
        + "file (H5Fopen)"
    )
    try Data("not an HDF5 file".utf8).write(to: URL(fileURLWithPath: folder.path + "/text"))
    #expect(
      message { _ = try File.open(folder.path + "/text") }.contains("file signature not found"))
    let file = try File.create(path)
    #expect(message { _ = try File.create(path) }.contains("cannot create \(path)"))
    #expect(
      message { _ = try file.dataset("x/y") }.hasPrefix("cannot open dataset /x/y of \(path): "))
    #expect(
      message { _ = try file.attribute("unit", as: Double.self) }.hasPrefix(
        "cannot read attribute unit of / of \(path): "))
  }

  @Test func conversionsThatLoseAreRefused() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    let wide = try file.createDataset("wide", .float64, shape: [2])
    #expect(
      message { _ = try wide.readAll(Float.self) }.contains(
        "it holds float64, expected float32"))
    #expect(
      message { _ = try wide.readAll(Int64.self) }.contains(
        "it holds float64, expected int64"))
    #expect(
      message { try wide.write([1, 2] as [Float]) }.contains(
        "expected float64 values, found float32"))
    let unsigned = try file.createDataset("unsigned", .uint64, shape: [2])
    #expect(message { _ = try unsigned.readAll(Int64.self) }.contains("uint64"))
    let small = try file.createDataset("small", .int32, shape: [2])
    try small.write([-7, .max] as [Int32])
    #expect(try small.readAll(Int64.self) == [-7, Int64(Int32.max)])
    #expect(try small.readAll(Double.self) == [-7, Double(Int32.max)])
    #expect(message { _ = try small.readAll(Float.self) }.contains("int32"))
    #expect(message { _ = try small.readTexts() }.contains("expected text"))
    try small.setAttribute("pair", to: [1, 2])
    #expect(
      message { _ = try small.attribute("pair", as: Int.self) }.contains(
        "it has 2 values, expected one"))
    #expect(message { _ = try small.textAttribute("pair") }.contains("expected text"))
  }

  @Test func blocksOutsideAreRefused() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    let dataset = try file.createDataset("d", .int64, shape: [2, 3])
    for (start, count) in [
      ([0, 1], [1, 3]), ([-1, 0], [1, 1]), ([0], [1]), ([2, 0], [1, 1]), ([0, 0], [1, .max]),
      ([.max, 0], [.max, 1]),
    ] {
      #expect(throws: HDF5Error.self) { try dataset.read(Int64.self, at: start, count: count) }
    }
    #expect(throws: HDF5Error.self) {
      try dataset.write([1] as [Int64], at: [2, 2], count: [1, 1])
    }
  }

  /// A file may declare any size: no memory is allocated for it.
  @Test func claimsBeyondReasonAreRefused() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    let huge = try file.createDataset(
      "huge", .float64, shape: [1 << 50], layout: .deflated([1 << 20], level: 1))
    #expect(message { _ = try huge.readAll(Double.self) }.contains("take more than"))
    #expect(
      message { _ = try huge.readAll(Double.self, limit: .max) }.contains("0 bytes are stored"))
    #expect(
      message { _ = try huge.read(Double.self, at: [0], count: [1 << 28]) }.contains(
        "0 bytes are stored"))
    #expect(try huge.read(Double.self, at: [1 << 40], count: [2]) == [0, 0])
    #expect(
      message {
        try file.createDataset(
          "beyond", .float64, shape: [1 << 40, 1 << 40], layout: .deflated([1, 1], level: 1))
      }
      .contains("exceeds the limit"))
  }

  @Test func closingTooEarlyIsAnError() throws {
    let folder = try Folder()
    let file = try File.create(folder.path + "/a.h5")
    let dataset = try file.createDataset("d", .int64, shape: [1])
    var found = "nothing failed"
    do { try file.close() } catch { found = "\(error)" }
    #expect(found.contains("1 of its groups and datasets are still open"))
    #expect(dataset.shape == [1])
  }

  @Test func atomicCreationLeavesNothingBehind() throws {
    let folder = try Folder()
    let path = folder.path + "/a.h5"
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      _ = try File.createAtomically(path) { file in
        try file.createGroup("g")
        throw Stop()
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    _ = try File.createAtomically(path) { try $0.setAttribute("run", to: 1) }
    #expect(
      message { _ = try File.createAtomically(path) { _ in } }
        == "cannot create \(path): it already exists")
    let file = try File.createAtomically(path, replacing: true) {
      try $0.setAttribute("run", to: 2)
    }
    #expect(try file.attribute("run", as: Int.self) == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
  }

  @Test func launchersThatDisagree() {
    func mismatch(_ variables: [String: String], size: Int) -> String? {
      LaunchEnvironment { variables[$0] }.mismatch(size: size)
    }
    #expect(mismatch([:], size: 1) == nil)
    #expect(mismatch(["OMPI_COMM_WORLD_SIZE": "4"], size: 4) == nil)
    #expect(
      mismatch(["OMPI_COMM_WORLD_SIZE": "4"], size: 1)?.hasPrefix(
        "mpirun started 4 processes, but MPI reports 1 rank") == true)
    // srun whose MPI plugin Open MPI does not understand: N singletons.
    let step = [
      "SLURM_NTASKS": "8", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2",
    ]
    #expect(
      mismatch(step, size: 1)?.hasPrefix("srun started 4 processes, but MPI reports 1 rank") == true
    )
    #expect(mismatch(step, size: 4) == nil)
    // The batch shell, and mpirun whose remote daemons are a Slurm step of one task per node.
    #expect(mismatch(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"], size: 1) == nil)
    #expect(mismatch(step.merging(["OMPI_COMM_WORLD_SIZE": "8"]) { $1 }, size: 8) == nil)
    #expect(mismatch(["PMI_SIZE": "3"], size: 1)?.contains("another MPI") == true)
    // Hydra inside an allocation: its proxies are a Slurm step of one task per node.
    #expect(mismatch(step.merging(["PMI_SIZE": "8", "PMI_RANK": "5"]) { $1 }, size: 8) == nil)
    #expect(mismatch(["PMIX_RANK": "1"], size: 1)?.contains("rank 1") == true)
  }

  @Test("the rank that a launcher gives") func launchedRank() {
    func rank(_ variables: [String: String]) -> Int? {
      LaunchEnvironment { variables[$0] }.rank
    }
    let step = ["SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"]
    #expect(rank([:]) == nil)
    #expect(rank(["SLURM_PROCID": "3"]) == nil, "the batch shell is no rank")
    #expect(rank(step) == 0)
    for name in [
      "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "PALS_RANKID",
      "ALPS_APP_PE",
    ] {
      #expect(rank(step.merging([name: "5"]) { $1 }) == 5, "\(name)")
    }
  }

  @Test("an interactive shell of srun") func interactive() {
    func environment(_ variables: [String: String]) -> LaunchEnvironment {
      LaunchEnvironment { variables[$0] }
    }
    let step = ["SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"]
    let names = ["PATH", "SLURM_STEP_ID", "SLURM_JOB_ID", "PMIX_RANK", "PMIX_SERVER_URI2"]
    // A process alone in its step needs no server: Open MPI is not to look for one.
    for extra in [[:], ["PMIX_RANK": "0"]] {
      let alone = environment(step.merging(extra) { $1 })
      #expect(alone.refusal(family: .openMPI) == nil)
      #expect(
        alone.variablesOfTheStep(family: .openMPI, among: names) == [
          "SLURM_STEP_ID", "PMIX_RANK", "PMIX_SERVER_URI2",
        ])
      #expect(alone.variablesOfTheStep(family: .mpich, among: names) == [])
    }
    // Under mpirun and Hydra the step is that of their daemons.
    for extra in [["OMPI_COMM_WORLD_SIZE": "2"], ["PMI_SIZE": "2"]] {
      let rank = environment(step.merging(extra) { $1 })
      #expect(rank.variablesOfTheStep(family: .openMPI, among: names) == [])
    }
    // Several tasks without PMIx cannot find each other.
    let several = step.merging(["SLURM_STEP_NUM_TASKS": "4"]) { $1 }
    let refusal = environment(several).refusal(family: .openMPI)
    #expect(refusal?.contains("srun started 4 processes") == true)
    #expect(refusal?.contains("srun --mpi=pmix") == true)
    #expect(refusal?.contains("unset SLURM_STEP_ID") == true)
    #expect(environment(several).refusal(family: .mpich) == nil)
    #expect(
      environment(several.merging(["PMIX_RANK": "2"]) { $1 }).refusal(family: .openMPI) == nil)
  }

  @Test("advice names the MPI at hand") func advice() {
    func mismatch(_ variables: [String: String], _ family: MPIFamily) -> String {
      LaunchEnvironment { variables[$0] }.mismatch(size: 1, family: family) ?? ""
    }
    let step = ["SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"]
    #expect(mismatch(step, .openMPI).contains("--mpi=pmix"))
    #expect(mismatch(step, .mpich).contains("--mpi=pmi2"))
    #expect(mismatch(step, .intel).contains("I_MPI_PMI_LIBRARY"))
    #expect(mismatch(step, .cray).contains("--mpi=cray_shasta"))
    #expect(mismatch(["OMPI_COMM_WORLD_SIZE": "2"], .mpich).contains("mpiexec"))
    #expect(mismatch(["PMI_SIZE": "2"], .openMPI).contains("Open MPI: use its mpirun"))
  }
}
