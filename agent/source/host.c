/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of this host at the start and then at an interval. Walking /proc
 * can take long on a big machine, so a short-lived thread collects and the loop
 * only hands over; nothing is kept between two looks, hence no position. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/host/host.h"
#include "agent/source/source.h"

#define COLLECT_MS 30000 /* one look at most */

struct document {   /* one waiting frame */
    size_t at, len; /* in text */
    char id[HOST_ID_MAX];
    uint8_t content[16];
};

struct host_source {
    const struct source_host *host; /* borrowed */
    char *root;
    int64_t every_ms;
    struct event *timer, *done;
    int signal; /* eventfd: the thread has finished */
    pthread_t thread;
    bool running; /* the thread is to be joined */
    bool stopped;
    atomic_bool cancel;
    /* Written by the thread while it runs, by the loop after the join. */
    struct buf text;
    struct document *document;
    size_t count, cap;
    struct host_summary summary;
    enum err_code code;
    struct err err;
    uint64_t bucket; /* interval of this look since 1970 */
    size_t next;     /* first document that was not handed over */
    struct source_counters counters;
};

static const struct option_row options[] = {
    {.name = "every",
     .type = OPT_DURATION_MS,
     .min = 1000,
     .max = INT64_C(7) * 24 * 3600 * 1000,
     .def = "1h",
     .help_zh = "盘点间隔",
     .help_en = "time between two looks"},
    {.name = "root",
     .type = OPT_PATH,
     .def = "/",
     .help_zh = "盘点的根目录",
     .help_en = "root of the host to look at"},
    {0},
};

static bool
keep_document(void *ctx, const struct host_document *d)
{
    struct host_source *s = ctx;
    struct document *slot;

    if (s->count == s->cap) {
        const size_t cap = s->cap ? s->cap * 2 : 16;

        slot = realloc(s->document, cap * sizeof(*slot));
        if (slot == NULL) {
            s->summary.partial = true;
            return false;
        }
        s->document = slot;
        s->cap = cap;
    }
    slot = &s->document[s->count];
    *slot = (struct document){.at = s->text.len, .len = d->json.len};
    memcpy(slot->id, d->id, sizeof(slot->id));
    memcpy(slot->content, d->content, sizeof(slot->content));
    buf_bytes(&s->text, d->json);
    if (!buf_ok(&s->text))
        return false;
    s->count++;
    return true;
}

static void *
collect(void *arg)
{
    struct host_source *s = arg;
    const struct host_options o = {.root = s->root,
                                   .now = host_now(),
                                   .deadline_ms = COLLECT_MS,
                                   .cancel = &s->cancel};
    const uint64_t one = 1;

    s->bucket = (uint64_t)(o.now.sec * 1000 / s->every_ms);
    s->code = host_collect(&o, keep_document, s, &s->summary, &s->err);
    while (write(s->signal, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
    return NULL;
}

static void
look(struct host_source *s)
{
    struct err err = {0};
    int failed;

    if (s->running || s->stopped)
        return;
    buf_reset(&s->text);
    s->count = s->next = 0;
    failed = pthread_create(&s->thread, NULL, collect, s);
    if (failed == 0) {
        s->running = true;
        return;
    }
    errno = failed;
    err_errno(&err, s->root, "cannot start the inventory");
    s->host->trouble(s->host->ctx, &err);
}

/* The same host, content and interval give the same seed, so a restart within
 * an interval repeats event ids instead of making new events. */
static bool
hand_over(struct host_source *s, const struct document *d)
{
    struct source_frame f = {
        .data = {s->text.data + d->at, d->len},
        .origin = bytes_str(s->root),
    };
    const size_t id_len = strlen(d->id);

    _Static_assert(HOST_ID_MAX + 16 + 8 <= SOURCE_SEED_MAX, "the seed fits");
    memcpy(f.seed, d->id, id_len);
    memcpy(f.seed + id_len, d->content, sizeof(d->content));
    memcpy(f.seed + id_len + sizeof(d->content), &s->bucket, sizeof(s->bucket));
    f.seed_len = id_len + sizeof(d->content) + sizeof(s->bucket);
    if (!s->host->frame(s->host->ctx, &f))
        return false;
    s->counters.frames++;
    s->counters.bytes += d->len;
    return true;
}

static void
deliver(struct host_source *s)
{
    const size_t before = s->next;

    while (!s->stopped && s->next < s->count &&
           hand_over(s, &s->document[s->next]))
        s->next++;
    if (s->next > before)
        s->host->chunk_end(s->host->ctx);
}

static void
join(struct host_source *s)
{
    if (s->running)
        pthread_join(s->thread, NULL);
    s->running = false;
}

static void
on_done(evutil_socket_t fd, short what, void *arg)
{
    struct host_source *s = arg;
    struct err err = {0};
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof(count)) < 0 || !s->running)
        return;
    join(s);
    if (s->stopped)
        return;
    if (s->code != ERR_OK) {
        s->host->trouble(s->host->ctx, &s->err);
    } else if (s->summary.partial) {
        err_set(&err, ERR_LIMIT, s->root,
                "the inventory is not complete: a limit or its deadline "
                "was reached");
        s->host->trouble(s->host->ctx, &err);
    }
    deliver(s);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct host_source *s = arg;

    (void)fd, (void)what;
    /* The pipeline is full: yesterday's look goes out before today's. */
    if (s->next == s->count)
        look(s);
}

static void
host_close(void *arg)
{
    struct host_source *s = arg;

    if (s == NULL)
        return;
    atomic_store(&s->cancel, true);
    join(s);
    if (s->timer)
        event_free(s->timer);
    if (s->done)
        event_free(s->done);
    if (s->signal >= 0)
        close(s->signal);
    buf_free(&s->text);
    free(s->document);
    free(s->root);
    free(s);
}

static enum err_code
host_open(struct event_base *base, const char *name,
          const struct option_value *values, size_t n,
          const struct source_host *host, struct bytes saved, void **out,
          struct err *err)
{
    struct host_source *s;
    enum err_code code = option_verify(values, n, options, err);

    (void)saved;
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    atomic_init(&s->cancel, false);
    s->host = host;
    s->every_ms = option_number(values, n, options, "every");
    s->root = strdup(option_get(values, n, options, "root"));
    s->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->timer = event_new(base, -1, EV_PERSIST, on_timer, s);
    if (s->signal >= 0)
        s->done = event_new(base, s->signal, EV_READ | EV_PERSIST, on_done, s);
    if (s->root == NULL || s->timer == NULL || s->done == NULL) {
        host_close(s);
        return err_set(err, ERR_NOMEM, name, "out of memory or descriptors");
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
host_start(void *arg, struct err *err)
{
    struct host_source *s = arg;
    const struct timeval every = {.tv_sec = s->every_ms / 1000,
                                  .tv_usec =
                                      (suseconds_t)(s->every_ms % 1000 * 1000)};

    if (event_add(s->done, NULL) != 0 || event_add(s->timer, &every) != 0)
        return err_set(err, ERR_NOMEM, s->root, "cannot watch");
    look(s);
    return ERR_OK;
}

static void
host_resume(void *arg)
{
    struct host_source *s = arg;

    if (!s->running)
        deliver(s);
}

static void
host_stop(void *arg)
{
    struct host_source *s = arg;

    s->stopped = true;
    atomic_store(&s->cancel, true);
    event_del(s->timer);
    event_del(s->done);
}

static const struct source_counters *
host_counters(const void *arg)
{
    return &((const struct host_source *)arg)->counters;
}

const struct source source_host = {
    .kind = "host",
    .options = options,
    .can_wait = true,
    .open = host_open,
    .start = host_start,
    .resume = host_resume,
    .stop = host_stop,
    .close = host_close,
    .counters = host_counters,
};
