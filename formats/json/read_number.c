/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are not small integers: the whole grammar, and whether the value
 * fits what I-JSON promises (doubles, integers within +-(2^53-1)). */
#include "formats/json/read.h"

#define MAX_INTEGER BYTES("9007199254740991")

/* 2^1024 - 2^970: from here on rounding to double gives infinity. */
static const char infinity[] =
    "179769313486231580793728971405303415079934132710037826936173778980444"
    "968292764750946649017977587207096330286416692887910946555547851940402"
    "630657488671505820681908902000708383676273854845817711531764475730270"
    "069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042880";

#define INFINITY_DIGITS (sizeof infinity - 1)

static bool
is_digit(const char *p, const char *end)
{
    return p < end && (unsigned char)(*p - '0') <= 9;
}

static const char *
digits(const char *p, const char *end)
{
    while (is_digit(p, end))
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

static bool
split(struct read *r, const char *p, struct parts *s)
{
    const char *end = r->end;

    *s = (struct parts){0};
    p += *p == '-';
    if (!is_digit(p, end))
        return read_unexpected(r, p, "a digit");
    s->whole = p;
    p = digits(p, end);
    s->whole_end = p;
    if (*s->whole == '0' && p - s->whole > 1)
        return read_fail(r, s->whole, ERR_SYNTAX, "number with a leading zero");
    if (p < end && *p == '.') {
        if (!is_digit(p + 1, end))
            return read_unexpected(r, p + 1, "a digit");
        s->fraction = p + 1;
        p = digits(p + 1, end);
        s->fraction_end = p;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            s->exponent_minus = *p++ == '-';
        if (!is_digit(p, end))
            return read_unexpected(r, p, "a digit");
        s->exponent = p;
        s->exponent_end = digits(p, end);
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
    const char *p = digits(s->whole, s->whole_end);
    int64_t first = 0; /* weight of the first digit that counts */

    p = s->whole;
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

const char *
read_number(struct read *r, const char *p, struct tape_node *n)
{
    struct parts s;
    const char *end;
    bool integer, fits;

    if (!split(r, p, &s))
        return NULL;
    end = s.exponent_end   ? s.exponent_end
          : s.fraction_end ? s.fraction_end
                           : s.whole_end;
    integer = end == s.whole_end;
    fits = integer ? integer_fits((struct bytes){
                         s.whole, (size_t)(s.whole_end - s.whole)})
                   : number_fits(&s);
    n->type = integer ? TAPE_INTEGER : TAPE_NUMBER;
    n->offset = (uint32_t)(p - r->base);
    n->length = (uint32_t)(end - p);
    if (n->length > r->limits.string_bytes) {
        if (r->strict)
            goto too_long;
        n->length = r->limits.string_bytes;
        n->flags = TAPE_CUT | TAPE_BIGNUM;
    }
    if (!fits) {
        if (r->strict)
            goto too_big;
        n->flags |= TAPE_BIGNUM;
    }
    r->t->flags |= n->flags & TAPE_REPAIRS;
    return end;
too_long:
    (void)read_fail(r, p, ERR_LIMIT, "number too long");
    return NULL;
too_big:
    (void)read_fail(r, p, ERR_RANGE,
                    integer ? "integer beyond 2^53 - 1"
                            : "number beyond double range");
    return NULL;
}
