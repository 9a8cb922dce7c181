// Linked into the archive's program by ci/package: three functions for which Debian 12's libraries
// would ask for a newer system than all the rest does (glibc 2.35, GLIBCXX_3.4.30), so that the
// program starts with glibc 2.34 (Enterprise Linux 9).
#include <math.h>
#include <pthread.h>

// The square of any double is exact enough and in range in the wider type.
double hypot(double x, double y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (double)sqrtl((long double)x * x + (long double)y * y);
}

float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}

// std::condition_variable::wait(std::unique_lock<std::mutex>&): both begin with what POSIX waits
// with, in libstdc++ on Linux.
struct unique_lock {
  pthread_mutex_t *mutex;
  _Bool owns;
};
void _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
  pthread_cond_t *condition, struct unique_lock *lock
) {
  pthread_cond_wait(condition, lock->mutex);
}
