// MPI for Swift, without mpi.h: handles, constants and MPI_Status differ between MPI libraries and
// stay in cmpi.c.
//
// A handle is the library's own in a machine word: an address in Open MPI and in the MPI 5 ABI, an
// int in MPICH. Functions return 0 or the library's error code, for `cmpi_error_string`; the MPI
// function that each calls is named by the rest of its name.
#ifndef VERGLAS_CMPI_H
#define VERGLAS_CMPI_H
#include <stdint.h>

typedef uintptr_t cmpi_comm;
typedef uintptr_t cmpi_request;
typedef uintptr_t cmpi_window;

typedef int cmpi_kind;
enum { CMPI_UINT8, CMPI_INT32, CMPI_INT64, CMPI_UINT64, CMPI_FLOAT, CMPI_DOUBLE, CMPI_BYTE };

// Of integers only: the order in which a library adds floating-point numbers is its own.
typedef int cmpi_op;
enum { CMPI_SUM, CMPI_MIN, CMPI_MAX };

// What the library says that it is.
enum { CMPI_OTHER, CMPI_OPEN_MPI, CMPI_MPICH, CMPI_INTEL, CMPI_CRAY };

int cmpi_init(int *has_funneled, int *provided);
int cmpi_finalize(void);
int cmpi_is_initialized(void);
int cmpi_is_finalized(void);
double cmpi_wall_time(void);
void cmpi_abort(int code);

// Texts of one line without control characters, each into `size` bytes with its final zero.
void cmpi_error_string(int code, char *text, int size);
void cmpi_library_version(char *text, int size);
void cmpi_processor_name(char *text, int size);
// The headers with which this file was compiled: library, release, version of the standard, ABI.
void cmpi_built_with(char *text, int size);
int cmpi_family(void);

cmpi_comm cmpi_world(void);
cmpi_comm cmpi_no_comm(void);
// From now on errors on `comm` are returned instead of ending the job.
int cmpi_comm_return_errors(cmpi_comm comm);
int cmpi_comm_rank(cmpi_comm comm, int *rank);
int cmpi_comm_size(cmpi_comm comm, int *size);
int cmpi_comm_free(cmpi_comm comm);
int cmpi_comm_dup(cmpi_comm comm, cmpi_comm *made);
int cmpi_comm_split(cmpi_comm comm, int color, int key, cmpi_comm *made);  // -1: MPI_UNDEFINED
int cmpi_comm_split_shared(cmpi_comm comm, int key, cmpi_comm *made);

int cmpi_barrier(cmpi_comm comm);
int cmpi_bcast(void *buffer, int count, cmpi_kind kind, int root, cmpi_comm comm);
int cmpi_allreduce(void *buffer, int count, cmpi_kind kind, cmpi_op op, cmpi_comm comm);
int cmpi_exscan(
  const void *source, void *target, int count, cmpi_kind kind, cmpi_op op, cmpi_comm comm);
int cmpi_allgather(const void *source, void *target, int count, cmpi_kind kind, cmpi_comm comm);
int cmpi_isend(
  const void *buffer, int count, cmpi_kind kind, int target, int tag, cmpi_comm comm,
  cmpi_request *request);
int cmpi_irecv(
  void *buffer, int count, cmpi_kind kind, int source, int tag, cmpi_comm comm,
  cmpi_request *request);
int cmpi_iallreduce(
  void *buffer, int count, cmpi_kind kind, cmpi_op op, cmpi_comm comm, cmpi_request *request);
int cmpi_waitall(int count, cmpi_request *requests);
int cmpi_testall(int count, cmpi_request *requests, int *flag);
// Waits for a message from `source` with `tag`.
int cmpi_probe(int source, int tag, cmpi_comm comm, int *bytes);
// A source or tag of -1 is any. Not `MPI_ANY_SOURCE` itself, which is -2 in MPICH.
int cmpi_iprobe(
  int source, int tag, cmpi_comm comm, int *flag, int *found_source, int *found_tag, int *bytes);
int cmpi_recv(void *buffer, int count, cmpi_kind kind, int source, int tag, cmpi_comm comm);

int cmpi_window_allocate(intptr_t bytes, cmpi_comm comm, cmpi_window *window);
int cmpi_window_query(cmpi_window window, int rank, intptr_t *size, void **base);
int cmpi_window_lock(cmpi_window window);
int cmpi_window_sync(cmpi_window window);
void cmpi_window_free(cmpi_window window);

#endif
