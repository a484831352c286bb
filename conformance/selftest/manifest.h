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
};

struct manifest_role { /* how a product of a role is called */
    const char *role, *arguments;
};

struct manifest_mutant {
    const char *id, *peer, *role, *rid, *site, *class, *operator, * description;
    bool held_out; /* else dev */
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

const struct manifest_peer *manifest_peer(const struct manifest *m,
                                          const char *id);

/* manifest_command(m, peer, role, more, out): the text for --exec; ${more} is
 * put behind it ("--fault X") or NULL. False when the role is not known. */
bool manifest_command(const struct manifest *m,
                      const struct manifest_peer *peer, const char *role,
                      const char *more, struct buf *out);

#endif
