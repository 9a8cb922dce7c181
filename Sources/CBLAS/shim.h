#include <cblas.h>

/// Whether the instruction set this build is for has 512-bit vectors: a macro of the compiler that Swift cannot see.
/// It chooses the register tile of the network's matrix product (NeuralNetwork/RegisterTile+Unsafe.swift).
static inline int verglas_has_512_bit_vectors(void) {
#if defined(__AVX512F__)
  return 1;
#else
  return 0;
#endif
}
