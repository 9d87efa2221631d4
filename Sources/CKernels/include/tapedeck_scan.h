// Loops of search: scores of many vectors or descriptions, the best of them, and half floats.
//
// All matrices are row-major. Every function has a portable version and, on x86-64, versions for AVX2 and for AVX-512 with VNNI.
// Versions of integer functions agree exactly. Sums of floats may differ in the order of summation between versions, but not between
// calls of one version, whatever the number of rows or queries. Memory of type `const void *` may be unaligned.
#ifndef TAPEDECK_SCAN_H
#define TAPEDECK_SCAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Inner products of `query_count` queries with `n` rows of `d` numbers:
// scores[q * stride + i] = sum over j of queries[q * d + j] * rows[i * d + j], stride >= n.
void tk_scan_dot_f32(const float *queries, size_t query_count, const void *rows, size_t n, size_t d, float *scores, size_t stride);
// The same with rows of IEEE half floats.
void tk_scan_dot_f16(const float *queries, size_t query_count, const void *rows, size_t n, size_t d, float *scores, size_t stride);

// Inner products of float weights with rows of 8-bit codes, for 8-bit scalar quantisation. The weights are rounded to about 14
// bits and a sign, so that the sums are whole numbers and the same on every machine. Bytes of `prepared` for `d` weights.
size_t tk_scan_sq8_prepared_size(size_t d);
// Fills `prepared` and returns the scale: sum over j of weights[j] * code[j] is about scale * the sum of dot_sq8.
// Weights must be finite; all zero gives scale 0.
float tk_scan_sq8_prepare(const float *weights, size_t d, void *prepared);
// sums[i] for `n` rows of `d` codes. No sum overflows for d < 2^23.
void tk_scan_dot_sq8(const void *prepared, const void *codes, size_t n, size_t d, int32_t *sums);
// scores[i] = base + scale * the sum of row i.
void tk_scan_score_sq8(const void *prepared, const void *codes, size_t n, size_t d, float base, float scale, float *scores);
// The inner product of a query with one decoded row, in floats:
// sum over j of query[j] * (lowest[j] + (code[j] + 0.5) / 255 * range[j] + centroid[j]); `centroid` may be NULL.
float tk_scan_dot_decoded_sq8(const float *query, const float *lowest, const float *range, const void *centroid, const void *code, size_t d);

// The best scores so far, each with a key: a heap whose first entry is the worst. Of equal scores, the lower key is better. NaN
// is never taken. Owned by the caller: `scores` and `keys` have room for `capacity` entries.
typedef struct {
    float *scores;
    int64_t *keys;
    size_t capacity;
    size_t count;
} tk_scan_top;

// Offers `n` scores. Their keys are `keys[i]` (unaligned), or `first_key + i` if `keys` is NULL, which must then be higher than
// all keys offered before. `allowed`, if not NULL, has a bit for every key from 0, lowest bit first; scores whose bit is 0 are
// skipped; only without `keys`.
void tk_scan_top_push(tk_scan_top *top, const float *scores, size_t n, int64_t first_key, const void *keys, const uint64_t *allowed);
// Sorts the entries, best first. It is not a heap afterwards: push no more.
void tk_scan_top_sort(tk_scan_top *top);

// Float to half, rounded to nearest, ties to even; NaN stays NaN (quiet).
void tk_scan_f32_to_f16(const float *from, size_t n, uint16_t *to);
void tk_scan_f16_to_f32(const void *from, size_t n, float *to);

// Weighted sums of rows: for i below `n`, row i of `out` is the sum over p below `parts` of
// weights[p] * rows[numbers[i * parts + p]], divided by its L2 norm if `normalise`. A zero sum stays zero.
// `out` (n x d) or `inverse_norms` (n, 0 for a zero sum) may be NULL. At most 16 parts. Numbers are not checked.
void tk_scan_weighted_sums(const float *rows, size_t d, const uint32_t *numbers, size_t parts, const float *weights, size_t n, int normalise,
    float *out, float *inverse_norms);

// places[i] = the column in which the sum over p below `parts` of table[numbers[i * parts + p]][column] is highest, the first
// of equal ones. `table` is row-major with `columns` numbers per row. Numbers are not checked.
void tk_scan_argmax_sums(const float *table, size_t columns, const uint32_t *numbers, size_t parts, size_t n, uint32_t *places);

#ifdef __cplusplus
}
#endif

#endif
