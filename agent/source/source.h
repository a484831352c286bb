/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames come from. A source runs in the agent's one event loop (libevent),
 * hands whole frames to the pipeline and keeps its position as a small blob that
 * the spool commits together with the records. It never blocks, never decodes,
 * never logs content. The one that looks into what it gets is zmq: it opens
 * envelopes and hands their items on. */
#ifndef AGENT_SOURCE_SOURCE_H
#define AGENT_SOURCE_SOURCE_H

#include "formats/base/buf.h"
#include "formats/base/err.h"
#include "transport/transport.h" /* struct option_row, option_value */

struct event_base;

#define SOURCE_SEED_MAX 64

struct source_frame {
    struct bytes data; /* one frame, no line end; borrowed for the call */
    /* What makes the event id the same when the frame is read again after a
     * crash (DESIGN section 3): file identity and generation, offset. Empty for
     * network sources: the pipeline uses spool UUID + sequence. */
    uint8_t seed[SOURCE_SEED_MAX];
    size_t seed_len;
    uint64_t offset;     /* of the frame in its stream or file */
    struct bytes origin; /* for people: "/var/log/suricata/eve.json" or peer */
    bool cut;            /* longer than the frame limit */
    /* Of inputs with a protocol: */
    struct bytes kind; /* of information, as the envelope says; or empty */
    const struct err *broken;  /* set: not to be decoded, a dead letter at once,
                                  for this reason */
    struct source_answer *out; /* set: gets what became of it, once taken */
};

enum source_fate {
    SOURCE_TAKEN,   /* durable with the chunk that it is in */
    SOURCE_REPEAT,  /* known by its id: it was taken before */
    SOURCE_REFUSED, /* no record, or one that the check keeps back */
    SOURCE_LOST     /* no place for it (a full disk, policy), and counted */
};
struct source_answer {
    enum source_fate fate;
    struct err why; /* of REFUSED and LOST */
};

enum source_known { SOURCE_NEW, SOURCE_SAME, SOURCE_OTHER };

struct source_counters { /* each counted where it happens */
    uint64_t frames;     /* handed to the pipeline */
    uint64_t bytes;
    uint64_t cut;         /* frames over the limit */
    uint64_t lost;        /* known losses: kernel drops (SO_RXQ_OVFL), a file
                             truncated before its end was read */
    uint64_t connections; /* now open */
    uint64_t refused;     /* connections or datagrams refused */
};

/* What the pipeline gives a source. All calls come from the loop's thread. */
struct source_host {
    void *ctx;
    /* frame(ctx, f): one frame. True: taken (its fate is the pipeline's). False:
     * no room; keep the frame, stop reading, wait for resume(). */
    bool (*frame)(void *ctx, const struct source_frame *f);
    /* chunk_end(ctx): after each burst of frames, when save() is consistent;
     * the pipeline saves the position and marks the spool. */
    void (*chunk_end)(void *ctx);
    /* trouble(ctx, e): something people should know (counted and rate-limited
     * by the pipeline): unreadable file, refused peer. */
    void (*trouble)(void *ctx, const struct err *e);
    /* finished(ctx): a source with an end (stdin, a file with `once`) read
     * everything. */
    void (*finished)(void *ctx);
    /* For sources that acknowledge; others never call them.
     * appended(ctx): a number that durable(ctx) has to reach before what was
     * handed over up to the last chunk_end is durable.
     * message(ctx, id, body): was a message with this id here lately? With other
     * bytes: SOURCE_OTHER. Remembers it. */
    uint64_t (*appended)(void *ctx);
    uint64_t (*durable)(void *ctx);
    enum source_known (*message)(void *ctx, struct bytes id, struct bytes body);
};

struct source {
    const char *kind; /* "file", "stdin", "unix", "syslog", "host", "zmq" */
    const struct option_row *options; /* own keys, ends with name NULL */
    /* true: the bytes stay where they are, so the spool's quota may stop us */
    bool can_wait;
    /* true: its senders say again what was not acknowledged; records are known
     * by their ids and repeats left out */
    bool repeats;
    /* true: open() takes an address and can be tried by `hutong check` */
    bool listens;
    /* true: what comes is in the standard's form; no mapping but "standard" */
    bool native;

    /* open(base, name, values, n, host, saved, out, err): ${name} is the
     * configured input; ${saved} the blob committed last (empty: first start);
     * ${host} and ${base} are borrowed for the life of the instance. Nothing is
     * delivered before start(). */
    enum err_code (*open)(struct event_base *base, const char *name,
                          const struct option_value *values, size_t n,
                          const struct source_host *host, struct bytes saved,
                          void **out, struct err *err);
    enum err_code (*start)(void *s, struct err *err); /* listen, watch */
    /* save(s, out): the position behind the last frame taken, as a blob; NULL
     * where nothing can be read again. */
    void (*save)(void *s, struct buf *out);
    /* committed(s): more became durable (host->durable); sources with a
     * protocol acknowledgement send it now. NULL: nothing to do. */
    void (*committed)(void *s);
    void (*resume)(void *s); /* after frame() said false */
    void (*stop)(void *s);   /* stop accepting and reading; keep position */
    void (*close)(void *s);  /* free; NULL allowed */
    const struct source_counters *(*counters)(const void *s);
};

extern const struct source *const source_table[]; /* generated, NULL-ended */
const struct source *source_find(const char *kind);

#endif
