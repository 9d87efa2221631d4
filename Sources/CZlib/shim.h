// zlib, for gzip streams. `inflateInit2` is a macro that Swift cannot see, hence the wrapper.
#ifndef TAPEDECK_CZLIB_SHIM_H
#define TAPEDECK_CZLIB_SHIM_H

#include <zlib.h>

/// Starts a decoder that accepts gzip members only (16 + the largest window).
static inline int tk_gzip_inflate_init(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

#endif
