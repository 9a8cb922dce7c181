// Preloaded into the program to simulate a failing disk. Writes to files whose name ends with
// FAULT_FILE fail after FAULT_AFTER bytes of this process, on rank FAULT_RANK if that is set.
// FAULT_KIND: enospc, eio, edquot; short (every other write is incomplete); sync (fdatasync reports
// an error); hang (after FAULT_AFTER bytes a write never ends); nolock (no file can be locked);
// finalize (MPI_Finalize never returns).
// Space cannot be reserved.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long long written;
static int calls;

static int matches(int fd) {
  const char *name = getenv("FAULT_FILE"), *rank = getenv("FAULT_RANK"), *own = getenv("OMPI_COMM_WORLD_RANK");
  if (!own) own = getenv("PMI_RANK");
  if (!name || (rank && (!own || strcmp(rank, own)))) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t tail = strlen(name);
  return (size_t)length >= tail && !strcmp(path + length - tail, name);
}

static int is(const char *kind) {
  const char *wanted = getenv("FAULT_KIND");
  return wanted && !strcmp(wanted, kind);
}

static int number(void) { return is("enospc") ? ENOSPC : is("edquot") ? EDQUOT : is("eio") ? EIO : 0; }

// How many of `count` bytes may be written now; −1 with errno for none.
static ssize_t allowed(int fd, size_t count) {
  if (!matches(fd)) return (ssize_t)count;
  if (is("short")) return count > 1 && ++calls % 2 ? (ssize_t)(count / 2) : (ssize_t)count;
  if (is("hang") && written + (long long)count > atoll(getenv("FAULT_AFTER")))
    for (;;) pause();
  if (!number() || written + (long long)count <= atoll(getenv("FAULT_AFTER"))) {
    written += (long long)count;
    return (ssize_t)count;
  }
  errno = number();
  return -1;
}

int MPI_Finalize(void);
int MPI_Finalize(void) {
  const char *rank = getenv("FAULT_RANK"), *own = getenv("OMPI_COMM_WORLD_RANK");
  if (!own) own = getenv("PMI_RANK");
  if (is("finalize") && (!rank || (own && !strcmp(rank, own))))
    for (;;) pause();
  return ((int (*)(void))dlsym(RTLD_NEXT, "MPI_Finalize"))();
}

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *data, size_t count) {
  ssize_t some = allowed(fd, count);
  return some < 0 ? some : NEXT(ssize_t(*)(int, const void *, size_t), "write")(fd, data, (size_t)some);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) {
  ssize_t some = allowed(fd, count);
  return some < 0 ? some : NEXT(ssize_t(*)(int, const void *, size_t, off_t), "pwrite")(fd, data, (size_t)some, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off_t offset) { return pwrite(fd, data, count, offset); }

static size_t total(const struct iovec *parts, int count) {
  size_t sum = 0;
  for (int k = 0; k < count; k++) sum += parts[k].iov_len;
  return sum;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  size_t sum = total(parts, count);
  ssize_t some = allowed(fd, sum);
  if (some < 0) return some;
  if ((size_t)some < sum) return write(fd, parts[0].iov_base, parts[0].iov_len / 2);
  return NEXT(ssize_t(*)(int, const struct iovec *, int), "writev")(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  size_t sum = total(parts, count);
  ssize_t some = allowed(fd, sum);
  if (some < 0) return some;
  if ((size_t)some < sum) return pwrite(fd, parts[0].iov_base, parts[0].iov_len / 2, offset);
  return NEXT(ssize_t(*)(int, const struct iovec *, int, off_t), "pwritev")(fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev(fd, parts, count, offset); }

int fallocate(int fd, int mode, off_t offset, off_t length) {
  (void)mode, (void)offset, (void)length;
  errno = matches(fd) && number() ? number() : EOPNOTSUPP;
  return -1;
}

int fallocate64(int fd, int mode, off_t offset, off_t length) { return fallocate(fd, mode, offset, length); }

int posix_fallocate(int fd, off_t offset, off_t length) {
  fallocate(fd, 0, offset, length);
  return errno;
}

int posix_fallocate64(int fd, off_t offset, off_t length) { return posix_fallocate(fd, offset, length); }

int fdatasync(int fd) {
  if (is("sync") && matches(fd) && ++calls > 1) {
    errno = EIO;
    return -1;
  }
  return NEXT(int (*)(int), "fdatasync")(fd);
}

// nolock: a file system that has no locks.
int flock(int fd, int operation) {
  if (is("nolock")) {
    errno = ENOLCK;
    return -1;
  }
  return NEXT(int (*)(int, int), "flock")(fd, operation);
}
