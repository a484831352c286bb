/* SPDX-License-Identifier: Apache-2.0 */
/* The host source in a real event loop: documents as frames, the same seeds
 * after a restart, waiting for room, a root that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/source.h"

extern const struct source source_host;

#define MAX_FRAMES 8
#define WAIT_S     10

struct pipeline { /* what the agent would be */
    struct event_base *base;
    size_t frames, room, chunks, troubles;
    uint8_t seed[MAX_FRAMES][SOURCE_SEED_MAX];
    size_t seed_len[MAX_FRAMES];
    char text[MAX_FRAMES][2048];
    struct err last;
};

static bool
on_frame(void *ctx, const struct source_frame *f)
{
    struct pipeline *p = ctx;

    if (p->frames == p->room)
        return false;
    assert_in_range(f->seed_len, 1, SOURCE_SEED_MAX);
    assert_in_range(f->data.len, 2, sizeof(p->text[0]) - 1);
    memcpy(p->seed[p->frames], f->seed, f->seed_len);
    p->seed_len[p->frames] = f->seed_len;
    memcpy(p->text[p->frames], f->data.data, f->data.len);
    p->text[p->frames][f->data.len] = '\0';
    p->frames++;
    return true;
}

static void
on_chunk(void *ctx)
{
    struct pipeline *p = ctx;

    p->chunks++;
    event_base_loopbreak(p->base);
}

static void
on_trouble(void *ctx, const struct err *e)
{
    struct pipeline *p = ctx;

    p->troubles++;
    p->last = *e;
    event_base_loopbreak(p->base);
}

static void
on_finished(void *ctx)
{
    (void)ctx;
}

static struct source_host
host_of(struct pipeline *p)
{
    return (struct source_host){.ctx = p,
                                .frame = on_frame,
                                .chunk_end = on_chunk,
                                .trouble = on_trouble,
                                .finished = on_finished};
}

static void
on_late(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what, (void)ctx;
    fail_msg("nothing happened for %d s", WAIT_S);
}

/* Run until the source did something. */
static void
turn(struct pipeline *p)
{
    const struct timeval limit = {.tv_sec = WAIT_S};
    struct event *late = evtimer_new(p->base, on_late, NULL);

    assert_non_null(late);
    evtimer_add(late, &limit);
    event_base_dispatch(p->base);
    event_free(late);
}

static void
put(const char *root, const char *path, const char *text)
{
    char full[256];
    FILE *f;

    snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *s = strchr(full + 1, '/'); s; s = strchr(s + 1, '/')) {
        *s = '\0';
        mkdir(full, 0700);
        *s = '/';
    }
    f = fopen(full, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static char root[64];

static int
make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/hutong-source-XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    put(root, "etc/hostname", "host-1\n");
    put(root, "etc/os-release", "NAME=Test\nID=test\nVERSION_ID=1\n");
    return 0;
}

static int
remove_root(void **state)
{
    static const char *const paths[] = {"etc/hostname", "etc/os-release", "etc",
                                        ""};
    char full[128];

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        snprintf(full, sizeof(full), "%s/%s", root, paths[i]);
        remove(full);
    }
    return 0;
}

static void *
start(struct pipeline *p, const struct source_host *host, const char *where,
      const char *every)
{
    const struct option_value values[] = {{"root", where}, {"every", every}};
    struct err err = {0};
    void *s = NULL;

    assert_int_equal(source_host.open(p->base, "inventory", values, 2, host,
                                      BYTES(""), &s, &err),
                     ERR_OK);
    assert_int_equal(source_host.start(s, &err), ERR_OK);
    return s;
}

static void
at_start(void **state)
{
    struct pipeline p = {.base = event_base_new(), .room = MAX_FRAMES};
    struct pipeline again = {.base = event_base_new(), .room = MAX_FRAMES};
    const struct source_host host = host_of(&p), second = host_of(&again);
    void *s;

    (void)state;
    s = start(&p, &host, root, "7d");
    turn(&p);
    assert_int_equal(p.frames, 2);
    assert_int_equal(p.chunks, 1);
    assert_non_null(strstr(p.text[0], "\"type\":\"device\""));
    assert_non_null(strstr(p.text[1], "\"type\":\"operating_system\""));
    assert_int_equal(source_host.counters(s)->frames, 2);
    source_host.stop(s);
    source_host.close(s);

    /* A restart within the interval repeats the seeds (the interval is long,
     * but may just have ended: then the next look agrees with itself). */
    s = start(&again, &second, root, "7d");
    turn(&again);
    assert_int_equal(again.frames, 2);
    assert_int_equal(again.seed_len[0], p.seed_len[0]);
    assert_memory_equal(again.seed[0], p.seed[0], p.seed_len[0] - 8);
    assert_memory_not_equal(again.seed[0], again.seed[1], p.seed_len[0]);
    source_host.close(s);
    event_base_free(p.base);
    event_base_free(again.base);
}

static void
every_interval(void **state)
{
    struct pipeline p = {.base = event_base_new(), .room = MAX_FRAMES};
    const struct source_host host = host_of(&p);
    void *s = start(&p, &host, root, "1s");

    (void)state;
    turn(&p);
    assert_int_equal(p.frames, 2);
    turn(&p);
    assert_int_equal(p.frames, 4);
    /* same content, another interval */
    assert_memory_equal(p.seed[0], p.seed[2], p.seed_len[0] - 8);
    assert_memory_not_equal(p.seed[0], p.seed[2], p.seed_len[0]);
    source_host.close(s);
    event_base_free(p.base);
}

static void
no_room(void **state)
{
    struct pipeline p = {.base = event_base_new(), .room = 1};
    const struct source_host host = host_of(&p);
    void *s = start(&p, &host, root, "7d");

    (void)state;
    turn(&p);
    assert_int_equal(p.frames, 1);
    source_host.resume(s); /* still full */
    assert_int_equal(p.frames, 1);
    p.room = 2;
    source_host.resume(s);
    assert_int_equal(p.frames, 2);
    source_host.resume(s); /* nothing left */
    assert_int_equal(p.frames, 2);
    source_host.close(s);
    event_base_free(p.base);
}

static void
troubles(void **state)
{
    struct pipeline p = {.base = event_base_new(), .room = MAX_FRAMES};
    const struct source_host host = host_of(&p);
    const struct option_value bad[] = {{"every", "10ms"}};
    struct err err = {0};
    void *s = start(&p, &host, "/nonexistent-root", "7d");

    (void)state;
    turn(&p);
    assert_int_equal(p.troubles, 1);
    assert_int_equal(p.last.code, ERR_NOT_FOUND);
    assert_int_equal(p.frames, 0);
    source_host.close(s);
    assert_int_not_equal(
        source_host.open(p.base, "x", bad, 1, &host, BYTES(""), &s, &err),
        ERR_OK);
    /* closed while it looks: the whole machine this time */
    s = start(&p, &host, "/", "7d");
    source_host.stop(s);
    source_host.close(s);
    source_host.close(NULL);
    event_base_free(p.base);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_start),
        cmocka_unit_test(every_interval),
        cmocka_unit_test(no_room),
        cmocka_unit_test(troubles),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
