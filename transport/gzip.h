/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) for HTTP bodies, bounded in both directions. */
#ifndef TRANSPORT_GZIP_H
#define TRANSPORT_GZIP_H

#include "formats/base/buf.h"

#define GZIP_RATIO_MAX 100 /* a body that grows more is taken for a bomb */

struct gzip; /* a reusable compressor */

/* gzip_new(): NULL when out of memory. One thread. */
struct gzip *gzip_new(void);
void gzip_free(struct gzip *z);

/* gzip_pack(z, in, out): ${in} appended to ${out}; the same bytes for the same
 * input. ERR_NOMEM, ERR_LIMIT (out->max). */
enum err_code gzip_pack(struct gzip *z, struct bytes in,
                        struct buf *out) MUST_USE;

/* gzip_unpack(in, max, out): exactly one member and nothing behind it, at most
 * ${max} bytes and GZIP_RATIO_MAX times the input (64 KiB are always allowed).
 * ERR_SYNTAX, ERR_LIMIT, ERR_NOMEM. */
enum err_code gzip_unpack(struct bytes in, size_t max,
                          struct buf *out) MUST_USE;

#endif
