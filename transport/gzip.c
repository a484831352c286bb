/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib. Level 1: alerts compress tenfold at it, and the CPU of the
 * appliance is dearer than the last per cent. */
#include "transport/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* zlib: 15 bits of window, gzip wrapper */
#define GZIP_FREE   65536     /* bytes no ratio is asked for */
#define GZIP_STEP   65536     /* bytes of output a turn */

struct gzip {
    z_stream z;
};

struct gzip *
gzip_new(void)
{
    struct gzip *g = calloc(1, sizeof(*g));

    if (g && deflateInit2(&g->z, 1, Z_DEFLATED, GZIP_WINDOW, 8,
                          Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return NULL;
    }
    return g;
}

void
gzip_free(struct gzip *g)
{
    if (g)
        (void)deflateEnd(&g->z);
    free(g);
}

enum err_code
gzip_pack(struct gzip *g, struct bytes in, struct buf *out)
{
    size_t bound;

    if (in.len > UINT32_MAX)
        return ERR_LIMIT;
    if (deflateReset(&g->z) != Z_OK)
        return ERR_NOMEM;
    bound = deflateBound(&g->z, (uLong)in.len);
    if (bound > UINT32_MAX)
        return ERR_LIMIT;
    if (!buf_reserve(out, bound))
        return out->max ? ERR_LIMIT : ERR_NOMEM;
    g->z.next_in = (Bytef *)(uintptr_t)in.data;
    g->z.avail_in = (uInt)in.len;
    g->z.next_out = (Bytef *)(out->data + out->len);
    g->z.avail_out = (uInt)bound;
    if (deflate(&g->z, Z_FINISH) != Z_STREAM_END)
        return ERR_NOMEM;
    out->len += bound - g->z.avail_out;
    return ERR_OK;
}

static enum err_code
inflate_all(z_stream *z, size_t max, struct buf *out)
{
    size_t start = out->len;
    int rc = Z_OK;

    while (rc != Z_STREAM_END) {
        size_t room = max - (out->len - start);
        uInt step = room < GZIP_STEP ? (uInt)room + 1 : GZIP_STEP;

        if (!buf_reserve(out, step))
            return ERR_NOMEM;
        z->next_out = (Bytef *)(out->data + out->len);
        z->avail_out = step;
        rc = inflate(z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END)
            return rc == Z_MEM_ERROR ? ERR_NOMEM : ERR_SYNTAX;
        out->len += step - z->avail_out;
        if (out->len - start > max)
            return ERR_LIMIT;
        if (rc == Z_OK && z->avail_in == 0 && z->avail_out != 0)
            return ERR_SYNTAX; /* cut off */
    }
    return z->avail_in == 0 ? ERR_OK : ERR_SYNTAX;
}

enum err_code
gzip_unpack(struct bytes in, size_t max, struct buf *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in.data};
    size_t start = out->len, bound = max;
    enum err_code code;

    if (in.len == 0)
        return ERR_SYNTAX;
    if (in.len > UINT32_MAX)
        return ERR_LIMIT;
    if (in.len < max / GZIP_RATIO_MAX)
        bound = in.len * GZIP_RATIO_MAX < GZIP_FREE ? GZIP_FREE
                                                    : in.len * GZIP_RATIO_MAX;
    if (bound > max)
        bound = max;
    z.avail_in = (uInt)in.len;
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return ERR_NOMEM;
    code = inflate_all(&z, bound, out);
    (void)inflateEnd(&z);
    if (code != ERR_OK)
        buf_cut(out, start);
    return code;
}
