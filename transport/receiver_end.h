/* SPDX-License-Identifier: Apache-2.0 */
/* The ZeroMQ end of receiver.h; private to it. */
#ifndef TRANSPORT_RECEIVER_END_H
#define TRANSPORT_RECEIVER_END_H

#include "transport/http_server.h"
#include "transport/receiver.h"
#include "transport/wake.h"
#include "transport/zsock.h"

struct receiver {
    enum receiver_kind kind;
    receiver_fn fn;
    void *arg;
    int stop_fd;
    struct http_server *http; /* or sock */
    struct zsock sock;
    struct wake stop;
    struct buf reply; /* per-item list of an acknowledgement */
    uint16_t *item;   /* RESULTS_MAX places */
    struct receiver_counters counters;
};

enum err_code receiver_end_open(struct receiver *r,
                                const struct receiver_options *o,
                                struct err *err) MUST_USE;
void receiver_end_run(struct receiver *r, unsigned timeout_ms);

#endif
