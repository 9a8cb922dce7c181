// Vector instructions that Swift cannot express: lane compression, comparison to a bit mask,
// permutation of lanes. With AVX-512 each is one or two instructions, with AVX2 a few; otherwise a
// loop over the lanes does the same.
#ifndef VERGLAS_CVECTOR_H
#define VERGLAS_CVECTOR_H

/// Whether the target instruction set of this build has 512-bit vectors, a compiler macro that is
/// not visible in Swift. It selects the register tile of the network's matrix products
/// (NeuralNetwork/Inference/RegisterTile+Unsafe.swift).
static inline int vg_has_512_bit_vectors(void) {
#if defined(__AVX512F__)
  return 1;
#else
  return 0;
#endif
}

typedef float vg_float8 __attribute__((ext_vector_type(8)));
typedef double vg_double8 __attribute__((ext_vector_type(8)));
typedef float vg_float16 __attribute__((ext_vector_type(16)));

typedef int vg_int16 __attribute__((ext_vector_type(16)));
typedef long long vg_long8 __attribute__((ext_vector_type(8)));
typedef int vg_int8 __attribute__((ext_vector_type(8)));

// Arithmetic. Swift's operators on SIMD types are loops over the lanes that the optimiser must
// vectorise again; in long straight-line kernels it sometimes fails and leaves scalar code or
// shuffles. These are single vector operations from the start.
#define VG_ARITHMETIC(type, name)                                       \
  static inline type vg_multiply_add_##name(type a, type b, type c) {   \
    return __builtin_elementwise_fma(a, b, c);                          \
  }                                                                     \
  static inline type vg_multiply_##name(type a, type b) { return a * b; } \
  static inline type vg_add_##name(type a, type b) { return a + b; }    \
  static inline type vg_subtract_##name(type a, type b) { return a - b; }
VG_ARITHMETIC(vg_float16, float16)
VG_ARITHMETIC(vg_float8, float8)
VG_ARITHMETIC(vg_double8, double8)
#undef VG_ARITHMETIC

/// `counts`, one more in the lanes in which a number is less, or at most, the lane of b.
static inline vg_long8 vg_count_less(vg_long8 counts, double a, vg_double8 b) {
  return counts - (a < b);
}
static inline vg_long8 vg_count_less_or_equal(vg_long8 counts, double a, vg_double8 b) {
  return counts - (a <= b);
}
/// `counts` and how many lanes of b are less than each lane, or equal and before it.
static inline vg_long8 vg_count_lanes(vg_long8 counts, vg_double8 b) {
  const vg_long8 place = {0, 1, 2, 3, 4, 5, 6, 7};
#pragma clang loop unroll(full)
  for (int k = 0; k < 8; k++) {
    vg_double8 a = b[k];
    counts -= place > k ? a <= b : a < b;
  }
  return counts;
}

/// x² + y² + z² without fused operations: the same rounding as in plain code.
static inline vg_double8 vg_squared_length(vg_double8 x, vg_double8 y, vg_double8 z) {
#pragma clang fp contract(off)
  return x * x + y * y + z * z;
}

/// a0 + a1, a2 + a3, … a14 + a15.
static inline vg_float8 vg_add_halves(vg_float16 a) {
  return __builtin_shufflevector(a, a, 0, 2, 4, 6, 8, 10, 12, 14) +
      __builtin_shufflevector(a, a, 1, 3, 5, 7, 9, 11, 13, 15);
}

/// a0, a1, … a7, b0, … b7.
static inline vg_float16 vg_join(vg_float8 a, vg_float8 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// a0, b0, a1, b1, … a7, b7.
static inline vg_float16 vg_interleave(vg_float8 a, vg_float8 b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/// Four lanes at a, then four lanes at b.
static inline vg_float8 vg_load_halves(const float *a, const float *b) {
  vg_float8 result;
  __builtin_memcpy(&result, a, 16);
  __builtin_memcpy((float *)&result + 4, b, 16);
  return result;
}
static inline void vg_store8(float *out, vg_float8 v) { __builtin_memcpy(out, &v, 32); }

/// The same pointer, of which the compiler forgets how it was computed: it then keeps it in a
/// register instead of computing it again in every iteration of a loop.
static inline const void *vg_opaque(const void *pointer) {
  __asm__("" : "+r"(pointer));
  return pointer;
}

/// Stores column c of eight rows of eight numbers at out + c * stride.
static inline void vg_store_transposed(
    float *out, long stride, const float *r0, const float *r1, const float *r2,
    const float *r3, const float *r4, const float *r5, const float *r6, const float *r7) {
  // Rows of four lanes above each other make two independent blocks of 4 x 4.
  for (int half = 0; half < 2; half++) {
    int from = 4 * half;
    vg_float8 a = vg_load_halves(r0 + from, r4 + from), b = vg_load_halves(r1 + from, r5 + from);
    vg_float8 c = vg_load_halves(r2 + from, r6 + from), d = vg_load_halves(r3 + from, r7 + from);
    vg_float8 ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    vg_float8 cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
    vg_float8 ef = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    vg_float8 gh = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
    float *to = out + from * stride;
    vg_store8(to, __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13));
    vg_store8(to + stride, __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15));
    vg_store8(to + 2 * stride, __builtin_shufflevector(ef, gh, 0, 1, 8, 9, 4, 5, 12, 13));
    vg_store8(to + 3 * stride, __builtin_shufflevector(ef, gh, 2, 3, 10, 11, 6, 7, 14, 15));
  }
}

// Lane by lane. As loops over the lanes in Swift these become scalar code, and the standard
// library's `pointwiseMax` a function call.
static inline vg_double8 vg_max_double(vg_double8 a, vg_double8 b) {
  return __builtin_elementwise_max(a, b);
}
static inline vg_double8 vg_magnitude(vg_double8 a) { return __builtin_elementwise_abs(a); }
static inline vg_double8 vg_sqrt_double(vg_double8 a) { return __builtin_elementwise_sqrt(a); }
static inline vg_float8 vg_rounded(vg_double8 a) { return __builtin_convertvector(a, vg_float8); }
static inline vg_float16 vg_min_float(vg_float16 a, vg_float16 b) {
  return __builtin_elementwise_min(a, b);
}
static inline vg_float16 vg_max_float(vg_float16 a, vg_float16 b) {
  return __builtin_elementwise_max(a, b);
}
static inline vg_float16 vg_magnitude_float(vg_float16 a) { return __builtin_elementwise_abs(a); }
static inline vg_float16 vg_sqrt_float(vg_float16 a) { return __builtin_elementwise_sqrt(a); }
/// The largest integer that is not above a number; and integers as such, within the range of int.
static inline vg_double8 vg_floor_double(vg_double8 a) { return __builtin_elementwise_floor(a); }
static inline vg_double8 vg_min_double(vg_double8 a, vg_double8 b) {
  return __builtin_elementwise_min(a, b);
}
/// `otherwise` in the lanes where x < limit. Swift's `replacing(with:where:)` becomes a loop over
/// the lanes with AVX2.
static inline vg_double8 vg_unless_less(
    vg_double8 x, vg_double8 limit, vg_double8 a, vg_double8 otherwise) {
  return x < limit ? otherwise : a;
}
static inline vg_int8 vg_truncate_double(vg_double8 a) {
  return __builtin_convertvector(a, vg_int8);
}
/// Rounded towards zero; lanes outside the range of int are undefined.
static inline vg_int16 vg_truncate(vg_float16 a) { return __builtin_convertvector(a, vg_int16); }
static inline vg_float16 vg_to_float(vg_int16 a) { return __builtin_convertvector(a, vg_float16); }

// A clock that is cheap enough to be read twice per molecule: the processor's time stamp counter,
// or nanoseconds if there is none.
#if defined(__x86_64__)
static inline unsigned long long vg_ticks(void) { return __builtin_ia32_rdtsc(); }
#else
#include <time.h>
static inline unsigned long long vg_ticks(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (unsigned long long)now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec;
}
#endif

/// Bit k describes byte k of 64: not above a space; a space or tab; a newline.
typedef struct { unsigned long long low, blank, newline; } vg_text_masks;
static inline vg_text_masks vg_mask_text(const unsigned char *text) {
  typedef unsigned char bytes __attribute__((ext_vector_type(64)));
  typedef _Bool bits __attribute__((ext_vector_type(64)));
  bytes v;
  __builtin_memcpy(&v, text, 64);
  bits low = __builtin_convertvector(v <= 0x20, bits);
  bits newline = __builtin_convertvector(v == 0x0A, bits);
  bits blank = __builtin_convertvector((v == 0x20) | (v == 0x09), bits);
  vg_text_masks masks;
  __builtin_memcpy(&masks.low, &low, 8);
  __builtin_memcpy(&masks.blank, &blank, 8);
  __builtin_memcpy(&masks.newline, &newline, 8);
  return masks;
}

#if defined(__AVX512F__) && defined(__AVX512VL__)
#include <immintrin.h>

/// Bit k is set if a[k] <= b[k].
static inline unsigned vg_less_or_equal(vg_double8 a, vg_double8 b) {
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
}
/// Bit k is set if a[k] <= b[k], of 16.
static inline unsigned vg_less_or_equal_float(vg_float16 a, vg_float16 b) {
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ);
}
/// Bit k is set if a[k] < b[k], of 16.
static inline unsigned vg_less_int(vg_int16 a, vg_int16 b) {
  return _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b);
}
/// Stores the lanes of v whose bit is set one after the other. Places after them, up to the
/// vector's length, become 0 or keep what they held; places beyond are not written.
static inline void vg_store_selected_float8(void *out, unsigned mask, vg_float8 v) {
  _mm256_storeu_ps(out, _mm256_maskz_compress_ps((__mmask8)mask, (__m256)v));
}
static inline void vg_store_selected_float16(void *out, unsigned mask, vg_float16 v) {
  _mm512_storeu_ps(out, _mm512_maskz_compress_ps((__mmask16)mask, (__m512)v));
}
static inline void vg_store_selected_double8(void *out, unsigned mask, vg_double8 v) {
  _mm512_storeu_pd(out, _mm512_maskz_compress_pd((__mmask8)mask, (__m512d)v));
}
/// Lane k is lane index[k] of the 32 lanes of a followed by b.
static inline vg_float16 vg_pick(vg_float16 a, vg_float16 b, vg_int16 index) {
  return (vg_float16)_mm512_permutex2var_ps((__m512)a, (__m512i)index, (__m512)b);
}
/// As vg_pick in the lanes whose bit is set, elsewhere the lanes of `other`.
static inline vg_float16 vg_pick_into(
    vg_float16 other, unsigned mask, vg_float16 a, vg_float16 b, vg_int16 index) {
  return (vg_float16)_mm512_mask_blend_ps(
      (__mmask16)mask, (__m512)other, (__m512)vg_pick(a, b, index));
}
#else
// Not called without 512-bit vectors, but compiled.
static inline vg_float16 vg_pick(vg_float16 a, vg_float16 b, vg_int16 index) {
  vg_float16 result = 0;
  for (int k = 0; k < 16; k++) result[k] = index[k] & 16 ? b[index[k] & 15] : a[index[k] & 15];
  return result;
}
static inline vg_float16 vg_pick_into(
    vg_float16 other, unsigned mask, vg_float16 a, vg_float16 b, vg_int16 index) {
  vg_float16 result = vg_pick(a, b, index);
  for (int k = 0; k < 16; k++)
    if (!(mask >> k & 1)) result[k] = other[k];
  return result;
}

#if defined(__AVX2__)
#include <immintrin.h>

static inline unsigned vg_less_or_equal(vg_double8 a, vg_double8 b) {
  return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a.lo, (__m256d)b.lo, _CMP_LE_OQ)) |
      (unsigned)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a.hi, (__m256d)b.hi, _CMP_LE_OQ)) << 4;
}
static inline unsigned vg_bits(vg_int16 m) {
  return (unsigned)_mm256_movemask_ps((__m256)m.lo) |
      (unsigned)_mm256_movemask_ps((__m256)m.hi) << 8;
}
static inline unsigned vg_less_or_equal_float(vg_float16 a, vg_float16 b) {
  return vg_bits(a <= b);
}
static inline unsigned vg_less_int(vg_int16 a, vg_int16 b) { return vg_bits(a < b); }

// Byte n of a row is the position of the n-th bit set in the row's number; then comes 0x80.
#define VG_BELOW(m, k) __builtin_popcount((m) & ((1 << (k)) - 1))
#define VG_BIT(m, k) \
  ((m) >> (k) & 1 ? (unsigned long long)((k) ^ 0x80) << 8 * VG_BELOW(m, k) : 0ull)
#define VG_ROW(m)                                                                       \
  0x8080808080808080ull ^ (VG_BIT(m, 0) | VG_BIT(m, 1) | VG_BIT(m, 2) | VG_BIT(m, 3) |  \
                           VG_BIT(m, 4) | VG_BIT(m, 5) | VG_BIT(m, 6) | VG_BIT(m, 7))
#define VG_4_ROWS(m) VG_ROW(m), VG_ROW(m + 1), VG_ROW(m + 2), VG_ROW(m + 3)
#define VG_16_ROWS(m) VG_4_ROWS(m), VG_4_ROWS(m + 4), VG_4_ROWS(m + 8), VG_4_ROWS(m + 12)
#define VG_64_ROWS(m) VG_16_ROWS(m), VG_16_ROWS(m + 16), VG_16_ROWS(m + 32), VG_16_ROWS(m + 48)
static const unsigned long long vg_positions[256] = {
    VG_64_ROWS(0), VG_64_ROWS(64), VG_64_ROWS(128), VG_64_ROWS(192)};
#undef VG_64_ROWS
#undef VG_16_ROWS
#undef VG_4_ROWS
#undef VG_ROW
#undef VG_BIT
#undef VG_BELOW

/// Positions as numbers; negative for lanes that become 0.
static inline __m256i vg_row(unsigned mask) {
  return _mm256_cvtepi8_epi32(_mm_cvtsi64_si128((long long)vg_positions[mask & 255]));
}
static inline void vg_store_selected_float8(void *out, unsigned mask, vg_float8 v) {
  __m256i row = vg_row(mask);
  __m256i lanes = _mm256_castps_si256(_mm256_permutevar8x32_ps((__m256)v, row));
  _mm256_storeu_si256((__m256i_u *)out, _mm256_andnot_si256(_mm256_srai_epi32(row, 31), lanes));
}
static inline void vg_store_selected_float16(void *out, unsigned mask, vg_float16 v) {
  vg_store_selected_float8(out, mask & 255, v.lo);
  vg_store_selected_float8((float *)out + __builtin_popcount(mask & 255), mask >> 8, v.hi);
}
static inline void vg_store_selected_double4(void *out, unsigned mask, __m256d v) {
  // Each bit of four twice: positions of halves of the numbers.
  unsigned twice = (mask & 1) * 3 | (mask & 2) * 6 | (mask & 4) * 12 | (mask & 8) * 24;
  vg_store_selected_float8(out, twice, (vg_float8)v);
}
static inline void vg_store_selected_double8(void *out, unsigned mask, vg_double8 v) {
  vg_store_selected_double4(out, mask & 15, (__m256d)v.lo);
  vg_store_selected_double4((double *)out + __builtin_popcount(mask & 15), mask >> 4 & 15, (__m256d)v.hi);
}
#else
// Without branches: each lane is stored, and overwritten by the next if its bit is not set.
#define VG_PORTABLE(type, number, name, lanes)                                            \
  static inline void vg_store_selected_##name(void *place, unsigned mask, type v) {       \
    number *out = place;                                                                  \
    int n = 0;                                                                            \
    for (int k = 0; k < lanes; k++) {                                                     \
      out[n] = v[k];                                                                      \
      n += mask >> k & 1;                                                                 \
    }                                                                                     \
    if (n < lanes) out[n] = 0;                                                            \
  }
VG_PORTABLE(vg_float8, float, float8, 8)
VG_PORTABLE(vg_float16, float, float16, 16)
VG_PORTABLE(vg_double8, double, double8, 8)
#undef VG_PORTABLE
static inline unsigned vg_less_or_equal(vg_double8 a, vg_double8 b) {
  unsigned mask = 0;
  for (int k = 0; k < 8; k++) mask |= (unsigned)(a[k] <= b[k]) << k;
  return mask;
}
static inline unsigned vg_less_or_equal_float(vg_float16 a, vg_float16 b) {
  unsigned mask = 0;
  for (int k = 0; k < 16; k++) mask |= (unsigned)(a[k] <= b[k]) << k;
  return mask;
}
static inline unsigned vg_less_int(vg_int16 a, vg_int16 b) {
  unsigned mask = 0;
  for (int k = 0; k < 16; k++) mask |= (unsigned)(a[k] < b[k]) << k;
  return mask;
}
#endif
#endif
#endif
