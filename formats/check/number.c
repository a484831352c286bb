/* SPDX-License-Identifier: Apache-2.0 */
/* Number tokens to values, without the locale. */
#include "formats/check/number.h"

#define EXPONENT_MAX 100000 /* beyond every double; stops overflow */
#define DIGITS_MAX   19     /* significant digits that fit 64 bits */

struct scan {
    uint64_t digits; /* the first DIGITS_MAX significant digits */
    unsigned kept;   /* how many those are */
    int shift;       /* value is digits * 10^shift */
    int lowest;      /* power of ten of the last digit that is not 0 */
};

static double
scale(double v, int exponent)
{
    static const double exact[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int step = 22;

    if (v == 0)
        return v;
    if (exponent > 400)
        exponent = 400; /* infinite all the same */
    if (exponent < -800)
        return 0;
    for (; exponent > step; exponent -= step)
        v *= exact[step];
    for (; exponent < -step; exponent += step)
        v /= exact[step];
    return exponent < 0 ? v / exact[-exponent] : v * exact[exponent];
}

static void
take_digit(struct scan *s, unsigned d, int power)
{
    if (d != 0)
        s->lowest = power;
    if (s->kept == 0 && d == 0)
        return;
    if (s->kept < DIGITS_MAX) {
        s->digits = s->digits * 10 + d;
        s->kept++;
        s->shift = power;
    }
}

static int
read_exponent(struct bytes b)
{
    bool minus = b.len && b.data[0] == '-';
    int e = 0;

    if (b.len && (b.data[0] == '-' || b.data[0] == '+'))
        b = bytes_from(b, 1);
    for (size_t i = 0; i < b.len && e < EXPONENT_MAX; i++)
        e = e * 10 + (b.data[i] - '0');
    return minus ? -e : e;
}

static int64_t
whole_of(const struct scan *s, int exponent, bool minus)
{
    uint64_t v = s->digits;
    int shift = s->shift + exponent;

    for (; shift < 0 && v % 10 == 0; shift++)
        v /= 10;
    for (; shift > 0 && v != 0; shift--) {
        if (v > (uint64_t)INT64_MAX / 10)
            return minus ? INT64_MIN : INT64_MAX;
        v *= 10;
    }
    if (v > (uint64_t)INT64_MAX)
        return minus ? INT64_MIN : INT64_MAX;
    return minus ? -(int64_t)v : (int64_t)v;
}

/* What nearly all numbers are: digits that fit a double. */
static bool
short_integer(struct bytes token, struct number *n)
{
    uint64_t v = 0;

    if (token.len == 0 || token.len > 15)
        return false;
    for (size_t i = 0; i < token.len; i++) {
        unsigned d = (unsigned)(unsigned char)token.data[i] - '0';

        if (d > 9)
            return false;
        v = v * 10 + d;
    }
    *n = (struct number){(double)v, (int64_t)v, true};
    return true;
}

struct number
number_of(struct bytes token)
{
    struct scan s = {0};
    struct number n = {0};
    bool minus = token.len && token.data[0] == '-';
    size_t i = minus, point, end;
    int exponent = 0;

    if (short_integer(token, &n))
        return n;
    for (end = i; end < token.len && (token.data[end] | 0x20) != 'e'; end++)
        ;
    point = i + bytes_find(bytes_of(token.data + i, end - i), '.');
    if (end < token.len)
        exponent = read_exponent(bytes_from(token, end + 1));
    for (; i < end; i++) {
        if (i < point)
            take_digit(&s, (unsigned)(token.data[i] - '0'),
                       (int)(point - i) - 1);
        else if (i > point)
            take_digit(&s, (unsigned)(token.data[i] - '0'), -(int)(i - point));
    }
    n.integral = s.digits == 0 || s.lowest + exponent >= 0;
    n.value = scale((double)s.digits, s.shift + exponent);
    if (minus)
        n.value = -n.value;
    if (n.integral)
        n.whole = whole_of(&s, exponent, minus);
    return n;
}
