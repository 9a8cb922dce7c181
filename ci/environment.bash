# Sourced by the scripts of this folder: how MPI is started on whatever machine this is.

# Root (containers, CI) and fewer cores than ranks are normal here.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
# Containers without ptrace rights: shared-memory transport without copying from the other process.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# One thread each: libraries with threads of their own would fight over the cores.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

# launch SECONDS RANKS COMMAND…: mpirun that ends at the latest after SECONDS.
launch() {
  local seconds=$1 ranks=$2
  shift 2
  timeout -k 10 "$seconds" mpirun -n "$ranks" "$@" </dev/null
}

# The released binary of this checkout, built when something changed.
build_release() {
  swift build -c release --product verglas "$@"
  local folder
  folder=$(swift build -c release --show-bin-path)
  export PATH="$folder:$PATH"
}
