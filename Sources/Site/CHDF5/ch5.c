// The one file that sees hdf5.h. For parallel HDF5 from 1.10 on.
#include "ch5.h"

#include <hdf5.h>
#include <mpi.h>
#include <string.h>

#ifndef H5_HAVE_PARALLEL
#error "this HDF5 was built without MPI; Verglas needs parallel HDF5 (h5pcc, hdf5 +mpi)"
#endif
#if !H5_VERSION_GE(1, 10, 2)
#error "Verglas needs HDF5 1.10.2 or later"
#endif

// H5F_ACC_RDONLY and others call H5check, which aborts on another release than that of the headers
// and prints a page; `ch5_start` compares before any of them is used.
#undef H5CHECK
#define H5CHECK

_Static_assert(sizeof(hid_t) == sizeof(ch5_id), "identifiers have 64 bits");
_Static_assert(sizeof(hsize_t) == sizeof(uint64_t), "sizes have 64 bits");

#define SIZES(p) ((const hsize_t *)(const void *)(p))

int ch5_start(void) {
  unsigned major = 0, minor = 0, release = 0;
  ch5_version(&major, &minor, &release);
  if (major != H5_VERS_MAJOR || minor != H5_VERS_MINOR) return -1;
  if (H5open() < 0) return -1;
  return H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ch5_version(unsigned *major, unsigned *minor, unsigned *release) {
  H5get_libversion(major, minor, release);
}

void ch5_built_with(unsigned *major, unsigned *minor, unsigned *release) {
  *major = H5_VERS_MAJOR;
  *minor = H5_VERS_MINOR;
  *release = H5_VERS_RELEASE;
}

void ch5_clear_errors(void) { H5Eclear2(H5E_DEFAULT); }
void ch5_free(void *memory) { H5free_memory(memory); }

struct visitor {
  void (*visit)(const char *, const char *, void *);
  void *context;
};
static herr_t visit_entry(unsigned n, const H5E_error2_t *entry, void *data) {
  struct visitor *visitor = data;
  (void)n;
  if (entry) visitor->visit(entry->func_name, entry->desc, visitor->context);
  return 0;
}
void ch5_walk_errors(void (*visit)(const char *, const char *, void *), void *context) {
  struct visitor visitor = {visit, context};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit_entry, &visitor);
}

ch5_id ch5_default(void) { return H5P_DEFAULT; }

int ch5_Fis_hdf5(const char *path) { return H5Fis_hdf5(path); }
ch5_id ch5_Fcreate(const char *path, int replacing, ch5_id creation, ch5_id access) {
  return H5Fcreate(path, replacing ? H5F_ACC_TRUNC : H5F_ACC_EXCL, creation, access);
}
ch5_id ch5_Fopen(const char *path, int writable, ch5_id access) {
  return H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
}
int ch5_Fclose(ch5_id file) { return H5Fclose(file); }
int ch5_Fflush(ch5_id file) { return H5Fflush(file, H5F_SCOPE_GLOBAL); }
int64_t ch5_Fcount_open(ch5_id file) {
  return H5Fget_obj_count(file, H5F_OBJ_DATASET | H5F_OBJ_GROUP | H5F_OBJ_ATTR | H5F_OBJ_LOCAL);
}
int ch5_Fget_descriptor(ch5_id file, int *descriptor) {
  void *handle = NULL;
  herr_t code = H5Fget_vfd_handle(file, H5P_DEFAULT, &handle);
  if (code < 0 || !handle) return -1;
  *descriptor = *(int *)handle;
  return 0;
}

ch5_id ch5_Pfile_access(void) { return H5Pcreate(H5P_FILE_ACCESS); }
ch5_id ch5_Pfile_create(void) { return H5Pcreate(H5P_FILE_CREATE); }
ch5_id ch5_Pdataset_create(void) { return H5Pcreate(H5P_DATASET_CREATE); }
ch5_id ch5_Pdataset_transfer(void) { return H5Pcreate(H5P_DATASET_XFER); }
ch5_id ch5_Pgroup_create(void) { return H5Pcreate(H5P_GROUP_CREATE); }
ch5_id ch5_Plink_create(void) { return H5Pcreate(H5P_LINK_CREATE); }
int ch5_Pclose(ch5_id list) { return H5Pclose(list); }
int ch5_Pset_formats(ch5_id access, int writable) {
  return H5Pset_libver_bounds(
    access, H5F_LIBVER_V18, writable ? H5F_LIBVER_V110 : H5F_LIBVER_LATEST);
}
int ch5_Pset_weak_close(ch5_id access) { return H5Pset_fclose_degree(access, H5F_CLOSE_WEAK); }
int ch5_Pset_alignment(ch5_id access, uint64_t threshold, uint64_t alignment) {
  return H5Pset_alignment(access, threshold, alignment);
}
int ch5_Pset_sieve_buf_size(ch5_id access, size_t size) {
  return H5Pset_sieve_buf_size(access, size);
}
int ch5_Pset_mpi(ch5_id access, uintptr_t communicator) {
  MPI_Comm comm;
  memcpy(&comm, &communicator, sizeof comm);
  if (H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL) < 0) return -1;
  return H5Pset_coll_metadata_write(access, 1);
}
int ch5_Pset_collective(ch5_id transfer) {
  return H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
}
int ch5_Pset_no_times(ch5_id creation) { return H5Pset_obj_track_times(creation, 0); }
int ch5_Pset_utf8(ch5_id creation) { return H5Pset_char_encoding(creation, H5T_CSET_UTF8); }
int ch5_Pset_chunk(ch5_id creation, int rank, const uint64_t *shape) {
  return H5Pset_chunk(creation, rank, SIZES(shape));
}
int ch5_Pset_contiguous(ch5_id creation) { return H5Pset_layout(creation, H5D_CONTIGUOUS); }
int ch5_Pset_deflate(ch5_id creation, unsigned level) { return H5Pset_deflate(creation, level); }
int ch5_Pset_alloc_early(ch5_id creation) {
  return H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
}
int ch5_Pset_fill_written(ch5_id creation, int is_written) {
  return H5Pset_fill_time(creation, is_written ? H5D_FILL_TIME_ALLOC : H5D_FILL_TIME_NEVER);
}
int ch5_Pset_fill_value(ch5_id creation, ch5_id type, const void *value) {
  return H5Pset_fill_value(creation, type, value);
}
int ch5_Pis_chunked(ch5_id creation) { return H5Pget_layout(creation) == H5D_CHUNKED; }
int ch5_Pget_nfilters(ch5_id creation) { return H5Pget_nfilters(creation); }

ch5_id ch5_Gcreate(
  ch5_id place, const char *path, ch5_id links, ch5_id creation, ch5_id access
) {
  return H5Gcreate2(place, path, links, creation, access);
}
ch5_id ch5_Gopen(ch5_id place, const char *path, ch5_id access) {
  return H5Gopen2(place, path, access);
}
int ch5_Gclose(ch5_id group) { return H5Gclose(group); }
int ch5_Gcount_links(ch5_id group, uint64_t *count) {
  H5G_info_t info;
  herr_t code = H5Gget_info(group, &info);
  if (code >= 0) *count = info.nlinks;
  return code;
}
int ch5_Lexists(ch5_id place, const char *path, ch5_id access) {
  return H5Lexists(place, path, access);
}
ssize_t ch5_Lget_name(ch5_id group, uint64_t index, char *name, size_t size) {
  return H5Lget_name_by_idx(
    group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, size, H5P_DEFAULT);
}
int ch5_Lcreate_hard(
  ch5_id from, const char *target, ch5_id place, const char *path, ch5_id creation, ch5_id access
) {
  return H5Lcreate_hard(from, target, place, path, creation, access);
}
int ch5_Ldelete(ch5_id place, const char *path, ch5_id access) {
  return H5Ldelete(place, path, access);
}
int ch5_Oexists(ch5_id place, const char *path, ch5_id access) {
  return H5Oexists_by_name(place, path, access);
}

// H5O_info_t became H5O_info2_t in 1.12, and its old name a macro.
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info2_t object_info;
static herr_t info_by_name(ch5_id place, const char *path, object_info *info) {
  return H5Oget_info_by_name3(place, path, info, H5O_INFO_BASIC, H5P_DEFAULT);
}
static herr_t info_of(ch5_id object, object_info *info) {
  return H5Oget_info3(object, info, H5O_INFO_NUM_ATTRS);
}
#else
typedef H5O_info_t object_info;
static herr_t info_by_name(ch5_id place, const char *path, object_info *info) {
  return H5Oget_info_by_name1(place, path, info, H5P_DEFAULT);
}
static herr_t info_of(ch5_id object, object_info *info) { return H5Oget_info1(object, info); }
#endif

int ch5_Okind(ch5_id place, const char *path, int *kind) {
  object_info info;
  herr_t code = info_by_name(place, path, &info);
  if (code < 0) return code;
  switch (info.type) {
    case H5O_TYPE_GROUP: *kind = CH5_GROUP; break;
    case H5O_TYPE_DATASET: *kind = CH5_DATASET; break;
    case H5O_TYPE_NAMED_DATATYPE: *kind = CH5_DATATYPE; break;
    default: *kind = CH5_OTHER_OBJECT;
  }
  return code;
}

ch5_id ch5_Acreate(
  ch5_id object, const char *name, ch5_id type, ch5_id space, ch5_id creation, ch5_id access
) {
  return H5Acreate2(object, name, type, space, creation, access);
}
ch5_id ch5_Aopen(ch5_id object, const char *name, ch5_id access) {
  return H5Aopen(object, name, access);
}
int ch5_Aclose(ch5_id attribute) { return H5Aclose(attribute); }
int ch5_Aexists(ch5_id object, const char *name) { return H5Aexists(object, name); }
int ch5_Adelete(ch5_id object, const char *name) { return H5Adelete(object, name); }
int ch5_Acount(ch5_id object, uint64_t *count) {
  object_info info;
  herr_t code = info_of(object, &info);
  if (code >= 0) *count = info.num_attrs;
  return code;
}
ssize_t ch5_Aget_name(ch5_id object, uint64_t index, char *name, size_t size) {
  return H5Aget_name_by_idx(
    object, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, size, H5P_DEFAULT);
}
ch5_id ch5_Aget_type(ch5_id attribute) { return H5Aget_type(attribute); }
ch5_id ch5_Aget_space(ch5_id attribute) { return H5Aget_space(attribute); }
int ch5_Aread(ch5_id attribute, ch5_id type, void *values) {
  return H5Aread(attribute, type, values);
}
int ch5_Awrite(ch5_id attribute, ch5_id type, const void *values) {
  return H5Awrite(attribute, type, values);
}

ch5_id ch5_Dcreate(
  ch5_id place, const char *path, ch5_id type, ch5_id space, ch5_id links, ch5_id creation,
  ch5_id access
) {
  return H5Dcreate2(place, path, type, space, links, creation, access);
}
ch5_id ch5_Dopen(ch5_id place, const char *path, ch5_id access) {
  return H5Dopen2(place, path, access);
}
int ch5_Dclose(ch5_id dataset) { return H5Dclose(dataset); }
ch5_id ch5_Dget_type(ch5_id dataset) { return H5Dget_type(dataset); }
ch5_id ch5_Dget_space(ch5_id dataset) { return H5Dget_space(dataset); }
ch5_id ch5_Dget_create_plist(ch5_id dataset) { return H5Dget_create_plist(dataset); }
uint64_t ch5_Dget_storage_size(ch5_id dataset) { return H5Dget_storage_size(dataset); }
int64_t ch5_Dget_offset(ch5_id dataset) {
  haddr_t offset = H5Dget_offset(dataset);
  return offset == HADDR_UNDEF ? -1 : (int64_t)offset;
}
int ch5_Dset_extent(ch5_id dataset, const uint64_t *shape) {
  return H5Dset_extent(dataset, SIZES(shape));
}
int ch5_Dread(
  ch5_id dataset, ch5_id type, ch5_id memory, ch5_id file, ch5_id transfer, void *values
) {
  return H5Dread(dataset, type, memory, file, transfer, values);
}
int ch5_Dwrite(
  ch5_id dataset, ch5_id type, ch5_id memory, ch5_id file, ch5_id transfer, const void *values
) {
  return H5Dwrite(dataset, type, memory, file, transfer, values);
}

ch5_id ch5_all(void) { return H5S_ALL; }
uint64_t ch5_unlimited(void) { return H5S_UNLIMITED; }
ch5_id ch5_Screate_scalar(void) { return H5Screate(H5S_SCALAR); }
ch5_id ch5_Screate_simple(int rank, const uint64_t *shape, const uint64_t *maximum) {
  return H5Screate_simple(rank, SIZES(shape), SIZES(maximum));
}
int ch5_Sclose(ch5_id space) { return H5Sclose(space); }
int ch5_Sget_rank(ch5_id space) { return H5Sget_simple_extent_ndims(space); }
int ch5_Sget_shape(ch5_id space, uint64_t *shape) {
  return H5Sget_simple_extent_dims(space, (hsize_t *)(void *)shape, NULL);
}
int ch5_Sis_null(ch5_id space) { return H5Sget_simple_extent_type(space) == H5S_NULL; }
int ch5_Sset_shape(ch5_id space, int rank, const uint64_t *shape) {
  return H5Sset_extent_simple(space, rank, SIZES(shape), NULL);
}
int ch5_Sselect_all(ch5_id space) { return H5Sselect_all(space); }
int ch5_Sselect_none(ch5_id space) { return H5Sselect_none(space); }
int ch5_Sselect_block(ch5_id space, const uint64_t *start, const uint64_t *count) {
  return H5Sselect_hyperslab(space, H5S_SELECT_SET, SIZES(start), NULL, SIZES(count), NULL);
}

int ch5_Tget_class(ch5_id type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return CH5_INTEGER;
    case H5T_FLOAT: return CH5_FLOAT;
    case H5T_STRING: return CH5_STRING;
    case H5T_ENUM: return CH5_ENUM;
    case H5T_COMPOUND: return CH5_COMPOUND;
    case H5T_ARRAY: return CH5_ARRAY;
    case H5T_VLEN: return CH5_VLEN;
    case H5T_REFERENCE: return CH5_REFERENCE;
    default: return CH5_OTHER_CLASS;
  }
}
size_t ch5_Tget_size(ch5_id type) { return H5Tget_size(type); }
int ch5_Tis_signed(ch5_id type) { return H5Tget_sign(type) != H5T_SGN_NONE; }
int ch5_Tis_variable_text(ch5_id type) { return H5Tis_variable_str(type) > 0; }
ch5_id ch5_Tcopy(ch5_id type) { return H5Tcopy(type); }
int ch5_Tclose(ch5_id type) { return H5Tclose(type); }
ch5_id ch5_Tcreate_text(size_t size) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  H5Tset_size(type, size ? size : H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  H5Tset_strpad(type, size ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
  return type;
}
int ch5_Tcopy_encoding(ch5_id type, ch5_id from) { return H5Tset_cset(type, H5Tget_cset(from)); }
ch5_id ch5_Tenum_create(ch5_id base) { return H5Tenum_create(base); }
int ch5_Tenum_insert(ch5_id type, const char *name, const void *value) {
  return H5Tenum_insert(type, name, value);
}
int ch5_Tget_nmembers(ch5_id type) { return H5Tget_nmembers(type); }
char *ch5_Tget_member_name(ch5_id type, unsigned member) {
  return H5Tget_member_name(type, member);
}
int ch5_Tget_member_value(ch5_id type, unsigned member, void *value) {
  return H5Tget_member_value(type, member, value);
}
ch5_id ch5_Tget_native_type(ch5_id type) { return H5Tget_native_type(type, H5T_DIR_DEFAULT); }

ch5_id ch5_file_float32(void) { return H5T_IEEE_F32LE; }
ch5_id ch5_file_float64(void) { return H5T_IEEE_F64LE; }
ch5_id ch5_file_int8(void) { return H5T_STD_I8LE; }
ch5_id ch5_file_int16(void) { return H5T_STD_I16LE; }
ch5_id ch5_file_int32(void) { return H5T_STD_I32LE; }
ch5_id ch5_file_int64(void) { return H5T_STD_I64LE; }
ch5_id ch5_file_uint8(void) { return H5T_STD_U8LE; }
ch5_id ch5_file_uint16(void) { return H5T_STD_U16LE; }
ch5_id ch5_file_uint32(void) { return H5T_STD_U32LE; }
ch5_id ch5_file_uint64(void) { return H5T_STD_U64LE; }

ch5_id ch5_native_float(void) { return H5T_NATIVE_FLOAT; }
ch5_id ch5_native_double(void) { return H5T_NATIVE_DOUBLE; }
ch5_id ch5_native_int32(void) { return H5T_NATIVE_INT32; }
ch5_id ch5_native_int64(void) { return H5T_NATIVE_INT64; }
ch5_id ch5_native_uint8(void) { return H5T_NATIVE_UINT8; }
ch5_id ch5_native_uint64(void) { return H5T_NATIVE_UINT64; }
