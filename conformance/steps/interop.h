/* SPDX-License-Identifier: Apache-2.0 */
/* Role interop: several products, every producer against every consumer of the
 * same transport, through a relay of the tester that sees what goes over. Each
 * pair is a cell: which records came over, how often, and whether unchanged. */
#ifndef CONFORMANCE_STEPS_INTEROP_H
#define CONFORMANCE_STEPS_INTEROP_H

#include "conformance/steps/bench.h"
#include "formats/base/diag.h"

#define INTEROP_PRODUCTS_MAX 64
#define INTEROP_CELLS_MAX    1024

struct interop_product { /* a row of the products file */
    const char *id, *exec;
    const char *scheme; /* "https", "tls", "push" ... */
    const struct role *role;
};

enum interop_result {
    INTEROP_PASS,
    INTEROP_LOSS, /* some records did not arrive, nothing else is wrong */
    INTEROP_FAIL  /* nothing arrived, or doubled, changed, not accepted */
};

struct interop_cell {
    const struct interop_product *producer, *consumer;
    const char *transport; /* "http", "function", "syslog", "zmq", "kafka" */
    enum interop_result result;
    size_t sent;    /* records that the consumer had to have: accepted by its
                       answer, or sent where there is no answer */
    size_t stored;  /* different ones that it stored */
    size_t lost;    /* of ${sent} */
    size_t doubled; /* stored more than once */
    size_t changed; /* with another content */
    char why[160];  /* of a fail, one line */
};

struct interop { /* the matrix */
    struct arena arena;
    struct interop_product product[INTEROP_PRODUCTS_MAX];
    size_t products;
    unsigned seconds; /* that a pair is given */
    struct interop_cell cell[INTEROP_CELLS_MAX];
    size_t cells;
};

/* interop_load(path, m, diag): read a products file; ${m} is zero. False with
 * errors in ${diag}. interop_free(m): NULL is allowed. */
bool interop_load(const char *path, struct interop *m, struct diag *diag);
void interop_free(struct interop *m);

/* interop_run(b, m, progress, ctx): run every pair of ${m} on the bench ${b},
 * whose materials are made. Stops early when the run is stopped: the cells that
 * are missing are left out. */
void interop_run(struct bench *b, struct interop *m,
                 void (*progress)(void *ctx, size_t done, size_t of),
                 void *ctx);

/* interop_text(m, zh, out): the matrix for people; interop_json(m, out): an
 * object {products, cells}. */
void interop_text(const struct interop *m, bool zh, struct buf *out);
void interop_json(const struct interop *m, struct buf *out);

/* ---- inside */

/* The records seen at one place (interop_count.c). */
struct interop_set {
    struct interop_record *record;
    size_t count, cap;
    bool nomem;
};
struct interop_record {
    uint64_t id, content; /* hashes of identifier and content */
    unsigned times;
};

/* interop_document(set, text): enter the records of a document: of an envelope,
 * a bare record, or the request_id of a command. False: it is none. */
bool interop_document(struct interop_set *set, struct bytes text);
void interop_set_free(struct interop_set *set);
/* interop_compare(sent, stored, cell): fill in the numbers and the result. */
void interop_compare(const struct interop_set *sent,
                     const struct interop_set *stored,
                     struct interop_cell *cell);

/* The relay (interop_relay.c): between a port of its own and the consumer's. */
struct interop_relay;
struct interop_relay *interop_relay_open(struct bench *b,
                                         const struct interop_cell *cell,
                                         unsigned port, unsigned to,
                                         struct err *err);
/* interop_relay_turn(r, ms): move what there is to move; true: something was. */
bool interop_relay_turn(struct interop_relay *r, unsigned ms);
/* interop_relay_count(r, sent, why, size): the records that the consumer had to
 * have; why not, where the two did not come to terms. */
void interop_relay_count(struct interop_relay *r, struct interop_set *sent,
                         char *why, size_t size);
void interop_relay_close(struct interop_relay *r);

#endif
