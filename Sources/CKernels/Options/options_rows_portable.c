// Rows of CSV without vector instructions: the reference that the other versions are compared with.
#define TK_SSE 0
#define TK_INDEX_LINES tk_index_lines_portable
#define TK_NAME(function) function##_portable
#include "options_rows_impl.h"
