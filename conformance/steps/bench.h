/* SPDX-License-Identifier: Apache-2.0 */
/* The test bench of a network run: the product, the materials, the calibrated
 * wait, and the schedule of the tests. Everything of it is made before the
 * first session and read only then, but for what a lock guards. */
#ifndef CONFORMANCE_STEPS_BENCH_H
#define CONFORMANCE_STEPS_BENCH_H

#include <pthread.h>

#include "conformance/roles/role.h"
#include "conformance/roles/run.h"
#include "conformance/steps/product.h"
#include "conformance/steps/session.h"
#include "conformance/steps/stall.h"
#include "conformance/wire/conn.h"
#include "conformance/wire/ports.h"
#include "conformance/wire/url.h"

struct interop;

#define BENCH_JOBS_MAX    64
#define BENCH_IXIT_MAX    128
#define BENCH_REPEATS_MAX 10
#define BENCH_PROBES      20   /* baseline probes of the calibration */
#define BENCH_WAIT_QUIET  1000 /* ms, of a role that nothing can be asked of */
#define BENCH_WAIT_FLOOR                                                       \
    2500                     /* ms; eight jobs make a product slower than the */
#define BENCH_WAIT_CEIL 8000 /* probes, which come one at a time */

struct bench_options {
    const char *target;               /* URL, or NULL with exec */
    const char *exec;                 /* command, or NULL */
    const char *ca, *cert, *key;      /* to reach a running product; or NULL */
    const char *token_file;           /* or NULL: the throw-away token */
    const char *limited_token_file;   /* of a role without class respond */
    bool insecure;                    /* its certificate is not verified */
    unsigned jobs, repeats;           /* 0: 8 and 3 */
    unsigned timeout_ms;              /* of the whole run; 0: none */
    uint64_t seed;                    /* 0: of the clock */
    const char *ixit[BENCH_IXIT_MAX]; /* "name=value" */
    size_t ixits;
};

/* One finished execution, for the evidence: borrowed during the call. */
struct bench_record {
    const struct ledger_test *test;
    unsigned attempt; /* from 1 */
    enum verdict verdict;
    const char *at, *expected, *observed; /* of the card; may be "" */
    struct bytes transcript;              /* NDJSON */
    const char
        *curl; /* an equivalent command line, or NULL; {body} in it ... */
    struct bytes curl_body; /* ... stands for a file of these bytes */
    const char
        *log; /* file of what the session's own product printed; or NULL */
};

/* What is known of a test while the run goes on. */
struct bench_slot {
    enum { SLOT_WAITING, SLOT_RUNNING, SLOT_DONE } state;
    bool gated;      /* done without running */
    bool disturbed;  /* the product fell over under somebody else */
    unsigned upsets; /* ... and so often: what is made then is made anew */
    unsigned stalls; /* attempts that do not count: the tester stood still */
    bool attributable, alive;
    struct run_attempt attempt[1 + BENCH_REPEATS_MAX];
    size_t attempts;
    char at[200], expected[400], observed[400]; /* of the last attempt that
                                                   had something to say */
    struct session_sent sent; /* ... and what the tester sent in it, last */
};

struct bench {
    struct run *run; /* borrowed: ledger, results ... */
    const struct role *role;
    struct bench_options o;
    /* record(ctx, r): an execution ended; called under a lock. progress(ctx, b,
     * done, of): for a terminal. Both may be NULL. */
    void (*record)(void *ctx, const struct bench_record *r);
    void (*progress)(void *ctx, const struct bench *b, size_t done, size_t of);
    void *ctx;

    char dir[256]; /* work folder; removed at the end */
    char token[65], limited[65];
    struct wire_url target;
    int64_t deadline_ms; /* of the whole run, or 0 */
    int64_t wall_ns;     /* when it began */
    uint64_t seed;
    unsigned wait_ms;       /* calibrated */
    double probe_p99_ms;    /* of the baseline probes ... */
    unsigned probes;        /* ... so many */
    bool keep_store;        /* the product writes {store} */
    struct product product; /* of a server-like role; guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned want_port;           /* of the product, when it is free; 0: any */
    int64_t replay_ns;            /* its sessions begin at this time; 0: now */
    struct ports ports;           /* guarded by lock, as are the next two */
    struct bench_slot *slot;      /* one a result of the run; owned */
    struct stall stall;           /* runs within bench_run */
    struct arena words;           /* of the cards, in Chinese */
    struct buf content;           /* good documents of the sessions */
    const struct interop *matrix; /* of role interop, borrowed; or NULL */
    struct err err;               /* why it is not testable */
};

/* bench_open(b, role, err): materials, target, product. b->run, o, record,
 * progress, ctx are set, the rest is zero. ERR_ARG: options (text says which);
 * ERR_NOT_FOUND: no such role; else of the surroundings. A product that does
 * not come up is told by bench_run. */
enum err_code bench_open(struct bench *b, const char *role,
                         struct err *err) MUST_USE;

/* bench_run(b): calibrate, run every selected test of b->run, repeat what did
 * not pass, settle twins; fills the results, counts and exit of b->run. */
void bench_run(struct bench *b);
void bench_close(struct bench *b);

/* bench_stalls(b): attempts that did not count, after bench_run. */
unsigned bench_stalls(const struct bench *b);

/* bench_ixit(b, name): parameter of --set, or NULL. bench_file(b, name): see
 * session_file. bench_port(b): a port nobody else of the run gets. */
const char *bench_ixit(const struct bench *b, const char *name);
const char *bench_file(const struct bench *b, const char *name, char *out,
                       size_t size);
unsigned bench_port(struct bench *b);
struct bench_launch {       /* a product to start */
    const char *exec, *dir; /* command, and its folder, which is made */
    const char *scheme;     /* of {url} */
    unsigned port;
    unsigned input; /* {input_port}: an agent listens there for its input */
    bool listens;   /* it gets the server's certificate, else the client's */
};
/* bench_launch(b, p, l, err): start it with the placeholders filled in. */
enum err_code bench_launch(const struct bench *b, struct product *p,
                           const struct bench_launch *l,
                           struct err *err) MUST_USE;
/* bench_scheme(b): of the address that the two sides share. */
const char *bench_scheme(const struct bench *b);

/* bench_has(b, name): conditions of tests on the bench: target.tls, .mtls,
 * .token, .limited_token, .store, .exec; of an agent input.file, input.stream,
 * output.http, output.zmq; and ixit.NAME (given by --set). */
bool bench_has(const struct bench *b, const char *name);
/* bench_holds(b, name): the same, for run->holds. */
bool bench_holds(void *ctx, struct bytes name);

/* bench_product_up(b, again, err): the shared product runs and accepts
 * connections; ${again}: ended first. Nothing to do without --exec or in
 * sender-like roles. */
enum err_code bench_product_up(struct bench *b, bool again,
                               struct err *err) MUST_USE;

/* One recorded execution, to be done again. */
struct bench_replay {
    unsigned attempt, rev;
    int64_t wall_ns;
    enum verdict before, after;
    char at[200], expected[400], observed[400];
    struct buf transcript; /* of the new execution; owned by the caller */
};

/* bench_replay(b, t, what, err): execute ${t} once, alone, with the same bytes
 * (a fresh test makes them anew); what->after is its own verdict, before it is
 * held against twins. Errors: the product does not come up. */
enum err_code bench_replay(struct bench *b, const struct ledger_test *t,
                           struct bench_replay *what, struct err *err) MUST_USE;

#endif
