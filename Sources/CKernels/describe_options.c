#include "tapedeck_describe.h"

#include <math.h>

// The bodies are plain loops over columns that the compiler vectorises for each instruction set it is asked for.

void tk_option_solver_inputs(
    size_t n, const uint32_t *symbol, const int32_t *expiry, const int32_t *strike, const float *bid, const float *ask,
    int32_t quote_date, const tk_underlying_day *days, size_t day_count,
    float *spot, float *strike_dollars, float *years, float *mid)
{
    for (size_t i = 0; i < n; i++) {
        spot[i] = symbol[i] < day_count ? days[symbol[i]].close : NAN;
        strike_dollars[i] = (float)strike[i] * 0.001f;
        years[i] = (float)(expiry[i] - quote_date) * (1.0f / 365.0f);
        int quoted = bid[i] > 0 && ask[i] >= bid[i];
        mid[i] = quoted ? 0.5f * (bid[i] + ask[i]) : NAN;
    }
}

void tk_option_choose_volatility(size_t n, float *solved, const float *vendor, uint8_t *source)
{
    for (size_t i = 0; i < n; i++) {
        int own = solved[i] > 0;
        int theirs = !own && vendor[i] > 0;
        solved[i] = own ? solved[i] : theirs ? vendor[i] : NAN;
        source[i] = (uint8_t)(own ? 1 : theirs ? 2 : 0);
    }
}

static inline uint64_t code(const tk_thresholds *t, float value)
{
    uint64_t c = 1;
    for (int32_t k = 0; k < t->count; k++) c += value >= t->value[k];
    return value == value ? c : 0;
}

void tk_option_keys(
    size_t n, const uint32_t *symbol, const uint8_t *kind, const int32_t *expiry, const int32_t *strike,
    const float *bid, const float *ask, const int32_t *volume, const int32_t *open_interest,
    const float *implied_volatility, int32_t quote_date, const tk_underlying_day *days, size_t day_count,
    const tk_option_lexicon *lexicon, uint64_t *keys)
{
    const tk_option_lexicon l = *lexicon;
    static const tk_underlying_day unknown = {NAN, 0};
    for (size_t i = 0; i < n; i++) {
        const tk_underlying_day *day = symbol[i] < day_count ? &days[symbol[i]] : &unknown;
        const int put = kind[i] != 0;
        const float k = (float)strike[i] * 0.001f;
        const float m = put ? k / day->close : day->close / k;
        uint64_t key = day->key | (uint64_t)(put ? 2 : 1) << l.kind_bit;
        key |= code(&l.moneyness, m) << l.moneyness_bit;
        key |= code(&l.tenor, (float)(expiry[i] - quote_date)) << l.tenor_bit;
        key |= code(&l.implied_volatility, implied_volatility[i]) << l.implied_volatility_bit;
        const float v = volume[i] < 0 ? NAN : (float)volume[i];
        const float o = open_interest[i] < 0 ? NAN : (float)open_interest[i];
        key |= code(&l.volume, v) << l.volume_bit;
        key |= code(&l.open_interest, o) << l.open_interest_bit;
        // A missing open interest says nothing about the volume: NaN compares false.
        const int unusual = volume[i] >= l.unusual_min_volume && v > l.unusual_open_interest_multiple * o;
        key |= (uint64_t)unusual << l.unusual_bit;
        uint64_t spread = code(&l.spread, (ask[i] - bid[i]) / (0.5f * (ask[i] + bid[i])));
        // A crossed quote has no meaningful spread; an ask without a bid is its own category.
        spread = ask[i] < bid[i] ? 0 : spread;
        spread = ask[i] > 0 && !(bid[i] > 0) ? (uint64_t)l.no_bid_code : spread;
        key |= spread << l.spread_bit;
        keys[i] = key;
    }
}
