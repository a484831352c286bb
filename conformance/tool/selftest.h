/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `selftest`. Each writes what it found behind ${out}, as text or
 * one JSON object a line, and returns EXIT_PASSED, EXIT_FAILED (a target is
 * missed) or EXIT_TOOL. */
#ifndef CONFORMANCE_TOOL_SELFTEST_H
#define CONFORMANCE_TOOL_SELFTEST_H

#include <signal.h>

#include "conformance/tool/command.h"

/* Targets, in percent. */
#define SELFTEST_KILLED 97
#define SELFTEST_RIGHT  95

struct selftest_options {
    const char *peers;       /* manifest, or NULL: no products */
    const char *roles;       /* only these, "a,b", or NULL */
    const char *parts;       /* "logic,corpus"; NULL: all that can be done */
    const char *kinds;       /* of product, "reference,mutant"; NULL: all */
    const char *set;         /* of mutants: "dev", "held_out"; NULL: both */
    const char *requirement; /* mutants of these, "A,B"; NULL: of all */
    const char *out; /* new folder for runs of products in trouble, or NULL */
    size_t sample;   /* documents, deletions and products; 0: all */
    unsigned jobs;
    const volatile sig_atomic_t *stop;
};

/* Single-fault documents against the tests of role files. */
int selftest_corpus(struct command_context *c, const struct selftest_options *o,
                    struct buf *out);
/* Rules of verdicts, dumb exports. */
int selftest_logic(struct command_context *c, const struct selftest_options *o,
                   struct buf *out);
/* Deletions from the catalogue. */
int selftest_ledger(struct command_context *c, const struct selftest_options *o,
                    struct buf *out);
/* Faults in the tester itself; needs a build with HUTONG_FAULTS. */
int selftest_tester(struct command_context *c, const struct selftest_options *o,
                    struct buf *out);
/* Products: references, dumb ones, mutants. Needs o->peers. */
int selftest_network(struct command_context *c,
                     const struct selftest_options *o, struct buf *out);

/* selftest_self(out, size): path of the running program; false: unknown. */
bool selftest_self(char *out, size_t size);

/* selftest_globals(c, out, max): the global options that lead to the same
 * catalogue and definitions, for a run in another process. */
size_t selftest_globals(const struct command_context *c, const char **out,
                        size_t max);

/* coverage_baseline(c, file, out, err): ${file}, or the catalogue's own baseline
 * (cmd_coverage.c); nothing when it has none. */
enum err_code coverage_baseline(const struct command_context *c,
                                const char *file, struct buf *out,
                                struct err *err) MUST_USE;

#endif
