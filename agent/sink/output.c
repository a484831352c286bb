/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/output.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/sink/deliver.h"
#include "agent/sink/position.h"

#define IDLE_WAIT_MS 200
#define SAVE_IDLE_MS 1000

struct output {
    const struct config_output *c;
    struct output_deps d;
    struct delivery delivery;
    struct spool_cursor *cursor;
    struct window *window;
    struct position position; /* stored state; the thread's own */
    bool unsaved;             /* position differs from what is stored */
    struct spool_record held; /* read, but of the next window */
    bool has_held;
    uint64_t taken; /* highest sequence read into a window */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;                 /* under lock */
    struct output_numbers numbers; /* under lock */
};

const struct option_row output_options[] = {
    {.name = "digest",
     .type = OPT_ENUM,
     .def = "none",
     .names = (const char *const[]){"none", "sha256", "sm3", NULL},
     .help_zh =
         "信封中 items 的摘要算法; TLS 与 CURVE 已保护传输, 摘要用于留证",
     .help_en = "digest of the items in the envelope: evidence that outlives "
                "the connection, which TLS or CURVE protects anyway"},
    {0},
};

static int64_t
clock_ns(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- callbacks of the delivery, all on the output's own thread */

static bool
is_stopping(void *ctx)
{
    struct output *o = ctx;
    bool stopping;

    (void)pthread_mutex_lock(&o->lock);
    stopping = o->stopping;
    (void)pthread_mutex_unlock(&o->lock);
    return stopping;
}

static void
sleep_ms(void *ctx, unsigned ms)
{
    struct output *o = ctx;
    int64_t end = clock_ns(CLOCK_MONOTONIC) + (int64_t)ms * 1000000;
    struct timespec t = {.tv_sec = (time_t)(end / 1000000000),
                         .tv_nsec = (long)(end % 1000000000)};

    (void)pthread_mutex_lock(&o->lock);
    while (!o->stopping && pthread_cond_timedwait(&o->wake, &o->lock, &t) == 0)
        ;
    (void)pthread_mutex_unlock(&o->lock);
}

static bool
is_away(enum output_health h)
{
    return h == OUTPUT_DOWN || h == OUTPUT_PAUSED;
}

/* Said when a destination goes and when it is there again, not per batch. */
static void
set_state(void *ctx, enum output_health health, const char *reason)
{
    struct output *o = ctx;
    bool changed;

    (void)pthread_mutex_lock(&o->lock);
    changed = is_away(o->numbers.health) != is_away(health) &&
              health != OUTPUT_STOPPED;
    o->numbers.health = health;
    if (reason != NULL)
        (void)snprintf(o->numbers.reason, sizeof o->numbers.reason, "%s",
                       reason);
    (void)pthread_mutex_unlock(&o->lock);
    if (changed && o->d.say != NULL)
        o->d.say(o->d.ctx, o->c->name,
                 reason ? reason : output_health_name(health));
}

static void
count_sent(void *ctx, uint32_t items, size_t bytes)
{
    struct output *o = ctx;

    o->position.delivered += items;
    (void)pthread_mutex_lock(&o->lock);
    o->numbers.batches++;
    o->numbers.bytes += bytes;
    o->numbers.last_delivery_ns = clock_ns(CLOCK_REALTIME);
    o->numbers.reason[0] = '\0';
    (void)pthread_mutex_unlock(&o->lock);
}

static void
count_retry(void *ctx, bool refused)
{
    struct output *o = ctx;

    (void)pthread_mutex_lock(&o->lock);
    o->numbers.retries++;
    o->numbers.refused_batches += refused;
    (void)pthread_mutex_unlock(&o->lock);
}

/* A refused item is kept durably before its sequence is settled. */
static void
dead_letter(void *ctx, const struct window *w, uint32_t item,
            const char *reason)
{
    struct output *o = ctx;
    struct spool_meta m = window_item_meta(w, item);
    char text[256];

    (void)snprintf(text, sizeof text, "output %s: %s", o->c->name, reason);
    m.reason = bytes_str(text);
    if (dlq_put(o->d.dlq, &m, window_item_bytes(w, item), true))
        o->position.dead_lettered++;
    else
        o->position.dropped++;
}

/* ---- the loop */

static void
publish(struct output *o)
{
    (void)pthread_mutex_lock(&o->lock);
    o->numbers.delivered = o->position.delivered;
    o->numbers.filtered = o->position.filtered;
    o->numbers.dead_lettered = o->position.dead_lettered;
    o->numbers.dropped = o->position.dropped;
    o->numbers.settled = o->position.settled;
    (void)pthread_mutex_unlock(&o->lock);
}

static void
save(struct output *o, const struct window *open_window)
{
    struct err err;

    o->position.first = open_window ? open_window->first : 0;
    o->position.last = open_window ? open_window->last : 0;
    o->position.created_ns = open_window ? open_window->created_ns : 0;
    if (position_store(o->cursor, &o->position, &err) == ERR_OK)
        o->unsaved = false;
    else
        set_state(o, OUTPUT_RETRYING, err.msg);
}

/* The next record: the one held over, or from the spool within ${ms}. */
static bool
next_record(struct output *o, unsigned ms)
{
    struct err err;

    if (o->has_held)
        return true;
    o->has_held = spool_read(o->cursor, &o->held, ms, &err) == ERR_OK;
    return o->has_held;
}

static void
take_held(struct output *o)
{
    /* A hole in the sequence is a record that damage or a lag policy took. */
    if (o->held.sequence > o->taken + 1)
        o->position.dropped += o->held.sequence - o->taken - 1;
    o->taken = o->held.sequence;
    o->has_held = false;
}

/* After a crash: exactly the range that was open, so that the same bytes go out
 * again. */
static void
refill(struct output *o)
{
    struct window *w = o->window;

    w->created_ns = o->position.created_ns;
    while (next_record(o, 0) && o->held.sequence <= o->position.last &&
           window_add(w, o->c, &o->held))
        take_held(o);
}

/* The next record for the open window. Clocks and locks are looked at only when
 * there is nothing to read at once: a busy output fills its window without. */
static bool
wait_record(struct output *o, int64_t deadline)
{
    unsigned wait = IDLE_WAIT_MS;

    if (next_record(o, 0))
        return true;
    if (o->window->last != 0) {
        int64_t left = deadline - clock_ns(CLOCK_MONOTONIC);

        if (left <= 0)
            return false;
        wait = (unsigned)(left / 1000000 + 1);
    }
    return !is_stopping(o) && next_record(o, wait);
}

static void
fill(struct output *o)
{
    struct window *w = o->window;
    int64_t deadline = 0;

    window_reset(w);
    if (o->position.last > o->taken) {
        refill(o);
        if (w->last != 0)
            return;
    }
    while (wait_record(o, deadline) && window_add(w, o->c, &o->held)) {
        take_held(o);
        if (w->first == o->taken) {
            w->created_ns = clock_ns(CLOCK_REALTIME);
            deadline =
                clock_ns(CLOCK_MONOTONIC) + (int64_t)o->c->linger_ms * 1000000;
        }
    }
}

static bool
deliver_window(struct output *o)
{
    for (uint32_t i = 0; i < o->window->groups; i++)
        if (o->window->group[i].count != 0 &&
            !deliver_group(&o->delivery, o->window, &o->window->group[i]))
            return false;
    return true;
}

static void *
output_main(void *arg)
{
    struct output *o = arg;
    int64_t idle_since = clock_ns(CLOCK_MONOTONIC);

    while (!is_stopping(o)) {
        struct position before;

        fill(o);
        if (o->window->last == 0) {
            set_state(o, OUTPUT_IDLE, NULL);
            if (o->unsaved && clock_ns(CLOCK_MONOTONIC) - idle_since >
                                  (int64_t)SAVE_IDLE_MS * 1000000)
                save(o, NULL);
            continue;
        }
        save(o, o->window);
        before = o->position;
        if (!deliver_window(o)) {
            o->position = before; /* the whole window is repeated */
            break;
        }
        o->position.filtered += o->window->filtered;
        o->position.settled = o->window->last;
        o->unsaved = true;
        publish(o);
        idle_since = clock_ns(CLOCK_MONOTONIC);
    }
    if (o->unsaved)
        save(o, NULL);
    set_state(o, OUTPUT_STOPPED, NULL);
    return NULL;
}

/* ---- life */

#define MAX_VALUES 64

/* The configured values that belong to the transport; ours stay out. Returns how
 * many were written to ${own}. */
static size_t
transport_values(const struct config_output *c,
                 struct option_value own[MAX_VALUES])
{
    size_t n = 0;

    for (size_t i = 0; i < c->value_count && n < MAX_VALUES; i++)
        if (strcmp(c->values[i].name, output_options[0].name) != 0)
            own[n++] = c->values[i];
    return n;
}

static enum err_code
open_transport(struct output *o, struct err *err)
{
    struct option_value own[MAX_VALUES];
    size_t n = transport_values(o->c, own);

    return o->delivery.transport->open(own, n, &o->delivery.handle, err);
}

static enum err_code
setup(struct output *o, struct err *err)
{
    const struct config_output *c = o->c;
    struct delivery *d = &o->delivery;
    struct bytes digest = bytes_str(
        option_get(c->values, c->value_count, output_options, "digest"));
    enum err_code code;

    d->transport = transport_find(c->type);
    if (d->transport == NULL)
        return err_set(err, ERR_UNSUPPORTED, c->name,
                       "output type %s is not built in", c->type);
    d->envelope = (struct envelope){
        .standard = o->d.standard,
        .products = o->d.products,
        .spool_uuid = spool_uuid(o->d.spool),
        .output = c->name,
        .with_digest = digest_name(digest, &d->envelope.digest),
        .redact = c->redact,
    };
    (void)digest_name(digest, &d->envelope.digest);
    d->deadline_ms = c->deadline_ms;
    d->refuse_after = c->refuse_after;
    d->random = (uint32_t)clock_ns(CLOCK_MONOTONIC) | 1;
    d->ctx = o;
    d->stopping = is_stopping;
    d->sleep = sleep_ms;
    d->state = set_state;
    d->sent = count_sent;
    d->dead = dead_letter;
    d->retried = count_retry;
    code =
        spool_cursor_open(o->d.spool, c->name, c->from_start, c->max_lag_bytes,
                          (enum spool_lag)c->on_lag, &o->cursor, err);
    if (code != ERR_OK)
        return code;
    position_load(o->cursor, &o->position);
    o->taken = o->position.settled;
    publish(o);
    return open_transport(o, err);
}

enum err_code
output_open(const struct config_output *c, const struct output_deps *d,
            struct output **out, struct err *err)
{
    struct output *o = calloc(1, sizeof *o);
    pthread_condattr_t attr;
    enum err_code code;

    if (o != NULL)
        o->window = calloc(1, sizeof *o->window);
    if (o == NULL || o->window == NULL) {
        free(o);
        return err_set(err, ERR_NOMEM, c->name, "out of memory");
    }
    o->c = c;
    o->d = *d;
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&o->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    code = setup(o, err);
    if (code != ERR_OK) {
        output_free(o);
        return code;
    }
    *out = o;
    return ERR_OK;
}

enum err_code
output_start(struct output *o, struct err *err)
{
    if (pthread_create(&o->thread, NULL, output_main, o) != 0)
        return err_set(err, ERR_NOMEM, o->c->name, "no thread");
    o->running = true;
    return ERR_OK;
}

void
output_stop(struct output *o)
{
    (void)pthread_mutex_lock(&o->lock);
    o->stopping = true;
    (void)pthread_cond_broadcast(&o->wake);
    (void)pthread_mutex_unlock(&o->lock);
    if (o->running)
        o->delivery.transport->wake(o->delivery.handle);
}

void
output_join(struct output *o)
{
    if (o->running)
        (void)pthread_join(o->thread, NULL);
    o->running = false;
}

bool
output_drained(const struct output *o)
{
    struct output_numbers n;

    output_numbers((struct output *)(uintptr_t)o, &n);
    return n.settled >= spool_committed(o->d.spool);
}

void
output_free(struct output *o)
{
    if (o == NULL)
        return;
    if (o->delivery.handle != NULL)
        o->delivery.transport->close(o->delivery.handle);
    if (o->cursor != NULL)
        spool_cursor_close(o->cursor);
    buf_free(&o->delivery.body);
    window_free(o->window);
    free(o->window);
    (void)pthread_cond_destroy(&o->wake);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

const char *
output_name(const struct output *o)
{
    return o->c->name;
}

void
output_numbers(struct output *o, struct output_numbers *out)
{
    uint64_t committed = spool_committed(o->d.spool);

    (void)pthread_mutex_lock(&o->lock);
    *out = o->numbers;
    (void)pthread_mutex_unlock(&o->lock);
    out->queued = committed > out->settled ? committed - out->settled : 0;
}

const char *
output_health_name(enum output_health h)
{
    static const char *const names[] = {"idle", "sending", "retrying",
                                        "down", "paused",  "stopped"};

    return (unsigned)h < sizeof names / sizeof names[0] ? names[h] : "?";
}

bool
output_check(const struct config_output *c, struct buf *out)
{
    const struct transport *t = transport_find(c->type);
    struct option_value own[MAX_VALUES];
    size_t n = transport_values(c, own);
    bool ok;

    if (t == NULL) {
        buf_printf(out, "type %s is not built in; there are:", c->type);
        for (size_t i = 0; transport_table[i] != NULL; i++)
            buf_printf(out, " %s", transport_table[i]->scheme);
        buf_char(out, '\n');
        return false;
    }
    ok = option_check(own, n, t->options, out);
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, output_options[0].name) == 0)
            ok = option_check(&c->values[i], 1, output_options, out) && ok;
    return ok;
}
