/* SPDX-License-Identifier: Apache-2.0 */
/* The passive judge under `proxy`: what a relay tells becomes documents, which
 * are judged like those of a capture, and evidence: a capture of its own and a
 * line about each connection. One thread. */
#ifndef CONFORMANCE_TOOL_PROXY_H
#define CONFORMANCE_TOOL_PROXY_H

#include "conformance/evidence/evidence.h"
#include "conformance/roles/run.h"
#include "conformance/wire/relay.h"

#define PROXY_TRAFFIC      "evidence/traffic.pcapng"
#define PROXY_CONNECTIONS  "evidence/connections.ndjson"
#define PROXY_NOTES_MAX    8
#define PROXY_LOGGED_MAX   65536 /* connections with a line of their own */
#define PROXY_RECORD_BYTES ((uint64_t)256 << 20) /* kept unless told */

struct proxy {
    struct run *run;               /* borrowed, opened */
    struct evidence *e;            /* borrowed */
    unsigned ways;                 /* bit d: who sends direction d is judged */
    uint64_t record_max;           /* bytes of the capture; 0: none */
    struct observe_target *target; /* of the run */
    struct capture_sink sink;
    int fd;            /* of the capture, or -1 */
    struct buf frames; /* owned: not yet written */
    uint64_t recorded; /* bytes of the capture */
    bool full;         /* there was more than record_max */
    struct buf lines;  /* owned: of PROXY_CONNECTIONS */
    uint64_t links, refused, reset, stopped, taken, given, lost;
    uint64_t judged, others; /* documents */
    int64_t last_ns;         /* CLOCK_MONOTONIC of the last byte; 0: none */
    struct err err;          /* the first fault of the evidence */
    struct ledger_text note[PROXY_NOTES_MAX];
    size_t notes;
};

/* proxy_open(p, name, err): run, e, ways and record_max are set, the rest is zero.
 * ${name} names the target in the report and is kept by the caller. ERR_IO,
 * ERR_NOMEM. */
enum err_code proxy_open(struct proxy *p, const char *name,
                         struct err *err) MUST_USE;

/* proxy_events(p): for relay_open. */
struct relay_events proxy_events(struct proxy *p);

/* proxy_finish(p, time, err): after relay_close: the evidence is whole, and
 * run->setting says what was not seen. */
enum err_code proxy_finish(struct proxy *p, const char *time,
                           struct err *err) MUST_USE;
void proxy_close(struct proxy *p);

/* ---- inside: the capture (proxy_record.c) */
struct proxy_half { /* one direction of a connection, as it is recorded */
    uint32_t sequence;
    struct buf held; /* owned: told and not yet recorded: a secret may go on */
};
/* proxy_record_*: nothing when no capture is kept. Secrets are replaced by as many
 * 'x' (redact.h); for that a stream is recorded in pieces that end where none can
 * go on, or with ${all}. */
void proxy_record_flags(struct proxy *p, const struct relay_link *l,
                        struct proxy_half half[2], unsigned d, unsigned flags);
void proxy_record_bytes(struct proxy *p, const struct relay_link *l,
                        struct proxy_half half[2], unsigned d, struct bytes b);
void proxy_record_rest(struct proxy *p, const struct relay_link *l,
                       struct proxy_half half[2], unsigned d);
/* proxy_record_write(p): what is gathered goes to the file. */
void proxy_record_write(struct proxy *p);

#endif
