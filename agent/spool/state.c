/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/state.h"

#include <stdlib.h>

#include "formats/base/hash.h"

void
spool_states_free(struct spool_states *t)
{
    for (size_t i = 0; i < t->count; i++) {
        buf_free(&t->values[i]->current);
        buf_free(&t->values[i]->marked);
        free(t->values[i]);
    }
    free(t->values);
    free(t->touched);
    *t = (struct spool_states){0};
}

static struct spool_state_value *
find(const struct spool_states *t, struct bytes name, size_t *index)
{
    uint32_t hash = hash_key(name.data, name.len);

    for (size_t i = 0; i < t->count; i++) {
        struct spool_state_value *v = t->values[i];

        if (v->hash == hash && v->name_len == name.len &&
            memcmp(v->name, name.data, name.len) == 0) {
            *index = i;
            return v;
        }
    }
    return NULL;
}

const struct spool_state_value *
spool_states_get(const struct spool_states *t, struct bytes name)
{
    size_t index;
    const struct spool_state_value *v = find(t, name, &index);

    return v != NULL && v->set ? v : NULL;
}

static bool
grow(struct spool_states *t, pthread_mutex_t *lock)
{
    size_t cap = t->cap ? t->cap * 2 : 16;
    struct spool_state_value **values = calloc(cap, sizeof *values);
    size_t *touched = calloc(cap, sizeof *touched);

    if (values == NULL || touched == NULL) {
        free(values);
        free(touched);
        return false;
    }
    if (t->count != 0) {
        memcpy(values, t->values, t->count * sizeof *values);
        memcpy(touched, t->touched, t->touched_count * sizeof *touched);
    }
    pthread_mutex_lock(lock);
    free(t->values);
    t->values = values;
    t->cap = cap;
    pthread_mutex_unlock(lock);
    free(t->touched);
    t->touched = touched;
    return true;
}

static struct spool_state_value *
add(struct spool_states *t, pthread_mutex_t *lock, struct bytes name,
    size_t *index)
{
    struct spool_state_value *v;

    if (t->count == t->cap && !grow(t, lock))
        return NULL;
    v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->hash = hash_key(name.data, name.len);
    memcpy(v->name, name.data, name.len);
    v->name_len = (uint8_t)name.len;
    pthread_mutex_lock(lock);
    *index = t->count;
    t->values[t->count++] = v;
    pthread_mutex_unlock(lock);
    return v;
}

enum err_code
spool_states_set(struct spool_states *t, pthread_mutex_t *lock,
                 struct bytes name, struct bytes value, struct err *err)
{
    size_t index;
    struct spool_state_value *v;

    if (name.len == 0 || name.len > SPOOL_STATE_NAME)
        return err_set(err, ERR_LIMIT, NULL, "a state's name has 1 to %d bytes",
                       SPOOL_STATE_NAME);
    v = find(t, name, &index);
    if (value.len > SPOOL_STATE_MAX || t->count >= SPOOL_STATES ||
        t->bytes - (v ? v->current.len : 0) + value.len > SPOOL_STATES_BYTES)
        return err_set(err, ERR_LIMIT, NULL, "states are too large or many");
    if (v == NULL && value.len == 0)
        return ERR_OK;
    if (v == NULL)
        v = add(t, lock, name, &index);
    if (v == NULL || (value.len > v->current.cap &&
                      !buf_reserve(&v->current, value.len - v->current.len))) {
        return err_set(err, ERR_NOMEM, NULL, "no memory for a state");
    }
    t->bytes += value.len;
    t->bytes -= v->current.len;
    buf_reset(&v->current);
    buf_bytes(&v->current, value);
    v->set = value.len != 0;
    if (!v->touched) {
        v->touched = true;
        t->touched[t->touched_count++] = index;
    }
    return ERR_OK;
}

bool
spool_states_mark(struct spool_states *t)
{
    if (t->touched_count == 0)
        return true;
    for (size_t i = 0; i < t->touched_count; i++) {
        struct spool_state_value *v = t->values[t->touched[i]];

        if (v->current.len > v->marked.cap &&
            !buf_reserve(&v->marked, v->current.len - v->marked.len))
            return false;
    }
    t->version++;
    for (size_t i = 0; i < t->touched_count; i++) {
        struct spool_state_value *v = t->values[t->touched[i]];

        buf_reset(&v->marked);
        buf_bytes(&v->marked, buf_view(&v->current));
        v->marked_set = v->set;
        v->marked_version = t->version;
        v->touched = false;
    }
    t->touched_count = 0;
    return true;
}

void
spool_states_encode(const struct spool_states *t, uint64_t since, uint32_t seed,
                    uint64_t sequence, struct spool_encoded *to)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct spool_state_value *v = t->values[i];
        struct spool_entry e = {.sequence = sequence,
                                .type = SPOOL_ENTRY_STATE};
        char *p;

        if (v->marked_version == 0 || (since == 0 && !v->marked_set) ||
            v->marked_version <= since)
            continue;
        e.flags = (uint16_t)(v->marked_set ? 0 : SPOOL_FLAG_REMOVED);
        e.meta_len = v->name_len;
        e.length = (uint32_t)(v->name_len + v->marked.len);
        if (!buf_reserve(to->out, SPOOL_ENTRY_BYTES + e.length + 8))
            return;
        p = to->out->data + to->out->len;
        memcpy(p + SPOOL_ENTRY_BYTES, v->name, v->name_len);
        if (v->marked.len != 0)
            memcpy(p + SPOOL_ENTRY_BYTES + v->name_len, v->marked.data,
                   v->marked.len);
        to->sum += spool_format_finish(seed, &e, p);
        to->entries++;
        to->out->len += e.total;
    }
}
