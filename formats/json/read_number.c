/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are not small integers: the whole grammar, and whether the value
 * fits what I-JSON promises (doubles, integers within +-(2^53-1)). */
#include "formats/json/read.h"

const bool read_number_goes_on[256] = {
    ['.'] = true, ['e'] = true, ['E'] = true};

#define MAX_INTEGER BYTES("9007199254740991")

/* 2^1024 - 2^970: from here on rounding to double gives infinity. */
static const char infinity[] =
    "179769313486231580793728971405303415079934132710037826936173778980444"
    "968292764750946649017977587207096330286416692887910946555547851940402"
    "630657488671505820681908902000708383676273854845817711531764475730270"
    "069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042880";

#define INFINITY_DIGITS (sizeof infinity - 1)

/* digits(p): behind the digits at ${p}; what is scanned ends in no digit. */
static const char *
digits(const char *p)
{
    while ((unsigned char)(*p - '0') <= 9)
        p++;
    return p;
}

/* A number in parts; the point and the exponent may be missing. */
struct parts {
    const char *whole, *whole_end;
    const char *fraction, *fraction_end; /* behind the point */
    const char *exponent, *exponent_end; /* digits */
    bool exponent_minus;
};

/* some_digits(r, p, end): as digits, but at least one, or a fault. */
static bool
some_digits(struct read *r, const char *p, const char **end)
{
    *end = digits(p);
    return *end > p || read_unexpected(r, (size_t)(p - r->base), "a digit");
}

static bool
split(struct read *r, const char *p, struct parts *s)
{
    *s = (struct parts){0};
    p += *p == '-';
    s->whole = p;
    if (!some_digits(r, p, &s->whole_end))
        return false;
    if (*p == '0' && s->whole_end - p > 1)
        return read_fail(r, (size_t)(p - r->base), ERR_SYNTAX,
                         "number with a leading zero");
    p = s->whole_end;
    if (*p == '.') {
        s->fraction = p + 1;
        if (!some_digits(r, p + 1, &s->fraction_end))
            return false;
        p = s->fraction_end;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        s->exponent_minus = *p == '-';
        p += *p == '-' || *p == '+';
        s->exponent = p;
        return some_digits(r, p, &s->exponent_end);
    }
    return true;
}

static bool
integer_fits(struct bytes d)
{
    struct bytes max = MAX_INTEGER;

    return d.len < max.len ||
           (d.len == max.len && memcmp(d.data, max.data, max.len) <= 0);
}

/* exponent_of(s): the written exponent, saturated far outside double range. */
static int64_t
exponent_of(const struct parts *s)
{
    int64_t v = 0;

    for (const char *p = s->exponent; p < s->exponent_end; p++) {
        if (v < INT64_C(1000000000000))
            v = v * 10 + (*p - '0');
    }
    return s->exponent_minus ? -v : v;
}

/* below_infinity(s): the digits of ${s}, whose first that counts has weight
 * 10^308, are a number that rounds to a finite double. */
static bool
below_infinity(const struct parts *s)
{
    const char *p = s->whole;
    size_t i = 0;

    for (;;) {
        if (p == s->whole_end && s->fraction != NULL)
            p = s->fraction;
        if (p == s->whole_end || p == s->fraction_end)
            return i < INFINITY_DIGITS; /* shorter: the rest are zeros */
        if (i > 0 || *p != '0') {
            if (i == INFINITY_DIGITS)
                return false;
            if (*p != infinity[i])
                return *p < infinity[i];
            i++;
        }
        p++;
    }
}

static bool
number_fits(const struct parts *s)
{
    const char *p = s->whole;
    int64_t first; /* weight of the first digit that counts */

    while (p < s->whole_end && *p == '0')
        p++;
    first = s->whole_end - p - 1;
    if (p == s->whole_end) {
        p = s->fraction;
        while (p < s->fraction_end && *p == '0')
            p++;
        if (p == s->fraction_end)
            return true; /* zero */
        first = -(p - s->fraction) - 1;
    }
    first += s->exponent != NULL ? exponent_of(s) : 0;
    if (first != 308)
        return first < 308;
    return below_infinity(s);
}

size_t
read_number(struct read *r, size_t at, struct tape_node *n)
{
    const char *p = r->base + at;
    const char *end;
    struct parts s;
    bool integer, fits;

    if (!split(r, p, &s))
        return 0;
    end = s.exponent_end   ? s.exponent_end
          : s.fraction_end ? s.fraction_end
                           : s.whole_end;
    integer = end == s.whole_end;
    fits = integer ? integer_fits(bytes_of(s.whole, (size_t)(end - s.whole)))
                   : number_fits(&s);
    n->type = integer ? TAPE_INTEGER : TAPE_NUMBER;
    n->offset = (uint32_t)at;
    n->length = (uint32_t)(end - p);
    if (r->strict && n->length > r->limits.string_bytes)
        return read_fail(r, at, ERR_LIMIT, "number too long");
    if (r->strict && !fits)
        return read_fail(r, at, ERR_RANGE,
                         integer ? "integer beyond 2^53 - 1"
                                 : "number beyond double range");
    if (n->length > r->limits.string_bytes) {
        n->length = r->limits.string_bytes;
        n->flags = TAPE_CUT | TAPE_BIGNUM;
    }
    if (!fits)
        n->flags |= TAPE_BIGNUM;
    r->t->flags |= n->flags & TAPE_REPAIRS;
    return (size_t)(end - r->base);
}
