#include "tapedeck_pricing.h"
#include <string.h>

// Two lanes: SSE2 or NEON, whichever the platform has by definition.
#define TK_LANES 2
#define TK_NAME(name) name##_portable
#include "pricing_impl.h"
