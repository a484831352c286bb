/* SPDX-License-Identifier: Apache-2.0 */
/* The tester's own reader of exported files: one document a line (NDJSON), or
 * one document over many lines. It shares nothing with the product's. */
#ifndef CONFORMANCE_ROLES_INPUT_H
#define CONFORMANCE_ROLES_INPUT_H

#include <sys/stat.h>

#include "formats/base/buf.h"

#define INPUT_DOCUMENT_MAX ((size_t)16 << 20)

struct input {
    const char *name; /* borrowed */
    int fd;
    struct stat before; /* as the file was opened */
    struct buf buf;     /* owned: read and not yet handed out */
    size_t at;          /* handed out of it */
    bool ended, whole, decided;
    bool skipping;  /* over what is left of a document that is too long */
    unsigned line;  /* of the next document, from 1 */
    uint64_t bytes; /* read so far */
    void *digest;   /* owned: running SHA-256 */
};

struct input_document {
    struct bytes text; /* borrowed until the next call */
    unsigned line;
    const char *interface; /* static: where it was seen; NULL: in a file */
    const char *place;     /* in a capture: packet, ends, offset; or NULL */
    bool too_long;         /* more than INPUT_DOCUMENT_MAX; ${text} is empty */
};

/* input_open(in, path, err): ERR_IO, ERR_NOT_FOUND, ERR_NOMEM. */
enum err_code input_open(struct input *in, const char *path,
                         struct err *err) MUST_USE;

/* input_next(in, doc, err): ERR_CLOSED at the end; blank lines are no
 * documents. ERR_AGAIN when a signal came or a pipe is silent: call again,
 * nothing is lost. ERR_IO, ERR_NOMEM. */
enum err_code input_next(struct input *in, struct input_document *doc,
                         struct err *err) MUST_USE;

/* input_peek(in, begin, err): the first bytes of what was not handed out yet, at
 * least ${want} of them unless the file ends before; nothing is taken.
 * input_raw(in, b, err): whatever was read, as it stands, for readers of other
 * formats; ERR_CLOSED at the end. Both: ERR_AGAIN, ERR_IO, ERR_NOMEM as above. */
enum err_code input_peek(struct input *in, size_t want, struct bytes *begin,
                         struct err *err) MUST_USE;
enum err_code input_raw(struct input *in, struct bytes *b,
                        struct err *err) MUST_USE;

/* input_finish(in, hex): the SHA-256 of the bytes read, which is that of the
 * file after ERR_CLOSED; *changed when the file changed while it was read. */
void input_finish(struct input *in, char hex[65], bool *changed);
void input_close(struct input *in);

#endif
