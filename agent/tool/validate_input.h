/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents out of a file or standard input: one a line (NDJSON, any
 * size), or the whole of it when its first line does not end what it began. */
#ifndef AGENT_TOOL_VALIDATE_INPUT_H
#define AGENT_TOOL_VALIDATE_INPUT_H

#include "formats/base/buf.h"

/* DESIGN section 10: what a receiver accepts as one envelope. */
#define VALIDATE_DOCUMENT_MAX ((size_t)16 << 20)

struct validate_input {
    const char *name; /* borrowed; for messages */
    int fd;
    struct buf buf; /* owned: bytes read and not handed out yet */
    size_t taken;   /* of them, already handed out */
    bool ended;     /* nothing more to read */
    bool whole;     /* the rest is one document */
    bool started;   /* the form is decided */
    unsigned line;  /* number of the line that comes next */
};

struct validate_document {
    struct bytes text; /* borrowed until the next call */
    unsigned line;     /* where it starts, from 1 */
};

/* validate_open(in, path, err): "-" is standard input. ERR_IO and the like. */
enum err_code validate_open(struct validate_input *in, const char *path,
                            struct err *err) MUST_USE;
void validate_close(struct validate_input *in);

/* validate_next(in, doc, err): the next document; blank lines are passed over.
 * ERR_CLOSED at the end; ERR_LIMIT for one that is too long (doc->line tells
 * where; it is skipped, the next call goes on); ERR_IO, ERR_NOMEM: stop. */
enum err_code validate_next(struct validate_input *in,
                            struct validate_document *doc,
                            struct err *err) MUST_USE;

#endif
