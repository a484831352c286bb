/* SPDX-License-Identifier: Apache-2.0 */
/* For the source tests: a real event loop, a host that remembers what it is
 * given and can be full, and a folder of its own. Nothing sleeps: rig_until
 * turns the loop until a condition holds, and fails after a deadline. */
#ifndef TESTS_UNIT_AGENT_SOURCE_RIG_H
#define TESTS_UNIT_AGENT_SOURCE_RIG_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "agent/source/source.h"

#define RIG_DEADLINE_S 30
#define RIG_MAX_VALUES 12

struct got {    /* one frame */
    char *text; /* owned, NUL behind it */
    size_t len;
    char *origin; /* owned */
    uint8_t seed[SOURCE_SEED_MAX];
    size_t seed_len;
    uint64_t offset;
    bool cut;
};

struct rig {
    struct event_base *base;
    struct event *tick;
    struct source_host host;
    const struct source *source;
    void *handle;
    struct option_value values[RIG_MAX_VALUES];
    size_t value_count;
    struct got *got;
    size_t count, cap;
    size_t room;     /* frames that the host still takes */
    size_t refusals; /* times it said no */
    size_t chunks;
    size_t troubles;
    struct err trouble; /* the last one */
    size_t finished;
    struct buf saved; /* at the last chunk_end */
    char dir[64];
};

static inline bool
rig_frame(void *ctx, const struct source_frame *f)
{
    struct rig *r = ctx;
    struct got *g;

    if (r->room == 0) {
        r->refusals++;
        return false;
    }
    r->room--;
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        r->got = realloc(r->got, r->cap * sizeof *r->got);
        assert_non_null(r->got);
    }
    g = &r->got[r->count++];
    *g = (struct got){.len = f->data.len,
                      .seed_len = f->seed_len,
                      .offset = f->offset,
                      .cut = f->cut};
    g->text = calloc(1, f->data.len + 1);
    memcpy(g->text, f->data.data, f->data.len);
    g->origin = calloc(1, f->origin.len + 1);
    memcpy(g->origin, f->origin.data, f->origin.len);
    memcpy(g->seed, f->seed, sizeof g->seed);
    return true;
}

static inline void
rig_chunk_end(void *ctx)
{
    struct rig *r = ctx;

    r->chunks++;
    buf_reset(&r->saved);
    if (r->source->save != NULL)
        r->source->save(r->handle, &r->saved);
}

static inline void
rig_trouble(void *ctx, const struct err *e)
{
    struct rig *r = ctx;

    r->troubles++;
    r->trouble = *e;
}

static inline void
rig_finished(void *ctx)
{
    ((struct rig *)ctx)->finished++;
}

static inline void
rig_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
}

static inline void
rig_init(struct rig *r, const struct source *source)
{
    struct timeval often = {.tv_usec = 5000};

    *r = (struct rig){.source = source, .room = SIZE_MAX};
    r->host = (struct source_host){.ctx = r,
                                   .frame = rig_frame,
                                   .chunk_end = rig_chunk_end,
                                   .trouble = rig_trouble,
                                   .finished = rig_finished};
    r->base = event_base_new();
    r->tick = event_new(r->base, -1, EV_PERSIST, rig_tick, NULL);
    event_add(r->tick, &often);
    (void)snprintf(r->dir, sizeof r->dir, "/tmp/hutong-source-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
}

static inline void
rig_set(struct rig *r, const char *name, const char *text)
{
    for (size_t i = 0; i < r->value_count; i++)
        if (strcmp(r->values[i].name, name) == 0) {
            r->values[i].text = text;
            return;
        }
    assert_true(r->value_count < RIG_MAX_VALUES);
    r->values[r->value_count++] = (struct option_value){name, text};
}

static inline enum err_code
rig_try_open(struct rig *r, struct bytes saved, struct err *err)
{
    return r->source->open(r->base, "in", r->values, r->value_count, &r->host,
                           saved, &r->handle, err);
}

static inline void
rig_open(struct rig *r, struct bytes saved)
{
    struct err err = {0};

    if (rig_try_open(r, saved, &err) != ERR_OK)
        fail_msg("open: %s: %s", err.where, err.msg);
    if (r->source->start(r->handle, &err) != ERR_OK)
        fail_msg("start: %s: %s", err.where, err.msg);
}

static inline void
rig_shut(struct rig *r)
{
    if (r->handle == NULL)
        return;
    r->source->stop(r->handle);
    r->source->close(r->handle);
    r->handle = NULL;
}

static inline void
rig_forget(struct rig *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->got[i].text);
        free(r->got[i].origin);
    }
    r->count = 0;
}

static inline void
rig_free(struct rig *r)
{
    char command[96];

    rig_shut(r);
    rig_forget(r);
    free(r->got);
    buf_free(&r->saved);
    event_free(r->tick);
    event_base_free(r->base);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
    assert_int_equal(system(command), 0);
}

/* A new run of the same input, from what was saved last. */
static inline void
rig_restart(struct rig *r)
{
    char *copy = malloc(r->saved.len + 1);
    size_t n = r->saved.len;

    assert_non_null(copy);
    if (n != 0)
        memcpy(copy, r->saved.data, n);
    rig_shut(r);
    rig_open(r, bytes_of(copy, n));
    free(copy);
}

typedef bool (*rig_done_fn)(struct rig *r, size_t n);

static inline bool
rig_has_frames(struct rig *r, size_t n)
{
    return r->count >= n;
}

static inline bool
rig_has_refusals(struct rig *r, size_t n)
{
    return r->refusals >= n;
}

static inline bool
rig_has_troubles(struct rig *r, size_t n)
{
    return r->troubles >= n;
}

static inline bool
rig_has_finished(struct rig *r, size_t n)
{
    return r->finished >= n;
}

static inline bool
rig_has_refused(struct rig *r, size_t n)
{
    return r->source->counters(r->handle)->refused >= n;
}

static inline bool
rig_has_lost(struct rig *r, size_t n)
{
    return r->source->counters(r->handle)->lost >= n;
}

static inline bool
rig_has_connections(struct rig *r, size_t n)
{
    return r->source->counters(r->handle)->connections == n;
}

static inline void
rig_until_at(struct rig *r, rig_done_fn done, size_t n, const char *file,
             int line)
{
    time_t end = time(NULL) + RIG_DEADLINE_S;

    while (!done(r, n)) {
        if (time(NULL) > end) {
            print_error("%s:%d: not within %d s: %zu frames, %zu refusals, "
                        "%zu troubles (%s %s)\n",
                        file, line, RIG_DEADLINE_S, r->count, r->refusals,
                        r->troubles, r->trouble.where, r->trouble.msg);
            fail();
        }
        event_base_loop(r->base, EVLOOP_ONCE);
    }
}

#define rig_until(r, done, n) rig_until_at(r, done, n, __FILE__, __LINE__)
#define rig_frames(r, n)      rig_until(r, rig_has_frames, n)

/* The texts of all frames, each with a "|" behind it. */
static inline void
rig_texts_are_at(struct rig *r, const char *want, const char *file, int line)
{
    struct buf all = {0};

    for (size_t i = 0; i < r->count; i++) {
        buf_add(&all, r->got[i].text, r->got[i].len);
        buf_char(&all, '|');
    }
    if (!bytes_is(buf_view(&all), want)) {
        print_error("%s:%d: got  %.*s\n  want %s\n", file, line, (int)all.len,
                    all.data ? all.data : "", want);
        buf_free(&all);
        fail();
    }
    buf_free(&all);
}
#define rig_texts_are(r, want) rig_texts_are_at(r, want, __FILE__, __LINE__)

static inline size_t
rig_count_text(const struct rig *r, const char *text)
{
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++)
        n += strcmp(r->got[i].text, text) == 0;
    return n;
}

/* No two frames of one run may share an identity. */
static inline void
rig_seeds_differ(const struct rig *r)
{
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < i; k++)
            if (r->got[i].seed_len == r->got[k].seed_len &&
                memcmp(r->got[i].seed, r->got[k].seed, r->got[i].seed_len) == 0)
                fail_msg("\"%s\" and \"%s\" have one seed", r->got[k].text,
                         r->got[i].text);
}

#endif
