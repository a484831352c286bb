/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/pipeline/native.h"
#include "transport/digest.h"

#define MAX_STATE_NAME 96

struct input {
    const struct config_input *c;
    struct input_deps *d;
    const struct source *source;
    void *handle;
    struct source_host host;
    struct bridge *bridge; /* or */
    struct native *native; /* mapping: standard */
    struct balance_input balance;
    struct spool_meta meta; /* what is the same in every record */
    char mapping_text[128]; /* id@version of the last record's mapping */
    const struct mapping *mapping_of_text;
    struct buf saved; /* scratch for the position */
    bool waiting;     /* refused a frame for want of room */
    bool finished;
    struct err trouble;
    uint64_t troubles;
    struct log_limit limit;
};

static int64_t
wall_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t); /* a tick is enough */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
note_trouble(void *ctx, const struct err *e)
{
    struct input *in = ctx;
    uint64_t kept_back;

    in->trouble = *e;
    in->troubles++;
    if (!log_allowed(&in->limit, &kept_back))
        return;
    if (kept_back != 0)
        log_line(LOG_LEVEL_WARNING,
                 "input %s: %s: %s (and %llu more like it not shown)",
                 in->c->name, e->where, e->msg, (unsigned long long)kept_back);
    else
        log_line(LOG_LEVEL_WARNING, "input %s: %s: %s", in->c->name, e->where,
                 e->msg);
}

/* ---- one frame */

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
    note_trouble(in, why);
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
        note_trouble(in, &err);
    }
    return true;
}

/* ---- repeats */

static bool
is_repeat(struct input *in, char kind, struct bytes id)
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
    if (o->mapping == NULL && is_repeat(in, 'x', event_id)) {
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
    note_trouble(in, why);
}

/* False: no room, and the source waits. */
static bool
take_record(struct input *in, const struct source_frame *f,
            const struct bridge_output *o, struct bytes event_id,
            const struct spool_meta *m)
{
    uint64_t spooled = in->balance.spooled;
    bool taken;

    if (is_repeat(in, 'e', event_id)) {
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

static bool
handle_frame(struct input *in, const struct source_frame *f)
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

/* ---- what the source calls */

static bool
on_frame(void *ctx, const struct source_frame *f)
{
    struct input *in = ctx;

    if ((in->source->can_wait && !spool_has_room(in->d->spool)) ||
        !handle_frame(in, f)) {
        in->waiting = true;
        return false;
    }
    in->balance.frames++;
    in->balance.cut += f->cut;
    return true;
}

static void
store_state(struct input *in)
{
    char name[MAX_STATE_NAME];
    struct err err;
    int n = snprintf(name, sizeof name, "position/%s", in->c->name);
    bool ok = true;

    if (in->source->save != NULL) {
        buf_reset(&in->saved);
        in->source->save(in->handle, &in->saved);
        ok = buf_ok(&in->saved) &&
             spool_state(in->d->spool, bytes_of(name, (size_t)n),
                         buf_view(&in->saved), &err) == ERR_OK;
    }
    ok = ok &&
         balance_put(in->d->spool, in->c->name, &in->balance, &err) == ERR_OK;
    if (ok && in->source->repeats)
        ok = repeats_store(in->d->repeats, &err) == ERR_OK;
    for (size_t i = 0; i < in->d->outputs && ok; i++)
        ok = balance_put_routed(in->d->spool, in->d->output_names[i],
                                in->d->routed[i], &err) == ERR_OK;
    if (!ok) {
        (void)err_set(&err, ERR_NOMEM, in->c->name,
                      "the position could not be stored");
        note_trouble(in, &err);
    }
}

static void
on_chunk_end(void *ctx)
{
    struct input *in = ctx;
    struct err err;

    /* Dead letters first: the position must not pass a frame that is nowhere. */
    if (in->d->dlq_dirty) {
        if (!dlq_sync(in->d->dlq)) {
            (void)err_set(&err, ERR_IO, "dead letters",
                          "could not be made durable");
            note_trouble(in, &err);
        }
        in->d->dlq_dirty = false;
    }
    store_state(in);
    spool_mark(in->d->spool);
}

static void
on_finished(void *ctx)
{
    struct input *in = ctx;

    in->finished = true;
    if (in->d->finished != NULL)
        in->d->finished(in->d->ctx);
}

static uint64_t
on_appended(void *ctx)
{
    return ((const struct input *)ctx)->d->last_sequence;
}

static uint64_t
on_durable(void *ctx)
{
    return spool_committed(((const struct input *)ctx)->d->spool);
}

static enum source_known
on_message(void *ctx, struct bytes id, struct bytes body)
{
    struct input *in = ctx;
    uint8_t digest[DIGEST_BYTES];
    struct buf both = {0};
    enum source_known known = SOURCE_NEW;

    if (digest_of(DIGEST_SHA256, body, digest, NULL) != ERR_OK)
        return SOURCE_NEW;
    buf_bytes(&both, id);
    buf_char(&both, ' ');
    buf_add(&both, (const char *)digest, sizeof digest);
    /* The id first: it is forgotten first, never the content alone. */
    if (buf_ok(&both) && is_repeat(in, 'm', id))
        known =
            is_repeat(in, 'c', buf_view(&both)) ? SOURCE_SAME : SOURCE_OTHER;
    else if (buf_ok(&both))
        (void)is_repeat(in, 'c', buf_view(&both));
    if (known == SOURCE_OTHER)
        repeats_undo(in->d->repeats);
    buf_free(&both);
    return known;
}

/* ---- life */

static enum err_code
open_source(struct input *in, struct err *err)
{
    struct bytes saved = {0};
    char name[MAX_STATE_NAME];
    int n = snprintf(name, sizeof name, "position/%s", in->c->name);

    if (in->source->repeats && in->d->repeats == NULL)
        in->d->repeats = repeats_open(in->d->spool, err);
    if (in->source->repeats && in->d->repeats == NULL)
        return ERR_NOMEM;
    in->host = (struct source_host){.ctx = in,
                                    .frame = on_frame,
                                    .chunk_end = on_chunk_end,
                                    .trouble = note_trouble,
                                    .finished = on_finished,
                                    .appended = on_appended,
                                    .durable = on_durable,
                                    .message = on_message};
    (void)spool_state_get(in->d->spool, bytes_of(name, (size_t)n), &saved);
    return in->source->open(in->d->base, in->c->name, in->c->values,
                            in->c->value_count, &in->host, saved, &in->handle,
                            err);
}

static enum err_code
open_bridge(struct input *in, const struct plan *const *plans, size_t n,
            const struct bridge_options *o, struct err *err)
{
    if (n == 0)
        in->native = native_new(in->d->standard, in->d->checker, o, err);
    else
        in->bridge = bridge_new(plans, n, in->d->checker, o, err);
    return in->native || in->bridge ? ERR_OK : err->code;
}

enum err_code
input_open(const struct config_input *c, const struct plan *const *plans,
           size_t n, struct input_deps *d, struct input **out, struct err *err)
{
    struct bridge_options o = {.charset = c->charset,
                               .offset_min = c->offset_min,
                               .keep_raw = c->keep_raw,
                               .tenant = bytes_str(c->tenant),
                               .on_finding = c->on_finding};
    struct input *in = calloc(1, sizeof *in);
    enum err_code code;

    if (in == NULL)
        return err_set(err, ERR_NOMEM, c->name, "out of memory");
    in->c = c;
    in->d = d;
    in->meta = (struct spool_meta){.kind = SPOOL_EVENT,
                                   .input = bytes_str(c->name),
                                   .product = bytes_str(c->product.id)};
    balance_get(d->spool, c->name, &in->balance);
    in->source = source_find(c->type);
    code = in->source != NULL
               ? open_bridge(in, plans, n, &o, err)
               : err_set(err, ERR_UNSUPPORTED, c->name,
                         "input type %s is not built in", c->type);
    if (code == ERR_OK)
        code = open_source(in, err);
    if (code != ERR_OK) {
        input_free(in);
        return code;
    }
    *out = in;
    return ERR_OK;
}

enum err_code
input_start(struct input *in, struct err *err)
{
    return in->source->start(in->handle, err);
}

void
input_committed(struct input *in)
{
    if (in->source->committed != NULL)
        in->source->committed(in->handle);
}

void
input_resume(struct input *in)
{
    if (in->waiting) {
        in->waiting = false;
        in->source->resume(in->handle);
    }
}

void
input_stop(struct input *in)
{
    in->source->stop(in->handle);
    on_chunk_end(in);
}

void
input_free(struct input *in)
{
    if (in == NULL)
        return;
    if (in->handle != NULL)
        in->source->close(in->handle);
    bridge_free(in->bridge);
    native_free(in->native);
    buf_free(&in->saved);
    free(in);
}

const struct config_input *
input_config(const struct input *in)
{
    return in->c;
}

const struct balance_input *
input_balance(const struct input *in)
{
    return &in->balance;
}

const struct source_counters *
input_source_counters(const struct input *in)
{
    return in->source->counters(in->handle);
}

bool
input_finished(const struct input *in)
{
    return in->finished;
}

const struct err *
input_trouble(const struct input *in, uint64_t *count)
{
    *count = in->troubles;
    return in->troubles ? &in->trouble : NULL;
}

bool
input_check(const struct config_input *c, struct buf *out)
{
    const struct source *s = source_find(c->type);

    if (s != NULL && s->native && c->mapping_count != 0) {
        buf_printf(out,
                   "mapping: what comes over %s is in the standard's form "
                   "already; leave it out or write standard\n",
                   s->kind);
        (void)option_check(c->values, c->value_count, s->options, out);
        return false;
    }
    if (s != NULL)
        return option_check(c->values, c->value_count, s->options, out);
    buf_printf(out, "type %s is not built in; there are:", c->type);
    for (size_t i = 0; source_table[i] != NULL; i++)
        buf_printf(out, " %s", source_table[i]->kind);
    buf_char(out, '\n');
    return false;
}

void
input_product(const struct config_input *c, const struct mapping *m,
              struct config_product *out)
{
    *out = c->product;
    if (out->name == NULL && m != NULL)
        out->name = mapping_product(m, "name");
    if (out->vendor == NULL && m != NULL)
        out->vendor = mapping_product(m, "vendor");
    if (out->type == NULL && m != NULL)
        out->type = mapping_product(m, "type");
    if (out->code == NULL && m != NULL)
        out->code = mapping_product(m, "code");
    if (out->name == NULL)
        out->name = c->name;
    if (out->vendor == NULL)
        out->vendor = "unknown";
}
