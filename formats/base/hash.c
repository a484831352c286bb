/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (instruction or slicing by eight) and SipHash-2-4 with 128-bit
 * result. */
#include "formats/base/hash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "formats/base/simd.h"

/* A CRC is linear: the entry of a byte is the exclusive or of the entries of
 * its bits, so that eight constants spell a table of 256. */
#define BITS(i, b0, b1, b2, b3, b4, b5, b6, b7)                                \
    (((i)&1 ? (b0) : 0U) ^ ((i)&2 ? (b1) : 0U) ^ ((i)&4 ? (b2) : 0U) ^         \
     ((i)&8 ? (b3) : 0U) ^ ((i)&16 ? (b4) : 0U) ^ ((i)&32 ? (b5) : 0U) ^       \
     ((i)&64 ? (b6) : 0U) ^ ((i)&128 ? (b7) : 0U))
#define ROW4(i, ...)                                                           \
    BITS(i, __VA_ARGS__), BITS((i) + 1, __VA_ARGS__),                          \
        BITS((i) + 2, __VA_ARGS__), BITS((i) + 3, __VA_ARGS__)
#define ROW16(i, ...)                                                          \
    ROW4(i, __VA_ARGS__), ROW4((i) + 4, __VA_ARGS__),                          \
        ROW4((i) + 8, __VA_ARGS__), ROW4((i) + 12, __VA_ARGS__)
#define ROW64(i, ...)                                                          \
    ROW16(i, __VA_ARGS__), ROW16((i) + 16, __VA_ARGS__),                       \
        ROW16((i) + 32, __VA_ARGS__), ROW16((i) + 48, __VA_ARGS__)
#define ROW256(...)                                                            \
    {                                                                          \
        ROW64(0, __VA_ARGS__), ROW64(64, __VA_ARGS__),                         \
            ROW64(128, __VA_ARGS__), ROW64(192, __VA_ARGS__)                   \
    }

/* crc_table[k][b]: byte ${b} followed by k zero bytes. */
static const uint32_t crc_table[8][256] = {
    ROW256(0xF26B8303, 0xE13B70F7, 0xC79A971F, 0x8AD958CF, 0x105EC76F,
           0x20BD8EDE, 0x417B1DBC, 0x82F63B78),
    ROW256(0x13A29877, 0x274530EE, 0x4E8A61DC, 0x9D14C3B8, 0x3FC5F181,
           0x7F8BE302, 0xFF17C604, 0xFBC3FAF9),
    ROW256(0xA541927E, 0x4F6F520D, 0x9EDEA41A, 0x38513EC5, 0x70A27D8A,
           0xE144FB14, 0xC76580D9, 0x8B277743),
    ROW256(0xDD45AAB8, 0xBF672381, 0x7B2231F3, 0xF64463E6, 0xE964B13D,
           0xD725148B, 0xABA65FE7, 0x52A0C93F),
    ROW256(0x38116FAC, 0x7022DF58, 0xE045BEB0, 0xC5670B91, 0x8F2261D3,
           0x1BA8B557, 0x37516AAE, 0x6EA2D55C),
    ROW256(0xEF306B19, 0xDB8CA0C3, 0xB2F53777, 0x6006181F, 0xC00C303E,
           0x85F4168D, 0x0E045BEB, 0x1C08B7D6),
    ROW256(0x68032CC8, 0xD0065990, 0xA5E0C5D1, 0x4E2DFD53, 0x9C5BFAA6,
           0x3D5B83BD, 0x7AB7077A, 0xF56E0EF4),
    ROW256(0x493C7D27, 0x9278FA4E, 0x211D826D, 0x423B04DA, 0x847609B4,
           0x0D006599, 0x1A00CB32, 0x34019664),
};

static uint64_t
load_le64(const uint8_t *p)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint32_t
hash_crc32c_portable(uint32_t seed, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint32_t c = ~seed;

    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = load_le64(p) ^ c;

        c = 0;
        for (unsigned i = 0; i < 8; i++)
            c ^= crc_table[7 - i][(v >> (8 * i)) & 0xFF];
    }
    for (; n > 0; n--, p++)
        c = c >> 8 ^ crc_table[0][(c ^ *p) & 0xFF];
    return ~c;
}

#if defined(__x86_64__)

/* The instruction takes three cycles but starts one every cycle: three
 * neighbouring parts are summed side by side and joined. */
#define PART 128

/* A CRC moved over ${n} bytes is its product with x^(8n) modulo the polynomial.
 * The constants are x^(8n-33), bits reversed: the carry-less product of two
 * reversed values is short by one bit, and the CRC of 64 bits adds 32. */
#define OVER_ONE_PART  0x0D3B6092
#define OVER_TWO_PARTS 0xB9E02B86

static inline __attribute__((target("sse4.2,pclmul"))) uint32_t
crc_over(uint64_t c, uint32_t constant)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)(c & 0xFFFFFFFF)),
                             _mm_cvtsi64_si128((long long)constant), 0);

    return (uint32_t)__builtin_ia32_crc32di(
        0, (uint64_t)_mm_cvtsi128_si64(product));
}

static __attribute__((target("sse4.2,pclmul"))) uint32_t
crc32c_three(uint64_t c, const uint8_t *p)
{
    uint64_t second = 0, third = 0;

    for (size_t i = 0; i < PART; i += 8) {
        c = __builtin_ia32_crc32di(c, hash_load((const char *)(p + i), 8));
        second = __builtin_ia32_crc32di(
            second, hash_load((const char *)(p + PART + i), 8));
        third = __builtin_ia32_crc32di(
            third, hash_load((const char *)(p + 2 * PART + i), 8));
    }
    return crc_over(c, OVER_TWO_PARTS) ^ crc_over(second, OVER_ONE_PART) ^
           (uint32_t)third;
}

static __attribute__((target("sse4.2,pclmul"))) uint32_t
crc32c_sse42(uint32_t seed, const uint8_t *p, size_t n)
{
    uint64_t c = ~seed;

    for (; n >= (size_t)3 * PART; n -= (size_t)3 * PART, p += 3 * PART)
        c = crc32c_three(c, p);
    for (; n >= 8; n -= 8, p += 8)
        c = __builtin_ia32_crc32di(c, hash_load((const char *)p, 8));
    for (; n > 0; n--, p++)
        c = __builtin_ia32_crc32qi((uint32_t)c, *p);
    return ~(uint32_t)c;
}

uint32_t
hash_crc32c(uint32_t seed, const void *p, size_t n)
{
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul"))
        return hash_crc32c_portable(seed, p, n);
    return crc32c_sse42(seed, p, n);
}

#else

uint32_t
hash_crc32c(uint32_t seed, const void *p, size_t n)
{
    return hash_crc32c_portable(seed, p, n);
}

#endif

/* ---------------------------------------------------------------- SipHash */

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t
rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void
sip_rounds(struct sip *s, unsigned n)
{
    for (; n > 0; n--) {
        s->v0 += s->v1;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v2 = rotl(s->v2, 32);
    }
}

static void
sip_word(struct sip *s, uint64_t m)
{
    s->v3 ^= m;
    sip_rounds(s, 2);
    s->v0 ^= m;
}

static void
store_le64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

void
hash_128(const uint8_t key[16], const void *data, size_t n, uint8_t out[16])
{
    const uint8_t *p = data;
    uint64_t k0 = load_le64(key);
    uint64_t k1 = load_le64(key + 8);
    uint64_t tail = (uint64_t)n << 56;
    struct sip s = {
        k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};

    s.v1 ^= 0xee; /* the 128-bit variant */
    for (; n >= 8; n -= 8, p += 8)
        sip_word(&s, load_le64(p));
    for (unsigned i = 0; i < n; i++)
        tail |= (uint64_t)p[i] << (8 * i);
    sip_word(&s, tail);
    s.v2 ^= 0xee;
    sip_rounds(&s, 4);
    store_le64(out, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
    s.v1 ^= 0xdd;
    sip_rounds(&s, 4);
    store_le64(out + 8, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
