#if defined(__x86_64__)
#include "tapedeck_pricing.h"
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))), apply_to = function)
#define TK_LANES 8
#define TK_NAME(name) name##_avx512
#include "pricing_impl.h"
#pragma clang attribute pop
#endif
