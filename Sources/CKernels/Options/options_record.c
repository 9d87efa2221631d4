// One record at a time, for lines that the fast path leaves: those with quotation marks (RFC 4180; a quoted field may
// hold commas, doubled quotation marks and line breaks), very long ones, and a last one without a line break.
#include "options_internal.h"

/// Rejects the physical line that begins at `bytes`, so that reading continues with the next line.
static tk_record reject_line(const uint8_t *bytes, size_t length, bool last, tk_rejection reason) {
    size_t window = length < TK_CSV_LINE_LIMIT + 1 ? length : TK_CSV_LINE_LIMIT + 1;
    const uint8_t *line_feed = memchr(bytes, '\n', window);
    if (line_feed != NULL) {
        uint32_t n = (uint32_t)(line_feed - bytes);
        return (tk_record){.status = TK_RECORD_REJECTED, .reason = reason, .length = n, .consumed = n + 1, .lines = 1};
    }
    if (length > TK_CSV_LINE_LIMIT)
        return (tk_record){.status = TK_RECORD_REJECTED,
            .reason = TK_REJECT_LINE_TOO_LONG,
            .length = TK_CSV_LINE_LIMIT,
            .consumed = TK_CSV_LINE_LIMIT,
            .over_long = true};
    if (last)
        return (tk_record){.status = TK_RECORD_REJECTED,
            .reason = TK_REJECT_TRUNCATED,
            .length = (uint32_t)length,
            .consumed = (uint32_t)length,
            .lines = 1,
            .unterminated = true};
    return (tk_record){.status = TK_RECORD_INCOMPLETE};
}

tk_record tk_record_split(tk_csv *csv, const uint8_t *bytes, size_t length, bool last) {
    uint8_t *out = csv->scratch + 16;
    uint32_t fields = 0, lines = 0;
    size_t at = 0;
    bool has_nul = false;
    csv->scratch_edge[0] = 15;
    for (;;) {
        bool quoted = at < length && bytes[at] == '"';
        at += quoted;
        for (;; at++) {
            // A record may be as long as a line.
            if (at > TK_CSV_LINE_LIMIT) return reject_line(bytes, length, last, TK_REJECT_QUOTING);
            if (at == length) {
                if (!last) return (tk_record){.status = TK_RECORD_INCOMPLETE};
                if (quoted) return reject_line(bytes, length, last, TK_REJECT_QUOTING);
                break;
            }
            uint8_t byte = bytes[at];
            if (byte == '"') {
                if (!quoted) return reject_line(bytes, length, last, TK_REJECT_QUOTING);
                if (at + 1 == length && !last) return (tk_record){.status = TK_RECORD_INCOMPLETE};
                if (at + 1 < length && bytes[at + 1] == '"') {
                    at++;
                } else {
                    at++;
                    break;
                }
            } else if (!quoted && (byte == ',' || byte == '\n')) {
                break;
            } else if (byte == '\n') {
                lines++;
            } else if (byte == 0) {
                has_nul = true;
            }
            *out++ = byte;
        }
        // Ends at the end of the input, a comma or a line break; after a closing quotation mark, possibly at another byte.
        if (quoted && at < length && bytes[at] == '\r') {
            if (at + 1 == length && !last) return (tk_record){.status = TK_RECORD_INCOMPLETE};
            if (at + 1 == length || bytes[at + 1] == '\n') at++;
        }
        bool ends = at == length || bytes[at] == '\n';
        if (at == length && !last) return (tk_record){.status = TK_RECORD_INCOMPLETE};
        if (!ends && bytes[at] != ',') return reject_line(bytes, length, last, TK_REJECT_QUOTING);
        if (ends && !quoted && out > csv->scratch + 16 && out[-1] == '\r' && at > 0 && bytes[at - 1] == '\r') out--;
        if (fields < 1024) csv->scratch_edge[1 + fields] = (uint32_t)(out - csv->scratch);
        fields++;
        *out++ = ',';
        if (ends) break;
        at++;
    }
    bool unterminated = at == length;
    uint32_t line_length = (uint32_t)at - (at > 0 && bytes[at - 1] == '\r');
    tk_record record = {.status = TK_RECORD_OK,
        .fields = fields,
        .length = line_length,
        .consumed = (uint32_t)at + !unterminated,
        .lines = lines + 1,
        .unterminated = unterminated};
    if (has_nul) {
        record.status = TK_RECORD_REJECTED;
        record.reason = TK_REJECT_NUL_BYTE;
    }
    return record;
}
