// Two vector instructions that Swift cannot express: lane compression and comparison to a bit mask.
// With AVX-512 each is one or two instructions; elsewhere a loop over the lanes does the same.
#ifndef VERGLAS_CVECTOR_H
#define VERGLAS_CVECTOR_H

typedef float vg_float8 __attribute__((ext_vector_type(8)));
typedef double vg_double8 __attribute__((ext_vector_type(8)));
typedef int vg_int8 __attribute__((ext_vector_type(8)));

#if defined(__AVX512F__) && defined(__AVX512VL__)
#include <immintrin.h>

/// Bit k is set where a[k] <= b[k].
static inline unsigned vg_less_or_equal(vg_double8 a, vg_double8 b) {
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
}
/// The lanes of v whose bit is set, moved to the front; the others become 0.
static inline vg_float8 vg_compress_float(unsigned mask, vg_float8 v) {
  return (vg_float8)_mm256_maskz_compress_ps((__mmask8)mask, (__m256)v);
}
static inline vg_double8 vg_compress_double(unsigned mask, vg_double8 v) {
  return (vg_double8)_mm512_maskz_compress_pd((__mmask8)mask, (__m512d)v);
}
#else
static inline unsigned vg_less_or_equal(vg_double8 a, vg_double8 b) {
  unsigned mask = 0;
  for (int k = 0; k < 8; k++) mask |= (unsigned)(a[k] <= b[k]) << k;
  return mask;
}
static inline vg_float8 vg_compress_float(unsigned mask, vg_float8 v) {
  vg_float8 result = 0;
  for (int k = 0, n = 0; k < 8; k++)
    if (mask >> k & 1) result[n++] = v[k];
  return result;
}
static inline vg_double8 vg_compress_double(unsigned mask, vg_double8 v) {
  vg_double8 result = 0;
  for (int k = 0, n = 0; k < 8; k++)
    if (mask >> k & 1) result[n++] = v[k];
  return result;
}
#endif
#endif
