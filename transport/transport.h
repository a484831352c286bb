/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a destination. A transport sees finished batches (bytes, content
 * type, item count), never records; it says per item what became of it. The
 * caller (agent/sink) owns encoding, retry policy, cursors. */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

enum send_result {
    SEND_SENT,  /* the receiver has it (acknowledged where the protocol can) */
    SEND_AGAIN, /* temporary: repeat the same bytes after retry_after_ms */
    SEND_REFUSED, /* the receiver will never take this item: dead letter */
    SEND_DOWN     /* the destination is unreachable: probe, do not spend */
};

struct batch {
    struct bytes body;        /* borrowed until the report */
    struct bytes id;          /* msg_id, Idempotency-Key; printable ASCII */
    struct bytes info_type;   /* "alert": topic, path element */
    const char *content_type; /* "application/json" */
    uint32_t items;           /* number of items in the body */
    uint64_t first_sequence;  /* informative: PUB sequence numbers */
};

struct send_report {
    enum send_result result; /* of the whole batch; with ${item}: AGAIN when
                                   any item is, else SENT when any item is */
    const enum send_result *item; /* per item when the receiver names them, else
                                     NULL; borrowed until the next send */
    uint32_t retry_after_ms;      /* with AGAIN; 0: caller's choice */
    bool split;                   /* too large: send halves */
    bool pause;     /* wrong credentials, TLS failure: alarm, probe
                                   slowly */
    char text[200]; /* reason for people, visible characters */
};

/* One option of a transport: configuration key = one row. (Not `struct option`:
 * that is getopt_long's.) */
enum option_type {
    OPT_STRING,
    OPT_PATH,
    OPT_SECRET_FILE,
    OPT_BOOL,
    OPT_INT,
    OPT_DURATION_MS,
    OPT_SIZE,
    OPT_ENUM
};
struct option_row {
    const char *name;
    enum option_type type;
    int64_t min, max;         /* numbers */
    const char *def;          /* default as text; NULL: none */
    const char *const *names; /* OPT_ENUM, NULL-ended */
    bool required;
    const char *help_zh, *help_en;
};
struct option_value { /* one set option; text is NUL-terminated */
    const char *name;
    const char *text;
};

struct transport {
    const char *scheme;               /* "https", "zmq", "file" */
    const struct option_row *options; /* ends with name NULL */
    const char *guarantee;            /* one sentence: what SENT means here */

    /* open(values, n, out, err): check options, prepare; does not connect and
     * does not block. On failure nothing is left. One thread uses an instance,
     * except wake(). */
    enum err_code (*open)(const struct option_value *values, size_t n,
                          void **out, struct err *err);

    /* send(t, b, deadline_ms, report): deliver one batch and wait for the
     * outcome at most ${deadline_ms}; on timeout SEND_AGAIN. Blocks. */
    void (*send)(void *t, const struct batch *b, unsigned deadline_ms,
                 struct send_report *report);

    /* probe(t, deadline_ms, report): is the destination there again? Cheap, no
     * data. NULL: send is the probe. */
    void (*probe)(void *t, unsigned deadline_ms, struct send_report *report);

    /* idle(t): called several times a second while there is nothing to send, by
     * the thread that sends; keeps connections up. Does not wait for a peer.
     * NULL: nothing to keep up. */
    void (*idle)(void *t);

    /* wake(t): make a blocking send or probe return early with SEND_AGAIN; any
     * thread. Sticky: rung between sends, the next send returns at once and
     * takes it. A transport that never waits for a peer ignores it. */
    void (*wake)(void *t);

    /* close(t): release everything within 1 s; NULL is allowed. */
    void (*close)(void *t);
};

extern const struct transport
    *const transport_table[]; /* generated, NULL-ended */
const struct transport *transport_find(const char *scheme);

/* transport_quiet_pipes(): a broken connection is an error code, not the end of
 * the process: SIGPIPE is ignored, unless the program has a handler of its own.
 * TLS libraries write without MSG_NOSIGNAL; every open() calls it. */
void transport_quiet_pipes(void);

/* Pipelining: a transport may offer send_many for independent batches in
 * flight; the caller falls back to send. */

/* option_get(values, n, options, name): the set text, else the row's default
 * (NULL when none). option_check: unknown names (did you mean), types, ranges,
 * required ones; all problems into ${out}, one line each; false when any. */
const char *option_get(const struct option_value *values, size_t n,
                       const struct option_row *options, const char *name);
bool option_check(const struct option_value *values, size_t n,
                  const struct option_row *options, struct buf *out);
/* option_int: numbers, durations ("5s", "200ms", "1m") and sizes ("16MiB"). */
bool option_int(const char *text, enum option_type type, int64_t *out);

/* option_verify: option_check with all problems in one ERR_ARG, for open(). */
enum err_code option_verify(const struct option_value *values, size_t n,
                            const struct option_row *options,
                            struct err *err) MUST_USE;
/* Typed getters over checked values: the number (0 without one), the flag, the
 * index of an OPT_ENUM's name (-1 without one). */
int64_t option_number(const struct option_value *values, size_t n,
                      const struct option_row *options, const char *name);
bool option_flag(const struct option_value *values, size_t n,
                 const struct option_row *options, const char *name);
int option_choice(const struct option_value *values, size_t n,
                  const struct option_row *options, const char *name);

#endif
