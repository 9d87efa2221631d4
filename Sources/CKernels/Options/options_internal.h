// Shared by the files of the CSV parser; see include/tapedeck_options.h.
#ifndef TAPEDECK_OPTIONS_INTERNAL_H
#define TAPEDECK_OPTIONS_INTERNAL_H

#include <string.h>

#include "tapedeck_options.h"

// ---- Where the separators are (options_scan.c) ----

/// Bytes indexed at a time, so that the index of a window stays in the first-level cache.
#define TK_WINDOW 16384

/// Commas and line feeds of a window, up to its first quotation mark.
typedef struct {
    uint32_t rows;                     ///< complete lines found
    bool has_nul;                      ///< a NUL byte was seen
    uint32_t row_end[TK_WINDOW + 64];  ///< for each line, one past its line feed's number
    uint32_t edge[1 + TK_WINDOW + 64]; ///< edge[i + 1] is separator i; edge[0] lets field 0 begin at byte 0
} tk_line_index;

/// Fills the index for `length` (at most TK_WINDOW) bytes.
void tk_index_lines_portable(tk_line_index *index, const uint8_t *bytes, uint32_t length);
void tk_index_lines_avx2(tk_line_index *index, const uint8_t *bytes, uint32_t length);
void tk_index_lines_avx512(tk_line_index *index, const uint8_t *bytes, uint32_t length);

// ---- Tickers by number (options_symbols.c) ----

/// Keys hold a root in 20 bits.
#define TK_SYMBOL_COUNT_LIMIT ((1u << 20) - 1)
enum { TK_SYMBOL_BAD = UINT32_MAX, TK_SYMBOL_TOO_MANY = UINT32_MAX - 1, TK_SYMBOL_NO_MEMORY = UINT32_MAX - 2 };

/// Longest root of a contract.
#define TK_ROOT_LIMIT 6

typedef struct {
    uint8_t length;
    uint8_t text[31];
} tk_symbol;

typedef struct {
    tk_symbol *symbols;
    uint32_t count, capacity;
    uint32_t *slots; ///< number + 1, 0 = free
    uint32_t slot_count;
} tk_symbol_table;

/// The number of a ticker, new if it is unknown; TK_SYMBOL_BAD if the text is not a ticker (empty, too long, or a byte outside
/// printable ASCII).
uint32_t tk_symbol_table_intern(tk_symbol_table *table, const uint8_t *text, size_t length);
void tk_symbol_table_free(tk_symbol_table *table);

// ---- Which rows have been met (options_keys.c) ----

/// A set of 64-bit keys; UINT64_MAX is no key. Files are mostly in ascending order of their keys, so a key above all previous
/// ones is new without a look-up and only joins a list; others are looked up in the list and in a hash table.
typedef struct {
    uint64_t *ascending;
    uint64_t ascending_count, ascending_capacity;
    uint64_t *slots; ///< open addressing
    uint64_t slot_count, count;
    int shift;
} tk_key_set;

/// Adds `count` keys in turn; `fresh[i]` is whether key i is new. False if memory runs out.
bool tk_key_set_insert(tk_key_set *set, const uint64_t *keys, uint32_t count, uint8_t *fresh);
void tk_key_set_free(tk_key_set *set);

// ---- Lines with quotation marks, very long lines, the last line (options_record.c) ----

typedef enum {
    TK_RECORD_OK,        ///< fields are in scratch
    TK_RECORD_REJECTED,  ///< see `reason`
    TK_RECORD_INCOMPLETE ///< more bytes are needed
} tk_record_status;

typedef struct {
    tk_record_status status;
    tk_rejection reason;
    uint32_t fields;   ///< fields found, may exceed the columns
    uint32_t length;   ///< bytes without the line break
    uint32_t consumed; ///< bytes with it
    uint32_t lines;    ///< line feeds in them
    bool unterminated; ///< the input ended without a line break
    bool over_long;    ///< skip what follows up to the next line feed
} tk_record;

// ---- The part of a parser that does not depend on the kind of file ----

/// Number of rows whose keys are looked up together, so that the look-ups overlap.
#define TK_BATCH 512

typedef struct {
    int set;          ///< enum tk_instruction_set: TK_PORTABLE, TK_AVX2 or TK_AVX512
    uint32_t columns; ///< fields a line must have
    uint32_t line;    ///< number of the next line
    uint32_t capacity;
    bool skipping; ///< inside a line that was too long
    bool no_memory;
    uint64_t unterminated_rows;
    tk_rejected_row *rejected;
    uint32_t rejected_count;
    uint32_t row_count;
    tk_symbol_table symbols;
    tk_key_set keys;
    uint32_t batch; ///< rows at the end of the columns whose keys are not looked up yet
    uint64_t batch_keys[TK_BATCH];
    tk_rejected_row batch_rows[TK_BATCH];
    tk_line_index index;
    uint32_t scratch_edge[1 + 1024];
    uint8_t scratch[16 + TK_CSV_LINE_LIMIT + 64]; ///< fields of one record, unquoted, from byte 16 on
} tk_csv;

/// Splits the record at `bytes`, which may be quoted, into csv->scratch.
tk_record tk_record_split(tk_csv *csv, const uint8_t *bytes, size_t length, bool last);

bool tk_csv_init(tk_csv *csv, uint32_t columns, uint32_t first_line, uint32_t capacity);
void tk_csv_free(tk_csv *csv);

/// The ticker interned last, for a quick comparison with the next row's.
typedef struct {
    uint32_t number;
    uint32_t length;  ///< 0 = none yet
    bool is_root;     ///< may stand as a contract's root as it is
    uint8_t text[32]; ///< left-aligned
    uint8_t tail[16]; ///< right-aligned, zeros before; meaningful for length <= 16
} tk_recent_symbol;

// ---- Option rows ----

/// State of the quirk that many contracts of one underlying carry the same volatility (options_quirks.c).
typedef struct {
    uint32_t symbol;     ///< of the run of rows under way
    uint32_t with_value; ///< rows of the run that have a volatility
    uint32_t stamp;      ///< marks the slots of this run
    uint32_t used, slot_count;
    struct {
        uint32_t bits, stamp, rows;
    } * slots;
    uint32_t *used_slots; ///< those of this run
} tk_shared_volatility;

struct tk_option_parser {
    tk_csv csv;
    uint32_t position[TK_OPTION_FIELDS];
    int32_t quote_date;
    uint8_t quote_date_text[10];
    uint8_t expiry_text[10]; ///< of the row before
    int32_t expiry;
    uint64_t expiry_ymd; ///< its YYMMDD as six ASCII digits, little-endian
    tk_recent_symbol underlying, root;
    tk_option_columns columns;
    void *column_memory;
    tk_shared_volatility shared;
    uint64_t quirks[TK_QUIRKS];
};

/// Counts the quirks of `count` new rows; `last` ends the current run. False if memory runs out.
bool tk_count_quirks(tk_option_parser *parser, uint32_t count, bool last);

// ---- Stock bars ----

struct tk_bar_parser {
    tk_csv csv;
    int32_t position[TK_BAR_FIELDS];
    uint32_t symbol; ///< for every row, where the file has no such column
    int32_t day;
    tk_bar_columns columns;
    void *column_memory;
};

// ---- One source, three instruction sets (options_rows_impl.h) ----

bool tk_options_parse_portable(tk_option_parser *, const uint8_t *, size_t, bool, tk_parse_result *);
bool tk_options_parse_avx2(tk_option_parser *, const uint8_t *, size_t, bool, tk_parse_result *);
bool tk_options_parse_avx512(tk_option_parser *, const uint8_t *, size_t, bool, tk_parse_result *);
bool tk_bars_parse_portable(tk_bar_parser *, const uint8_t *, size_t, bool, tk_parse_result *);
bool tk_bars_parse_avx2(tk_bar_parser *, const uint8_t *, size_t, bool, tk_parse_result *);
bool tk_bars_parse_avx512(tk_bar_parser *, const uint8_t *, size_t, bool, tk_parse_result *);

#endif
