/* SPDX-License-Identifier: Apache-2.0 */
/* The appender's side: records and states into memory, and the mark that makes
 * them eligible for the commit thread. No system call, no lock per record. */
#include "agent/spool/internal.h"

#define LOW_LEVEL 3 /* refuse_low refuses levels 1 and 2 */

static uint64_t
waiting_bytes(const struct spool *s)
{
    return s->pend.tail.position - atomic_load(&s->committed_position);
}

/* May ${size} more bytes be taken? */
static bool
fits(const struct spool *s, uint64_t size)
{
    uint64_t waiting = waiting_bytes(s);
    uint64_t unmarked = s->pend.tail.position - s->open_mark.place.position;
    uint64_t most = s->pend_max;

    if (atomic_load(&s->device_full))
        return false;
    /* What is not marked cannot become durable, so it must not be in the way
     * of itself; a group is at most twice the bound. */
    if (waiting + size > most && (waiting > unmarked || waiting > 2 * most))
        return false;
    return s->o.on_full == SPOOL_DROP_OLDEST ||
           atomic_load(&s->used) + waiting + size <= s->o.max_bytes;
}

static bool
refuses(const struct spool *s, const struct spool_meta *m, uint64_t size)
{
    return s->o.on_full == SPOOL_REFUSE_LOW && m->kind == SPOOL_EVENT &&
           m->level != 0 && m->level < LOW_LEVEL &&
           atomic_load(&s->used) + waiting_bytes(s) + size >
               s->o.max_bytes / 10 * 8;
}

static enum err_code
no_room(struct spool *s, uint64_t size, struct err *err)
{
    if (size > s->o.max_bytes / 4)
        return err_set(err, ERR_LIMIT, s->dir,
                       "a record may use a quarter of the quota");
    atomic_store(&s->need, size);
    pthread_mutex_lock(&s->lock);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    return err_set(err, ERR_FULL, s->dir, "the spool is full");
}

enum err_code
spool_append(struct spool *s, const struct spool_meta *m, struct bytes item,
             uint64_t *sequence, struct err *err)
{
    size_t most = SPOOL_ENTRY_BYTES + SPOOL_META_BYTES + item.len + 8;
    struct spool_entry e;
    char *p;

    if (item.len > SPOOL_MAX_RECORD)
        return err_set(err, ERR_LIMIT, s->dir, "record of %zu bytes", item.len);
    if (atomic_load(&s->degraded))
        return err_set(err, ERR_CLOSED, s->dir,
                       "the spool cannot be written any more");
    if (refuses(s, m, most)) {
        s->refused_low++;
        *sequence = 0;
        return ERR_OK;
    }
    if (!fits(s, most))
        return no_room(s, most, err);
    p = pend_room(&s->pend, most);
    if (p == NULL)
        return err_set(err, ERR_NOMEM, s->dir, "no memory for a record");
    e.sequence = s->next;
    e.received_ns = m->received_ns;
    memcpy(e.event_id, m->event_id, sizeof e.event_id);
    e.type = (uint16_t)m->kind;
    e.flags = m->flags;
    e.meta_len = (uint16_t)spool_format_meta(m, p + SPOOL_ENTRY_BYTES);
    e.length = (uint32_t)(e.meta_len + item.len);
    if (item.len != 0)
        memcpy(p + SPOOL_ENTRY_BYTES + e.meta_len, item.data, item.len);
    s->open_mark.sum += spool_format_finish(s->seed, &e, p);
    s->open_mark.entries++;
    s->open_mark.last = s->next;
    pend_advance(&s->pend, e.total);
    s->appended++;
    if (atomic_load_explicit(&s->need, memory_order_relaxed) != 0)
        atomic_store(&s->need, 0);
    *sequence = s->next++;
    return ERR_OK;
}

enum err_code
spool_state(struct spool *s, struct bytes name, struct bytes value,
            struct err *err)
{
    return spool_states_set(&s->states, &s->lock, name, value, err);
}

bool
spool_state_get(struct spool *s, struct bytes name, struct bytes *value)
{
    const struct spool_state_value *v = spool_states_get(&s->states, name);

    if (v == NULL)
        return false;
    *value = buf_view(&v->current);
    return true;
}

void
spool_mark(struct spool *s)
{
    bool wake = false;

    if (s->open_mark.place.position == s->pend.tail.position &&
        s->states.touched_count == 0)
        return;
    s->open_mark.place = s->pend.tail;
    pthread_mutex_lock(&s->lock);
    if (s->mark.place.position == s->done.place.position)
        s->mark_ns = spool_now_ns();
    /* Without memory for the states nothing is marked: records must not become
     * durable ahead of the position behind them. The next mark tries again. */
    if (spool_states_mark(&s->states)) {
        s->mark = s->open_mark;
        s->marked_appended = s->appended;
        s->marked_refused = s->refused_low;
        wake = s->sleeping == COMMIT_IDLE || s->sleeping == COMMIT_TIMED ||
               (s->sleeping == COMMIT_GATHERING &&
                s->mark.place.position - s->done.place.position >=
                    s->o.commit_bytes);
    }
    if (wake)
        pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

bool
spool_has_room(const struct spool *s)
{
    return !atomic_load(&s->degraded) && fits(s, atomic_load(&s->need));
}
