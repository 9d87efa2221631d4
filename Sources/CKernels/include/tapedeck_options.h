// Parses market-data CSV: option quotes (18 columns) and stock bars, directly into columns.
//
// A parser is given bytes in pieces, each beginning at the start of a line. It reads whole lines, writes the good ones
// to its column arrays and lists the others with a reason. It never reads outside [bytes, bytes + length).
//
// Lines are split by SIMD (AVX-512, AVX2, portable), chosen when the parser is created; all give the same result, bit for bit.
// The three compile from one source: see options_rows_impl.h.
#ifndef TAPEDECK_OPTIONS_H
#define TAPEDECK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A line longer than this many bytes is rejected, not buffered.
#define TK_CSV_LINE_LIMIT 65536

/// Longest ticker or contract root.
#define TK_SYMBOL_LIMIT 24

/// Why a line was rejected. The numbers are only for the Swift wrapper, which has stable names.
typedef enum {
    TK_REJECT_NONE = 0,
    TK_REJECT_COLUMN_COUNT,
    TK_REJECT_NUL_BYTE,
    TK_REJECT_TRUNCATED,
    TK_REJECT_LINE_TOO_LONG,
    TK_REJECT_QUOTING,
    TK_REJECT_CONTRACT,
    TK_REJECT_CONTRACT_DISAGREES,
    TK_REJECT_SYMBOL,
    TK_REJECT_DATE,
    TK_REJECT_QUOTE_DATE,
    TK_REJECT_EXPIRED,
    TK_REJECT_KIND,
    TK_REJECT_STYLE,
    TK_REJECT_NUMBER,
    TK_REJECT_RANGE,
    TK_REJECT_NEGATIVE_PRICE,
    TK_REJECT_PRICE_NOT_POSITIVE,
    TK_REJECT_HIGH_BELOW_LOW,
    TK_REJECT_DUPLICATE,
    TK_REJECT_TOO_MANY_SYMBOLS,
    TK_REJECT_COUNT
} tk_rejection;

/// One rejected line.
typedef struct {
    uint64_t offset; ///< where the line begins in the bytes given
    uint32_t length; ///< bytes without the line break
    uint32_t line;   ///< 1-based number in the file
    uint32_t reason; ///< tk_rejection
    int32_t field;   ///< the field that is to blame (TK_OPTION_… or TK_BAR_…), -1 for the line as a whole
} tk_rejected_row;

/// What one call did.
typedef struct {
    size_t consumed;   ///< bytes done with; pass the rest again, with more behind it
    uint32_t rows;     ///< rows in the columns, from index 0
    uint32_t rejected; ///< entries in the rejected list
} tk_parse_result;

/// Fields of an options file, in the order of its usual header.
enum {
    TK_OPTION_CONTRACT,
    TK_OPTION_UNDERLYING,
    TK_OPTION_EXPIRATION,
    TK_OPTION_TYPE,
    TK_OPTION_STRIKE,
    TK_OPTION_STYLE,
    TK_OPTION_BID,
    TK_OPTION_BID_SIZE,
    TK_OPTION_ASK,
    TK_OPTION_ASK_SIZE,
    TK_OPTION_VOLUME,
    TK_OPTION_OPEN_INTEREST,
    TK_OPTION_QUOTE_DATE,
    TK_OPTION_DELTA,
    TK_OPTION_GAMMA,
    TK_OPTION_THETA,
    TK_OPTION_VEGA,
    TK_OPTION_IMPLIED_VOLATILITY,
    TK_OPTION_FIELDS
};

/// Columns of option rows, all of one length. Empty prices and greeks are NaN, empty counts are -1.
typedef struct {
    uint32_t *symbol, *root; ///< numbers in the parser's symbol table
    int32_t *expiry;         ///< days since 1970-01-01
    uint8_t *kind, *style;   ///< 0 = call, 1 = put; 'A' or 'E'
    int32_t *strike;         ///< thousandths of a dollar
    float *bid, *ask;
    int32_t *bid_size, *ask_size, *volume, *open_interest;
    float *delta, *gamma, *theta, *vega, *implied_volatility;
    uint32_t *line;
} tk_option_columns;

/// Data quirks of kept rows, counted over the life of a parser.
enum {
    TK_QUIRK_NO_QUOTE,
    TK_QUIRK_ONE_SIDED,
    TK_QUIRK_ZERO_BID,
    TK_QUIRK_ZERO_ASK,
    TK_QUIRK_CROSSED,
    TK_QUIRK_EMPTY_GREEKS,
    TK_QUIRK_EXTREME_VOLATILITY,
    TK_QUIRK_SHARED_VOLATILITY,
    TK_QUIRK_EMPTY_VOLUME,
    TK_QUIRK_NO_LAST_LINE_BREAK,
    TK_QUIRKS
};

typedef struct tk_option_parser tk_option_parser;

/// A parser of one options file, or NULL when memory is out.
/// - columns: fields in the header (known and unknown), at most 1024.
/// - positions: TK_OPTION_FIELDS numbers, each field's place in a line, all below `columns`.
/// - quote_date: days since 1970-01-01; a row of another date is rejected.
/// - first_line: number of the first line that will be given.
/// - capacity: most rows and most rejected lines one call may return.
tk_option_parser *tk_option_parser_create(uint32_t columns, const uint32_t *positions, int32_t quote_date, uint32_t first_line, uint32_t capacity);
void tk_option_parser_destroy(tk_option_parser *parser);

/// Parses whole lines. Stops when the bytes or the capacity are used up; `last` means that no more bytes follow. Returns false
/// if memory runs out.
bool tk_options_parse(tk_option_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result);

const tk_option_columns *tk_option_parser_columns(const tk_option_parser *parser);
const tk_rejected_row *tk_option_parser_rejected(const tk_option_parser *parser);
/// Counts of quirks so far (TK_QUIRKS numbers). Complete after the call with `last`.
const uint64_t *tk_option_parser_quirks(const tk_option_parser *parser);
uint32_t tk_option_parser_symbol_count(const tk_option_parser *parser);
/// The text of a symbol, not NUL-terminated; `length` receives its bytes. NULL beyond the count.
const uint8_t *tk_option_parser_symbol(const tk_option_parser *parser, uint32_t number, uint32_t *length);

/// Fields of a stock file. A daily cross-section has a symbol and no day, a file of one symbol has a day and no symbol.
enum { TK_BAR_SYMBOL, TK_BAR_DAY, TK_BAR_OPEN, TK_BAR_HIGH, TK_BAR_LOW, TK_BAR_CLOSE, TK_BAR_VOLUME, TK_BAR_ADJUSTED_CLOSE, TK_BAR_FIELDS };

/// Columns of stock bars, all of one length. Empty volume and adjusted close are NaN.
typedef struct {
    uint32_t *symbol;
    int32_t *day;
    float *open, *high, *low, *close, *adjusted_close;
    double *volume;
    uint32_t *line;
} tk_bar_columns;

typedef struct tk_bar_parser tk_bar_parser;

/// A parser of one stock file, or NULL when memory is out or the symbol given is not a ticker.
/// - positions: TK_BAR_FIELDS numbers; -1 for a field that the file lacks. Symbol or day may be missing, in which case
///   the one given (`symbol`, `day`) stands for every row.
tk_bar_parser *tk_bar_parser_create(
    uint32_t columns, const int32_t *positions, const uint8_t *symbol, uint32_t symbol_length, int32_t day, uint32_t first_line, uint32_t capacity);
void tk_bar_parser_destroy(tk_bar_parser *parser);
bool tk_bars_parse(tk_bar_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result);
const tk_bar_columns *tk_bar_parser_columns(const tk_bar_parser *parser);
const tk_rejected_row *tk_bar_parser_rejected(const tk_bar_parser *parser);
uint32_t tk_bar_parser_symbol_count(const tk_bar_parser *parser);
const uint8_t *tk_bar_parser_symbol(const tk_bar_parser *parser, uint32_t number, uint32_t *length);

#ifdef __cplusplus
}
#endif

#endif
