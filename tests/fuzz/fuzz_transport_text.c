/* SPDX-License-Identifier: Apache-2.0 */
/* LINK transport */
/* The small grammars that a peer's bytes reach: per-item results, ZeroMQ
 * headers, gzip bodies. What is accepted and written again is accepted again
 * with the same meaning. */
#include <stdint.h>
#include <stdlib.h>

#include "transport/gzip.h"
#include "transport/results.h"
#include "transport/zhead.h"

#define ITEMS      64
#define UNPACK_MAX ((size_t)1 << 20)

static void
try_results(struct bytes in)
{
    uint16_t first[ITEMS], second[ITEMS];
    struct results a = {.status = first, .max = ITEMS};
    struct results b = {.status = second, .max = ITEMS};
    struct buf out = {0};

    if (results_scan(in, &a)) {
        results_write(&out, a.msg_id, a.status, a.count);
        if (!results_scan(buf_view(&out), &b) || a.count != b.count ||
            !bytes_eq(a.msg_id, b.msg_id) ||
            memcmp(first, second, a.count * sizeof(*first)) != 0)
            abort();
    }
    if (results_scan_list(in, &a)) {
        buf_reset(&out);
        results_write_list(&out, a.status, a.count);
        if (!results_scan_list(buf_view(&out), &b) || a.count != b.count)
            abort();
    }
    buf_free(&out);
}

static void
try_head(struct bytes in)
{
    struct zhead a, b;
    struct buf out = {0};

    if (!zhead_scan(in, &a))
        return;
    zhead_write(&out, &a);
    if (out.len <= ZHEAD_MAX &&
        (!zhead_scan(buf_view(&out), &b) || !bytes_eq(a.id, b.id) ||
         !bytes_eq(a.info_type, b.info_type) || a.items != b.items ||
         a.first_sequence != b.first_sequence))
        abort();
    buf_free(&out);
}

static void
try_gzip(struct bytes in)
{
    struct gzip *z = gzip_new();
    struct buf packed = {0}, back = {0};

    if (gzip_unpack(in, UNPACK_MAX, &back) == ERR_OK && back.len > UNPACK_MAX)
        abort();
    buf_reset(&back);
    if (z && gzip_pack(z, in, &packed) == ERR_OK &&
        (gzip_unpack(buf_view(&packed), UNPACK_MAX, &back) != ERR_OK ||
         !bytes_eq(buf_view(&back), in)))
        abort();
    gzip_free(z);
    buf_free(&packed);
    buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);

    try_results(in);
    try_head(in);
    try_gzip(in);
    return 0;
}
