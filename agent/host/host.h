/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of one host as native "hutong-host" documents: the device, its
 * operating system, and the databases, middleware and applications that are
 * recognised. formats/mapping/data/in/hutong-host.yaml makes assets of them. */
#ifndef AGENT_HOST_HOST_H
#define AGENT_HOST_HOST_H

#include <stdatomic.h>

#include "formats/base/buf.h"
#include "formats/base/err.h"
#include "formats/base/time.h"

#define HOST_ID_MAX 40

struct host_options {
    const char *root;     /* "/" for this machine; a recorded tree in tests */
    struct stamp now;     /* written as observed_at */
    unsigned deadline_ms; /* stop collecting then and report what is there; 0:
                             no deadline */
    const atomic_bool *cancel; /* becomes true: stop soon; NULL: never */
};

struct host_document {    /* borrowed for the call */
    struct bytes json;    /* one JSON object, no newline */
    const char *type;     /* "device", "operating_system", ... */
    char id[HOST_ID_MAX]; /* asset id: the same on every run of this host */
    uint8_t content[16];  /* hash of all but observed_at */
};

/* Return false to stop. */
typedef bool (*host_document_fn)(void *ctx, const struct host_document *d);

struct host_summary {
    size_t documents, packages, processes, sockets;
    bool partial; /* something was cut off: deadline, limit, memory */
};

/* host_collect(o, fn, ctx, summary, err): read the system files below the root
 * and call ${fn} once a document: device, operating system, then software in
 * the order of the product table. Reads files alone: no name resolution, no
 * programs, no waiting, as any user; what cannot be read stays absent.
 * ERR_NOT_FOUND when nothing identifies the host, ERR_TIMEOUT when the deadline
 * came before anything did, ERR_NOMEM, and the errors of opening the root. ${summary} NULL allowed. Any thread. */
enum err_code host_collect(const struct host_options *o, host_document_fn fn,
                           void *ctx, struct host_summary *summary,
                           struct err *err) MUST_USE;

/* host_now(): the time of this machine with its UTC offset, milliseconds. */
struct stamp host_now(void);

#endif
