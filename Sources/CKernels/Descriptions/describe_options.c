#include "tapedeck_describe.h"

#include <math.h>

// Prices are decimals and a boundary is a ratio of two of them: 105 over a strike of 87.5 is 1.2, and a spread of 0.10
// about 5.00 is 2 %. Single precision misses such a boundary by an ulp, so ratios are taken in double and rounded once.

void tk_option_solver_inputs(size_t n, const uint32_t *symbol, const int32_t *expiry, const int32_t *strike, const float *bid, const float *ask,
    int32_t quote_date, const tk_underlying_day *days, size_t day_count, float *spot, float *strike_dollars, float *years, float *mid) {
    for (size_t i = 0; i < n; i++) {
        spot[i] = symbol[i] < day_count ? (float)days[symbol[i]].close : NAN;
        strike_dollars[i] = (float)strike[i] / 1000.0f;
        years[i] = (float)(expiry[i] - quote_date) * (1.0f / 365.0f);
        int quoted = bid[i] > 0 && ask[i] >= bid[i];
        mid[i] = quoted ? 0.5f * (bid[i] + ask[i]) : NAN;
    }
}

void tk_option_choose_volatility(size_t n, float *solved, const float *vendor, uint8_t *source) {
    for (size_t i = 0; i < n; i++) {
        int own = solved[i] > 0;
        int theirs = !own && vendor[i] > 0;
        solved[i] = own ? solved[i] : theirs ? vendor[i] : NAN;
        source[i] = (uint8_t)(own ? 1 : theirs ? 2 : 0);
    }
}

static inline uint64_t code(const tk_thresholds *t, float value) {
    uint64_t c = 1;
    for (int32_t k = 0; k < t->count; k++) c += value >= t->value[k];
    return value == value ? c : 0;
}

/// (ask - bid) / mid, computed with the decimals that round to the two numbers.
static inline float spread_of(float bid, float ask) {
    // A float holds seven digits: four decimals below 800, cents up to 80,000. Adding and subtracting this number rounds.
    const double scale = ask < 800 ? 1e4 : 1e2, rounding = 0x1.8p52;
    const double b = ((double)bid * scale + rounding) - rounding;
    const double a = ((double)ask * scale + rounding) - rounding;
    return (float)((a - b) / (0.5 * (a + b)));
}

void tk_option_keys(size_t n, const uint32_t *symbol, const uint8_t *kind, const int32_t *expiry, const int32_t *strike, const float *bid,
    const float *ask, const int32_t *volume, const int32_t *open_interest, const float *implied_volatility, int32_t quote_date,
    const tk_underlying_day *days, size_t day_count, const tk_option_lexicon *lexicon, uint64_t *keys) {
    const tk_option_lexicon l = *lexicon;
    static const tk_underlying_day unknown = {NAN, 0};
    for (size_t i = 0; i < n; i++) {
        const tk_underlying_day *day = symbol[i] < day_count ? &days[symbol[i]] : &unknown;
        const int put = kind[i] != 0;
        const double close = day->close * 1000, k = strike[i];
        const float m = (float)(put ? k / close : close / k);
        uint64_t key = day->key | (uint64_t)(put ? 2 : 1) << l.kind_bit;
        key |= code(&l.moneyness, m) << l.moneyness_bit;
        key |= code(&l.tenor, (float)(expiry[i] - quote_date)) << l.tenor_bit;
        key |= code(&l.implied_volatility, implied_volatility[i]) << l.implied_volatility_bit;
        const float v = volume[i] < 0 ? NAN : (float)volume[i];
        const float o = open_interest[i] < 0 ? NAN : (float)open_interest[i];
        key |= code(&l.volume, v) << l.volume_bit;
        key |= code(&l.open_interest, o) << l.open_interest_bit;
        // With missing open interest, the volume is not unusual: NaN compares false.
        const int unusual = volume[i] >= l.unusual_min_volume && v > l.unusual_open_interest_multiple * o;
        key |= (uint64_t)unusual << l.unusual_bit;
        uint64_t spread = code(&l.spread, spread_of(bid[i], ask[i]));
        // A crossed quote has no meaningful spread; an ask without a bid is its own category.
        spread = ask[i] < bid[i] ? 0 : spread;
        spread = ask[i] > 0 && !(bid[i] > 0) ? (uint64_t)l.no_bid_code : spread;
        key |= spread << l.spread_bit;
        keys[i] = key;
    }
}
