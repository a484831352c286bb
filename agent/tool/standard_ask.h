/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of `hutong standard`; not for other verbs. */
#ifndef AGENT_TOOL_STANDARD_ASK_H
#define AGENT_TOOL_STANDARD_ASK_H

#include "agent/tool/standard_json.h"
#include "agent/tool/table.h"
#include "agent/tool/tool.h"

struct ask { /* one run */
    const struct tool *t;
    const struct standard *s;
    int argc;
    char **argv; /* argv[0] is the subcommand */
};

/* ask_row(a, r), ask_code(a, c): the name in the language of the run. */
const char *ask_row(const struct ask *a, const struct std_row *r);
const char *ask_code(const struct ask *a, const struct std_code *c);

/* ask_usage(a, zh, en, word): print "<text>: word"; returns TOOL_USAGE. */
int ask_usage(const struct ask *a, const char *zh, const char *en,
              const char *word);
/* ask_unknown(a, zh, en, word, near): as ask_usage, with "did you mean". */
int ask_unknown(const struct ask *a, const char *zh, const char *en,
                const char *word, const char *near);

/* ask_finish(out): print and free; the exit status. ask_finish_table: the same
 * with ${table} behind what ${out} holds. */
int ask_finish(struct buf *out);
int ask_finish_table(struct table *table, bool head, struct buf *out);

/* Tables of rows (head and lines) and of one code list. */
void ask_row_head(const struct ask *a, struct table *table);
void ask_row_line(const struct ask *a, struct table *table,
                  const struct std_row *r);
void ask_code_lines(const struct ask *a, struct table *table,
                    const struct std_codes *c);

/* The subcommands; each returns an exit status. */
int ask_list(const struct ask *a);
int ask_show(const struct ask *a);
int ask_codes(const struct ask *a);
int ask_search(const struct ask *a);
int ask_export(const struct ask *a);

/* ask_interface(a): the operations of the function interface.
 * ask_find_operation(a, name): "respond.block", or NULL. ask_operation(a, o):
 * all about one. */
int ask_interface(const struct ask *a);
struct std_operation;
const struct std_operation *ask_find_operation(const struct ask *a,
                                               const char *name);
int ask_operation(const struct ask *a, const struct std_operation *o);

#endif
