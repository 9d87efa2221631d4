// Rows of CSV for processors with AVX2.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))), apply_to = function)
#define TK_SSE 1
#define TK_INDEX_LINES tk_index_lines_avx2
#define TK_NAME(function) function##_avx2
#include "options_rows_impl.h"
#pragma clang attribute pop
#endif
