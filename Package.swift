// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The instruction set is the builder's choice: the machine's own by default, or what VERGLAS_CPU
// names (x86-64-v3, x86-64-v4, znver4, …) for a binary that must run on other nodes than the one it
// is built on.
let processor = ProcessInfo.processInfo.environment["VERGLAS_CPU"] ?? "native"

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
      + ["-Xcc", "-march=\(processor)", "-Xcc", "-fno-math-errno"] + undefined)
]
/// Rooms that read what comes from outside stay checked, and are optimised in debug builds too.
let checked: [SwiftSetting] = [.unsafeFlags(["-O", "-Xcc", "-march=\(processor)"] + undefined)]

let package = Package(
  name: "verglas",
  products: [.executable(name: "verglas", targets: ["verglas"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // C libraries from the system: a module map and a shim header with only what macros hide.
    .systemLibrary(
      name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5-openmpi", providers: [.apt(["libhdf5-openmpi-dev"])]),
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    .systemLibrary(name: "CVector"),

    // Science: knows nothing of MPI or HDF5.
    .target(
      name: "Geometry", dependencies: ["CVector"], exclude: ["README.md"], swiftSettings: kernel),
    .target(
      name: "Trajectories", dependencies: ["Geometry", "CVector", "CZlib", "CZstd"],
      exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "SOAP", dependencies: ["Geometry", "CVector"], exclude: ["README.md"],
      swiftSettings: kernel),
    .target(
      name: "NeuralNetwork", dependencies: ["CBLAS"], exclude: ["README.md"], swiftSettings: kernel),
    .target(
      name: "Phases", dependencies: ["Geometry"], exclude: ["README.md"], swiftSettings: kernel),
    .target(
      name: "Profiles", dependencies: ["Geometry"], exclude: ["README.md"], swiftSettings: kernel),

    .target(
      name: "Lattices", dependencies: ["Geometry"], exclude: ["README.md"], swiftSettings: kernel),

    // The machine.
    .target(name: "MPI", dependencies: ["CMPI"], exclude: ["README.md"], swiftSettings: checked),
    .target(
      name: "HDF5", dependencies: ["CHDF5", "MPI"], exclude: ["README.md"], swiftSettings: checked),

    // Where science meets the machine, and the command line.
    .target(
      name: "Pipeline",
      dependencies: [
        "Trajectories", "SOAP", "Phases", "Profiles", "Geometry", "Lattices", "NeuralNetwork",
        "HDF5", "MPI", "CVector",
      ],
      exclude: ["README.md"], swiftSettings: checked),
    .executableTarget(
      name: "verglas",
      dependencies: [
        "Pipeline", "SOAP", "Trajectories", "Lattices", "Geometry",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"]),

    .target(
      name: "TestSupport", dependencies: ["Geometry"], path: "Tests/TestSupport",
      swiftSettings: kernel),
    // Brute force and quadrature are slow enough to be optimised.
    .testTarget(
      name: "GeometryTests", dependencies: ["Geometry", "TestSupport"], swiftSettings: checked),
    .testTarget(
      name: "TrajectoriesTests",
      dependencies: ["Trajectories", "TestSupport", "Geometry", "CZlib", "CZstd"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "SOAPTests", dependencies: ["SOAP", "Geometry", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: checked),
    .testTarget(
      name: "NeuralNetworkTests", dependencies: ["NeuralNetwork", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "PhasesTests", dependencies: ["Phases", "TestSupport"],
      resources: [.copy("Fixtures")]),
    // What bench/clusters.py measures: neighbours and clusters of points from a file.
    .executableTarget(
      name: "clusters-bench", dependencies: ["Phases", "Geometry"], path: "Tests/ClustersBench",
      swiftSettings: checked),
    .testTarget(
      name: "LatticesTests", dependencies: ["Lattices", "Geometry", "TestSupport"],
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
      dependencies: ["TestSupport", "Geometry", "SOAP", "NeuralNetwork", "HDF5", "CZlib", "CZstd"],
      path: "Tests/ProgramSupport",
      swiftSettings: checked),
    .testTarget(
      name: "ScalingTests",
      dependencies: ["ProgramSupport", "TestSupport", "Pipeline", "HDF5", "verglas"],
      swiftSettings: checked),
    .testTarget(
      name: "ParallelTests", dependencies: ["ProgramSupport", "TestSupport", "HDF5", "verglas"],
      swiftSettings: checked),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "HDF5", "NeuralNetwork", "SOAP", "Geometry", "CZlib",
        "CZstd", "verglas",
      ],
      exclude: ["reference.py", "Foreign"], swiftSettings: checked),
    // Runs that are stopped, killed, resumed, and let down by their disk.
    .testTarget(
      name: "ResumeTests",
      dependencies: ["ProgramSupport", "TestSupport", "HDF5", "NeuralNetwork", "verglas"],
      exclude: ["faults.c"], swiftSettings: checked),
    // What FuzzTests and ci/fuzz start: readers of damaged files.
    .executableTarget(
      name: "verglas-fuzz",
      dependencies: [
        "Pipeline", "Trajectories", "NeuralNetwork", "HDF5", "SOAP", "Geometry", "MPI",
        "ProgramSupport", "TestSupport",
      ],
      path: "Tests/Fuzz", exclude: ["Kept"], swiftSettings: checked),
    // Started by Tests/Peers/compare_formats.py: prints frames for comparison with other programs.
    .executableTarget(
      name: "verglas-frames", dependencies: ["Pipeline", "Trajectories", "HDF5", "Geometry"],
      path: "Tests/Frames", swiftSettings: checked),
    .testTarget(
      name: "FuzzTests", dependencies: ["ProgramSupport", "TestSupport", "verglas-fuzz"]),
    .testTarget(
      name: "SampleTests",
      dependencies: ["ProgramSupport", "TestSupport", "Pipeline", "HDF5", "verglas"],
      swiftSettings: checked),
    .testTarget(
      name: "TrainTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "Geometry", "HDF5", "NeuralNetwork", "verglas",
      ],
      exclude: ["peer.py"], swiftSettings: checked),
    .testTarget(
      name: "InterfaceTests", dependencies: ["ProgramSupport", "TestSupport", "HDF5", "verglas"],
      exclude: ["reference.py"],
      swiftSettings: checked),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "ProgramSupport", "TestSupport", "Geometry", "HDF5", "NeuralNetwork", "verglas",
      ],
      swiftSettings: checked),
  ],
  swiftLanguageModes: [.v6]
)
