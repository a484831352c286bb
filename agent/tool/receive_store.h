/* SPDX-License-Identifier: Apache-2.0 */
/* The NDJSON file of `hutong receive --store`: appended to and synced before an
 * acknowledgement, read once at start so that repeats are known after a crash. */
#ifndef AGENT_TOOL_RECEIVE_STORE_H
#define AGENT_TOOL_RECEIVE_STORE_H

#include "formats/base/buf.h"

struct receive_store {
    int fd;         /* -1: not open */
    uint64_t size;  /* bytes known good */
    uint64_t lines; /* complete lines found at start */
};

/* receive_store_open(s, path, line, arg, err): open or create (0640), cut a torn
 * last line off (it was never acknowledged), give every line to ${line}. Two
 * processes cannot have one file (ERR_CONFLICT). ERR_IO and others. */
enum err_code receive_store_open(struct receive_store *s, const char *path,
                                 void (*line)(void *arg, struct bytes text),
                                 void *arg, struct err *err) MUST_USE;

/* receive_store_append(s, lines, err): whole lines, on disk on return. After a
 * failure the file is as it was before, or the next append fails too. */
enum err_code receive_store_append(struct receive_store *s, struct bytes lines,
                                   struct err *err) MUST_USE;

void receive_store_close(struct receive_store *s);

#endif
