/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the hutong-conform commands: global options taken out of argv,
 * the catalogue and the definitions loaded when a command asks for them. */
#ifndef CONFORMANCE_TOOL_COMMAND_H
#define CONFORMANCE_TOOL_COMMAND_H

#include "conformance/ledger/ics.h"
#include "conformance/ledger/ledger.h"
#include "conformance/verdict/verdict.h"
#include "formats/base/messages.h"

#define COMMAND_OVERLAYS_MAX 16

struct command_context {
    bool zh, json, quiet;
    const char *catalogue; /* folder, or NULL: the embedded one */
    const char *overlay[COMMAND_OVERLAYS_MAX];
    size_t overlays;
    struct messages **messages; /* main's; loaded when first asked for */
    struct ledger *ledger;      /* owned, after command_ledger */
    struct standard *standard;  /* owned, after command_standard */
};

struct command {
    const char *name, *synopsis, *zh, *en; /* one line each */
    const char *help_zh, *help_en;         /* the options, ready to print */
    /* run: argv[0] is the command; getopt is fresh. Results on standard output,
     * all else on standard error. Returns enum verdict_exit. */
    int (*run)(struct command_context *c, int argc, char **argv);
};

extern const struct command *const command_table[]; /* NULL-ended */

/* command_ledger(c), command_standard(c): load, or print why not; false then
 * (exit EXIT_USAGE). Only what the command line names is read. */
bool command_ledger(struct command_context *c);
bool command_standard(struct command_context *c);
void command_free(struct command_context *c);

const char *command_say(const struct command_context *c, const char *zh,
                        const char *en)
    __attribute__((format_arg(2), format_arg(3)));
/* command_usage(c, fmt, ...): the message and a hint; EXIT_USAGE. */
int command_usage(const struct command_context *c, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* command_fail(c, code, e): print ${e}; returns ${code}. */
int command_fail(const struct command_context *c, int code,
                 const struct err *e);
/* command_row(out, name, text, ..., NULL): a line of JSON of NULL-ended pairs of name and
 * text; a name that begins with '#' is followed by a number or truth as it
 * stands. */
void command_row(struct buf *out, const char *name, ...)
    __attribute__((sentinel));
/* command_write(out): to standard output; false when that is gone. */
bool command_write(struct buf *out);
/* command_diag(c, d): to standard error. */
void command_diag(const struct command_context *c, const struct diag *d);
/* command_messages(c): the catalogue of messages when the language is Chinese,
 * else NULL; read once. */
const struct messages *command_messages(const struct command_context *c);

/* command_ics(c, path, out): the declaration ${path} for the ledger, which is
 * there; NULL is none, and good. False after printing what is wrong with it.
 * Caller: ics_free. */
bool command_ics(const struct command_context *c, const char *path,
                 struct ics **out);

#endif
