// swift-tools-version: 6.3
// The border to the site's MPI and HDF5: two small C targets, and a library of them that the
// program finds beside itself at run time. Nothing else sees mpi.h or hdf5.h, so the same program
// runs with any MPI for which these two files were compiled (verglas-site does so without Swift).
import Foundation
import PackageDescription

/// The first name that pkg-config knows, of the one in `variable` or else of `usual`; ends with a
/// sentence when there is none.
func found(_ variable: String, for library: String, _ usual: [String]) -> String {
  let named = ProcessInfo.processInfo.environment[variable]
  let names = named.map { [$0] } ?? usual
  if let name = names.first(where: isKnown) { return name }
  let remedy =
    named == nil
    ? "install one (ci/setup), or name one in \(variable) (ci/site writes one for a site's "
      + "compilers)"
    : "correct \(variable), or add its folder to PKG_CONFIG_PATH"
  FileHandle.standardError.write(
    Data(
      "pkg-config has no \(library): looked for \(names.joined(separator: ", ")); \(remedy)\n".utf8)
  )
  exit(1)
}

/// Whether there is a file NAME.pc where pkg-config looks: SwiftPM lets manifests read files, but
/// start no processes.
func isKnown(_ name: String) -> Bool {
  let environment = ProcessInfo.processInfo.environment
  let machine = ["x86_64", "aarch64", "ppc64le", "riscv64"].map { "\($0)-linux-gnu" }
  let usual =
    environment["PKG_CONFIG_LIBDIR"]?.split(separator: ":").map(String.init)
    ?? (machine + [""]).flatMap { ["/usr/local/lib/\($0)", "/usr/lib/\($0)"] }.map {
      "\($0)/pkgconfig"
    } + ["/usr/lib64/pkgconfig", "/usr/local/share/pkgconfig", "/usr/share/pkgconfig"]
  let own = environment["PKG_CONFIG_PATH"]?.split(separator: ":").map(String.init) ?? []
  return (own + usual).contains { FileManager.default.fileExists(atPath: "\($0)/\(name).pc") }
}

let mpi = found(
  "VERGLAS_MPI", for: "MPI",
  ["verglas-mpi", "ompi-c", "mpich", "mpi", "mpi-c", "cray-mpich", "impi"])
// The HDF5 that was built with this MPI.
let kinds =
  mpi.hasPrefix("ompi") ? ["hdf5-openmpi"] : mpi.contains("mpich") ? ["hdf5-mpich"] : []
let hdf5 = found(
  "VERGLAS_HDF5", for: "parallel HDF5", ["verglas-hdf5"] + kinds + ["hdf5-mpi", "hdf5"])

let package = Package(
  name: "Site",
  products: [.library(name: "verglas_site", type: .dynamic, targets: ["CMPI", "CHDF5"])],
  targets: [
    .systemLibrary(
      name: "CMPISystem", path: "MPISystem", pkgConfig: mpi,
      providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(
      name: "CHDF5System", path: "HDF5System", pkgConfig: hdf5,
      providers: [.apt(["libhdf5-openmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["CMPISystem"], path: "CMPI"),
    .target(name: "CHDF5", dependencies: ["CHDF5System", "CMPISystem"], path: "CHDF5"),
  ]
)
