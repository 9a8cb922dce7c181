// What Swift's module of the C library lacks.
#ifndef VERGLAS_CMEMORY_H
#define VERGLAS_CMEMORY_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Returns freed memory to the system, also what lies between blocks in use. Only glibc keeps it.
static inline void vg_return_freed_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

#endif
