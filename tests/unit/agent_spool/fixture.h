/* SPDX-License-Identifier: Apache-2.0 */
/* What the spool's tests share: a scratch directory, records whose content is
 * known from their number, and a reader that checks them. */
#ifndef TESTS_UNIT_AGENT_SPOOL_FIXTURE_H
#define TESTS_UNIT_AGENT_SPOOL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/spool/internal.h"

static inline void
fixture_dir(char out[128])
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(out, 128, "%s/hutong-spool-XXXXXX",
                   base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(out));
}

static bool
fixture_collect(void *arg, const char *name)
{
    char(*names)[64] = arg;
    size_t i = 0;

    while (names[i][0] != '\0')
        i++;
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && i < 4095)
        (void)snprintf(names[i], 64, "%s", name);
    return true;
}

/* The names in a directory, sorted by nothing; freed by the caller. */
static inline char (*fixture_names(const char *dir))[64]
{
    char(*names)[64] = calloc(4096, 64);

    assert_non_null(names);
    (void)spool_vfs_system.list(NULL, dir, fixture_collect, names);
    return names;
}

static inline void
fixture_remove(const char *dir)
{
    char(*names)[64] = fixture_names(dir);
    char path[512];

    for (size_t i = 0; names[i][0] != '\0'; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (unlink(path) != 0) /* quarantine, deadletter: one level */
            fixture_remove(path);
    }
    free(names);
    (void)rmdir(dir);
}

/* The item of record ${n}: its length and every byte follow from ${n}. */
static inline size_t
fixture_item(uint64_t n, char *p, size_t max)
{
    size_t len = 20 + (size_t)(n * 7919 % 1500);
    uint64_t x = n * 0x9E3779B97F4A7C15U + 1;

    if (len > max)
        len = max;
    for (size_t i = 0; i < len; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(p + i, &x, len - i < 8 ? len - i : 8);
    }
    return len;
}

static inline struct spool_meta
fixture_meta(uint64_t n)
{
    struct spool_meta m = {.kind = SPOOL_EVENT,
                           .info_type = BYTES("alert"),
                           .input = BYTES("eve"),
                           .product = BYTES("suricata"),
                           .source = BYTES("eve.json:1"),
                           .mapping = BYTES("suricata-eve@1"),
                           .key = BYTES("k"),
                           .received_ns = (int64_t)n,
                           .event_ns = (int64_t)n * 3,
                           .level = (uint8_t)(n % 6)};

    memcpy(m.event_id, &n, sizeof n);
    return m;
}

static inline enum err_code
fixture_append(struct spool *s, uint64_t n, uint64_t *sequence, struct err *err)
{
    char item[2048];
    struct spool_meta m = fixture_meta(n);

    return spool_append(s, &m, bytes_of(item, fixture_item(n, item, 2048)),
                        sequence, err);
}

/* The number that a record was made from, or 0 when it is not one of ours. */
static inline uint64_t
fixture_number(const struct spool_record *r)
{
    char item[2048];
    uint64_t n;

    memcpy(&n, r->meta.event_id, sizeof n);
    if (r->meta.kind != SPOOL_EVENT || r->meta.received_ns != (int64_t)n ||
        r->meta.event_ns != (int64_t)n * 3 || !bytes_is(r->meta.key, "k") ||
        !bytes_is(r->meta.mapping, "suricata-eve@1") ||
        !bytes_eq(r->item, bytes_of(item, fixture_item(n, item, 2048))))
        return 0;
    return n;
}

#endif
