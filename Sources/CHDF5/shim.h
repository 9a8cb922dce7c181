// HDF5 for Swift: hdf5.h, and one getter for each macro that Swift cannot import.
// The type and class macros also initialise the library (H5OPEN), so they have to be evaluated in
// C.
#ifndef VERGLAS_CHDF5_SHIM_H
#define VERGLAS_CHDF5_SHIM_H
#include <hdf5.h>
#include <linux/falloc.h>
#include <sys/types.h>

// The system's headers declare them under _GNU_SOURCE only, which a module cannot set for itself.
extern int fallocate(int descriptor, int mode, off_t offset, off_t length);
extern int memfd_create(const char *name, unsigned flags);

// Has the file system set aside `length` bytes from `offset` without changing the file's data or
// length; -1 and errno on failure.
static inline int ch5_reserve(int descriptor, off_t offset, off_t length) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

// A file without a name that lives in memory and ends with its last descriptor; -1 and errno on
// failure.
static inline int ch5_memory_file(void) { return memfd_create("verglas", 1 /* MFD_CLOEXEC */); }

static inline hid_t ch5_default(void) { return H5P_DEFAULT; }
static inline hid_t ch5_error_stack(void) { return H5E_DEFAULT; }
static inline MPI_Info ch5_info_null(void) { return MPI_INFO_NULL; }

static inline hid_t ch5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t ch5_class_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t ch5_class_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t ch5_class_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t ch5_class_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t ch5_class_link_create(void) { return H5P_LINK_CREATE; }

static inline H5F_libver_t ch5_newest_format(void) { return H5F_LIBVER_LATEST; }

static inline unsigned ch5_access_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned ch5_access_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned ch5_access_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned ch5_access_exclusive(void) { return H5F_ACC_EXCL; }
static inline unsigned ch5_objects_open(void) {
  return H5F_OBJ_DATASET | H5F_OBJ_GROUP | H5F_OBJ_ATTR | H5F_OBJ_LOCAL;
}

static inline hid_t ch5_all(void) { return H5S_ALL; }
static inline hsize_t ch5_unlimited(void) { return H5S_UNLIMITED; }

// Types as they stand in the file: little-endian.
static inline hid_t ch5_file_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t ch5_file_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t ch5_file_int8(void) { return H5T_STD_I8LE; }
static inline hid_t ch5_file_int16(void) { return H5T_STD_I16LE; }
static inline hid_t ch5_file_int32(void) { return H5T_STD_I32LE; }
static inline hid_t ch5_file_int64(void) { return H5T_STD_I64LE; }
static inline hid_t ch5_file_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t ch5_file_uint16(void) { return H5T_STD_U16LE; }
static inline hid_t ch5_file_uint32(void) { return H5T_STD_U32LE; }
static inline hid_t ch5_file_uint64(void) { return H5T_STD_U64LE; }
static inline hid_t ch5_string(void) { return H5T_C_S1; }
static inline size_t ch5_variable(void) { return H5T_VARIABLE; }

// Types as they stand in memory.
static inline hid_t ch5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ch5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t ch5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t ch5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t ch5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t ch5_native_uint64(void) { return H5T_NATIVE_UINT64; }

#endif
