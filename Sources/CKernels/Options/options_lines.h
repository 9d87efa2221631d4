// The loop over the lines of a file, the same for options and stock bars. Included once for each instruction set.

/// Parses one line whose fields end at `separator[0…]` (field i begins after separator[i - 1]) into row `row` of the
/// columns. Returns 0, or a tk_rejection with the field's number + 1 above bit 8. `key` identifies the row in its file.
typedef uint32_t row_function(void *parser, const uint8_t *low, const uint8_t *base, const uint32_t *separator, uint32_t row, uint64_t *key);
/// Copies a row of the columns to a lower place.
typedef void move_function(void *parser, uint32_t from, uint32_t to);

static inline void reject(tk_csv *csv, uint64_t offset, uint32_t length, uint32_t verdict) {
    csv->rejected[csv->rejected_count++] =
        (tk_rejected_row){.offset = offset, .length = length, .line = csv->line, .reason = verdict & 0xff, .field = (int32_t)(verdict >> 8) - 1};
}

/// Looks up the keys of the batch; duplicate rows leave the columns and join the rejected ones.
static __attribute__((noinline)) bool finish_batch(tk_csv *csv, void *parser, move_function *move) {
    uint8_t fresh[TK_BATCH];
    uint32_t count = csv->batch;
    csv->batch = 0;
    if (!tk_key_set_insert(&csv->keys, csv->batch_keys, count, fresh)) return false;
    if (memchr(fresh, 0, count) == NULL) return true;
    uint32_t first = csv->row_count - count, to = first;
    for (uint32_t i = 0; i < count; i++) {
        if (fresh[i]) {
            if (to != first + i) move(parser, first + i, to);
            to++;
        } else {
            csv->rejected[csv->rejected_count++] = csv->batch_rows[i];
        }
    }
    csv->row_count = to;
    return true;
}

/// Parses one split line; false if memory runs out.
static inline __attribute__((always_inline)) bool take_line(tk_csv *csv, void *parser, row_function *parse_row, move_function *move,
    const uint8_t *low, const uint8_t *base, const uint32_t *separator, uint64_t offset, uint32_t length, bool unterminated) {
    uint64_t key;
    uint32_t verdict = parse_row(parser, low, base, separator, csv->row_count, &key);
    if (__builtin_expect(verdict != 0, 0)) {
        if (csv->no_memory) return false;
        reject(csv, offset, length, unterminated ? TK_REJECT_TRUNCATED : verdict);
        return true;
    }
    csv->batch_keys[csv->batch] = key;
    csv->batch_rows[csv->batch] =
        (tk_rejected_row){.offset = offset, .length = length, .line = csv->line, .reason = TK_REJECT_DUPLICATE, .field = -1};
    csv->row_count++;
    csv->unterminated_rows += unterminated;
    if (++csv->batch == TK_BATCH) return finish_batch(csv, parser, move);
    return true;
}

static inline __attribute__((always_inline)) bool parse_lines(tk_csv *csv, void *parser, row_function *parse_row, move_function *move,
    const uint8_t *bytes, size_t length, bool last, tk_parse_result *result) {
    size_t at = 0;
    csv->row_count = 0;
    csv->rejected_count = 0;
    if (csv->skipping && length > 0) {
        const uint8_t *line_feed = memchr(bytes, '\n', length);
        at = line_feed != NULL ? (size_t)(line_feed - bytes) + 1 : length;
        csv->skipping = line_feed == NULL;
        csv->line += line_feed != NULL;
    }
    const uint32_t columns = csv->columns;
    tk_line_index *index = &csv->index;
    uint32_t *separator = index->edge + 1;
    bool room = true;
    while (room && at < length) {
        const uint8_t *base = bytes + at;
        TK_INDEX_LINES(index, base, (uint32_t)(length - at < TK_WINDOW ? length - at : TK_WINDOW));
        uint32_t start = 0, first = 0;
        for (uint32_t i = 0; i < index->rows; i++) {
            room = csv->row_count < csv->capacity && csv->rejected_count < csv->capacity;
            if (!room) break;
            uint32_t end = index->row_end[i];
            uint32_t line_feed = separator[end - 1];
            uint32_t text_end = line_feed - (line_feed > start && base[line_feed - 1] == '\r');
            if (text_end == start) {
                // A blank line is not a row.
            } else if (__builtin_expect(index->has_nul && memchr(base + start, 0, text_end - start) != NULL, 0)) {
                reject(csv, at + start, text_end - start, TK_REJECT_NUL_BYTE);
            } else if (__builtin_expect(end - first != columns, 0)) {
                reject(csv, at + start, text_end - start, TK_REJECT_COLUMN_COUNT);
            } else {
                separator[end - 1] = text_end;
                bool taken = take_line(csv, parser, parse_row, move, bytes, base, separator + first, at + start, text_end - start, false);
                separator[end - 1] = line_feed;
                if (!taken) return false;
            }
            csv->line++;
            start = line_feed + 1;
            first = end;
        }
        at += start;
        if (start > 0 || !room) continue;

        // The index has no whole line here: quotation marks, a long line, or the end.
        room = csv->row_count < csv->capacity && csv->rejected_count < csv->capacity;
        if (!room) break;
        tk_record record = tk_record_split(csv, base, length - at, last);
        if (record.status == TK_RECORD_INCOMPLETE) break;
        if (record.status == TK_RECORD_REJECTED) {
            reject(csv, at, record.length, record.reason);
        } else if (record.length == 0) {
            // A blank line.
        } else if (record.fields != columns) {
            reject(csv, at, record.length, record.unterminated ? TK_REJECT_TRUNCATED : TK_REJECT_COLUMN_COUNT);
        } else if (!take_line(
                       csv, parser, parse_row, move, csv->scratch, csv->scratch, csv->scratch_edge + 1, at, record.length, record.unterminated)) {
            return false;
        }
        csv->line += record.lines;
        at += record.consumed;
        if (record.over_long) {
            const uint8_t *line_feed = memchr(bytes + at, '\n', length - at);
            at = line_feed != NULL ? (size_t)(line_feed - bytes) + 1 : length;
            csv->skipping = line_feed == NULL;
            csv->line += line_feed != NULL;
        }
    }
    if (!finish_batch(csv, parser, move)) return false;
    *result = (tk_parse_result){.consumed = at, .rows = csv->row_count, .rejected = csv->rejected_count};
    return true;
}
