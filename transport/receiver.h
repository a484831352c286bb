/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end of our transports: a ZeroMQ socket (ROUTER with
 * acknowledgements, PULL, SUB) or an HTTPS server. Each batch goes to a
 * callback, what it says goes back to the sender, item by item. */
#ifndef TRANSPORT_RECEIVER_H
#define TRANSPORT_RECEIVER_H

#include "transport/http_auth.h"
#include "transport/results.h"
#include "transport/tls.h"

#define RECEIVER_BODY_MAX ((size_t)16 << 20)    /* DESIGN section 10 */
#define RECEIVER_PATH     "/interconn/v1/data/" /* + info_type */

struct receiver_batch {     /* borrowed during the callback */
    struct bytes id;        /* msg_id; empty when HTTP gave none */
    struct bytes info_type; /* of the header or path, valid shape */
    struct bytes body;
    struct bytes topic;      /* ZeroMQ: the first frame; empty over HTTP */
    uint64_t items;          /* that the header announces; 0: it says nothing */
    uint64_t first_sequence; /* 0 over HTTP */
};

struct receiver_verdict {
    unsigned status;        /* of the whole; 2xx: accepted and durable */
    unsigned retry_after_s; /* with 503, HTTP only */
    const char *why;        /* with 4xx and 5xx, may be NULL; HTTP only, as are
                               the next two: the inside of a JSON string */
    unsigned code;          /* of the interface; 0: that of the status */
    const char *pointer;    /* what it is about (RFC 6901), or NULL */
    uint16_t *item;         /* RESULTS_MAX places for per-item statuses */
    size_t items;           /* places set; 0: the status is for all */
};

/* Runs in the thread of receiver_run. What it returns is acknowledged at once,
 * so it makes things durable first. */
typedef void (*receiver_fn)(void *arg, const struct receiver_batch *b,
                            struct receiver_verdict *v);

enum receiver_kind {
    RECEIVER_ROUTER, /* acknowledges */
    RECEIVER_PULL,   /* cannot */
    RECEIVER_SUB,    /* cannot; connects unless bind is set */
    RECEIVER_HTTP
};

struct receiver_options {
    enum receiver_kind kind;
    const char *address; /* tcp://127.0.0.1:5556 or 127.0.0.1:8443 */
    /* ZeroMQ: */
    bool connect; /* connect instead of bind */
    bool plain;   /* allow it unencrypted beyond this machine */
    const char *secret, *allow, *server_key; /* CURVE key files, zsock.h */
    /* HTTP: */
    const struct tls_files *tls; /* NULL: plain, loopback only */
    const char *token_file;      /* NULL: none asked */
    receiver_fn fn;
    void *arg;
    int stop_fd; /* readable: receiver_run returns; not read; -1: none */
};

struct receiver_counters {
    uint64_t batches;   /* given to the callback */
    uint64_t malformed; /* refused before it */
    uint64_t unsent;    /* acknowledgements that found no peer */
};

struct receiver;

/* receiver_open(o, out, err): bind or connect. Errors as zsock_open and
 * http_server_open. Strings of ${o} are borrowed during the call. */
enum err_code receiver_open(const struct receiver_options *o,
                            struct receiver **out, struct err *err) MUST_USE;

/* receiver_run(r, timeout_ms): receive until receiver_stop, stop_fd or, unless
 * 0, the time. Can be called again. */
void receiver_run(struct receiver *r, unsigned timeout_ms);

/* receiver_stop(r): any thread, or the callback (its answer still goes out). */
void receiver_stop(struct receiver *r);

unsigned receiver_port(struct receiver *r); /* 0 for ipc and connecting ends */
struct receiver_counters receiver_counters(const struct receiver *r);

/* receiver_close(r): within about a second; NULL is allowed. */
void receiver_close(struct receiver *r);

#endif
