/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C against the vectors of RFC 3720 B.4, SipHash-2-4-128 against its
 * authors' vectors, the key hash against itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/hash.h"
#include "formats/base/text.h"

static uint8_t data[4096];

static int
setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 151 + i / 256);
    return 0;
}

static void
test_crc_vectors(void **state)
{
    uint8_t bytes[32];

    (void)state;
    assert_int_equal(hash_crc32c(0, "", 0), 0);
    assert_int_equal(hash_crc32c(0, "123456789", 9), 0xE3069283);
    memset(bytes, 0, 32);
    assert_int_equal(hash_crc32c(0, bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(hash_crc32c(0, bytes, 32), 0x62A8AB43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(hash_crc32c(0, bytes, 32), 0x46DD794E);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(hash_crc32c(0, bytes, 32), 0x113FDB5C);
}

static uint32_t
crc_bitwise(const uint8_t *p, size_t n)
{
    uint32_t c = ~0U;

    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (unsigned k = 0; k < 8; k++)
            c = c >> 1 ^ (c & 1 ? 0x82F63B78 : 0);
    }
    return ~c;
}

/* All three ways, every length and alignment, and in two parts. */
static void
test_crc_ways(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        const uint8_t *p = data + n % 9;
        uint32_t want = crc_bitwise(p, n);

        assert_int_equal(hash_crc32c(0, p, n), want);
        assert_int_equal(hash_crc32c_portable(0, p, n), want);
        for (size_t cut = 0; cut <= n; cut += 7)
            assert_int_equal(
                hash_crc32c(hash_crc32c_portable(0, p, cut), p + cut, n - cut),
                want);
    }
    assert_int_equal(hash_crc32c(1, data, sizeof data),
                     hash_crc32c_portable(1, data, sizeof data));
}

static void
test_siphash(void **state)
{
    /* Key 00..0f, message 00..n-1; from the reference's vectors. */
    static const struct {
        size_t n;
        const char *out;
    } row[] = {
        {0, "a3817f04ba25a8e66df67214c7550293"},
        {1, "da87c1d86b99af44347659119b22fc45"},
        {2, "8177228da4a45dc7fca38bdef60affe4"},
        {3, "9c70b60c5267a94e5f33b6b02985ed51"},
        {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
        {8, "3b62a9ba6258f5610f83e264f31497b4"},
    };
    uint8_t key[16], message[64], out[16];

    (void)state;
    for (unsigned i = 0; i < 64; i++)
        message[i] = (uint8_t)i;
    memcpy(key, message, 16);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct buf hex = {0};

        hash_128(key, message, row[i].n, out);
        text_hex(&hex, out, 16);
        assert_string_equal(buf_cstr(&hex), row[i].out);
        buf_free(&hex);
    }
}

/* A changed bit anywhere, in key, message or length, changes the hash. */
static void
test_siphash_bits(void **state)
{
    uint8_t key[16] = {1}, a[16], b[16];

    (void)state;
    for (size_t n = 0; n < 40; n++) {
        uint8_t message[40];

        memcpy(message, data, n);
        hash_128(key, message, n, a);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            message[bit / 8] ^= (uint8_t)(1U << bit % 8);
            hash_128(key, message, n, b);
            assert_memory_not_equal(a, b, 16);
            message[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        key[n % 16] ^= 0x10;
        hash_128(key, message, n, b);
        assert_memory_not_equal(a, b, 16);
        key[n % 16] ^= 0x10;
    }
}

/* Both forms of the key hash agree, read nothing outside, are never 0, and see
 * every byte. */
static void
test_key(void **state)
{
    (void)state;
    assert_int_equal(hash_key("", 0), hash_key(NULL, 0));
    for (size_t n = 0; n < 80; n++) {
        char *tight = malloc(n ? n : 1);
        char *wide = malloc(n + 16);
        uint32_t h;

        assert_true(tight != NULL && wide != NULL);
        memcpy(tight, data, n);
        memcpy(wide, data, n + 16);
        h = hash_key(tight, n);
        assert_int_not_equal(h, 0);
        assert_int_equal(hash_key_in(wide, n, wide + n + 16), h);
        assert_int_equal(hash_key_in(tight, n, tight + n), h);
        for (size_t i = 0; i < n; i++) {
            tight[i] ^= 1;
            assert_int_not_equal(hash_key(tight, n), h);
            tight[i] ^= 1;
        }
        assert_int_not_equal(hash_key(wide, n + 1), h);
        free(tight);
        free(wide);
    }
    assert_int_not_equal(hash_key("a", 1), hash_key("a\0", 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc_vectors), cmocka_unit_test(test_crc_ways),
        cmocka_unit_test(test_siphash),     cmocka_unit_test(test_siphash_bits),
        cmocka_unit_test(test_key),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
