/* SPDX-License-Identifier: Apache-2.0 */
/* An output's options, life and numbers; its thread is output_loop.c. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/sink/output_private.h"

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

enum err_code
output_try(const struct config_output *c, struct err *err)
{
    const struct transport *t = transport_find(c->type);
    struct option_value own[MAX_VALUES];
    size_t n = transport_values(c, own);
    void *handle = NULL;
    enum err_code code;

    if (t == NULL)
        return err_set(err, ERR_UNSUPPORTED, c->name,
                       "output type %s is not built in", c->type);
    code = t->open(own, n, &handle, err);
    if (code == ERR_OK)
        t->close(handle);
    return code;
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
        .redact = c->redact,
    };
    d->envelope.with_digest = digest_name(digest, &d->envelope.digest);
    d->deadline_ms = c->deadline_ms;
    d->refuse_after = c->refuse_after;
    output_connect(o);
    code =
        spool_cursor_open(o->d.spool, c->name, c->from_start, c->max_lag_bytes,
                          (enum spool_lag)c->on_lag, &o->cursor, err);
    if (code != ERR_OK)
        return code;
    position_load(o->cursor, &o->position);
    o->taken = o->position.settled;
    o->restored = o->position.last;
    output_publish(o);
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
    if (pthread_create(&o->thread, NULL, output_loop, o) != 0)
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
