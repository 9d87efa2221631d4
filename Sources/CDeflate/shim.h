// libdeflate: whole buffers of zlib's format, several times as fast as zlib.
#ifndef TAPEDECK_CDEFLATE_SHIM_H
#define TAPEDECK_CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
