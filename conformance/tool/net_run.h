/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `run`, and the part of it that tests a product over a network. */
#ifndef CONFORMANCE_TOOL_NET_RUN_H
#define CONFORMANCE_TOOL_NET_RUN_H

#include "conformance/evidence/evidence.h"
#include "conformance/report/report.h"
#include "conformance/steps/bench.h"
#include "conformance/tool/command.h"

#define RUN_TARGETS_MAX 4096
#define RUN_WORDS_MAX   (BENCH_IXIT_MAX + 32)

struct run_options {
    const char *role, *ics, *only, *out, *operator, * expect;
    const char *products; /* role interop: the products file */
    const char *target[RUN_TARGETS_MAX];
    size_t targets;
    enum report_format format;
    bool keep;    /* a run folder is written */
    bool network; /* the role is not files */
    bool many;    /* the role is interop */
    bool fail_on_warn;
    struct bench_options bench;
    struct { /* options of the network part, to write them down again */
        const char *name, *value;
    } word[RUN_WORDS_MAX];
    size_t words;
};

/* run_options_read(c, argc, argv, o): EXIT_PASSED, or what command_usage gave. */
int run_options_read(const struct command_context *c, int argc, char **argv,
                     struct run_options *o);

/* run_options_common(o, opt, arg): the value of 'r' role, 'i' ics, 'o' only, 'd'
 * out, 'p' operator or 'f' format, whose words mean the same in every command
 * that judges; false: another option, or no such format. Borrows ${arg}. */
bool run_options_common(struct run_options *o, int opt, const char *arg);

/* run_options_take(o, name, value): an option of the network part as options.json
 * keeps it; false: none. The texts are borrowed. */
bool run_options_take(struct run_options *o, const char *name,
                      const char *value);

/* net_run(c, o, r, e): test the product; results, setting and cards in ${r},
 * transcripts in ${e} as they come. EXIT_PASSED: there is something to report;
 * else a usage or tool error that was printed. What the cards point to lives
 * until net_run_end(r); that may be called when net_run was not. */
int net_run(const struct command_context *c, const struct run_options *o,
            struct run *r, struct evidence *e);
void net_run_end(struct run *r);

#endif
