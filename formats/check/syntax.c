/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-written recognisers of addresses, names and encodings. Each looks at
 * every byte once and allocates nothing. */
#include "formats/check/syntax.h"

#define HOSTNAME_MAX 253 /* RFC 1123, RFC 1035 section 3.1 without the dot */
#define LABEL_MAX    63

enum { DIGIT = 1, HEX = 2, ALPHA = 4, URI = 8, B64 = 16, SCHEME = 32 };

#define A  (HEX | ALPHA | URI | B64 | SCHEME) /* a to f */
#define G  (ALPHA | URI | B64 | SCHEME)
#define D  (DIGIT | HEX | URI | B64 | SCHEME)
#define U  URI /* RFC 3986 section 2: the rest of reserved and unreserved */
#define PL (URI | B64 | SCHEME) /* + */
#define SL (URI | B64)          /* / */
#define PT (URI | SCHEME)       /* - and . */
/* clang-format off: sixteen a line */
static const uint8_t classes_of[256] = {
    [0x20] = 0, U, 0, U, U, 0, U, U, U, U, U, PL, U, PT, PT, SL,
    [0x30] = D, D, D, D, D, D, D, D, D, D, U, U,  0, U,  0,  U,
    [0x40] = U, A, A, A, A, A, A, G, G, G, G, G,  G, G,  G,  G,
    [0x50] = G, G, G, G, G, G, G, G, G, G, G, U,  0, U,  0,  U,
    [0x60] = 0, A, A, A, A, A, A, G, G, G, G, G,  G, G,  G,  G,
    [0x70] = G, G, G, G, G, G, G, G, G, G, G, 0,  0, 0,  U,  0,
};
/* clang-format on */
#undef A
#undef G
#undef D
#undef U
#undef PL
#undef SL
#undef PT

static unsigned
class_of(char ch)
{
    return classes_of[(unsigned char)ch];
}

/* Every byte is in ${class}, one bit; eight at a time, for payloads. */
static bool
all_of(struct bytes b, unsigned class)
{
    const unsigned char *p = (const unsigned char *)b.data;
    unsigned all = class;
    size_t i = 0;

    for (; i + 8 <= b.len; i += 8)
        all &= classes_of[p[i]] & classes_of[p[i + 1]] & classes_of[p[i + 2]] &
               classes_of[p[i + 3]] & classes_of[p[i + 4]] &
               classes_of[p[i + 5]] & classes_of[p[i + 6]] &
               classes_of[p[i + 7]];
    for (; i < b.len; i++)
        all &= classes_of[p[i]];
    return all != 0;
}

/* Decimal without leading zeros, at most ${max}. */
static bool
small_number(struct bytes b, unsigned max)
{
    unsigned v = 0;

    if (b.len == 0 || b.len > 3 || (b.len > 1 && b.data[0] == '0'))
        return false;
    for (size_t i = 0; i < b.len; i++) {
        unsigned d = (unsigned)(unsigned char)b.data[i] - '0';

        if (d > 9)
            return false;
        v = v * 10 + d;
    }
    return v <= max;
}

/* Take "/length" off ${b}; false when it is there and wrong or unwanted. */
static bool
take_prefix(struct bytes *b, bool prefix_ok, unsigned max)
{
    size_t slash;

    if (!prefix_ok)
        return true; /* a slash is no sign of an address */
    slash = bytes_find(*b, '/');
    if (slash == b->len)
        return true;
    if (!small_number(bytes_from(*b, slash + 1), max))
        return false;
    b->len = slash;
    return true;
}

/* One part of a dotted quad; NULL when none begins at ${p}. */
static const char *
quad_part(const char *p, const char *end)
{
    unsigned v, d;

    if (p == end || (v = (unsigned)(unsigned char)*p - '0') > 9)
        return NULL;
    for (int i = 1; i < 3; i++) {
        if (p + i == end || (d = (unsigned)(unsigned char)p[i] - '0') > 9)
            return p + i;
        if (v == 0)
            return NULL; /* a leading zero */
        v = v * 10 + d;
    }
    return v <= 255 ? p + 3 : NULL;
}

static bool
dotted_quad(struct bytes b)
{
    const char *p = b.data, *end = p + b.len;

    if (b.len < sizeof("0.0.0.0") - 1)
        return false;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.'))
            return false;
        p = quad_part(p, end);
        if (p == NULL)
            return false;
    }
    return p == end;
}

static bool
is_ipv4(bool prefix_ok, struct bytes b)
{
    return take_prefix(&b, prefix_ok, 32) && dotted_quad(b);
}

/* RFC 4291 section 2.2: groups of 16 bits, one "::", an IPv4 tail. No zone. */
static bool
is_ipv6(bool prefix_ok, struct bytes b)
{
    unsigned groups = 0;
    bool gap = false;

    if (!take_prefix(&b, prefix_ok, 128) || b.len < 2)
        return false;
    if (b.data[0] == ':' && b.data[1] != ':')
        return false;
    while (b.len > 0) {
        size_t n = bytes_find(b, ':');

        if (n == 0) { /* a second colon: the gap; ":::" fails below */
            if (gap)
                return false;
            gap = true;
            b = bytes_from(b, groups == 0 ? 2 : 1);
            continue;
        }
        if (n == b.len && memchr(b.data, '.', b.len) != NULL) {
            groups += 2;
            if (!dotted_quad(b))
                return false;
            break;
        }
        if (n > 4 || !all_of(bytes_upto(b, n), HEX) || ++groups > 8)
            return false;
        if (n + 1 == b.len)
            return false; /* a single colon at the end */
        b = bytes_from(b, n + 1);
    }
    return gap ? groups < 8 : groups == 8;
}

static bool
is_ip(bool prefix_ok, struct bytes b)
{
    return is_ipv4(prefix_ok, b) || is_ipv6(prefix_ok, b);
}

static bool
is_mac(bool prefix_ok, struct bytes b)
{
    (void)prefix_ok;
    for (size_t i = 0; i < b.len; i++) {
        bool ok =
            i % 3 == 2 ? b.data[i] == ':' : (class_of(b.data[i]) & HEX) != 0;

        if (!ok)
            return false;
    }
    return b.len == 17;
}

static bool
is_hostname(bool prefix_ok, struct bytes b)
{
    (void)prefix_ok;
    if (b.len == 0 || b.len > HOSTNAME_MAX)
        return false;
    for (;;) {
        size_t n = bytes_find(b, '.');

        if (n == 0 || n > LABEL_MAX || b.data[0] == '-' || b.data[n - 1] == '-')
            return false;
        for (size_t i = 0; i < n; i++) {
            if ((class_of(b.data[i]) & (ALPHA | DIGIT)) == 0 &&
                b.data[i] != '-')
                return false;
        }
        if (n == b.len)
            return true;
        b = bytes_from(b, n + 1);
    }
}

/* "scheme:rest" or "/path...", of the signs of RFC 3986 with whole %XX. */
static bool
is_uri(bool prefix_ok, struct bytes b)
{
    size_t i = 0;

    (void)prefix_ok;
    if (b.len == 0)
        return false;
    if (b.data[0] != '/') {
        i = bytes_find(b, ':');
        if (i == b.len || (class_of(b.data[0]) & ALPHA) == 0 ||
            !all_of(bytes_upto(b, i), SCHEME))
            return false;
    }
    for (; i < b.len; i++) {
        if (b.data[i] == '%') {
            if (b.len - i < 3 || !all_of(bytes_of(b.data + i + 1, 2), HEX))
                return false;
            i += 2;
        } else if ((class_of(b.data[i]) & URI) == 0) {
            return false;
        }
    }
    return true;
}

static bool
is_uuid(bool prefix_ok, struct bytes b)
{
    (void)prefix_ok;
    for (size_t i = 0; i < b.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? b.data[i] != '-' : (class_of(b.data[i]) & HEX) == 0)
            return false;
    }
    return b.len == 36;
}

static bool
is_hex(bool prefix_ok, struct bytes b)
{
    (void)prefix_ok;
    return b.len > 0 && b.len % 2 == 0 && all_of(b, HEX);
}

/* RFC 4648 section 4 with padding; the bits that no byte needs are zero. */
static bool
is_base64(bool prefix_ok, struct bytes b)
{
    static const char one_byte[] = "AQgw", two_bytes[] = "AEIMQUYcgkosw048";

    (void)prefix_ok;
    if (b.len % 4 != 0)
        return false;
    if (b.len > 0 && b.data[b.len - 1] == '=') {
        bool two = b.data[b.len - 2] != '=';

        b.len -= two ? 1 : 2;
        if (memchr(two ? two_bytes : one_byte, b.data[b.len - 1],
                   two ? sizeof(two_bytes) - 1 : sizeof(one_byte) - 1) == NULL)
            return false;
    }
    return all_of(b, B64);
}

static const struct syntax {
    bool (*ok)(bool prefix_ok, struct bytes b);
    const char *zh, *en;
} syntaxes[STD_FORMAT_COUNT] = {
    [STD_FORMAT_IP] = {is_ip, "IPv4 或 IPv6 地址，如 192.0.2.1、2001:db8::1",
                       "an IPv4 or IPv6 address such as 192.0.2.1 or "
                       "2001:db8::1"},
    [STD_FORMAT_IPV4] = {is_ipv4, "IPv4 地址，如 192.0.2.1",
                         "an IPv4 address such as 192.0.2.1"},
    [STD_FORMAT_IPV6] = {is_ipv6, "IPv6 地址，如 2001:db8::1",
                         "an IPv6 address such as 2001:db8::1"},
    [STD_FORMAT_MAC] = {is_mac, "MAC 地址，如 00:1a:2b:3c:4d:5e",
                        "a MAC address such as 00:1a:2b:3c:4d:5e"},
    [STD_FORMAT_HOSTNAME] = {is_hostname,
                             "主机名（RFC 1123），如 www.example.com",
                             "a host name (RFC 1123) such as www.example.com"},
    [STD_FORMAT_URI] = {is_uri,
                        "URI（RFC 3986），如 https://example.com/a 或 /a",
                        "a URI (RFC 3986) such as https://example.com/a or "
                        "/a"},
    [STD_FORMAT_UUID] = {is_uuid,
                         "UUID，如 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                         "a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
    [STD_FORMAT_HEX] = {is_hex, "十六进制数字，位数为偶数",
                        "an even number of hexadecimal digits"},
    [STD_FORMAT_BASE64] = {is_base64, "带填充的 base64（RFC 4648 第 4 章）",
                           "base64 with padding (RFC 4648 section 4)"},
};

/* ${b} against a picture: '0' is a digit, anything else itself. */
static bool
looks_like(struct bytes b, const char *picture)
{
    size_t n = strlen(picture);

    for (size_t i = 0; i < n && i < b.len; i++) {
        bool ok = picture[i] == '0' ? (class_of(b.data[i]) & DIGIT) != 0
                                    : b.data[i] == picture[i];

        if (!ok)
            return false;
    }
    return b.len >= n;
}

bool
syntax_time(enum time_form form, struct bytes b)
{
    static const char datetime[] = "0000-00-00 00:00:00";
    static const size_t second = sizeof(datetime) - 1;

    if (form == TIME_COMPACT)
        return b.len == 14 && all_of(b, DIGIT);
    if (form != TIME_DATETIME)
        return all_of(b, DIGIT);
    if (!looks_like(b, datetime) || b.len == second)
        return b.len == second && looks_like(b, datetime);
    return b.data[second] == '.' && b.len > second + 1 &&
           b.len <= second + 10 && all_of(bytes_from(b, second + 1), DIGIT);
}

bool
syntax_ok(enum std_format format, bool prefix_ok, struct bytes b)
{
    return syntaxes[format].ok == NULL || syntaxes[format].ok(prefix_ok, b);
}

const char *
syntax_name(enum std_format format, bool zh)
{
    return zh ? syntaxes[format].zh : syntaxes[format].en;
}
