// HDF5 for Swift, without hdf5.h (and the mpi.h in it): what differs between HDF5 releases stays in
// ch5.c.
//
// `ch5_Dopen` is H5Dopen2 of the library with the same arguments, and so on, except where a comment
// says more. Negative results are failures, as in HDF5; identifiers are its hid_t.
#ifndef VERGLAS_CHDF5_H
#define VERGLAS_CHDF5_H
#include <linux/falloc.h>
#include <stdint.h>
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

typedef int64_t ch5_id;

// The library. `ch5_start` also turns its error printing off; it fails when the library is of
// another release (major.minor) than the headers with which ch5.c was compiled.
int ch5_start(void);
void ch5_version(unsigned *major, unsigned *minor, unsigned *release);
void ch5_built_with(unsigned *major, unsigned *minor, unsigned *release);
void ch5_clear_errors(void);
// Calls `visit` for each entry of the error stack, innermost first; texts may be NULL.
void ch5_walk_errors(
  void (*visit)(const char *function, const char *text, void *context), void *context);
void ch5_free(void *memory);

ch5_id ch5_default(void);  // H5P_DEFAULT

// Files.
int ch5_Fis_hdf5(const char *path);
ch5_id ch5_Fcreate(const char *path, int replacing, ch5_id creation, ch5_id access);
ch5_id ch5_Fopen(const char *path, int writable, ch5_id access);
int ch5_Fclose(ch5_id file);
int ch5_Fflush(ch5_id file);                       // H5F_SCOPE_GLOBAL
int64_t ch5_Fcount_open(ch5_id file);              // datasets, groups and attributes opened by it
int ch5_Fget_descriptor(ch5_id file, int *descriptor);  // of the default driver

// Property lists.
ch5_id ch5_Pfile_access(void);
ch5_id ch5_Pfile_create(void);
ch5_id ch5_Pdataset_create(void);
ch5_id ch5_Pdataset_transfer(void);
ch5_id ch5_Pgroup_create(void);
ch5_id ch5_Plink_create(void);
int ch5_Pclose(ch5_id list);
// Objects of the releases 1.8 to 1.10 when writing, so that those read what any release wrote.
int ch5_Pset_formats(ch5_id access, int writable);
int ch5_Pset_weak_close(ch5_id access);
int ch5_Pset_alignment(ch5_id access, uint64_t threshold, uint64_t alignment);
int ch5_Pset_sieve_buf_size(ch5_id access, size_t size);
// The MPI driver with collective metadata writes, on a communicator of cmpi.h.
int ch5_Pset_mpi(ch5_id access, uintptr_t communicator);
int ch5_Pset_collective(ch5_id transfer);
int ch5_Pset_no_times(ch5_id creation);            // H5Pset_obj_track_times
int ch5_Pset_utf8(ch5_id creation);                // H5Pset_char_encoding
int ch5_Pset_chunk(ch5_id creation, int rank, const uint64_t *shape);
int ch5_Pset_contiguous(ch5_id creation);
int ch5_Pset_deflate(ch5_id creation, unsigned level);
int ch5_Pset_alloc_early(ch5_id creation);
int ch5_Pset_fill_written(ch5_id creation, int is_written);  // H5D_FILL_TIME_ALLOC or NEVER
int ch5_Pset_fill_value(ch5_id creation, ch5_id type, const void *value);
int ch5_Pis_chunked(ch5_id creation);
int ch5_Pget_nfilters(ch5_id creation);

// Groups, links, objects.
ch5_id ch5_Gcreate(
  ch5_id place, const char *path, ch5_id links, ch5_id creation, ch5_id access);
ch5_id ch5_Gopen(ch5_id place, const char *path, ch5_id access);
int ch5_Gclose(ch5_id group);
int ch5_Gcount_links(ch5_id group, uint64_t *count);
int ch5_Lexists(ch5_id place, const char *path, ch5_id access);
// The name of link number `index` in the order of names.
ssize_t ch5_Lget_name(ch5_id group, uint64_t index, char *name, size_t size);
int ch5_Lcreate_hard(
  ch5_id from, const char *target, ch5_id place, const char *path, ch5_id creation, ch5_id access);
int ch5_Ldelete(ch5_id place, const char *path, ch5_id access);
int ch5_Oexists(ch5_id place, const char *path, ch5_id access);
enum { CH5_OTHER_OBJECT, CH5_GROUP, CH5_DATASET, CH5_DATATYPE };
int ch5_Okind(ch5_id place, const char *path, int *kind);

// Attributes.
ch5_id ch5_Acreate(
  ch5_id object, const char *name, ch5_id type, ch5_id space, ch5_id creation, ch5_id access);
ch5_id ch5_Aopen(ch5_id object, const char *name, ch5_id access);
int ch5_Aclose(ch5_id attribute);
int ch5_Aexists(ch5_id object, const char *name);
int ch5_Adelete(ch5_id object, const char *name);
int ch5_Acount(ch5_id object, uint64_t *count);
ssize_t ch5_Aget_name(ch5_id object, uint64_t index, char *name, size_t size);
ch5_id ch5_Aget_type(ch5_id attribute);
ch5_id ch5_Aget_space(ch5_id attribute);
int ch5_Aread(ch5_id attribute, ch5_id type, void *values);
int ch5_Awrite(ch5_id attribute, ch5_id type, const void *values);

// Datasets.
ch5_id ch5_Dcreate(
  ch5_id place, const char *path, ch5_id type, ch5_id space, ch5_id links, ch5_id creation,
  ch5_id access);
ch5_id ch5_Dopen(ch5_id place, const char *path, ch5_id access);
int ch5_Dclose(ch5_id dataset);
ch5_id ch5_Dget_type(ch5_id dataset);
ch5_id ch5_Dget_space(ch5_id dataset);
ch5_id ch5_Dget_create_plist(ch5_id dataset);
uint64_t ch5_Dget_storage_size(ch5_id dataset);
int64_t ch5_Dget_offset(ch5_id dataset);           // -1: it has none
int ch5_Dset_extent(ch5_id dataset, const uint64_t *shape);
int ch5_Dread(
  ch5_id dataset, ch5_id type, ch5_id memory, ch5_id file, ch5_id transfer, void *values);
int ch5_Dwrite(
  ch5_id dataset, ch5_id type, ch5_id memory, ch5_id file, ch5_id transfer, const void *values);

// Dataspaces.
ch5_id ch5_all(void);
uint64_t ch5_unlimited(void);
ch5_id ch5_Screate_scalar(void);
ch5_id ch5_Screate_simple(int rank, const uint64_t *shape, const uint64_t *maximum);
int ch5_Sclose(ch5_id space);
int ch5_Sget_rank(ch5_id space);
int ch5_Sget_shape(ch5_id space, uint64_t *shape);
int ch5_Sis_null(ch5_id space);
int ch5_Sset_shape(ch5_id space, int rank, const uint64_t *shape);
int ch5_Sselect_all(ch5_id space);
int ch5_Sselect_none(ch5_id space);
int ch5_Sselect_block(ch5_id space, const uint64_t *start, const uint64_t *count);

// Datatypes.
enum {
  CH5_INTEGER, CH5_FLOAT, CH5_STRING, CH5_ENUM, CH5_COMPOUND, CH5_ARRAY, CH5_VLEN, CH5_REFERENCE,
  CH5_OTHER_CLASS
};
int ch5_Tget_class(ch5_id type);
size_t ch5_Tget_size(ch5_id type);
int ch5_Tis_signed(ch5_id type);
int ch5_Tis_variable_text(ch5_id type);
ch5_id ch5_Tcopy(ch5_id type);
int ch5_Tclose(ch5_id type);
// A string type of `size` bytes padded with zeros, or of any length with a final zero for size 0.
ch5_id ch5_Tcreate_text(size_t size);
int ch5_Tcopy_encoding(ch5_id type, ch5_id from);  // H5Tset_cset
ch5_id ch5_Tenum_create(ch5_id base);
int ch5_Tenum_insert(ch5_id type, const char *name, const void *value);
int ch5_Tget_nmembers(ch5_id type);
char *ch5_Tget_member_name(ch5_id type, unsigned member);  // for ch5_free
int ch5_Tget_member_value(ch5_id type, unsigned member, void *value);
ch5_id ch5_Tget_native_type(ch5_id type);

// Types in files: little-endian.
ch5_id ch5_file_float32(void);
ch5_id ch5_file_float64(void);
ch5_id ch5_file_int8(void);
ch5_id ch5_file_int16(void);
ch5_id ch5_file_int32(void);
ch5_id ch5_file_int64(void);
ch5_id ch5_file_uint8(void);
ch5_id ch5_file_uint16(void);
ch5_id ch5_file_uint32(void);
ch5_id ch5_file_uint64(void);

// Types in memory.
ch5_id ch5_native_float(void);
ch5_id ch5_native_double(void);
ch5_id ch5_native_int32(void);
ch5_id ch5_native_int64(void);
ch5_id ch5_native_uint8(void);
ch5_id ch5_native_uint64(void);

#endif
