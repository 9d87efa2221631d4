#if defined(__x86_64__)
#include "tapedeck_pricing.h"
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define TK_LANES 4
#define TK_NAME(name) name##_avx2
#include "pricing_impl.h"
#pragma clang attribute pop
#endif
