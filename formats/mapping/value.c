/* SPDX-License-Identifier: Apache-2.0 */
/* One value to the JSON that its row wants, or nothing. */
#include "formats/base/text.h"
#include "formats/json/writer.h"
#include "formats/mapping/address.h"
#include "formats/mapping/emit.h"
#include "formats/mapping/form.h"
#include "formats/mapping/plan.h"

/* A string as written in a record, DESIGN section 10. */
#define STRING_MAX ((size_t)64 * 1024)
#define ESCAPE_MAX 6 /* bytes that one byte may become */

bool
text_of(const struct tape *tape, uint32_t n, struct buf *scratch,
        struct bytes *out)
{
    const struct tape_node *node = &tape->node[n];

    switch (node->type) {
    case TAPE_STRING:
        if ((node->flags & TAPE_ESCAPED) == 0) {
            *out = tape_raw(tape, node);
            return true;
        }
        *out = tape_clean(tape, node, scratch);
        return buf_ok(scratch);
    case TAPE_INTEGER:
    case TAPE_NUMBER:
        *out = tape_raw(tape, node);
        return true;
    case TAPE_TRUE:
        *out = BYTES("true");
        return true;
    case TAPE_FALSE:
        *out = BYTES("false");
        return true;
    default:
        return false;
    }
}

/* The first ${max} characters. */
static struct bytes
first_chars(struct bytes b, size_t max)
{
    size_t i = 0;

    for (; i < b.len; i++) {
        if (((unsigned char)b.data[i] & 0xC0) == 0x80)
            continue;
        if (max-- == 0)
            break;
    }
    return bytes_upto(b, i);
}

/* How much of clean ${b} fits into STRING_MAX bytes once it is escaped. */
static struct bytes
fit_written(struct bytes b)
{
    size_t written = 0, i = 0;

    if (b.len <= STRING_MAX / ESCAPE_MAX)
        return b;
    for (; i < b.len; i++) {
        unsigned char c = (unsigned char)b.data[i];

        written += c < 0x20 ? ESCAPE_MAX : c == '"' || c == '\\' ? 2 : 1;
        if (written > STRING_MAX)
            break;
    }
    return i == b.len ? b : text_utf8_cut(b, i);
}

static enum outcome
put_string(struct sink *k, const struct target *t, struct bytes clean)
{
    struct bytes kept = clean;

    if (clean.len == 0)
        return OUT_ABSENT;
    if (t->format != STD_FORMAT_NONE && !form_fits(t->format, clean))
        return OUT_FAILED;
    if (t->min_len > 1 && clean.len < t->min_len * 4 &&
        text_utf8_count(clean) < t->min_len)
        return OUT_FAILED;
    if (t->max_len != 0 && clean.len > t->max_len)
        kept = first_chars(clean, t->max_len);
    /* Half an identifier is none; base64 can be cut between groups. */
    if (kept.len < clean.len && t->format != STD_FORMAT_NONE &&
        t->format != STD_FORMAT_BASE64)
        return OUT_FAILED;
    if (t->format == STD_FORMAT_BASE64)
        kept.len -= kept.len % 4;
    kept = fit_written(kept);
    k->cut |= kept.len < clean.len;
    json_put_string(k->out, kept);
    return OUT_DONE;
}

static enum outcome
put_address(struct sink *k, const struct target *t, struct bytes clean)
{
    size_t start = k->out->len;

    if (clean.len == 0)
        return OUT_ABSENT;
    if (t->format <= STD_FORMAT_IPV4 && address_is_v4(clean)) {
        emit_quoted(k->out, clean);
        return OUT_DONE;
    }
    buf_char(k->out, '"');
    if (!address_put(k->out, t->format, t->prefix_ok, clean)) {
        buf_cut(k->out, start);
        return OUT_FAILED;
    }
    buf_char(k->out, '"');
    return OUT_DONE;
}

#define SAFE_INTEGER ((INT64_C(1) << 53) - 1) /* RFC 7493 section 2.2 */

static bool
parse_hex(struct bytes b, int64_t *out)
{
    int64_t v = 0;

    if (b.len > 2 && b.data[0] == '0' && (b.data[1] | 32) == 'x')
        b = bytes_from(b, 2);
    if (b.len == 0 || b.len > 13)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        char c = (char)(b.data[i] | 32);
        int d = c >= 'a' && c <= 'f' ? c - 'a' + 10 : b.data[i] - '0';

        if (d < 0 || d > 15 || (d > 9 && c < 'a'))
            return false;
        v = v * 16 + d;
    }
    *out = v;
    return true;
}

/* Whole numbers, also "80.0"; leading zeros and a plus are vendors' habits. */
static bool
parse_integer(struct bytes b, int64_t *out)
{
    bool minus = b.len > 0 && b.data[0] == '-';
    size_t dot;
    uint64_t v;

    if (minus || (b.len > 0 && b.data[0] == '+'))
        b = bytes_from(b, 1);
    dot = bytes_find(b, '.');
    for (size_t i = dot + 1; i < b.len; i++)
        if (b.data[i] != '0')
            return false;
    if (dot + 1 == b.len ||
        !bytes_to_u64(bytes_upto(b, dot), (uint64_t)SAFE_INTEGER, &v))
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

static enum outcome
put_integer(struct sink *k, const struct target *t, const struct spec *how,
            struct bytes text)
{
    int64_t v;
    bool good = how->number == NUMBER_HEX ? parse_hex(text, &v)
                                          : parse_integer(text, &v);

    if (text.len == 0)
        return OUT_ABSENT;
    if (!good)
        return OUT_FAILED;
    if (__builtin_mul_overflow(v, how->times, &v))
        return OUT_FAILED;
    v /= how->divide;
    if (v > SAFE_INTEGER || v < -SAFE_INTEGER || !in_range(t, (double)v))
        return OUT_FAILED;
    buf_i64(k->out, v);
    return OUT_DONE;
}

/* A number as JSON writes it; vendors' "+1", "007" and ".5" are no numbers. */
static bool
is_json_number(struct bytes b)
{
    size_t i = b.len > 0 && b.data[0] == '-';

    return b.len > i && !(b.data[i] == '0' && b.len > i + 1 &&
                          b.data[i + 1] >= '0' && b.data[i + 1] <= '9');
}

#define NUMBER_TEXT 64 /* a longer one is no measurement */

static enum outcome
put_number(struct sink *k, const struct target *t, const struct spec *how,
           struct bytes text)
{
    double v;

    if (text.len == 0)
        return OUT_ABSENT;
    if (how->times != 1 || how->divide != 1 || how->number == NUMBER_HEX)
        return put_integer(k, t, how, text);
    if (text.len > NUMBER_TEXT || !is_json_number(text) ||
        !cond_number(text, &v) || !(v <= 1e300 && v >= -1e300) ||
        !in_range(t, v))
        return OUT_FAILED;
    buf_bytes(k->out, text);
    return OUT_DONE;
}

static enum outcome
put_boolean(struct sink *k, struct bytes text)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"1", true},  {"0", false},
                 {"yes", true},  {"no", false},    {"是", true}, {"否", false}};

    if (text.len == 0)
        return OUT_ABSENT;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (bytes_is(text, words[i].text)) {
            buf_str(k->out, words[i].value ? "true" : "false");
            return OUT_DONE;
        }
    return OUT_FAILED;
}

/* Text that is RFC 3339 already, but for the colon in "+0800". */
static bool
put_rfc3339(struct sink *k, struct bytes text)
{
    char colon[48];
    size_t n = text.len;

    if (n > 5 && n < sizeof colon - 1 &&
        (text.data[n - 5] == '+' || text.data[n - 5] == '-')) {
        memcpy(colon, text.data, n - 2);
        colon[n - 2] = ':';
        memcpy(colon + n - 1, text.data + n - 2, 2);
        text = bytes_of(colon, n + 1);
    }
    if (!time_rfc3339_strict(text, &k->stamp))
        return false;
    emit_quoted(k->out, text);
    return true;
}

static enum outcome
put_time(struct sink *k, const struct target *t, const struct spec *how,
         struct bytes text)
{
    enum time_form form = how->timed ? how->time : TIME_RFC3339;
    bool rfc3339 = t->encoding != STD_ENC_TIME || t->time_form == TIME_RFC3339;
    bool quote;
    struct stamp stamp;

    if (text.len == 0)
        return OUT_ABSENT;
    if (form == TIME_RFC3339 && rfc3339 && put_rfc3339(k, text))
        return OUT_DONE;
    if (time_parse(form, text, k->time, &stamp) != ERR_OK)
        return OUT_FAILED;
    /* "Z" only stands for a source that wrote it; a guessed or numeric UTC
     * offset is written as +00:00. */
    if (!stamp.has_offset && stamp.guessed)
        stamp.has_offset = true;
    k->stamp = stamp;
    k->guessed |= stamp.guessed;
    quote = rfc3339 || t->time_form == TIME_DATETIME ||
            t->time_form == TIME_COMPACT;
    if (quote)
        buf_char(k->out, '"');
    if (rfc3339)
        time_write_rfc3339(k->out, &stamp);
    else if (time_write(t->time_form, k->out, &stamp) != ERR_OK)
        return OUT_FAILED;
    if (quote)
        buf_char(k->out, '"');
    return OUT_DONE;
}

static enum outcome
put_code(struct sink *k, const struct target *t, struct bytes text)
{
    const struct table_cell *cell;

    if (text.len == 0)
        return OUT_ABSENT;
    cell = table_find(t->codes, text);
    if (cell == NULL)
        return OUT_FAILED;
    k->code = cell->to.code;
    k->plain = cell->to.plain;
    emit_bytes(k->out, cell->to.json);
    return OUT_DONE;
}

enum outcome
put_text(struct sink *k, const struct target *t, const struct spec *how,
         struct bytes clean)
{
    size_t start = k->out->len;
    enum outcome o = OUT_FAILED;

    k->plain = clean;
    switch (t->conv) {
    case CONV_TEXT:
        o = t->format == STD_FORMAT_IP || t->format == STD_FORMAT_IPV4 ||
                    t->format == STD_FORMAT_IPV6 || t->format == STD_FORMAT_MAC
                ? put_address(k, t, clean)
                : put_string(k, t, clean);
        break;
    case CONV_ANY:
        o = put_string(k, t, clean);
        break;
    case CONV_INTEGER:
        o = put_integer(k, t, how, clean);
        break;
    case CONV_NUMBER:
        o = put_number(k, t, how, clean);
        break;
    case CONV_BOOLEAN:
        o = put_boolean(k, clean);
        break;
    case CONV_TIME:
        o = put_time(k, t, how, clean);
        break;
    case CONV_CODE:
        o = put_code(k, t, clean);
        break;
    }
    if (o != OUT_DONE)
        buf_cut(k->out, start);
    return o;
}

bool
value_copies(const struct target *t, const struct tape_node *n)
{
    return t->conv == CONV_TEXT && t->format == STD_FORMAT_NONE &&
           n->type >= TAPE_INTEGER && n->type <= TAPE_STRING && n->length > 0 &&
           t->min_len <= 1 && (t->max_len == 0 || n->length <= t->max_len) &&
           n->length <= STRING_MAX / ESCAPE_MAX;
}

enum outcome
put_node(struct sink *k, const struct target *t, const struct spec *how,
         const struct tape *tape, uint32_t n, struct buf *scratch)
{
    const struct tape_node *node = &tape->node[n];
    struct bytes text;

    if (value_copies(t, node)) {
        k->plain = tape_raw(tape, node);
        if (node->flags & TAPE_QUOTE)
            json_put_text(k->out, tape, node);
        else
            emit_quoted(k->out, k->plain);
        return OUT_DONE;
    }
    if (node->type == TAPE_NULL)
        return OUT_ABSENT;
    if (t->conv == CONV_ANY && node->type != TAPE_STRING) {
        json_put_value(k->out, tape, n);
        return OUT_DONE;
    }
    if (!text_of(tape, n, scratch, &text))
        return OUT_FAILED;
    return put_text(k, t, how, text);
}
