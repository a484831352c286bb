/* SPDX-License-Identifier: Apache-2.0 */
/* The products that the tester is tried on: how each is started, and the single
 * faults that can be seeded into it. tests/peers/peers.yaml names the peers and
 * the files of faults. */
#ifndef CONFORMANCE_SELFTEST_MANIFEST_H
#define CONFORMANCE_SELFTEST_MANIFEST_H

#include "formats/base/diag.h"

struct manifest_peer {
    const char *id;           /* "py" */
    const char *command;      /* the program, {peers} filled in */
    const char *const *roles; /* it plays; NULL-ended */
    const char *const *dumb;  /* kinds of --dumb it knows; NULL-ended */
    /* tests whose advice it does not follow for good reason; NULL-ended */
    const char *const *advised;
};

/* How a product of a role is called. The first row of a role is the plain one;
 * others are variants: another transport, certificates, CURVE. */
struct manifest_role {
    const char *role, *variant, *arguments; /* variant: "" when plain */
    const char *const *set;  /* NAME=VALUE for --set of the run; NULL-ended */
    const char *const *only; /* these peers alone; empty: all */
    const char *const *dumb; /* kinds that the role has; empty: all */
};

struct manifest_mutant {
    const char *id, *peer, *role, *rid, *site, *class, *operator, * description;
    const char *variant; /* in which it shows; "" in the plain one */
    bool held_out;       /* else dev */
    const char *file;
    unsigned line;
};

struct manifest {
    struct arena arena;
    const struct manifest_peer *peer;
    size_t peers;
    const struct manifest_role *role;
    size_t roles;
    const struct manifest_mutant *mutant;
    size_t mutants;
};

#define MANIFEST_BYTES_MAX ((size_t)4 << 20)

/* manifest_load(path, diag): NULL with errors in ${diag}. Caller:
 * manifest_free. */
struct manifest *manifest_load(const char *path, struct diag *diag);
void manifest_free(struct manifest *m);

/* manifest_has(list, word): ${list} is NULL-ended. */
bool manifest_has(const char *const *list, const char *word);

const struct manifest_peer *manifest_peer(const struct manifest *m,
                                          const char *id);

/* manifest_call(m, role, variant): NULL when there is none. */
const struct manifest_role *
manifest_call(const struct manifest *m, const char *role, const char *variant);

/* manifest_command(peer, call, more, out): the text for --exec; ${more} is put
 * behind it ("--fault X") or NULL. False when out of memory. */
bool manifest_command(const struct manifest_peer *peer,
                      const struct manifest_role *call, const char *more,
                      struct buf *out);

#endif
