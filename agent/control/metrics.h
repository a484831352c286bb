/* SPDX-License-Identifier: Apache-2.0 */
/* GET /metrics on a loopback address, as Prometheus text, served by the strict
 * HTTP server in a thread of its own from a snapshot that the loop publishes: a
 * slow collector never holds the loop. */
#ifndef AGENT_CONTROL_METRICS_H
#define AGENT_CONTROL_METRICS_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

struct metrics;

/* metrics_open(listen, out, err): ${listen} is "127.0.0.1:port" or
 * "[::1]:port"; any other address is refused (ERR_ARG), since the numbers are
 * served without TLS. Port 0: the kernel chooses (metrics_port). */
enum err_code metrics_open(const char *listen, struct metrics **out,
                           struct err *err) MUST_USE;
void metrics_close(struct metrics *m); /* NULL allowed */
unsigned metrics_port(const struct metrics *m);

/* metrics_publish(m, text): the next answers carry ${text}, which is swapped
 * with the buffer of the last snapshot. Any thread. */
void metrics_publish(struct metrics *m, struct buf *text);

#endif
