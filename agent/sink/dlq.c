/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/dlq.h"

#include <pthread.h>
#include <stdlib.h>

#define SYNC_TIMEOUT_MS 10000

struct dlq {
    pthread_mutex_t lock; /* the spool has one appender: whoever holds this */
    struct spool *spool;
    struct spool_cursor *keep; /* never settled: nothing is unlinked but by
                                  the quota */
    uint64_t last;
};

enum err_code
dlq_open(const char *dir, uint64_t max_bytes, struct dlq **out,
         struct buf *report, struct err *err)
{
    struct spool_options o = {.dir = dir,
                              .max_bytes = max_bytes,
                              .on_full = SPOOL_DROP_OLDEST,
                              .segment_bytes = max_bytes / 8};
    struct dlq *d = calloc(1, sizeof *d);
    enum err_code code;

    if (d == NULL)
        return err_set(err, ERR_NOMEM, dir, "out of memory");
    code = spool_open(&o, &d->spool, report, err);
    if (code != ERR_OK) {
        free(d);
        return code;
    }
    code = spool_cursor_open(d->spool, "keep", true, 0, SPOOL_LAG_BLOCK,
                             &d->keep, err);
    if (code != ERR_OK) {
        spool_close(d->spool);
        free(d);
        return code;
    }
    (void)pthread_mutex_init(&d->lock, NULL);
    *out = d;
    return ERR_OK;
}

void
dlq_close(struct dlq *d)
{
    if (d == NULL)
        return;
    spool_cursor_close(d->keep);
    spool_close(d->spool);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

bool
dlq_put(struct dlq *d, const struct spool_meta *m, struct bytes item,
        bool durable)
{
    struct spool_meta meta = *m;
    enum err_code code;
    struct err err;

    meta.kind = SPOOL_DEAD;
    (void)pthread_mutex_lock(&d->lock);
    code = spool_append(d->spool, &meta, item, &d->last, &err);
    if (code == ERR_OK)
        spool_mark(d->spool);
    (void)pthread_mutex_unlock(&d->lock);
    return code == ERR_OK && (!durable || dlq_sync(d));
}

bool
dlq_sync(struct dlq *d)
{
    uint64_t last;

    (void)pthread_mutex_lock(&d->lock);
    last = d->last;
    (void)pthread_mutex_unlock(&d->lock);
    return last == 0 || spool_wait(d->spool, last, SYNC_TIMEOUT_MS) == ERR_OK;
}

uint64_t
dlq_count(const struct dlq *d)
{
    struct spool_stats st;

    spool_stats(d->spool, &st);
    return st.last + 1 >= st.first && st.first != 0 ? st.last + 1 - st.first
                                                    : 0;
}
