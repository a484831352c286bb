/* SPDX-License-Identifier: Apache-2.0 */
/* Byte classes as bit masks, for scanners: SSE2 or portable C a vector at a
 * time, and whole ranges with the best instructions the CPU has. */
#ifndef FORMATS_BASE_SIMD_H
#define FORMATS_BASE_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Every mask has bit i set when byte i of ${p} is in the class; ${p} must have
 * 16 readable bytes.
 * special: quote, backslash, a control below 0x20 or a byte from 0x80
 * nondigit: not '0'..'9'
 * high: from 0x80 */

/* simd_classify(p, n, special, nondigit): bit i % 64 of word i / 64 says of
 * byte i of ${n} whether it is in the class; the bits behind the last byte, up
 * to the end of its word, are set in both. Writes (n + 63) / 64 words each.
 * Reads nothing outside the ${n} bytes. */
void simd_classify(const char *p, size_t n, uint64_t *special,
                   uint64_t *nondigit);
/* The same without AVX2; what simd_classify uses elsewhere, for tests. */
void simd_classify_base(const char *p, size_t n, uint64_t *special,
                        uint64_t *nondigit);

/* simd_ctz(mask): zero bits below the lowest set one; ${mask} is not 0. */
static inline size_t
simd_ctz(uint64_t mask)
{
    return (size_t)__builtin_ctzll(mask);
}

/* simd_bits(map, i): the bits from bit ${i} of ${map} on, at least SIMD_BITS of
 * them, in the low end. Reads the word of bit ${i} and one more. */
#define SIMD_BITS 57

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

static inline uint64_t
simd_bits(const uint64_t *map, size_t i)
{
    uint64_t v;

    memcpy(&v, (const char *)map + i / 8, sizeof v);
    return v >> (i % 8);
}

#else

static inline uint64_t
simd_bits(const uint64_t *map, size_t i)
{
    unsigned bit = (unsigned)(i % 64);

    return map[i / 64] >> bit | map[i / 64 + 1] << 1 << (63 - bit);
}

#endif

#if defined(__x86_64__) && defined(__SSE2__)

#include <immintrin.h>

static inline uint32_t
simd_special16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: high too */

    return (uint32_t)_mm_movemask_epi8(
        _mm_or_si128(low, _mm_or_si128(quote, slash)));
}

static inline uint32_t
simd_high16(const char *p)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_loadu_si128((const __m128i *)(const void *)p));
}

#else

static inline uint32_t
simd_special16(const char *p)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 16; i++) {
        unsigned char c = (unsigned char)p[i];

        mask |= (uint32_t)(c < 0x20 || c >= 0x80 || c == '"' || c == '\\') << i;
    }
    return mask;
}

static inline uint32_t
simd_high16(const char *p)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 16; i++)
        mask |= (uint32_t)((unsigned char)p[i] >> 7) << i;
    return mask;
}

#endif

#endif
