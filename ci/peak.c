// The core's peak rate of single-precision fused multiply-adds in GFLOP/s, the reference for the
// percentages of ci/bench. Twelve independent chains of full vectors (two units with a latency of
// four cycles need eight). The best of many short slices of the thread's own processor time, so
// that other work on the machine has little influence. x tends to 1, so there is no over- or
// underflow.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
typedef float vector __attribute__((vector_size(4 * LANES)));
enum { chains = 12, steps = 400000 };

static double processor_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

__attribute__((noinline)) static void run(vector *x, vector f, vector s) {
  vector x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5], x6 = x[6], x7 = x[7], x8 = x[8], x9 = x[9], x10 = x[10], x11 = x[11];
  for (int i = 0; i < steps; i++) {
    x0 = x0 * f + s, x1 = x1 * f + s, x2 = x2 * f + s, x3 = x3 * f + s, x4 = x4 * f + s, x5 = x5 * f + s;
    x6 = x6 * f + s, x7 = x7 * f + s, x8 = x8 * f + s, x9 = x9 * f + s, x10 = x10 * f + s, x11 = x11 * f + s;
  }
  x[0] = x0, x[1] = x1, x[2] = x2, x[3] = x3, x[4] = x4, x[5] = x5, x[6] = x6, x[7] = x7, x[8] = x8, x[9] = x9, x[10] = x10, x[11] = x11;
}

int main(int count, char **words) {
  double seconds = count > 1 ? atof(words[1]) : 0.5, best = 0, sum = 0;
  vector x[chains], f, s;
  for (int k = 0; k < chains; k++)
    for (int l = 0; l < LANES; l++) x[k][l] = 0.01f * (k * LANES + l);
  for (int l = 0; l < LANES; l++) f[l] = count > 99 ? 0.5f : 0.999f, s[l] = count > 99 ? 0.5f : 0.001f;
  double end = processor_time() + seconds;
  do {
    double start = processor_time();
    run(x, f, s);
    double rate = 2.0 * chains * LANES * steps / (processor_time() - start) * 1e-9;
    if (rate > best) best = rate;
  } while (processor_time() < end);
  for (int k = 0; k < chains; k++)
    for (int l = 0; l < LANES; l++) sum += x[k][l];
  printf("%.1f %d\n", best, LANES * 32);
  return sum == 0;  // keeps the chains alive
}
