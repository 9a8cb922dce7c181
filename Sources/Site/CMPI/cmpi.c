// The only file that includes mpi.h. Written to MPI 3.1; compiled for each ABI of MPI.
#include "cmpi.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

// MPICH's MPI_STATUSES_IGNORE is the address 1, which gcc takes for an array that is too short.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif

_Static_assert(
  sizeof(MPI_Comm) <= sizeof(uintptr_t) && sizeof(MPI_Request) <= sizeof(uintptr_t)
    && sizeof(MPI_Win) <= sizeof(uintptr_t),
  "the handles of this MPI fit into a machine word");

#define CONVERSIONS(type, name)                                                                  \
  static type to_##name(uintptr_t bits) {                                                        \
    type handle;                                                                                 \
    memcpy(&handle, &bits, sizeof handle);                                                       \
    return handle;                                                                               \
  }                                                                                              \
  static uintptr_t from_##name(type handle) {                                                    \
    uintptr_t bits = 0;                                                                          \
    memcpy(&bits, &handle, sizeof handle);                                                       \
    return bits;                                                                                 \
  }
CONVERSIONS(MPI_Comm, comm)
CONVERSIONS(MPI_Request, request)
CONVERSIONS(MPI_Win, win)

static MPI_Datatype datatype(cmpi_kind kind) {
  switch (kind) {
    case CMPI_UINT8: return MPI_UINT8_T;
    case CMPI_INT32: return MPI_INT32_T;
    case CMPI_INT64: return MPI_INT64_T;
    case CMPI_UINT64: return MPI_UINT64_T;
    case CMPI_FLOAT: return MPI_FLOAT;
    case CMPI_DOUBLE: return MPI_DOUBLE;
    default: return MPI_BYTE;
  }
}

static MPI_Op operation(cmpi_op op) {
  return op == CMPI_SUM ? MPI_SUM : op == CMPI_MIN ? MPI_MIN : MPI_MAX;
}

// Errors. The constant MPI_ERRORS_RETURN is another handler's in Intel MPI 2021's variant of the
// MPI 5 ABI, and MPICH 5.0.2 returns MPI_SUCCESS from a call that failed when its handler is one of
// the user's own. So a handler notes the code, and each call looks at both.
static int noted = MPI_SUCCESS;
static void note_comm(MPI_Comm *comm, int *code, ...) {
  (void)comm;
  noted = *code;
}
static void note_win(MPI_Win *win, int *code, ...) {
  (void)win;
  noted = *code;
}
static int outcome(int code) {
  int earlier = noted;
  noted = MPI_SUCCESS;
  return code != MPI_SUCCESS ? code : earlier;
}

int cmpi_init(int *has_funneled, int *provided) {
  int code = outcome(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, provided));
  // Levels are compared here: their numbers are the library's own.
  *has_funneled = *provided >= MPI_THREAD_FUNNELED;
  return code;
}

int cmpi_finalize(void) { return outcome(MPI_Finalize()); }

int cmpi_is_initialized(void) {
  int flag = 0;
  MPI_Initialized(&flag);
  return flag;
}

int cmpi_is_finalized(void) {
  int flag = 0;
  MPI_Finalized(&flag);
  return flag;
}

double cmpi_wall_time(void) { return MPI_Wtime(); }

void cmpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// Copies `source` with each stretch of blanks and control characters as one blank, none at the end.
static void fold(const char *source, char *text, int size) {
  int length = 0, gap = 0;
  for (const char *c = source; *c && length < size - 2; c++) {
    if ((unsigned char)*c <= ' ' || *c == 0x7F) {
      gap = length > 0;
    } else {
      if (gap) text[length++] = ' ';
      gap = 0;
      text[length++] = *c;
    }
  }
  text[length] = 0;
}

// MPICH's and Intel's texts are several lines: the kind of error, then a stack of calls with
// addresses, whose last line says what was wrong.
void cmpi_error_string(int code, char *text, int size) {
  char whole[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  if (MPI_Error_string(code, whole, &length) != MPI_SUCCESS || !whole[0]) {
    fold("the library has no text for its error code", text, size);
    return;
  }
  while (length > 0 && (unsigned char)whole[length - 1] <= ' ') whole[--length] = 0;
  char *end = strchr(whole, '\n');
  char *last = strrchr(whole, '\n');
  if (end) {
    *end = 0;
    char *stack = strstr(whole, ", error stack:");
    if (stack) *stack = 0;
    char *call = strstr(last + 1, "): ");
    const char *reason = call ? call + 3 : last + 1;
    char line[2 * MPI_MAX_ERROR_STRING + 4];
    strcpy(line, whole);
    strcat(line, ": ");
    strcat(line, reason);
    fold(line, text, size);
  } else {
    fold(whole, text, size);
  }
}

// Some libraries append pages about how they were configured; the first line says what they are.
void cmpi_library_version(char *text, int size) {
  char whole[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
  int length = 0;
  if (MPI_Get_library_version(whole, &length) != MPI_SUCCESS) {
    fold("unknown MPI library", text, size);
    return;
  }
  char *end = strchr(whole, '\n');
  if (end) *end = 0;
  fold(whole, text, size);
}

int cmpi_family(void) {
  char text[256];
  cmpi_library_version(text, sizeof text);
  if (strstr(text, "Open MPI")) return CMPI_OPEN_MPI;
  if (strstr(text, "Intel")) return CMPI_INTEL;
  if (strstr(text, "CRAY")) return CMPI_CRAY;
  if (strstr(text, "MPICH")) return CMPI_MPICH;
  return CMPI_OTHER;
}

void cmpi_processor_name(char *text, int size) {
  char name[MPI_MAX_PROCESSOR_NAME + 1] = "";
  int length = 0;
  if (MPI_Get_processor_name(name, &length) != MPI_SUCCESS) strcpy(name, "unknown node");
  fold(name, text, size);
}

#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
#if defined(MPI_ABI_VERSION)
#define BUILT "the MPI standard's ABI " TEXT(MPI_ABI_VERSION)
#define ABI ", libmpi_abi.so"
#elif defined(OMPI_MAJOR_VERSION)
#define BUILT                                                                                    \
  "Open MPI " TEXT(OMPI_MAJOR_VERSION) "." TEXT(OMPI_MINOR_VERSION) "." TEXT(OMPI_RELEASE_VERSION)
#define ABI ", ABI of Open MPI"
#elif defined(I_MPI_VERSION)
#define BUILT "Intel MPI " I_MPI_VERSION
#define ABI ", ABI of MPICH"
#elif defined(MPICH_VERSION)
#define BUILT "MPICH " MPICH_VERSION
#define ABI ", ABI of MPICH"
#else
#define BUILT "an MPI library"
#define ABI ""
#endif

void cmpi_built_with(char *text, int size) {
  fold(BUILT ", MPI " TEXT(MPI_VERSION) "." TEXT(MPI_SUBVERSION) ABI, text, size);
}

cmpi_comm cmpi_world(void) { return from_comm(MPI_COMM_WORLD); }
cmpi_comm cmpi_no_comm(void) { return from_comm(MPI_COMM_NULL); }

int cmpi_comm_return_errors(cmpi_comm c) {
  static MPI_Errhandler handler;
  static int is_made = 0;
  if (!is_made) {
    int code = MPI_Comm_create_errhandler(note_comm, &handler);
    if (code != MPI_SUCCESS) return code;
    is_made = 1;
  }
  return MPI_Comm_set_errhandler(to_comm(c), handler);
}

int cmpi_comm_rank(cmpi_comm c, int *rank) { return outcome(MPI_Comm_rank(to_comm(c), rank)); }
int cmpi_comm_size(cmpi_comm c, int *size) { return outcome(MPI_Comm_size(to_comm(c), size)); }

int cmpi_comm_free(cmpi_comm c) {
  MPI_Comm comm = to_comm(c);
  return outcome(MPI_Comm_free(&comm));
}

#define MADE(call)                                                                               \
  MPI_Comm comm = MPI_COMM_NULL;                                                                 \
  int code = outcome(call);                                                                      \
  *made = from_comm(comm);                                                                       \
  return code

int cmpi_comm_dup(cmpi_comm c, cmpi_comm *made) { MADE(MPI_Comm_dup(to_comm(c), &comm)); }

int cmpi_comm_split(cmpi_comm c, int color, int key, cmpi_comm *made) {
  MADE(MPI_Comm_split(to_comm(c), color < 0 ? MPI_UNDEFINED : color, key, &comm));
}

int cmpi_comm_split_shared(cmpi_comm c, int key, cmpi_comm *made) {
  MADE(MPI_Comm_split_type(to_comm(c), MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &comm));
}

int cmpi_barrier(cmpi_comm c) { return outcome(MPI_Barrier(to_comm(c))); }

int cmpi_bcast(void *b, int n, cmpi_kind k, int root, cmpi_comm c) {
  return outcome(MPI_Bcast(b, n, datatype(k), root, to_comm(c)));
}

int cmpi_allreduce(void *b, int n, cmpi_kind k, cmpi_op op, cmpi_comm c) {
  return outcome(MPI_Allreduce(MPI_IN_PLACE, b, n, datatype(k), operation(op), to_comm(c)));
}

int cmpi_exscan(const void *s, void *t, int n, cmpi_kind k, cmpi_op op, cmpi_comm c) {
  return outcome(MPI_Exscan(s, t, n, datatype(k), operation(op), to_comm(c)));
}

int cmpi_allgather(const void *s, void *t, int n, cmpi_kind k, cmpi_comm c) {
  return outcome(MPI_Allgather(s, n, datatype(k), t, n, datatype(k), to_comm(c)));
}

#define POSTED(call)                                                                             \
  MPI_Request posted = MPI_REQUEST_NULL;                                                         \
  int code = outcome(call);                                                                      \
  *request = from_request(posted);                                                               \
  return code

int cmpi_isend(
  const void *b, int n, cmpi_kind k, int target, int tag, cmpi_comm c, cmpi_request *request
) {
  POSTED(MPI_Isend(b, n, datatype(k), target, tag, to_comm(c), &posted));
}

int cmpi_irecv(
  void *b, int n, cmpi_kind k, int source, int tag, cmpi_comm c, cmpi_request *request
) {
  POSTED(MPI_Irecv(b, n, datatype(k), source, tag, to_comm(c), &posted));
}

int cmpi_iallreduce(
  void *b, int n, cmpi_kind k, cmpi_op op, cmpi_comm c, cmpi_request *request
) {
  POSTED(MPI_Iallreduce(MPI_IN_PLACE, b, n, datatype(k), operation(op), to_comm(c), &posted));
}

// The library's array of requests: on the stack while it is small.
#define WITH_REQUESTS(call)                                                                      \
  MPI_Request few[64], *all = count <= 64 ? few : malloc((size_t)count * sizeof *all);           \
  if (!all) return MPI_ERR_NO_MEM;                                                               \
  for (int i = 0; i < count; i++) all[i] = to_request(requests[i]);                              \
  int code = outcome(call);                                                                      \
  for (int i = 0; i < count; i++) requests[i] = from_request(all[i]);                            \
  if (all != few) free(all);                                                                     \
  return code

int cmpi_waitall(int count, cmpi_request *requests) {
  WITH_REQUESTS(MPI_Waitall(count, all, MPI_STATUSES_IGNORE));
}

int cmpi_testall(int count, cmpi_request *requests, int *flag) {
  WITH_REQUESTS(MPI_Testall(count, all, flag, MPI_STATUSES_IGNORE));
}

int cmpi_probe(int source, int tag, cmpi_comm c, int *bytes) {
  MPI_Status status;
  int code = outcome(MPI_Probe(source, tag, to_comm(c), &status));
  return code != MPI_SUCCESS ? code : outcome(MPI_Get_count(&status, MPI_BYTE, bytes));
}

int cmpi_iprobe(
  int source, int tag, cmpi_comm c, int *flag, int *found_source, int *found_tag, int *bytes
) {
  MPI_Status status;
  *flag = 0;
  int code = outcome(
    MPI_Iprobe(
      source < 0 ? MPI_ANY_SOURCE : source, tag < 0 ? MPI_ANY_TAG : tag, to_comm(c), flag,
      &status));
  if (code != MPI_SUCCESS || !*flag) return code;
  *found_source = status.MPI_SOURCE;
  *found_tag = status.MPI_TAG;
  return outcome(MPI_Get_count(&status, MPI_BYTE, bytes));
}

int cmpi_recv(void *b, int n, cmpi_kind k, int source, int tag, cmpi_comm c) {
  return outcome(MPI_Recv(b, n, datatype(k), source, tag, to_comm(c), MPI_STATUS_IGNORE));
}

int cmpi_window_allocate(intptr_t bytes, cmpi_comm c, cmpi_window *window) {
  static MPI_Errhandler handler;
  static int is_made = 0;
  MPI_Win w = MPI_WIN_NULL;
  void *own = NULL;
  int code =
    outcome(MPI_Win_allocate_shared((MPI_Aint)bytes, 1, MPI_INFO_NULL, to_comm(c), &own, &w));
  *window = from_win(w);
  if (code != MPI_SUCCESS) return code;
  if (!is_made) {
    code = MPI_Win_create_errhandler(note_win, &handler);
    if (code != MPI_SUCCESS) return code;
    is_made = 1;
  }
  return MPI_Win_set_errhandler(w, handler);
}

int cmpi_window_query(cmpi_window window, int rank, intptr_t *size, void **base) {
  MPI_Aint length = 0;
  int unit = 0;
  int code = outcome(MPI_Win_shared_query(to_win(window), rank, &length, &unit, base));
  *size = length;
  return code;
}

int cmpi_window_lock(cmpi_window window) {
  return outcome(MPI_Win_lock_all(MPI_MODE_NOCHECK, to_win(window)));
}

int cmpi_window_sync(cmpi_window window) { return outcome(MPI_Win_sync(to_win(window))); }

void cmpi_window_free(cmpi_window window) {
  MPI_Win w = to_win(window);
  MPI_Win_unlock_all(w);
  MPI_Win_free(&w);
  noted = MPI_SUCCESS;
}
