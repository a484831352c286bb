/* SPDX-License-Identifier: Apache-2.0 */
/* Byte classes of a whole vector as a bit mask, for scanners: SSE2, AVX2 (in
 * functions marked SIMD_AVX2 only, after simd_has_avx2) and portable C. */
#ifndef FORMATS_BASE_SIMD_H
#define FORMATS_BASE_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Every mask has bit i set when byte i of ${p} is in the class; ${p} must have
 * 16 (or 32) readable bytes.
 * special: quote, backslash, a control below 0x20 or a byte from 0x80
 * nondigit: not '0'..'9'
 * high: from 0x80 */

static inline unsigned
simd_ctz(uint32_t mask)
{
    return (unsigned)__builtin_ctz(mask);
}

#if defined(__x86_64__) && defined(__SSE2__)

#include <immintrin.h>

#define SIMD_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt")))

static inline bool
simd_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

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
simd_nondigit16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8('0')); /* signed: high too */
    __m128i up = _mm_cmpgt_epi8(v, _mm_set1_epi8('9'));

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(low, up));
}

static inline uint32_t
simd_high16(const char *p)
{
    return (uint32_t)_mm_movemask_epi8(
        _mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline SIMD_AVX2 uint32_t
simd_special32(const char *p)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
    __m256i slash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
    __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);

    return (uint32_t)_mm256_movemask_epi8(
        _mm256_or_si256(low, _mm256_or_si256(quote, slash)));
}

static inline SIMD_AVX2 uint32_t
simd_nondigit32(const char *p)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8('0'), v);
    __m256i up = _mm256_cmpgt_epi8(v, _mm256_set1_epi8('9'));

    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(low, up));
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
simd_nondigit16(const char *p)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 16; i++)
        mask |= (uint32_t)((unsigned char)(p[i] - '0') > 9) << i;
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
