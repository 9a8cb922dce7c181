# Sourced by the scripts in this folder: sets up MPI for any machine.

# Allow root (containers, CI) and fewer cores than ranks. Open MPI 4 reads the OMPI_ variables; from
# release 5 on, mapping and binding belong to PRRTE, which has its own. MPICH and Intel MPI need
# none.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
# For containers without ptrace permission: shared-memory transport without copying from the memory
# of another process (Open MPI 4 and 5).
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_smsc=^cma
# One thread per rank, because threads of libraries would compete for the cores.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

# launch SECONDS RANKS COMMAND…: mpirun with a time limit of SECONDS.
launch() {
  local seconds=$1 ranks=$2
  shift 2
  timeout -k 10 "$seconds" mpirun -n "$ranks" "$@" </dev/null
}

# The release binary of this checkout, built if something has changed.
build_release() {
  swift build -c release --product verglas "$@"
  local folder
  folder=$(swift build -c release --show-bin-path)
  export PATH="$folder:$PATH"
}
