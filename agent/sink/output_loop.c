/* SPDX-License-Identifier: Apache-2.0 */
/* An output's thread: fill a window from the spool, store its bounds, deliver it
 * group by group, settle what became of each record. */
#include <stdio.h>
#include <time.h>

#include "agent/sink/output_private.h"

#define IDLE_WAIT_MS 200
#define SAVE_IDLE_MS 1000
#define RUN_RECORDS  4096U /* at most, unless one window is longer */
#define RUN_NS       INT64_C(1000000000)

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

void
output_publish(struct output *o)
{
    (void)pthread_mutex_lock(&o->lock);
    o->numbers.delivered = o->position.delivered;
    o->numbers.filtered = o->position.filtered;
    o->numbers.dead_lettered = o->position.dead_lettered;
    o->numbers.dropped = o->position.dropped;
    o->numbers.settled = o->position.settled;
    (void)pthread_mutex_unlock(&o->lock);
}

static bool
save(struct output *o, enum spool_keep keep)
{
    struct err err;

    if (position_store(o->cursor, &o->position, keep, &err) != ERR_OK) {
        set_state(o, OUTPUT_RETRYING, err.msg);
        return false;
    }
    o->unsaved = false;
    return true;
}

static void
save_idle(struct output *o)
{
    o->position.first = o->position.last = 0;
    o->position.created_ns = 0;
    (void)save(o, SPOOL_KEEP_DURABLE);
}

/* Where windows begin and end must be durable before they are sent, so that the
 * same bytes go out again after a crash. A full window is cut by its limits alone:
 * under load the bounds of many are stored at once, as the run they are cut from.
 * Within it a window is only written down: a killed agent repeats that one, a
 * power cut may repeat the run. */
static void
save_window(struct output *o)
{
    const struct window *w = o->window;
    uint64_t last = w->first + RUN_RECORDS - 1;

    if (w->last <= o->position.last &&
        w->created_ns == o->position.created_ns) {
        (void)save(o, SPOOL_KEEP_WRITTEN);
        return;
    }
    if (last > spool_committed(o->d.spool))
        last = spool_committed(o->d.spool);
    o->position.first = w->first;
    o->position.last = w->full && last > w->last ? last : w->last;
    o->position.created_ns = w->created_ns;
    if (!save(o, SPOOL_KEEP_DURABLE))
        o->position.last = w->last; /* no run: the next window tries again */
}

/* A slow receiver must not get yesterday's sent_time: what is left of the run
 * becomes a new one. One that was begun before a crash stays as it was. */
static void
end_old_run(struct output *o)
{
    if (o->position.last > o->restored &&
        clock_ns(CLOCK_REALTIME) - o->position.created_ns > RUN_NS)
        o->position.last = o->position.settled;
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

/* A window of the run in work, cut as it was, or will be, after a crash. */
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

void *
output_loop(void *arg)
{
    struct output *o = arg;
    int64_t idle_since = clock_ns(CLOCK_MONOTONIC);

    while (!is_stopping(o)) {
        struct position before;

        fill(o);
        if (o->window->last == 0) {
            set_state(o, OUTPUT_IDLE, NULL);
            if (o->delivery.transport->idle != NULL)
                o->delivery.transport->idle(o->delivery.handle);
            if (o->unsaved && clock_ns(CLOCK_MONOTONIC) - idle_since >
                                  (int64_t)SAVE_IDLE_MS * 1000000)
                save_idle(o);
            continue;
        }
        save_window(o);
        before = o->position;
        if (!deliver_window(o)) {
            o->position = before; /* the whole window is repeated */
            break;
        }
        o->position.filtered += o->window->filtered;
        o->position.settled = o->window->last;
        o->unsaved = true;
        end_old_run(o);
        output_publish(o);
        idle_since = clock_ns(CLOCK_MONOTONIC);
    }
    if (o->unsaved)
        save_idle(o);
    set_state(o, OUTPUT_STOPPED, NULL);
    return NULL;
}

void
output_connect(struct output *o)
{
    struct delivery *d = &o->delivery;

    d->random = (uint32_t)clock_ns(CLOCK_MONOTONIC) | 1;
    d->ctx = o;
    d->stopping = is_stopping;
    d->sleep = sleep_ms;
    d->state = set_state;
    d->sent = count_sent;
    d->dead = dead_letter;
    d->retried = count_retry;
}
