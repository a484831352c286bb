/* SPDX-License-Identifier: Apache-2.0 */
/* GET /metrics on a loopback address, as Prometheus text, served by the strict
 * HTTP server. */
#ifndef AGENT_CONTROL_METRICS_H
#define AGENT_CONTROL_METRICS_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

struct event_base;
struct metrics;

/* fill(ctx, out): append the text; called in the loop's thread. */
typedef void (*metrics_fill_fn)(void *ctx, struct buf *out);

/* metrics_open(base, listen, fill, ctx, out, err): ${listen} is
 * "127.0.0.1:port" or "[::1]:port"; another address is refused (ERR_AUTH):
 * the numbers are for this host's collector only. Port 0: the kernel chooses. */
enum err_code metrics_open(struct event_base *base, const char *listen,
                           metrics_fill_fn fill, void *ctx,
                           struct metrics **out, struct err *err) MUST_USE;
void metrics_close(struct metrics *m); /* NULL allowed */

#endif
