/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for the parts of a request's head; used by http_parse alone. */
#ifndef TRANSPORT_HTTP_HEAD_H
#define TRANSPORT_HTTP_HEAD_H

#include "transport/http_parse.h"

/* Each returns 0, or the status to refuse with after setting ${p}->why.
 * http_head_request: method, target and version out of the first line, decoded
 * in place. http_head_field: one header line (never empty). http_head_finish:
 * what must hold for the head as a whole. */
unsigned http_head_request(struct http_parser *p, char *line, size_t len);
unsigned http_head_field(struct http_parser *p, char *line, size_t len);
unsigned http_head_finish(struct http_parser *p);

#endif
