/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a run: an event log in which every line carries the digest of
 * the line before, files whose digests stand in that log, and a seal over its
 * last line. Any later change of any byte is found by verify.h. The chain shows
 * alteration; who made the run only a signature shows. */
#ifndef CONFORMANCE_EVIDENCE_EVIDENCE_H
#define CONFORMANCE_EVIDENCE_EVIDENCE_H

#include <stdio.h>

#include "formats/base/buf.h"

#define EVIDENCE_EVENTS "events.ndjson"
#define EVIDENCE_SEAL   "seal.json"
#define EVIDENCE_HEX    65 /* SHA-256 as NUL-terminated hex */

struct evidence {
    const char *dir;         /* borrowed; NULL: nothing is kept */
    int folder;              /* descriptor of dir, or -1 */
    int log;                 /* descriptor of the event log, or -1 */
    uint64_t events;         /* lines written */
    char head[EVIDENCE_HEX]; /* digest of the last line */
    struct buf line;         /* owned */
};

/* evidence_open(e, dir, err): make ${dir}, which must not exist (its parents
 * are made), and begin the log. ${dir} NULL: every later call does nothing.
 * ERR_EXISTS, ERR_IO. */
enum err_code evidence_open(struct evidence *e, const char *dir,
                            struct err *err) MUST_USE;

/* evidence_event(e, type, time, members, err): append a line with the members
 * (JSON text without braces, may be empty). ${type} needs no escaping. */
enum err_code evidence_event(struct evidence *e, const char *type,
                             const char *time, struct bytes members,
                             struct err *err) MUST_USE;

/* evidence_file(e, path, time, content, err): store ${content} as ${path}, with
 * at most one folder in it, and log its digests. */
enum err_code evidence_file(struct evidence *e, const char *path,
                            const char *time, struct bytes content,
                            struct err *err) MUST_USE;

/* A file too large to be held: evidence_create(e, path, fd, err) makes it, the
 * caller writes to *fd (-1 when nothing is kept) and closes it;
 * evidence_adopt(e, path, time, err) then logs its digests. */
enum err_code evidence_create(struct evidence *e, const char *path, int *fd,
                              struct err *err) MUST_USE;
enum err_code evidence_adopt(struct evidence *e, const char *path,
                             const char *time, struct err *err) MUST_USE;

/* evidence_seal(e, err): write the seal; the folder is complete. */
enum err_code evidence_seal(struct evidence *e, struct err *err) MUST_USE;
void evidence_close(struct evidence *e);

/* evidence_lines(content, out): the first 8 hex digits of each line's digest,
 * one after the other: what finds the line of an altered file. */
enum err_code evidence_lines(struct bytes content, struct buf *out,
                             struct err *err) MUST_USE;

/* evidence_seal_text(events, head, out): the exact bytes of a seal. */
void evidence_seal_text(uint64_t events, const char *head, struct buf *out);

#endif
