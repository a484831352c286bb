/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reading of small system files below a given root, so that recorded
 * trees prove the collectors. Nothing here waits: no FIFO, device or directory
 * is ever read, and a deadline or a cancel flag stops long walks. Contents are
 * hostile until cleaned. */
#ifndef AGENT_HOST_FSROOT_H
#define AGENT_HOST_FSROOT_H

#include <stdatomic.h>

#include "formats/base/arena.h"
#include "formats/base/buf.h"

#define FSROOT_SMALL_FILE ((size_t)64 << 10)
#define FSROOT_MAX_PATH   512

struct fsroot {
    int fd;                    /* owned: the root directory */
    bool live;                 /* the root is "/": this machine, now */
    int64_t deadline_ns;       /* CLOCK_MONOTONIC; 0: none */
    const atomic_bool *cancel; /* borrowed; NULL: none */
};

/* fsroot_open(path, out, err): ${path} is a directory. Below a root other than
 * "/" symlinks are resolved inside it (openat2 RESOLVE_IN_ROOT);
 * ERR_UNSUPPORTED where the kernel cannot (before 5.6). */
enum err_code fsroot_open(const char *path, struct fsroot *out,
                          struct err *err) MUST_USE;
void fsroot_close(struct fsroot *r);

/* fsroot_late(r): the deadline passed or someone cancelled: stop walking. */
bool fsroot_late(const struct fsroot *r);

/* fsroot_file(r, path): an open descriptor of a regular file, close-on-exec,
 * or -1. Caller closes. */
int fsroot_file(const struct fsroot *r, const char *path);

/* fsroot_read(r, path, max, out): ${out} reset and filled with at most ${max}
 * bytes of the file; false when it is absent, unreadable or not regular. */
bool fsroot_read(const struct fsroot *r, const char *path, size_t max,
                 struct buf *out);

/* fsroot_word(r, path, a): the first line, cleaned, or NULL when empty. */
const char *fsroot_word(const struct fsroot *r, const char *path,
                        struct arena *a);

/* fsroot_number(r, path, max, out): the first line as a decimal number. */
bool fsroot_number(const struct fsroot *r, const char *path, uint64_t max,
                   uint64_t *out);

/* fsroot_exists(r, path): anything of that name, symlinks followed. */
bool fsroot_exists(const struct fsroot *r, const char *path);

/* fsroot_list(r, path, max, a, count): names in a directory without "." and
 * "..", in byte order, at most ${max} of them; NULL when there is none. */
const char *const *fsroot_list(const struct fsroot *r, const char *path,
                               size_t max, struct arena *a, size_t *count);

/* fsroot_link(r, path, out): the text of a symlink into ${out} (reset). */
bool fsroot_link(const struct fsroot *r, const char *path, struct buf *out);

/* fsroot_clean(a, b, max): ${b} for people and records: trimmed, controls to
 * spaces, undecodable bytes to U+FFFD, at most ${max} bytes; NULL when nothing
 * is left. */
const char *fsroot_clean(struct arena *a, struct bytes b, size_t max);

/* fsroot_line(b, line): the next line of *b without its end; *b is advanced.
 * False at the end. */
bool fsroot_line(struct bytes *b, struct bytes *line);

/* fsroot_field(b, word): the next run of non-blanks of *b; *b is advanced.
 * False at the end. */
bool fsroot_field(struct bytes *b, struct bytes *word);

/* fsroot_pair(line, key, value): "key<sep>value" at the first ${sep}, both
 * trimmed; false without it. */
bool fsroot_pair(struct bytes line, char sep, struct bytes *key,
                 struct bytes *value);

#endif
