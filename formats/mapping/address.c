/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/address.h"

#include "formats/base/text.h"

#define IPV6_GROUPS 8
#define MAC_DIGITS  12

/* Dotted quad, no leading zeros: "010" is octal to some readers. */
static bool
parse_v4(struct bytes b, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        size_t n = 0;
        unsigned v = 0;

        while (n < b.len && n < 3 && b.data[n] >= '0' && b.data[n] <= '9')
            v = v * 10 + (unsigned)(b.data[n++] - '0');
        if (n == 0 || v > 255 || (n > 1 && b.data[0] == '0'))
            return false;
        out[i] = (uint8_t)v;
        b = bytes_from(b, n);
        if (i < 3) {
            if (b.len == 0 || b.data[0] != '.')
                return false;
            b = bytes_from(b, 1);
        }
    }
    return b.len == 0;
}

/* Behind one part of a dotted quad that begins at ${p}, or NULL. */
static const char *
skip_part(const char *p, const char *end)
{
    unsigned v = 0;
    int n = 0;

    for (; n < 3 && p + n < end; n++) {
        unsigned d = (unsigned)(unsigned char)p[n] - '0';

        if (d > 9)
            break;
        v = v * 10 + d;
    }
    return n == 0 || v > 255 || (n > 1 && *p == '0') ? NULL : p + n;
}

bool
address_is_v4(struct bytes text)
{
    const char *p = text.data, *end = p + text.len;

    if (text.len == 0)
        return false;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.'))
            return false;
        p = skip_part(p, end);
        if (p == NULL)
            return false;
    }
    return p == end;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Groups up to "::" or the end; an IPv4 tail counts as two. -1: no address. */
static int
parse_groups(struct bytes b, uint16_t out[IPV6_GROUPS])
{
    int count = 0;

    while (b.len > 0) {
        size_t n = 0;
        unsigned v = 0;
        uint8_t quad[4];

        if (count < IPV6_GROUPS - 1 && parse_v4(b, quad)) {
            out[count++] = (uint16_t)(quad[0] << 8 | quad[1]);
            out[count++] = (uint16_t)(quad[2] << 8 | quad[3]);
            return count;
        }
        while (n < b.len && n < 4 && hex_digit(b.data[n]) >= 0)
            v = v << 4 | (unsigned)hex_digit(b.data[n++]);
        if (n == 0 || count == IPV6_GROUPS)
            return -1;
        out[count++] = (uint16_t)v;
        b = bytes_from(b, n);
        if (b.len > 0 && (b.data[0] != ':' || b.len == 1))
            return -1;
        b = bytes_from(b, 1);
    }
    return count;
}

static bool
parse_v6(struct bytes b, uint16_t out[IPV6_GROUPS])
{
    size_t gap = b.len;
    uint16_t tail[IPV6_GROUPS];
    int head, rest;

    for (size_t i = 0; i + 1 < b.len; i++)
        if (b.data[i] == ':' && b.data[i + 1] == ':') {
            gap = i;
            break;
        }
    memset(out, 0, IPV6_GROUPS * sizeof *out);
    head = parse_groups(bytes_upto(b, gap), out);
    if (gap == b.len)
        return head == IPV6_GROUPS;
    rest = parse_groups(bytes_from(b, gap + 2), tail);
    if (head < 0 || rest < 0 || head + rest >= IPV6_GROUPS)
        return false;
    /* A quad before the gap would have been taken for groups. */
    if (bytes_find(bytes_upto(b, gap), '.') < gap)
        return false;
    memcpy(out + IPV6_GROUPS - rest, tail, (size_t)rest * sizeof *tail);
    return true;
}

/* The longest run of two or more zero groups, the first of equals. */
static int
zero_run(const uint16_t *g, int *length)
{
    int best = -1;

    *length = 1;
    for (int i = 0; i < IPV6_GROUPS; i++) {
        int n = 0;

        while (i + n < IPV6_GROUPS && g[i + n] == 0)
            n++;
        if (n > *length) {
            best = i;
            *length = n;
        }
        i += n > 0 ? n - 1 : 0;
    }
    return best;
}

static void
put_group(struct buf *out, unsigned v)
{
    static const char hex[] = "0123456789abcdef";
    int shift = 12;

    while (shift > 0 && v >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        buf_char(out, hex[v >> shift & 15]);
}

/* RFC 5952; section 5: an IPv4-mapped address ends in a dotted quad. */
static void
put_v6(struct buf *out, const uint16_t *g)
{
    int length;
    int gap = zero_run(g, &length);
    bool mapped = gap == 0 && length == 5 && g[5] == 0xffff;
    int end = mapped ? IPV6_GROUPS - 2 : IPV6_GROUPS;

    for (int i = 0; i < end; i++) {
        if (i == gap) {
            buf_add(out, "::", 2);
            i += length - 1;
            continue;
        }
        put_group(out, g[i]);
        if (i + 1 < end && i + 1 != gap)
            buf_char(out, ':');
    }
    if (mapped) {
        buf_char(out, ':');
        for (int i = 0; i < 4; i++) {
            buf_u64(out, i % 2 ? g[6 + i / 2] & 255 : g[6 + i / 2] >> 8);
            if (i < 3)
                buf_char(out, '.');
        }
    }
}

/* Six bytes, whatever separates their digits: ':' '-' or '.' in groups of one
 * or two, four or twelve digits. */
static bool
put_mac(struct buf *out, struct bytes b)
{
    char digit[MAC_DIGITS];
    size_t n = 0, groups = 1;

    for (size_t i = 0, run = 0; i <= b.len; i++) {
        bool end = i == b.len || strchr(":-.", b.data[i]) != NULL;

        if (!end) {
            if (hex_digit(b.data[i]) < 0 || n == MAC_DIGITS)
                return false;
            digit[n++] = b.data[i];
            run++;
            continue;
        }
        if (run == 1 && n < MAC_DIGITS) { /* "0:90:b" */
            digit[n] = digit[n - 1];
            digit[n - 1] = '0';
            n++;
        } else if (run != 2 && run != 4 && run != MAC_DIGITS) {
            return false;
        }
        run = 0;
        groups += i < b.len;
    }
    if (n != MAC_DIGITS || (groups != 1 && groups != 3 && groups != 6))
        return false;
    for (size_t i = 0; i < MAC_DIGITS; i++) {
        char c = digit[i];

        if (i > 0 && i % 2 == 0)
            buf_char(out, ':');
        buf_char(out, c >= 'A' && c <= 'F' ? (char)(c + 32) : c);
    }
    return true;
}

/* Split "/length" off; false when it is there but not allowed or too long. */
static bool
split_prefix(struct bytes *text, bool ok, unsigned max, struct bytes *prefix)
{
    size_t slash = bytes_find(*text, '/');
    uint64_t length;

    *prefix = bytes_from(*text, slash);
    if (slash == text->len)
        return true;
    *text = bytes_upto(*text, slash);
    return ok && prefix->len <= 4 && prefix->len > 1 &&
           (prefix->data[1] != '0' || prefix->len == 2) &&
           bytes_to_u64(bytes_from(*prefix, 1), max, &length);
}

bool
address_put(struct buf *out, enum std_format format, bool prefix_ok,
            struct bytes text)
{
    uint16_t group[IPV6_GROUPS];
    uint8_t quad[4];
    struct bytes prefix;
    bool colon = bytes_find(text, ':') < text.len;

    if (format == STD_FORMAT_MAC)
        return put_mac(out, text);
    if (!split_prefix(&text, prefix_ok, colon ? 128 : 32, &prefix))
        return false;
    if (!colon) {
        if (format == STD_FORMAT_IPV6 || !parse_v4(text, quad))
            return false;
        buf_bytes(out, text);
    } else {
        if (format == STD_FORMAT_IPV4 || !parse_v6(text, group))
            return false;
        put_v6(out, group);
    }
    buf_bytes(out, prefix);
    return true;
}
