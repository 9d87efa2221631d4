// oneDNN's C API (Debian: libdnnl-dev, 2.6), and the one OpenMP call its threading needs.
#ifndef TAPEDECK_ONEDNN_SHIM_H
#define TAPEDECK_ONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>

// From libgomp, declared here because clang does not ship omp.h: how many threads a parallel region
// started by the calling thread may use.
void omp_set_num_threads(int count);

#endif
