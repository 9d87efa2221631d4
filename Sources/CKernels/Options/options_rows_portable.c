// Rows of CSV without vector instructions: the reference that the other levels are compared with.
#define TK_SSE 0
#define TK_SCAN tk_scan_portable
#define TK_NAME(function) function##_portable
#include "options_rows.h"
