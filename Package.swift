// swift-tools-version: 6.3
import Foundation
import PackageDescription

// The instruction set is the builder's choice: the machine's own by default, or what VERGLAS_CPU
// names (x86-64-v3, x86-64-v4, znver4, …) for a binary that must run on other nodes than the one it
// is built on.
let processor = ProcessInfo.processInfo.environment["VERGLAS_CPU"] ?? "native"
// Arm's names of processors (neoverse-v2, a64fx, native) are arguments of -mcpu.
#if arch(arm64)
  let forProcessor = "-mcpu=\(processor)"
#else
  let forProcessor = "-march=\(processor)"
#endif

// ci/fuzz asks for kernels that trap instead of going on: overflow and indices out of range are
// then seen, and what the C of the shim headers must not do (UBSan; Swift has no
// -sanitize=undefined on Linux, but its clang importer compiles those functions with the check).
let isChecked = ProcessInfo.processInfo.environment["VERGLAS_CHECKED"] != nil
let undefined =
  isChecked ? ["-Xcc", "-fsanitize=undefined", "-Xcc", "-fno-sanitize-recover=undefined"] : []

/// Numerical kernels: unchecked and for the chosen processor in every configuration, so that debug
/// tests are fast too. Without `-march` each `addingProduct` lane becomes a call of libm's fma;
/// without `-fno-math-errno` square roots stay scalar.
let kernel: [SwiftSetting] = [
  .unsafeFlags(
    (isChecked
      ? ["-O", "-enforce-exclusivity=checked"] : ["-Ounchecked", "-enforce-exclusivity=unchecked"])
      + ["-Xcc", forProcessor, "-Xcc", "-fno-math-errno"] + undefined)
]
/// Modules that read what comes from outside stay checked, and are optimised in debug builds too.
let checked: [SwiftSetting] = [.unsafeFlags(["-O", "-Xcc", forProcessor] + undefined)]

/// The C border to MPI and HDF5: CMPI and CHDF5.
let site: Target.Dependency = .product(name: "verglas_site", package: "Site")

let package = Package(
  name: "verglas",
  products: [.executable(name: "verglas", targets: ["verglas"])],
  dependencies: [
    // MPI and HDF5 behind two C targets, as a library that is chosen at run time.
    .package(path: "Sources/Site")
  ],
  targets: [
    // C libraries from the system: a module map and a shim header with only what macros hide.
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    .systemLibrary(name: "CMemory"),
    .systemLibrary(name: "CVector"),
    .systemLibrary(name: "CTile"),

    // Numbers at random, numbers as bytes, preconditions: what several modules need alike.
    .target(name: "Contracts", exclude: ["README.md"], swiftSettings: kernel),
    .target(name: "Randomness", exclude: ["README.md"], swiftSettings: kernel),
    .target(
      name: "Serialization", dependencies: ["Randomness"], exclude: ["README.md"],
      swiftSettings: checked),

    // Science: knows nothing of MPI or HDF5.
    .target(
      name: "Geometry", dependencies: ["Contracts", "CVector"], exclude: ["README.md"],
      swiftSettings: kernel),
    .target(
      name: "Trajectories",
      dependencies: ["Geometry", "Serialization", "CVector", "CZlib", "CZstd"],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "SOAP", dependencies: ["Geometry", "CVector"], exclude: ["README.md"],
      swiftSettings: kernel),
    .target(
      name: "Models", dependencies: ["Contracts"], exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "NeuralNetwork",
      dependencies: ["Models", "Contracts", "Randomness", "CVector", "CTile"],
      exclude: ["README.md"], swiftSettings: kernel),
    .target(
      name: "Training",
      dependencies: ["NeuralNetwork", "Models", "Contracts", "Randomness", "Serialization"],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "Phases", dependencies: ["CVector", "Geometry", "Contracts"], exclude: ["README.md"],
      swiftSettings: kernel),
    .target(
      name: "Profiles", dependencies: ["Geometry", "Contracts"], exclude: ["README.md"],
      swiftSettings: kernel),

    .target(
      name: "Lattices", dependencies: ["Geometry", "Randomness"], exclude: ["README.md"],
      swiftSettings: kernel),

    // The machine.
    .target(name: "MPI", dependencies: [site], exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "HDF5", dependencies: [site, "MPI"], exclude: ["README.md"], swiftSettings: checked),

    .target(
      name: "H5MD", dependencies: ["Trajectories", "SOAP", "HDF5"], exclude: ["README.md"],
      swiftSettings: checked),

    // The command line.
    .target(name: "Options", exclude: ["README.md"], swiftSettings: checked),

    // Where science meets the machine, and the command line. Learning and Pipeline do not depend on
    // each other, and are compiled at the same time.
    .target(
      name: "JobControl",
      dependencies: ["Options", "HDF5", "MPI", "CVector"],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "Frames",
      dependencies: [
        "JobControl", "Options", "Trajectories", "H5MD", "SOAP", "Phases", "Profiles", "Geometry",
        "Models", "NeuralNetwork", "HDF5", "MPI", "CVector",
      ],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "Learning",
      dependencies: [
        "Frames", "JobControl", "Options", "Trajectories", "SOAP", "Geometry", "Models",
        "NeuralNetwork", "Training", "Randomness", "Serialization", "HDF5", "MPI",
      ],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "Pipeline",
      dependencies: [
        "Frames", "JobControl", "Options", "Trajectories", "H5MD", "SOAP", "Phases", "Profiles",
        "Geometry", "Lattices", "Models", "NeuralNetwork", "Training", "Serialization", "HDF5",
        "MPI", "CMemory",
      ],
      exclude: ["README.md"], swiftSettings: checked),
    .executableTarget(
      name: "verglas",
      dependencies: [
        "Pipeline", "Learning", "JobControl", "Options", "NeuralNetwork", "HDF5", "MPI",
      ],
      exclude: ["README.md"]),

    .target(
      name: "TestSupport", dependencies: ["Geometry"], path: "Tests/TestSupport",
      swiftSettings: kernel),
    // Brute force and quadrature are slow enough to be optimised.
    .testTarget(
      name: "GeometryTests", dependencies: ["Geometry", "TestSupport", "CVector"],
      swiftSettings: checked),
    .testTarget(
      name: "TrajectoriesTests",
      dependencies: ["Trajectories", "TestSupport", "Geometry", "CZlib", "CZstd"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "SOAPTests", dependencies: ["SOAP", "Geometry", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: checked),
    // Models for tests: made by PyTorch, and with random weights.
    .target(
      name: "ModelSupport", dependencies: ["Models", "NeuralNetwork", "TestSupport"],
      path: "Tests/ModelSupport", resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Models", "NeuralNetwork", "ModelSupport", "TestSupport"]),
    .systemLibrary(name: "CTileEmulator", path: "Tests/TileEmulator"),
    .testTarget(
      name: "NeuralNetworkTests",
      dependencies: [
        "NeuralNetwork", "Models", "ModelSupport", "TestSupport", "CBLAS", "CTileEmulator",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "NeuralNetwork", "Models", "ModelSupport", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "PhasesTests", dependencies: ["Phases", "Geometry", "TestSupport"],
      resources: [.copy("Fixtures")]),
    // What bench/clusters.py measures: neighbours and clusters of points from a file.
    .executableTarget(
      name: "clusters-bench", dependencies: ["Phases", "Geometry"], path: "Tests/ClustersBench",
      swiftSettings: checked),
    // A frame on thousands of simulated ranks (docs/scaling.md).
    .executableTarget(
      name: "verglas-machine", dependencies: ["Geometry", "MPI"], path: "Tests/Machine",
      swiftSettings: checked),
    .testTarget(name: "OptionsTests", dependencies: ["Options", "TestSupport"]),
    .testTarget(
      name: "LatticesTests", dependencies: ["Lattices", "Randomness", "Geometry", "TestSupport"],
      swiftSettings: checked),
    .testTarget(name: "ProfilesTests", dependencies: ["Profiles", "TestSupport"]),
    // What HDF5Tests starts under mpirun: the test process itself never calls MPI.
    .executableTarget(
      name: "hdf5-selftest", dependencies: ["HDF5", "MPI"], path: "Tests/HDF5SelfTest",
      swiftSettings: checked),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "MPI", "TestSupport"]),
    // Tests of the program as a user starts it, alone and under mpirun.
    .target(
      name: "ProgramSupport",
      dependencies: [
        "TestSupport", "Geometry", "SOAP", "NeuralNetwork", "Models", "Training", "HDF5", "CZlib",
        "CZstd",
      ],
      path: "Tests/ProgramSupport",
      swiftSettings: checked),
    .testTarget(
      name: "ScalingTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "Pipeline", "JobControl", "HDF5", "verglas",
      ],
      swiftSettings: checked),
    .testTarget(
      name: "ParallelTests", dependencies: ["ProgramSupport", "TestSupport", "HDF5", "verglas"],
      swiftSettings: checked),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "HDF5", "NeuralNetwork", "Models", "Training", "SOAP",
        "Geometry", "CZlib",
        "CZstd", "verglas",
      ],
      exclude: ["reference.py", "Foreign"], swiftSettings: checked),
    // Runs that are stopped, killed, resumed, and let down by their disk.
    .testTarget(
      name: "ResumeTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "HDF5", "NeuralNetwork", "Models", "Training",
        "Pipeline", "verglas",
      ],
      exclude: ["faults.c"], swiftSettings: checked),
    // What FuzzTests and ci/fuzz start: readers of damaged files.
    .executableTarget(
      name: "verglas-fuzz",
      dependencies: [
        "Pipeline", "Learning", "Frames", "JobControl", "Trajectories", "NeuralNetwork", "Models",
        "Training", "Serialization", "HDF5", "SOAP", "Geometry", "MPI", "ProgramSupport",
        "TestSupport",
      ],
      path: "Tests/Fuzz", exclude: ["Kept"], swiftSettings: checked),
    // Started by Tests/Peers/compare_formats.py: prints frames for comparison with other programs.
    .executableTarget(
      name: "verglas-frames", dependencies: ["H5MD", "Trajectories", "HDF5", "Geometry"],
      path: "Tests/Frames", swiftSettings: checked),
    .testTarget(
      name: "FuzzTests", dependencies: ["ProgramSupport", "TestSupport", "verglas-fuzz"]),
    .testTarget(
      name: "SampleTests",
      dependencies: ["ProgramSupport", "TestSupport", "Learning", "HDF5", "verglas"],
      swiftSettings: checked),
    .testTarget(
      name: "TrainTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "Geometry", "HDF5", "Serialization", "NeuralNetwork",
        "Models", "Training", "verglas",
      ],
      exclude: ["peer.py"], swiftSettings: checked),
    .testTarget(
      name: "InterfaceTests", dependencies: ["ProgramSupport", "TestSupport", "HDF5", "verglas"],
      exclude: ["reference.py"],
      swiftSettings: checked),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "Geometry", "HDF5", "NeuralNetwork", "Models", "Training",
        "verglas",
      ],
      swiftSettings: checked),
  ],
  swiftLanguageModes: [.v6]
)

// The program has no tasks and no actors. Without this the libraries for them are loaded all the
// same, and take 0.2 MB of every rank. Tests need them.
for target in package.targets
where target.path == nil && [.regular, .executable].contains(target.type) {
  target.swiftSettings =
    (target.swiftSettings ?? [])
    + [.unsafeFlags(["-Xfrontend", "-disable-implicit-concurrency-module-import"])]
}
