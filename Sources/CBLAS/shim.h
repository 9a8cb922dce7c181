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

/// LAPACK's eigenvalues and eigenvectors of a real symmetric matrix (OpenBLAS has LAPACK's symbols; Debian's cblas.h declares none of
/// them). Column-major; the hidden lengths of the two characters come last, as Fortran compilers pass them.
void dsyevd_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork, int *iwork,
    const int *liwork, int *info, unsigned long jobz_length, unsigned long uplo_length);
