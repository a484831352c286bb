/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that are not cryptography: keys of lookups, CRC32C of the spool,
 * the keyed 128-bit hash behind event ids. Digests (SM3, SHA-256) need OpenSSL
 * and live in transport/digest.h. */
#ifndef FORMATS_BASE_HASH_H
#define FORMATS_BASE_HASH_H

#include "formats/base/bytes.h"

#define HASH_K0 UINT64_C(0x9E3779B97F4A7C15)
#define HASH_K1 UINT64_C(0xD6E8FEB86659FD93)

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide m = (wide)a * b;

    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
hash_load(const char *p, size_t n)
{
    uint64_t v = 0;

    memcpy(&v, p, n);
    return v;
}

/* hash_tail(p, n, lo, hi): ${n} <= 16 bytes, padded with zeros to two words;
 * reads nothing outside the ${n} bytes. */
static inline void
hash_tail(const char *p, size_t n, uint64_t *lo, uint64_t *hi)
{
    *hi = 0;
    if (n >= 8) {
        *lo = hash_load(p, 8);
        if (n > 8)
            *hi = hash_load(p + n - 8, 8) >> (8 * (16 - n));
    } else if (n >= 4) {
        *lo = hash_load(p, 4) | hash_load(p + n - 4, 4) << (8 * (n - 4));
    } else if (n > 0) {
        *lo = (uint64_t)(uint8_t)p[0] |
              (uint64_t)(uint8_t)p[n / 2] << (8 * (n / 2)) |
              (uint64_t)(uint8_t)p[n - 1] << (8 * (n - 1));
    } else {
        *lo = 0;
    }
}

static inline uint32_t
hash_fold(uint64_t h)
{
    uint32_t low = (uint32_t)(h ^ h >> 32);

    return low != 0 ? low : 1;
}

/* hash_key(p, n): 32 bits over every byte of a key, the same on every run and
 * machine of one byte order. Equal hashes prove nothing: compare the bytes. An
 * attacker can make collisions; tables that hold attacker keys bound their
 * probes. Never 0. */
static inline uint32_t
hash_key(const char *p, size_t n)
{
    uint64_t h = HASH_K0 ^ n;
    uint64_t lo, hi;

    while (n > 16) {
        h = hash_mix(h ^ hash_load(p, 8), HASH_K1 ^ hash_load(p + 8, 8));
        p += 16;
        n -= 16;
    }
    hash_tail(p, n, &lo, &hi);
    return hash_fold(hash_mix(h ^ lo, HASH_K1 ^ hi));
}

/* hash_key_in(p, n, end): the same value as hash_key, faster where at least 16
 * bytes from ${p} on lie before ${end} and may be read. */
static inline __attribute__((always_inline)) uint32_t
hash_key_in(const char *p, size_t n, const char *end)
{
    static const char mask[32] = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                                 "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    uint64_t lo, hi;

    if (n > 16 || end - p < 16)
        return hash_key(p, n);
    lo = hash_load(p, 8) & hash_load(mask + 16 - n, 8);
    hi = hash_load(p + 8, 8) & hash_load(mask + 24 - n, 8);
    return hash_fold(hash_mix(HASH_K0 ^ n ^ lo, HASH_K1 ^ hi));
}

/* hash_crc32c(seed, p, n): CRC-32C (RFC 3720 polynomial) continued from
 * ${seed} (0 to start); uses the SSE4.2 instruction where the CPU has it. */
uint32_t hash_crc32c(uint32_t seed, const void *p, size_t n);

/* hash_crc32c_portable(seed, p, n): the same without special instructions;
 * what hash_crc32c uses on other machines, callable so that it is tested. */
uint32_t hash_crc32c_portable(uint32_t seed, const void *p, size_t n);

/* hash_128(key, p, n, out): SipHash-2-4 with 128-bit result under a 16-byte
 * key; event ids (DESIGN section 3). */
void hash_128(const uint8_t key[16], const void *p, size_t n, uint8_t out[16]);

#endif
