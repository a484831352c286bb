/* SPDX-License-Identifier: Apache-2.0 */
/* One followed file: open it, be sure that it is still the same one, read it in
 * chunks. The position is the end of the last frame that the host took; what
 * was read behind it can always be read again. */
#define _GNU_SOURCE /* SEEK_DATA, statx */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/source/file.h"
#include "formats/base/hash.h"
#include "transport/clock.h"

struct visit {
    struct file_source *s;
    struct tail *t;
};

/* Fingerprints identify, they do not authenticate: a fixed key will do. */
static const uint8_t hash_key_bytes[16] = "hutong file id.";

static bool
read_all(int fd, char *p, size_t n, uint64_t offset, size_t *got)
{
    size_t done = 0;

    while (done < n) {
        ssize_t r = pread(fd, p + done, n - done, (off_t)(offset + done));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return false;
        if (r == 0)
            break;
        done += (size_t)r;
    }
    *got = done;
    return true;
}

/* The first bytes of a file and the moment of its birth, where the file system
 * knows that: many logs begin alike, and inodes are used again at once. */
struct head {
    char bytes[FILE_FINGERPRINT];
    struct statx_timestamp birth;
};

static void
hash_head(int fd, struct head *h, size_t len, uint8_t out[16])
{
    struct statx x = {0};

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) != 0 ||
        !(x.stx_mask & STATX_BTIME))
        x.stx_btime = (struct statx_timestamp){0};
    memset(h->bytes + len, 0, sizeof h->bytes - len);
    h->birth = (struct statx_timestamp){.tv_sec = x.stx_btime.tv_sec,
                                        .tv_nsec = x.stx_btime.tv_nsec};
    hash_128(hash_key_bytes, h, sizeof *h, out);
}

struct fingerprint
tail_fingerprint(int fd, uint16_t len)
{
    struct fingerprint f = {0};
    struct head head = {0};
    uint8_t out[16];
    size_t got;

    if (!read_all(fd, head.bytes, len, 0, &got))
        return f;
    hash_head(fd, &head, got, out);
    f.len = (uint16_t)got;
    memcpy(f.hash, out, sizeof f.hash);
    return f;
}

static bool
same_print(struct fingerprint a, struct fingerprint b)
{
    return a.len == b.len && memcmp(a.hash, b.hash, sizeof a.hash) == 0;
}

/* A frame is handed over only when its line has ended, so whenever this is
 * asked the first line is complete and its hash the same as in any other run:
 * an event keeps its id when the frame is read again. */
static void
set_line_id(struct tail *t)
{
    struct head head = {0};
    size_t got = 0;

    if (!read_all(t->fd, head.bytes, sizeof head.bytes, 0, &got))
        got = 0;
    got = bytes_find(bytes_of(head.bytes, got), '\n');
    hash_head(t->fd, &head, got, t->line_id);
    t->has_line_id = true;
}

/* ---- life */

struct tail *
tail_new(struct file_source *s)
{
    struct tail *t;

    if (s->tails == s->tails_cap) {
        size_t cap = s->tails_cap ? s->tails_cap * 2 : 16;
        struct tail **grown = realloc(s->tail, cap * sizeof *grown);

        if (grown == NULL)
            return NULL;
        s->tail = grown;
        s->tails_cap = cap;
    }
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->fd = -1;
    t->at_end = true; /* so that the first visit checks the identity */
    framer_init(&t->feed.framer, FRAMER_LINES, s->opt.max_frame, 0);
    s->tail[s->tails++] = t;
    return t;
}

void
tail_free(struct file_source *s, struct tail *t)
{
    if (t == NULL)
        return;
    tail_close(s, t);
    framer_free(&t->feed.framer);
    free(t->path);
    free(t);
}

bool
tail_set_path(struct file_source *s, struct tail *t, const char *path)
{
    char *copy;

    (void)s;
    if (t->path != NULL && strcmp(t->path, path) == 0)
        return true;
    copy = strdup(path);
    if (copy == NULL)
        return false;
    free(t->path);
    t->path = copy;
    t->path_hash = hash_key(copy, strlen(copy));
    return true;
}

static void
count_held(struct file_source *s, struct tail *t)
{
    s->held -= t->held;
    t->held = t->feed.framer.held.cap;
    s->held += t->held;
}

void
tail_seek(struct file_source *s, struct tail *t, uint64_t offset)
{
    framer_free(&t->feed.framer);
    t->feed = (struct feed){0};
    framer_init(&t->feed.framer, FRAMER_LINES, s->opt.max_frame, offset);
    t->taken = offset;
    count_held(s, t);
}

void
tail_close(struct file_source *s, struct tail *t)
{
    if (t->fd < 0)
        return;
    close(t->fd);
    t->fd = -1;
    t->at_end = true;
    s->open_files--;
    if (s->stuck != t)
        tail_seek(s, t, t->taken);
}

/* Descriptors are few: close the file that was visited longest ago, one that
 * was read to its end before one that waits for its next turn. A rotated file
 * stays open, it may have no name any more. */
static void
close_idlest(struct file_source *s)
{
    struct tail *best = NULL;
    bool best_idle = false;

    for (size_t i = 0; i < s->tails; i++) {
        struct tail *t = s->tail[i];
        bool idle = t->at_end && !t->queued;

        if (t->fd < 0 || t->state != TAIL_LIVE || t == s->stuck)
            continue;
        if (best == NULL || (idle && !best_idle) ||
            (idle == best_idle && t->used_ms < best->used_ms)) {
            best = t;
            best_idle = idle;
        }
    }
    if (best != NULL)
        tail_close(s, best);
}

bool
tail_open(struct file_source *s, struct tail *t)
{
    struct stat st;
    int fd;

    if (t->fd >= 0)
        return true;
    if (s->open_files >= s->max_open)
        close_idlest(s);
    fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        bool absent = errno == ENOENT;

        if (!absent && !t->unreadable)
            file_trouble_errno(s, t->path, "cannot be opened");
        t->unreadable = !absent;
        return false;
    }
    t->unreadable = false;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_ino != t->ino ||
        st.st_dev != t->dev_now) {
        close(fd); /* replaced since the last scan */
        file_scan_soon(s);
        return false;
    }
    t->fd = fd;
    t->used_ms = clock_ms();
    s->open_files++;
    return true;
}

/* ---- reading */

static void
put_u64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof v);
}

/* A writer that keeps its offset after a copytruncate leaves a hole, which
 * reads as NUL in front of its next line. */
static struct bytes
without_hole(const struct tail *t, const struct frame *f)
{
    struct bytes b = f->data;

    if (t->generation != 0 && f->start == t->begin)
        while (b.len != 0 && b.data[0] == '\0')
            b = bytes_from(b, 1);
    return b;
}

static bool
give(void *ctx, const struct frame *frame)
{
    struct visit *v = ctx;
    struct tail *t = v->t;
    struct source_frame f = {.data = without_hole(t, frame),
                             .seed_len = 44,
                             .offset = frame->start,
                             .origin = bytes_str(t->path),
                             .cut = frame->cut};

    _Static_assert(44 <= SOURCE_SEED_MAX, "the seed fits");
    if (f.data.len != 0) {
        if (!t->has_line_id)
            set_line_id(t);
        put_u64(f.seed, t->dev);
        put_u64(f.seed + 8, t->ino);
        memcpy(f.seed + 16, t->line_id, 16);
        memcpy(f.seed + 32, &t->generation, 4);
        put_u64(f.seed + 36, frame->start);
        if (!v->s->host->frame(v->s->host->ctx, &f))
            return false;
        v->s->counters.frames++;
        v->s->counters.bytes += f.data.len;
        v->s->counters.cut += f.cut;
    }
    t->taken = frame->end;
    return true;
}

/* Offer frames. False: the host is full. */
static bool
run_feed(struct file_source *s, struct tail *t,
         enum feed_result (*run)(struct feed *, feed_fn, void *))
{
    struct visit v = {s, t};
    uint64_t before = t->taken;
    enum feed_result r = run(&t->feed, give, &v);

    s->stuck = r == FEED_FULL ? t : NULL;
    count_held(s, t);
    s->taken = s->taken || t->taken != before;
    return r != FEED_FULL;
}

bool
tail_resume(struct file_source *s, struct tail *t)
{
    return run_feed(s, t, feed_run);
}

bool
tail_finish(struct file_source *s, struct tail *t)
{
    return run_feed(s, t, feed_end);
}

/* The file was emptied and is written anew: a new generation from its start.
 * What was never read of the old one is lost, and counted. */
static bool
start_over(struct file_source *s, struct tail *t)
{
    off_t data;

    if (!tail_finish(s, t))
        return false; /* comes here again */
    if (t->size > t->feed.framer.offset) {
        s->counters.lost++;
        file_trouble(s, ERR_CLOSED, t->path,
                     "was truncated before its end was read");
    }
    t->generation++;
    t->print = (struct fingerprint){0};
    t->has_line_id = false;
    data = lseek(t->fd, 0, SEEK_DATA);
    t->begin = data > 0 ? (uint64_t)data : 0;
    tail_seek(s, t, t->begin);
    return true;
}

/* Look at the open file; false: no reading now. */
static bool
check_identity(struct file_source *s, struct tail *t)
{
    struct stat st;
    uint64_t size;
    bool same;

    if (fstat(t->fd, &st) != 0)
        return false;
    size = (uint64_t)st.st_size;
    same = size >= t->feed.framer.offset &&
           (t->print.len == 0 ||
            same_print(t->print, tail_fingerprint(t->fd, t->print.len)));
    if (!same && !start_over(s, t))
        return false;
    t->size = size;
    t->mtime = st.st_mtim;
    if (t->print.len < FILE_FINGERPRINT && size > t->print.len)
        t->print = tail_fingerprint(
            t->fd, size < FILE_FINGERPRINT ? (uint16_t)size : FILE_FINGERPRINT);
    return true;
}

bool
tail_visit(struct file_source *s, struct tail *t)
{
    ssize_t n;

    if (!tail_open(s, t) || (t->at_end && !check_identity(s, t)))
        return false;
    t->used_ms = clock_ms();
    n = pread(t->fd, s->chunk, FILE_CHUNK, (off_t)t->feed.framer.offset);
    if (n < 0) {
        if (errno == EINTR)
            return true;
        file_trouble_errno(s, t->path, "cannot be read");
        t->at_end = true;
        return false;
    }
    t->at_end = (size_t)n < FILE_CHUNK;
    t->feed.rest = bytes_of(s->chunk, (size_t)n);
    s->turn_bytes += (size_t)n;
    if (!run_feed(s, t, feed_run))
        return false;
    if (t->at_end && s->held > FILE_HELD_MAX && t->held > FILE_HELD_FREE)
        tail_seek(s, t, t->taken);
    return !t->at_end;
}
