/* SPDX-License-Identifier: Apache-2.0 */
/* The tester against products: references must raise no alarm, dumb ones must
 * earn nothing, each seeded fault must be found and for its own reason. Every
 * product is tried by `hutong-conform run --exec` in a process of its own, and
 * judged by the report that it writes. */
#ifndef CONFORMANCE_SELFTEST_NETWORK_H
#define CONFORMANCE_SELFTEST_NETWORK_H

#include "conformance/ledger/ledger.h"
#include "conformance/selftest/manifest.h"
#include "conformance/selftest/outcome.h"
#include "conformance/selftest/pool.h"

#define NETWORK_GLOBALS_MAX 40
#define NETWORK_TEXT        200

enum network_kind {
    NETWORK_REFERENCE,
    NETWORK_DUMB,
    NETWORK_MUTANT,
    NETWORK_KINDS
};

struct network_options {
    const char *self; /* path of the program */
    const char
        *global[NETWORK_GLOBALS_MAX]; /* options put before the command */
    size_t globals;
    const char *roles;           /* only these, "a,b", or NULL */
    bool without[NETWORK_KINDS]; /* kinds of product that are left out */
    const char *set;             /* "dev" or "held_out" mutants only, or NULL */
    const char *requirement;     /* mutants of these, "A,B" only, or NULL */
    const char *keep;     /* where runs of what is in trouble stay, or NULL */
    size_t sample;        /* so many mutants and dumb products; 0: all */
    unsigned width;       /* products at a time */
    unsigned limit_s;     /* of one run; a reference has four times that */
    const char *variable; /* "NAME=VALUE" for every run, or NULL */
    const volatile sig_atomic_t *stop;
    /* progress(ctx, done, of): may be NULL */
    void (*progress)(void *ctx, size_t done, size_t of);
    void *ctx;
};

struct network_row { /* of one product that was tried */
    enum network_kind kind;
    const struct manifest_peer *peer;
    const char *role;
    const struct manifest_role *call;     /* how it is started; may be NULL */
    const char *dumb;                     /* its kind */
    const struct manifest_mutant *mutant; /* its fault */
    bool ran;                             /* the run gave a report */
    bool applicable;         /* some selected test could be judged */
    bool killed, right;      /* of a mutant */
    size_t tests, passes;    /* of the report */
    size_t alarms;           /* of a reference: all but pass, info, n/a */
    size_t hollow;           /* of a dumb product: negative tests passed */
    char what[NETWORK_TEXT]; /* the first test that decided, or why not run */
    unsigned took_ms;
};

struct network {
    struct network_row *row; /* owned */
    size_t rows;
};

/* network_run(m, l, o, out, err): all products of the manifest. ERR_NOMEM,
 * ERR_IO. Caller: network_free. */
enum err_code network_run(const struct manifest *m, const struct ledger *l,
                          const struct network_options *o, struct network *out,
                          struct err *err) MUST_USE;
void network_free(struct network *n);

/* network_named(list, word): "a,b" has it; NULL has all. */
bool network_named(const char *list, const char *word);

/* network_select(l, m, out): the tests for a mutant, comma-separated: those that
 * verify its requirement, and a tenth of the others of its role, by a hash; where
 * documents are to be judged, those that receive them. False when none verifies
 * it. */
bool network_select(const struct ledger *l, const struct manifest_mutant *m,
                    struct buf *out);

/* network_judge(row, o): what the report of a run says of its product. */
void network_judge(struct network_row *row, const struct outcome *o);

/* network_trouble(row): not run, or a false alarm, a hollow pass, a survivor, a
 * wrong reason. */
bool network_trouble(const struct network_row *row);

#endif
