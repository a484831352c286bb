/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/steps/stall.h"

#include <poll.h>
#include <time.h>

/* This clock goes on while a machine is suspended, as that of a product on
 * another machine does. */
static int64_t
boot_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What of the time since the last look was no sleep of its own. */
static int64_t
late(int64_t last_ms, int64_t now_ms)
{
    int64_t ms = now_ms - last_ms - STALL_TICK_MS;

    return ms >= STALL_MIN_MS ? ms : 0;
}

void
stall_seen(struct stall *w, int64_t now_ms)
{
    w->total_ms += late(w->last_ms, now_ms);
    w->last_ms = now_ms;
}

int64_t
stall_at(const struct stall *w, int64_t now_ms)
{
    return w->total_ms + late(w->last_ms, now_ms);
}

int64_t
stall_ms(struct stall *w)
{
    int64_t ms;

    if (!w->runs)
        return w->total_ms;
    (void)pthread_mutex_lock(&w->lock);
    ms = stall_at(w, boot_ms());
    (void)pthread_mutex_unlock(&w->lock);
    return ms;
}

static void *
watch(void *arg)
{
    struct stall *w = arg;
    struct pollfd p = {.fd = w->end.fd, .events = POLLIN};

    while (poll(&p, 1, STALL_TICK_MS) <= 0) {
        (void)pthread_mutex_lock(&w->lock);
        stall_seen(w, boot_ms());
        (void)pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

enum err_code
stall_start(struct stall *w, struct err *err)
{
    enum err_code code = wake_init(&w->end, err);

    if (code != ERR_OK)
        return code;
    (void)pthread_mutex_init(&w->lock, NULL);
    w->total_ms = 0;
    w->last_ms = boot_ms();
    if (pthread_create(&w->thread, NULL, watch, w) != 0) {
        (void)pthread_mutex_destroy(&w->lock);
        wake_fini(&w->end);
        return err_set(err, ERR_NOMEM, NULL, "no thread");
    }
    w->runs = true;
    return ERR_OK;
}

void
stall_end(struct stall *w)
{
    if (!w->runs)
        return;
    w->total_ms = stall_ms(w);
    w->runs = false;
    wake_ring(&w->end);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_mutex_destroy(&w->lock);
    wake_fini(&w->end);
}
