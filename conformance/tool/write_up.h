/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves behind: the events and transcripts of its folder, and the
 * report in the wanted form. The same for every command that judges. */
#ifndef CONFORMANCE_TOOL_WRITE_UP_H
#define CONFORMANCE_TOOL_WRITE_UP_H

#include "conformance/tool/net_run.h"

/* write_up_now(out): the time as RFC 3339 text, alone in ${out}. */
void write_up_now(struct buf *out);

/* write_up_quoted(out, text): a blank and an argument of a POSIX shell. */
void write_up_quoted(struct buf *out, const char *text);

/* write_up_program(c, out): the program and its options before the command, to
 * call it again. */
void write_up_program(const struct command_context *c, struct buf *out);

/* write_up_begin(e, r, o, time, err): the event of what the run is about. */
enum err_code write_up_begin(struct evidence *e, const struct run *r,
                             const struct run_options *o, const char *time,
                             struct err *err) MUST_USE;

/* write_up(c, o, r, head, e): transcripts, verdicts, report.json and the seal
 * into ${e}; the report as ${o} wants it to standard output. Fills head->ended.
 * Returns the run's exit status, or EXIT_TOOL after saying why. */
int write_up(const struct command_context *c, const struct run_options *o,
             struct run *r, struct report_head *head, struct evidence *e);

#endif
