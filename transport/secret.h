/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets live in files that only their owner (root or the running user) may
 * change and others may not read. A secret is wiped when it is replaced. */
#ifndef TRANSPORT_SECRET_H
#define TRANSPORT_SECRET_H

#include <sys/types.h>

#include <time.h>

#include "formats/base/buf.h"

#define SECRET_MAX 4096 /* bytes of a file */

struct secret {
    struct bytes value; /* trimmed; points into text; not empty when loaded */
    char *text;         /* owned, NUL-terminated */
    dev_t dev;          /* identity and version of the file as read */
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

/* secret_load(s, path, err): read ${path} into ${s}, which is {0} or loaded; on
 * failure ${s} keeps its value. The file must be regular, owned by root or the
 * running user, not writable by group and others, not readable by others.
 * ERR_AUTH for wrong owner or mode, ERR_SYNTAX when empty or not printable
 * ASCII, ERR_LIMIT, ERR_NOT_FOUND, ERR_IO. The text never enters ${err}. */
enum err_code secret_load(struct secret *s, const char *path,
                          struct err *err) MUST_USE;

/* secret_refresh(s, path, changed, err): secret_load when the file's identity,
 * size or times differ; *changed tells. One stat() otherwise. */
enum err_code secret_refresh(struct secret *s, const char *path, bool *changed,
                             struct err *err) MUST_USE;

void secret_fini(struct secret *s); /* wipe and free; {0} afterwards */

/* secret_check_file(path, secret, err): the owner and mode rules alone, for
 * files that a library reads itself: ${secret} for keys, false for
 * certificates (others may read). */
enum err_code secret_check_file(const char *path, bool secret,
                                struct err *err) MUST_USE;

#endif
