#include <cblas.h>

/// Whether the target instruction set of this build has 512-bit vectors, a compiler macro that is
/// not visible in Swift. It selects the register tile of the network's matrix product
/// (NeuralNetwork/Inference/RegisterTile+Unsafe.swift).
static inline int verglas_has_512_bit_vectors(void) {
#if defined(__AVX512F__)
  return 1;
#else
  return 0;
#endif
}

/// LAPACK's eigenvalues and eigenvectors of a real symmetric matrix. OpenBLAS contains LAPACK, but
/// Debian's cblas.h does not declare it. Column-major; the hidden lengths of the two characters are
/// the last arguments, as Fortran compilers pass them.
void dsyevd_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
    double *work, const int *lwork, int *iwork, const int *liwork, int *info,
    unsigned long jobz_length, unsigned long uplo_length);

/// LAPACK's solution of a system with a positive definite matrix, by Cholesky's factors.
/// Column-major; the hidden length of the character is the last argument.
void dposv_(
    const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b,
    const int *ldb, int *info, unsigned long uplo_length);
