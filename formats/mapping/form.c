/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/form.h"

#define HOST_MAX  253
#define LABEL_MAX 63

enum {
    DIGIT = 1,
    HEX = 2,
    LETTER = 4,
    SIGN = 8,
    BASE64 = 16,
    HOST = 32,
    SCHEME = 64
};

#define A  (HEX | LETTER | SIGN | BASE64 | HOST | SCHEME) /* a to f */
#define G  (LETTER | SIGN | BASE64 | HOST | SCHEME)
#define D  (DIGIT | HEX | SIGN | BASE64 | HOST | SCHEME)
#define S  SIGN
#define MI (SIGN | HOST | SCHEME)   /* - */
#define PL (SIGN | BASE64 | SCHEME) /* + */
#define PT (SIGN | SCHEME)          /* . */
#define SL (SIGN | BASE64)          /* / */
/* One load a byte: payloads are long. What is not here is 0. */
/* clang-format off: sixteen a line */
static const uint8_t kinds[256] = {
    [0x20] = 0, S, 0, S, S, 0, S, S, S, S, S, PL, S, MI, PT, SL,
    [0x30] = D, D, D, D, D, D, D, D, D, D, S, S,  0, S,  0,  S,
    [0x40] = S, A, A, A, A, A, A, G, G, G, G, G,  G, G,  G,  G,
    [0x50] = G, G, G, G, G, G, G, G, G, G, G, S,  0, S,  0,  S,
    [0x60] = 0, A, A, A, A, A, A, G, G, G, G, G,  G, G,  G,  G,
    [0x70] = G, G, G, G, G, G, G, G, G, G, G, 0,  0, 0,  S,  0,
};
/* clang-format on */
#undef A
#undef G
#undef D
#undef S
#undef MI
#undef PL
#undef PT
#undef SL

static unsigned
kind_of(char c)
{
    return kinds[(unsigned char)c];
}

/* Every byte is of one of ${wanted}, one bit. Eight at a time, as most are. */
static bool
only(struct bytes b, unsigned wanted)
{
    const unsigned char *p = (const unsigned char *)b.data;
    unsigned all = wanted;
    size_t i = 0;

    for (; i + 8 <= b.len; i += 8)
        all &= kinds[p[i]] & kinds[p[i + 1]] & kinds[p[i + 2]] &
               kinds[p[i + 3]] & kinds[p[i + 4]] & kinds[p[i + 5]] &
               kinds[p[i + 6]] & kinds[p[i + 7]];
    for (; i < b.len; i++)
        all &= kinds[p[i]];
    return all != 0;
}

static bool
fits_host(struct bytes b)
{
    if (b.len > HOST_MAX)
        return false;
    while (true) {
        size_t n = bytes_find(b, '.');
        struct bytes label = bytes_upto(b, n);

        if (n == 0 || n > LABEL_MAX || label.data[0] == '-' ||
            label.data[n - 1] == '-' || !only(label, HOST))
            return false;
        if (n == b.len)
            return true;
        b = bytes_from(b, n + 1);
    }
}

static bool
fits_uri(struct bytes b)
{
    size_t colon = bytes_find(b, ':');

    if (b.len == 0)
        return false;
    if (b.data[0] != '/' &&
        (colon == 0 || colon == b.len || !(kind_of(b.data[0]) & LETTER) ||
         !only(bytes_upto(b, colon), SCHEME)))
        return false;
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] != '%') {
            if (kind_of(b.data[i]) == 0)
                return false;
            continue;
        }
        if (i + 2 >= b.len || !only(bytes_of(b.data + i + 1, 2), HEX))
            return false;
        i += 2;
    }
    return true;
}

static bool
fits_uuid(struct bytes b)
{
    if (b.len != 36)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? b.data[i] != '-' : (kind_of(b.data[i]) & HEX) == 0)
            return false;
    }
    return true;
}

static unsigned
value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : 63;
}

/* RFC 4648 section 3.5: the bits that padding leaves over are zero. */
static bool
fits_base64(struct bytes b)
{
    size_t pad = 0;
    struct bytes body;

    while (pad < 2 && pad < b.len && b.data[b.len - 1 - pad] == '=')
        pad++;
    body = bytes_upto(b, b.len - pad);
    if (b.len % 4 != 0 || !only(body, BASE64))
        return false;
    return pad == 0 || (body.len > 0 && (value_of(body.data[body.len - 1]) &
                                         (pad == 2 ? 15U : 3U)) == 0);
}

bool
form_fits(enum std_format format, struct bytes b)
{
    switch (format) {
    case STD_FORMAT_HOSTNAME:
        return fits_host(b);
    case STD_FORMAT_URI:
        return fits_uri(b);
    case STD_FORMAT_UUID:
        return fits_uuid(b);
    case STD_FORMAT_HEX:
        return b.len > 0 && b.len % 2 == 0 && only(b, HEX);
    case STD_FORMAT_BASE64:
        return fits_base64(b);
    case STD_FORMAT_NONE:
    case STD_FORMAT_IP:
    case STD_FORMAT_IPV4:
    case STD_FORMAT_IPV6:
    case STD_FORMAT_MAC:
    case STD_FORMAT_COUNT:
        break;
    }
    return true;
}
