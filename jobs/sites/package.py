# A Spack package. UNTESTED: Spack was not available when this was written.
#
# Put it into a repository of your own (spack repo create REPO; REPO/packages/verglas/package.py).
# Swift 6.3 is not in Spack: load a toolchain from swift.org before `spack install verglas`.
from spack.package import *


class Verglas(Package):
    """Local phases of amorphous ice in molecular-dynamics trajectories."""

    # A folder with a clone; set it before the first use.
    git = "file:///path/to/verglas"

    version("main", branch="main")

    variant(
        "cpu",
        default="x86-64-v3",
        description="processor: x86-64-v3, x86-64-v4, znver4, neoverse-v2, native, ...",
    )

    depends_on("c", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("git", type="build")
    depends_on("mpi@3.1:")
    depends_on("hdf5@1.10.2: +mpi")
    depends_on("zlib-api")
    depends_on("zstd")

    def setup_build_environment(self, env):
        # ci/site writes verglas-mpi.pc and verglas-hdf5.pc here.
        env.prepend_path("PKG_CONFIG_PATH", join_path(self.stage.source_path, ".site"))
        env.set("VERGLAS_CPU", self.spec.variants["cpu"].value)
        env.set("MPICC", self.spec["mpi"].mpicc)
        env.set("HDF5_DIR", self.spec["hdf5"].prefix)

    def install(self, spec, prefix):
        options = ["-c", "release", "--product", "verglas", "--static-swift-stdlib"]
        Executable("ci/site")()
        swift = which("swift", required=True)
        swift("build", *options)
        folder = swift("build", *options, "--show-bin-path", output=str).strip()
        mkdirp(prefix.bin, prefix.share.man.man1)
        install(join_path(folder, "verglas"), prefix.bin)
        install("docs/verglas.1", prefix.share.man.man1)
        # Found beside the program at run time.
        Executable("ci/site")("--library", prefix.bin)

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def starts(self):
        Executable(self.prefix.bin.verglas)("--version")
