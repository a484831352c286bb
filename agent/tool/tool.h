/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the `hutong` verbs: one file verb_<name>.c a verb, ending with
 * `const struct verb verb_<name>`, and one word in CMakeLists.txt. */
#ifndef AGENT_TOOL_TOOL_H
#define AGENT_TOOL_TOOL_H

#include <stdio.h>

#include "agent/config/data.h"
#include "formats/base/buf.h"
#include "formats/base/err.h"
#include "formats/base/messages.h"
#include "formats/standard/export.h"

enum tool_exit {
    TOOL_OK = 0,
    TOOL_FINDINGS = 1,
    TOOL_USAGE = 2,
    TOOL_INPUT = 65,
    TOOL_UNAVAILABLE = 69,
    TOOL_CONFIG = 78
};

struct tool {   /* the global options, taken out of argv by main */
    bool zh;    /* --lang zh|en; default from LC_ALL, LC_MESSAGES, LANG
                            ("zh*" is Chinese) */
    bool json;  /* --json */
    bool quiet; /* --quiet: no progress, no summary */
    struct data_options data; /* --data DIR, --overlay FILE (repeatable) */
    bool *unwritten; /* main's; set when stdout did not take everything */
    struct messages **messages; /* main's; loaded when first asked for */
    const char *verb; /* its name, for hints; NULL before it is known */
};

struct verb {
    const char *name;              /* "normalize" */
    const char *synopsis;          /* "[-m MAPPING] FILE...|-" */
    const char *zh, *en;           /* one line */
    const char *help_zh, *help_en; /* the options, ready to print */
    /* run(t, argc, argv): argv[0] is the verb; getopt state is fresh. Results on
     * stdout, everything else on stderr. Returns enum tool_exit. --help was
     * handled already. */
    int (*run)(struct tool *t, int argc, char **argv);
};

extern const struct verb *const verb_table[]; /* generated, NULL-ended */

/* tool_fail(t, e): print "hutong: where: message" and return err_exit(). */
int tool_fail(const struct tool *t, const struct err *e);
/* tool_usage(t, fmt, ...): print the message and a hint at --help; 2. */
int tool_usage(const struct tool *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* tool_bad_option(t, word): the same for an option that a verb does not have or
 * whose value it cannot take. */
int tool_bad_option(const struct tool *t, const char *word);
/* tool_say(t, zh, en): pick a text by language. */
const char *tool_say(const struct tool *t, const char *zh, const char *en);
/* tool_messages(t): the catalogue of messages when the language is Chinese, else
 * NULL; read once. tool_message(t, e, out): append what ${e} says, without its
 * place, in the reader's language; raw: the caller escapes it. */
const struct messages *tool_messages(const struct tool *t);
void tool_message(const struct tool *t, const struct err *e, struct buf *out);
/* tool_read(path, max, out, err): whole file, "-" is stdin; regular files only
 * otherwise (FIFOs and /dev/stdin allowed). ERR_LIMIT beyond ${max}. */
enum err_code tool_read(const char *path, size_t max, struct buf *out,
                        struct err *err) MUST_USE;
/* tool_write(t, out): all of it to stdout, buffer reset; false on a write error,
 * which is said and makes the exit status at least TOOL_UNAVAILABLE (EPIPE is
 * quiet and none: the reader had enough). ${t} may be NULL: said only. */
bool tool_write(const struct tool *t, struct buf *out);
/* tool_diag(t, d): print the diagnostics to stderr. */
void tool_diag(const struct tool *t, const struct diag *d);
/* tool_standard(t): the standard with overlays as the options say, or NULL
 * after printing why (exit TOOL_CONFIG). */
struct standard *tool_standard(const struct tool *t);

#endif
