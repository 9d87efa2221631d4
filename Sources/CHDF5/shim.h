// What Swift cannot import from hdf5.h: its types, property-list classes and file flags are macros that
// initialise the library and then name a global variable. One inline getter each.
#ifndef TAPEDECK_CHDF5_SHIM_H
#define TAPEDECK_CHDF5_SHIM_H

#include <hdf5.h>

static inline hid_t tk_h5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t tk_h5_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t tk_h5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t tk_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t tk_h5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t tk_h5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t tk_h5_native_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t tk_h5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t tk_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t tk_h5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t tk_h5_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t tk_h5_c_string(void) { return H5T_C_S1; }
// H5T_VARIABLE is SIZE_MAX written as ((size_t)-1), a cast Swift does not import.
static inline size_t tk_h5_variable_length(void) { return H5T_VARIABLE; }

static inline hid_t tk_h5_class_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t tk_h5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t tk_h5_class_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t tk_h5_class_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t tk_h5_class_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t tk_h5_class_link_create(void) { return H5P_LINK_CREATE; }

static inline unsigned tk_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned tk_h5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned tk_h5_exclusive(void) { return H5F_ACC_EXCL; }

static inline hid_t tk_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t tk_h5_whole_space(void) { return H5S_ALL; }
static inline hsize_t tk_h5_unlimited(void) { return H5S_UNLIMITED; }
static inline hid_t tk_h5_error_stack(void) { return H5E_DEFAULT; }

#endif
