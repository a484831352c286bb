/* SPDX-License-Identifier: Apache-2.0 */
/* The source stdin: what is piped in, to its end. A redirected file cannot be
 * polled and is read in turns of the loop instead. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/feed.h"
#include "agent/source/gate.h"
#include "agent/source/stream.h"

#define STDIN_CHUNK ((size_t)256 << 10)

struct stdin_source {
    struct gate gate;
    struct feed feed;
    struct event *event;
    bool polled; /* else a timer without delay makes it read */
    bool ending; /* end of input was read */
    bool over;   /* finished or stopped */
    char *chunk; /* STDIN_CHUNK bytes */
};

static const struct option_row options[] = {
    {.name = "framing",
     .type = OPT_ENUM,
     .names = stream_framings,
     .def = "lines",
     .help_zh = "分帧方式：lines 按行，octets 按字节计数，auto 逐帧判断",
     .help_en = "frames: lines, octet counts, or auto for each"},
    {.name = "max_frame",
     .type = OPT_SIZE,
     .min = 64,
     .max = (int64_t)FRAMER_MAX_FRAME,
     .def = "1MiB",
     .help_zh = "单帧最大长度，超出部分截断并计数",
     .help_en = "longest frame; a longer one is cut, flagged and counted"},
    {0},
};

static bool
give(void *ctx, const struct frame *frame)
{
    struct stdin_source *s = ctx;
    struct source_frame f = {.data = frame->data,
                             .offset = frame->start,
                             .origin = BYTES("stdin"),
                             .cut = frame->cut};

    return gate_frame(&s->gate, &f);
}

static void
watch(struct stdin_source *s)
{
    struct timeval at_once = {0};

    if (!s->over)
        (void)event_add(s->event, s->polled ? NULL : &at_once);
}

static void
run(struct stdin_source *s)
{
    enum feed_result r =
        s->ending ? feed_end(&s->feed, give, s) : feed_run(&s->feed, give, s);

    gate_burst(&s->gate);
    if (r == FEED_BROKEN) {
        s->gate.counters.refused++;
        gate_trouble(&s->gate, ERR_SYNTAX, "stdin",
                     "the octet count of a frame is malformed: the rest is "
                     "not read");
    }
    if (r == FEED_BROKEN || (r == FEED_EMPTY && s->ending)) {
        s->over = true;
        s->gate.host->finished(s->gate.host->ctx);
    } else if (r == FEED_EMPTY) {
        watch(s);
    }
}

/* Readiness was told, so one read does not block, and the terminal or pipe
 * that others share keeps its mode. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct stdin_source *s = arg;
    ssize_t n;

    (void)fd, (void)what;
    n = read(STDIN_FILENO, s->chunk, STDIN_CHUNK);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        watch(s);
        return;
    }
    if (n < 0)
        gate_trouble_errno(&s->gate, "stdin", "cannot be read");
    s->ending = n <= 0;
    s->feed.rest = bytes_of(s->chunk, n > 0 ? (size_t)n : 0);
    run(s);
}

/* Files, /dev/null and some devices cannot be polled: they are always ready. */
static bool
can_poll(int fd)
{
    struct epoll_event e = {.events = EPOLLIN};
    int poll = epoll_create1(EPOLL_CLOEXEC);
    bool good = poll >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e) == 0;

    if (poll >= 0)
        close(poll);
    return good;
}

static void
stdin_close(void *arg)
{
    struct stdin_source *s = arg;

    if (s == NULL)
        return;
    if (s->event != NULL)
        event_free(s->event);
    framer_free(&s->feed.framer);
    free(s->chunk);
    free(s);
}

static enum err_code
stdin_open(struct event_base *base, const char *name,
           const struct option_value *values, size_t n,
           const struct source_host *host, struct bytes saved, void **out,
           struct err *err)
{
    enum err_code code = option_verify(values, n, options, err);
    struct stdin_source *s;

    (void)saved;
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    s->gate.host = host;
    s->polled = can_poll(STDIN_FILENO);
    framer_init(&s->feed.framer,
                (enum framer_kind)option_choice(values, n, options, "framing"),
                (size_t)option_number(values, n, options, "max_frame"), 0);
    s->chunk = malloc(STDIN_CHUNK);
    s->event = s->polled
                   ? event_new(base, STDIN_FILENO, EV_READ, on_readable, s)
                   : evtimer_new(base, on_readable, s);
    if (s->chunk == NULL || s->event == NULL) {
        stdin_close(s);
        return err_set(err, ERR_NOMEM, name, "out of memory");
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
stdin_start(void *arg, struct err *err)
{
    (void)err;
    watch(arg);
    return ERR_OK;
}

static void
stdin_resume(void *arg)
{
    struct stdin_source *s = arg;

    s->gate.full = false;
    if (!s->over)
        run(s);
}

static void
stdin_stop(void *arg)
{
    struct stdin_source *s = arg;

    s->over = true;
    (void)event_del(s->event);
}

static const struct source_counters *
stdin_counters(const void *arg)
{
    return &((const struct stdin_source *)arg)->gate.counters;
}

const struct source source_stdin = {
    .kind = "stdin",
    .options = options,
    .can_wait = true,
    .open = stdin_open,
    .start = stdin_start,
    .resume = stdin_resume,
    .stop = stdin_stop,
    .close = stdin_close,
    .counters = stdin_counters,
};
