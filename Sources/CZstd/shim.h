// Zstandard, streaming decompression. Everything needed is visible to Swift as it stands.
#ifndef TAPEDECK_CZSTD_SHIM_H
#define TAPEDECK_CZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

#endif
