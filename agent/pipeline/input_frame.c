/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/input_in.h"

#include <stdio.h>
#include <time.h>

static int64_t
wall_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t); /* a tick is enough */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint8_t
level_of(const char *level)
{
    uint8_t n = 0;

    return config_level(level, &n) ? n : 0;
}

/* A record's metadata: mostly the input's, and the mapping's while records come
 * from the same one. */
static void
fill_meta(struct input *in, const struct bridge_output *o, int64_t now_ns,
          const uint8_t id[EVENT_ID_BYTES], struct spool_meta *m)
{
    if (o->mapping == NULL) {
        in->meta.mapping = BYTES("standard");
        in->meta.info_type = bytes_str(o->meta.kind);
    } else if (o->mapping != in->mapping_of_text) {
        (void)snprintf(in->mapping_text, sizeof in->mapping_text, "%s@%s",
                       mapping_id(o->mapping), mapping_version(o->mapping));
        in->mapping_of_text = o->mapping;
        in->meta.mapping = bytes_str(in->mapping_text);
        in->meta.info_type = bytes_str(o->meta.kind);
    }
    *m = in->meta;
    m->key = bytes_str(o->meta.key);
    m->received_ns = now_ns;
    m->event_ns = o->meta.event_time.sec * 1000000000 + o->meta.event_time.nsec;
    m->level = level_of(o->meta.level);
    m->flags = (uint8_t)((o->findings != 0) | (o->repairs != 0) << 1);
    memcpy(m->event_id, id, EVENT_ID_BYTES);
}

/* A frame or record that nobody will get: kept with its reason. */
static bool
bury(struct input *in, const struct source_frame *f, struct bytes bytes,
     const struct err *why, struct spool_meta *m)
{
    char reason[ERR_WHERE_MAX + ERR_MSG_MAX + 4];
    char place[256];
    int n;

    n = snprintf(reason, sizeof reason, "%s%s%s", why->where,
                 why->where[0] ? ": " : "", why->msg);
    m->reason = bytes_of(reason, (size_t)n < sizeof reason ? (size_t)n : 0);
    n = snprintf(place, sizeof place, "%.*s:%llu",
                 (int)(f->origin.len < 200 ? f->origin.len : 200),
                 f->origin.len ? f->origin.data : "",
                 (unsigned long long)f->offset);
    m->source = bytes_of(place, (size_t)n < sizeof place ? (size_t)n : 0);
    in->d->dlq_dirty = true;
    return dlq_put(in->d->dlq, m, bytes, false);
}

static void
answer(const struct source_frame *f, enum source_fate fate,
       const struct err *why)
{
    if (f->out == NULL)
        return;
    f->out->fate = fate;
    if (why != NULL)
        f->out->why = *why;
}

static void
reject(struct input *in, const struct source_frame *f,
       const uint8_t id[EVENT_ID_BYTES], int64_t now_ns, struct err *why)
{
    struct spool_meta m = in->meta;
    char place[ERR_WHERE_MAX];

    m.received_ns = now_ns;
    m.mapping = m.info_type = (struct bytes){NULL, 0}; /* it has none */
    memcpy(m.event_id, id, EVENT_ID_BYTES);
    if (bury(in, f, f->data, why, &m)) {
        in->balance.rejected++;
        answer(f, SOURCE_REFUSED, why);
    } else {
        in->balance.dropped++;
        answer(f, SOURCE_LOST, why);
    }
    (void)snprintf(place, sizeof place, "%.*s:%llu",
                   (int)(f->origin.len < 64 ? f->origin.len : 64),
                   f->origin.len ? f->origin.data : "",
                   (unsigned long long)f->offset);
    memcpy(why->where, place, sizeof place);
    input_note(in, why);
}

/* True when the record is in the spool (or lost on purpose and counted); false
 * when there is no room and the source can wait. */
static bool
spool_record(struct input *in, const struct source_frame *f,
             const struct bridge_output *o, const struct spool_meta *m)
{
    struct input_deps *d = in->d;
    enum err_code code = ERR_OK;
    uint64_t sequence = d->last_sequence;
    struct err err;

    if (d->lose_at != 0 && d->lose_at == d->last_sequence + 1)
        d->lose_at = 0; /* the seeded loss: counted as spooled, not written */
    else
        code = spool_append(d->spool, m, o->record, &sequence, &err);
    if ((code == ERR_FULL || code == ERR_CLOSED) && in->source->can_wait)
        return false;
    in->balance.normalised++;
    if (code == ERR_OK && sequence == 0) { /* refuse_low, near the quota */
        in->balance.bridge_dropped++;
        answer(f, SOURCE_LOST, NULL);
    } else if (code == ERR_OK) {
        d->last_sequence = sequence;
        in->balance.spooled++;
        for (size_t i = 0; i < d->outputs; i++)
            d->routed[i]++;
    } else {
        in->balance.bridge_dropped++;
        answer(f, SOURCE_LOST, &err);
        input_note(in, &err);
    }
    return true;
}

bool
input_is_repeat(struct input *in, char kind, struct bytes id)
{
    return in->source->repeats &&
           !repeats_add(in->d->repeats, in->c->name, kind, id);
}

static void
note_repeat(struct input *in, const struct source_frame *f,
            enum source_fate fate)
{
    in->balance.normalised++;
    in->balance.deduplicated++;
    answer(f, fate, NULL);
}

/* A record that the check keeps back. */
static void
refuse_record(struct input *in, const struct source_frame *f,
              const struct bridge_output *o, struct bytes event_id,
              struct spool_meta *m, const struct err *why)
{
    if (o->mapping == NULL && input_is_repeat(in, 'x', event_id)) {
        note_repeat(in, f, SOURCE_REFUSED);
        return;
    }
    in->balance.normalised++;
    if (bury(in, f, o->record, why, m)) {
        in->balance.dead_lettered++;
        answer(f, SOURCE_REFUSED, why);
    } else {
        in->balance.bridge_dropped++;
        answer(f, SOURCE_LOST, why);
        if (in->source->repeats)
            repeats_undo(in->d->repeats);
    }
    input_note(in, why);
}

/* False: no room, and the source waits. */
static bool
take_record(struct input *in, const struct source_frame *f,
            const struct bridge_output *o, struct bytes event_id,
            const struct spool_meta *m)
{
    uint64_t spooled = in->balance.spooled;
    bool taken;

    if (input_is_repeat(in, 'e', event_id)) {
        note_repeat(in, f, SOURCE_REPEAT);
        return true;
    }
    taken = spool_record(in, f, o, m);
    if (in->source->repeats && in->balance.spooled == spooled)
        repeats_undo(in->d->repeats);
    if (!taken)
        return false;
    in->balance.repaired += o->repairs != 0;
    in->balance.with_findings += o->findings != 0;
    return true;
}

static enum bridge_result
run_bridge(struct input *in, const struct source_frame *f,
           const uint8_t id[EVENT_ID_BYTES], int64_t now_ns,
           struct bridge_output *o, struct bytes *event_id, struct err *err)
{
    if (f->broken != NULL) {
        *err = *f->broken;
        return BRIDGE_REJECT;
    }
    if (in->native != NULL)
        return native_frame(in->native, f->data, f->kind, id, o, event_id, err);
    return bridge_frame(in->bridge, f->data, id, now_ns, o, err);
}

/* The metadata has the record's own id where it is one of ours. */
static void
own_id(struct bytes text, uint8_t id[EVENT_ID_BYTES])
{
    static const uint8_t key[16] = "hutong event id";

    if (text.len != 0 && !(text.len == 2 * EVENT_ID_BYTES &&
                           text_unhex(text, id, EVENT_ID_BYTES)))
        hash_128(key, text.data, text.len, id);
}

bool
input_frame(struct input *in, const struct source_frame *f)
{
    uint8_t id[EVENT_ID_BYTES];
    int64_t now_ns = wall_ns();
    struct bytes event_id = {0};
    struct bridge_output o;
    struct spool_meta m;
    struct err err = {.code = ERR_OK};
    enum bridge_result result;

    if (f->seed_len != 0)
        event_id_of(f->seed, f->seed_len, f->offset, 0, id);
    else
        event_id_of(spool_uuid(in->d->spool), SPOOL_ID_BYTES,
                    in->d->last_sequence + 1, 0, id);
    result = run_bridge(in, f, id, now_ns, &o, &event_id, &err);
    own_id(event_id, id);
    switch (result) {
    case BRIDGE_SKIP:
        in->balance.skipped++;
        break;
    case BRIDGE_REJECT:
        reject(in, f, id, now_ns, &err);
        break;
    case BRIDGE_REFUSED:
        fill_meta(in, &o, now_ns, id, &m);
        refuse_record(in, f, &o, event_id, &m, &err);
        break;
    case BRIDGE_RECORD:
        fill_meta(in, &o, now_ns, id, &m);
        return take_record(in, f, &o, event_id, &m);
    }
    return true;
}
