/* SPDX-License-Identifier: Apache-2.0 */
/* The one retry table of all outputs that answer with HTTP status codes, for a
 * whole request and for one item of a batch (also in ZeroMQ acknowledgements). */
#ifndef TRANSPORT_HTTP_STATUS_H
#define TRANSPORT_HTTP_STATUS_H

#include "transport/transport.h"

struct http_status_row {
    unsigned from, to; /* inclusive range of codes */
    enum send_result result;
    bool split; /* too large: send halves */
    bool pause; /* a fault of the set-up, not of the data */
    const char *why;
};

/* http_status_request(status): what a status of the whole request means; never
 * NULL. First match of the table. */
const struct http_status_row *http_status_request(unsigned status);

/* http_status_item(status): what a status of one item means: an item has no
 * endpoint and no credentials of its own, so every 4xx that is not temporary
 * refuses it. */
enum send_result http_status_item(unsigned status);

/* http_status_reason(status): the standard phrase ("Not Found"), or "Status". */
const char *http_status_reason(unsigned status);

#endif
