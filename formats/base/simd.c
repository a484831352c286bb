/* SPDX-License-Identifier: Apache-2.0 */
/* Byte classes of a range, 64 bytes to a word. */
#include "formats/base/simd.h"

/* classify64_*(p, special, nondigit): exactly 64 bytes. */

#if defined(__x86_64__)

static inline void
classify64(const char *p, uint64_t *special, uint64_t *nondigit)
{
    uint64_t s = 0, d = 0;

    for (unsigned i = 0; i < 64; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        /* Signed compares: bytes from 0x80 are below every ASCII byte. */
        __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
        __m128i below = _mm_cmplt_epi8(v, _mm_set1_epi8('0'));
        __m128i above = _mm_cmpgt_epi8(v, _mm_set1_epi8('9'));

        low = _mm_or_si128(low, _mm_or_si128(quote, slash));
        s |= (uint64_t)(uint32_t)_mm_movemask_epi8(low) << i;
        below = _mm_or_si128(below, above);
        d |= (uint64_t)(uint32_t)_mm_movemask_epi8(below) << i;
    }
    *special = s;
    *nondigit = d;
}

static inline __attribute__((target("avx2"))) void
classify64_avx2(const char *p, uint64_t *special, uint64_t *nondigit)
{
    uint64_t s = 0, d = 0;

    for (unsigned i = 0; i < 64; i += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);
        __m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
        __m256i slash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
        __m256i below = _mm256_cmpgt_epi8(_mm256_set1_epi8('0'), v);
        __m256i above = _mm256_cmpgt_epi8(v, _mm256_set1_epi8('9'));

        low = _mm256_or_si256(low, _mm256_or_si256(quote, slash));
        s |= (uint64_t)(uint32_t)_mm256_movemask_epi8(low) << i;
        below = _mm256_or_si256(below, above);
        d |= (uint64_t)(uint32_t)_mm256_movemask_epi8(below) << i;
    }
    *special = s;
    *nondigit = d;
}

static __attribute__((target("avx2"))) void
classify_avx2(const char *p, size_t n, uint64_t *special, uint64_t *nondigit)
{
    for (size_t i = 0; i < n / 64; i++)
        classify64_avx2(p + 64 * i, &special[i], &nondigit[i]);
}

static bool
has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

#else

static inline void
classify64(const char *p, uint64_t *special, uint64_t *nondigit)
{
    uint64_t s = 0, d = 0;

    for (unsigned i = 0; i < 64; i++) {
        unsigned char c = (unsigned char)p[i];
        bool is = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';

        s |= (uint64_t)is << i;
        d |= (uint64_t)((unsigned char)(c - '0') > 9) << i;
    }
    *special = s;
    *nondigit = d;
}

static void
classify_avx2(const char *p, size_t n, uint64_t *special, uint64_t *nondigit)
{
    (void)p, (void)n, (void)special, (void)nondigit;
}

static bool
has_avx2(void)
{
    return false;
}

#endif

/* tail(p, n, special, nondigit): the last n % 64 bytes of ${n}; zero bytes, as
 * which the rest counts, are in both classes. */
static void
tail(const char *p, size_t n, uint64_t *special, uint64_t *nondigit)
{
    char last[64] = {0};

    if (n % 64 == 0)
        return;
    memcpy(last, p + n / 64 * 64, n % 64);
    classify64(last, &special[n / 64], &nondigit[n / 64]);
}

void
simd_classify_base(const char *p, size_t n, uint64_t *special,
                   uint64_t *nondigit)
{
    for (size_t i = 0; i < n / 64; i++)
        classify64(p + 64 * i, &special[i], &nondigit[i]);
    tail(p, n, special, nondigit);
}

void
simd_classify(const char *p, size_t n, uint64_t *special, uint64_t *nondigit)
{
    if (!has_avx2()) {
        simd_classify_base(p, n, special, nondigit);
        return;
    }
    classify_avx2(p, n, special, nondigit);
    tail(p, n, special, nondigit);
}
