// Products of bytes with exact 32-bit sums: the matrix unit AMX, VPDPBUSD (VNNI), and plain C.
//
// AMX and VNNI are inline assembly: without a target attribute every function is inlined into Swift
// whatever -march is, so one binary holds all paths and the choice is made at run time. Tile
// numbers are part of the opcode, hence one function each. Every asm statement has operands or a
// clobber: without any, LLVM takes a doubled percent literally and drops the instruction silently.
#ifndef VERGLAS_CTILE_H
#define VERGLAS_CTILE_H
#include <stdint.h>

typedef float vt_float16 __attribute__((ext_vector_type(16)));
typedef int vt_int16 __attribute__((ext_vector_type(16)));
typedef signed char vt_char16 __attribute__((ext_vector_type(16)));

/// Rounded to the nearest integer, ties to even.
static inline vt_int16 vt_round(vt_float16 x) {
  return __builtin_convertvector(__builtin_elementwise_roundeven(x), vt_int16);
}
static inline vt_float16 vt_to_float(vt_int16 x) {
  return __builtin_convertvector(x, vt_float16);
}
static inline vt_float16 vt_multiply_add(vt_float16 a, vt_float16 b, vt_float16 c) {
  return __builtin_elementwise_fma(a, b, c);
}
static inline vt_float16 vt_max(vt_float16 a, vt_float16 b) {
  return __builtin_elementwise_max(a, b);
}
/// The low byte of each lane to 16 bytes of memory; in Swift the conversion becomes shuffles of
/// quarters.
static inline void vt_store_low_bytes(vt_int16 x, void *p) {
  vt_char16 c = __builtin_convertvector(x, vt_char16);
  __builtin_memcpy(p, &c, 16);
}

/// sums + Σ a[i]·b[i] over groups of four bytes: a one group of unsigned bytes for all lanes, b
/// sixteen groups of signed ones.
static inline vt_int16 vt_dot_plain(vt_int16 sums, uint32_t a, const void *b) {
  const signed char *s = (const signed char *)b;
  for (int lane = 0; lane < 16; lane++)
    for (int k = 0; k < 4; k++) sums[lane] += (int)(a >> (8 * k) & 255) * s[4 * lane + k];
  return sums;
}

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/// 1 where the processor has AMX for bytes and the kernel grants this process its state:
/// ARCH_REQ_XCOMP_PERM is 0x1023, XTILEDATA 18. The kernel's answer decides, not CPUID: older
/// kernels and emulators refuse.
static inline int vt_has_tiles(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  if (!(d >> 24 & 1) || !(d >> 25 & 1)) return 0;
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} vt_config;
/// All eight tiles 16 rows × 64 bytes; per thread, until vt_release.
static inline void vt_configure(void) {
  vt_config c = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    c.bytes[t] = 64;
    c.rows[t] = 16;
  }
  __asm__ volatile("ldtilecfg %0" ::"m"(c) : "memory");
}
static inline void vt_release(void) { __asm__ volatile("tilerelease" ::: "memory"); }
/// A tile from 16 rows that are 64 bytes apart, to such rows, and set to zero.
#define VT_TILE(t) \
  static inline void vt_load_##t(const void *p) { \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t ::"r"(p), "r"(64L) : "memory"); \
  } \
  static inline void vt_store_##t(void *p) { \
    __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" ::"r"(p), "r"(64L) : "memory"); \
  } \
  static inline void vt_zero_##t(void) { __asm__ volatile("tilezero %%tmm" #t ::: "memory"); }
VT_TILE(0)
VT_TILE(1)
VT_TILE(2)
VT_TILE(3)
VT_TILE(4)
VT_TILE(5)
VT_TILE(6)
VT_TILE(7)
#undef VT_TILE
/// Tile t += tile 6 · tile 7, signed bytes with 32-bit sums.
#define VT_DOT(t) \
  static inline void vt_dot_##t(void) { \
    __asm__ volatile("tdpbssd %%tmm7, %%tmm6, %%tmm" #t ::: "memory"); \
  }
VT_DOT(0)
VT_DOT(1)
VT_DOT(2)
VT_DOT(3)
VT_DOT(4)
VT_DOT(5)
#undef VT_DOT
#else
static inline int vt_has_tiles(void) { return 0; }
#endif

#if defined(__AVX512F__)
/// 1 where the processor has VPDPBUSD on 512-bit vectors.
static inline int vt_has_dot(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 11 & 1);
}
/// As vt_dot_plain, by VPDPBUSD.
static inline vt_int16 vt_dot_vector(vt_int16 sums, uint32_t a, const void *b) {
  vt_int16 spread = (vt_int16)(int)a;
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(spread), "m"(*(const char(*)[64])b));
  return sums;
}
#else
static inline int vt_has_dot(void) { return 0; }
static inline vt_int16 vt_dot_vector(vt_int16 sums, uint32_t a, const void *b) {
  return vt_dot_plain(sums, a, b);
}
#endif

/// Brings a line to the second-level cache.
static inline void vt_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
#endif
