/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/input_in.h"

#include <stdio.h>
#include <stdlib.h>

#include "transport/digest.h"

#define MAX_STATE_NAME 96

void
input_note(void *ctx, const struct err *e)
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

/* ---- what the source calls */

static bool
on_frame(void *ctx, const struct source_frame *f)
{
    struct input *in = ctx;

    if ((in->source->can_wait && !spool_has_room(in->d->spool)) ||
        !input_frame(in, f)) {
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
        input_note(in, &err);
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
            input_note(in, &err);
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
    if (buf_ok(&both) && input_is_repeat(in, 'm', id))
        known = input_is_repeat(in, 'c', buf_view(&both)) ? SOURCE_SAME
                                                          : SOURCE_OTHER;
    else if (buf_ok(&both))
        (void)input_is_repeat(in, 'c', buf_view(&both));
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
                                    .trouble = input_note,
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
