/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: a unix stream socket (0600) where `hutong status` and
 * friends ask. One line of request, one JSON document of answer, closed. */
#ifndef AGENT_CONTROL_SOCKET_H
#define AGENT_CONTROL_SOCKET_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

struct event_base;
struct control;

/* answer(ctx, request, out): append the answer; called in the loop's thread. */
typedef void (*control_answer_fn)(void *ctx, struct bytes request,
                                  struct buf *out);

#define CONTROL_MAX_REQUEST 256

/* control_open(base, path, answer, ctx, out, err): replaces a socket that no
 * process listens on; ERR_EXISTS when one does. */
enum err_code control_open(struct event_base *base, const char *path,
                           control_answer_fn answer, void *ctx,
                           struct control **out, struct err *err) MUST_USE;
void control_close(struct control *c); /* also removes the socket; NULL ok */

/* control_ask(path, request, out, timeout_ms, err): the client's side; blocks. */
enum err_code control_ask(const char *path, const char *request,
                          struct buf *out, unsigned timeout_ms,
                          struct err *err) MUST_USE;

#endif
