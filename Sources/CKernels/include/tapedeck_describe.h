// From columns of option rows to description keys (see DescriptionKey in the Descriptions target for the layout).
#ifndef TAPEDECK_DESCRIBE_H
#define TAPEDECK_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Values that all rows of one underlying share on one day.
typedef struct {
    /// Dollars, as the traded decimal (not its single-precision neighbour); NaN if there is no bar.
    double close;
    /// Ticker number and the codes of the underlying's day and regime, at their positions in the key.
    uint64_t key;
} tk_underlying_day;

/// At most seven ascending thresholds: a value's code is 1 + the number of thresholds that it is not below.
typedef struct {
    int32_t count;
    float value[7];
} tk_thresholds;

/// Thresholds and first bits of the attributes that come from an option row itself.
typedef struct {
    tk_thresholds moneyness, tenor, implied_volatility, volume, open_interest, spread;
    int32_t moneyness_bit, tenor_bit, implied_volatility_bit, volume_bit, open_interest_bit, unusual_bit, spread_bit;
    int32_t kind_bit;
    /// The spread's code when there is no bid.
    int32_t no_bid_code;
    int32_t unusual_min_volume;
    float unusual_open_interest_multiple;
} tk_option_lexicon;

/// Inputs of the implied volatility solver for `n` rows: spot, strike, years to expiry, mid (NaN unless both sides are
/// quoted, the bid is positive and not above the ask).
/// Rows whose `symbol[i]` is not below `day_count` have no spot.
void tk_option_solver_inputs(size_t n, const uint32_t *symbol, const int32_t *expiry, const int32_t *strike, const float *bid, const float *ask,
    int32_t quote_date, const tk_underlying_day *days, size_t day_count, float *spot, float *strike_dollars, float *years, float *mid);

/// Replaces NaN in `solved` by the vendor's value if that is a positive number; `source[i]` becomes 1 for solved, 2 for the
/// vendor's, 0 for neither.
void tk_option_choose_volatility(size_t n, float *solved, const float *vendor, uint8_t *source);

/// The keys of `n` rows. `kind[i]`: 0 call, 1 put. Volume and open interest: -1 when empty. Prices: NaN when empty.
/// Every `symbol[i]` should be below `day_count`: the ticker's number comes from there.
void tk_option_keys(size_t n, const uint32_t *symbol, const uint8_t *kind, const int32_t *expiry, const int32_t *strike, const float *bid,
    const float *ask, const int32_t *volume, const int32_t *open_interest, const float *implied_volatility, int32_t quote_date,
    const tk_underlying_day *days, size_t day_count, const tk_option_lexicon *lexicon, uint64_t *keys);

/// Numbers the distinct values of `keys[i] & mask` in order of first appearance: `number[i]` becomes that of row `i`, and
/// `distinct`, with room for `n`, the values. Returns how many there are, or SIZE_MAX if memory runs out.
size_t tk_distinct(const uint64_t *keys, size_t n, uint64_t mask, uint32_t *number, uint64_t *distinct);

#ifdef __cplusplus
}
#endif
#endif
