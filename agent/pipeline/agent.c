/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's life and its loop; configuration is agent_reload.c. */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/control/notify.h"
#include "agent/pipeline/agent_private.h"

#define DLQ_BYTES        ((uint64_t)64 << 20)
#define COMMIT_WAIT_MS   2000
#define DRAIN_STEP_US    10000
#define TICKS_PER_SECOND 10

/* ---- events of the loop */

static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct agent *a = arg;

    (void)fd;
    (void)what;
    a->stops++;
    (void)event_base_loopbreak(a->base);
}

static void
on_reload(evutil_socket_t fd, short what, void *arg)
{
    struct buf text = {0};

    (void)fd;
    (void)what;
    (void)agent_reload(arg, &text);
    buf_free(&text);
}

static void
on_commit(evutil_socket_t fd, short what, void *arg)
{
    struct agent *a = arg;
    eventfd_t value;

    (void)what;
    (void)eventfd_read(fd, &value);
    for (size_t i = 0; i < a->parts->inputs; i++)
        input_committed(a->parts->input[i]);
    if (spool_has_room(a->spool))
        for (size_t i = 0; i < a->parts->inputs; i++)
            input_resume(a->parts->input[i]);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct agent *a = arg;

    (void)fd;
    (void)what;
    if (a->metrics != NULL && a->ticks++ % TICKS_PER_SECOND == 0) {
        buf_reset(&a->metrics_text);
        agent_metrics(a, &a->metrics_text);
        metrics_publish(a->metrics, &a->metrics_text);
    }
    if (spool_has_room(a->spool))
        for (size_t i = 0; i < a->parts->inputs; i++)
            input_resume(a->parts->input[i]);
    if (a->o.until_done && parts_finished(a->parts)) {
        struct spool_stats st;

        spool_stats(a->spool, &st);
        if (st.committed == st.last && parts_drained(a->parts))
            (void)event_base_loopbreak(a->base);
    }
}

static void
on_output_change(void *ctx, const char *output, const char *text)
{
    (void)ctx;
    log_line(LOG_LEVEL_WARNING, "output %s: %s", output, text);
}

static void
on_request(void *ctx, struct bytes request, struct buf *out)
{
    struct agent *a = ctx;

    if (bytes_is(request, "status"))
        agent_status(a, out);
    else if (bytes_is(request, "metrics"))
        agent_metrics(a, out);
    else if (bytes_is(request, "reload"))
        (void)agent_reload(a, out);
    else
        buf_str(out, "{\"error\":\"unknown request; status, metrics, reload\"}"
                     "\n");
}

/* ---- open */

static enum err_code
open_spools(struct agent *a, struct err *err)
{
    const struct config *c = a->config;
    struct bytes canonical = std_canonical(a->parts->standard);
    uint8_t digest[DIGEST_BYTES];
    struct spool_options o = {
        .max_bytes = c->spool_bytes,
        .on_full = (enum spool_quota)c->spool_on_full,
        .relaxed = c->spool_relaxed,
    };
    char path[512];
    enum err_code code;

    if (mkdir(c->data_dir, 0700) != 0 && access(c->data_dir, W_OK) != 0)
        return err_errno(err, c->data_dir, "data_dir");
    code = digest_of(DIGEST_SHA256, canonical, digest, err);
    if (code != ERR_OK)
        return code;
    o.definition_digest = bytes_of((const char *)digest, sizeof digest);
    (void)snprintf(path, sizeof path, "%s/spool", c->data_dir);
    o.dir = path;
    code = spool_open(&o, &a->spool, &a->recovery, err);
    if (code != ERR_OK)
        return code;
    (void)snprintf(path, sizeof path, "%s/deadletter", c->data_dir);
    code = dlq_open(path, DLQ_BYTES, &a->dlq, &a->recovery, err);
    if (a->recovery.len != 0)
        log_line(LOG_LEVEL_WARNING, "spool: %s", buf_cstr(&a->recovery));
    return code;
}

static enum err_code
add_events(struct agent *a, struct err *err)
{
    const struct timeval interval = {.tv_usec = 1000000 / TICKS_PER_SECOND};

    a->signal[0] = evsignal_new(a->base, SIGTERM, on_stop, a);
    a->signal[1] = evsignal_new(a->base, SIGINT, on_stop, a);
    a->signal[2] = evsignal_new(a->base, SIGHUP, on_reload, a);
    a->commits = event_new(a->base, spool_event_fd(a->spool),
                           EV_READ | EV_PERSIST, on_commit, a);
    a->tick = event_new(a->base, -1, EV_PERSIST, on_tick, a);
    for (size_t i = 0; i < 3; i++)
        if (a->signal[i] == NULL || event_add(a->signal[i], NULL) != 0)
            return err_set(err, ERR_NOMEM, NULL, "no signal events");
    if (a->commits == NULL || event_add(a->commits, NULL) != 0 ||
        a->tick == NULL || event_add(a->tick, &interval) != 0)
        return err_set(err, ERR_NOMEM, NULL, "no events");
    return ERR_OK;
}

static struct parts_host
host_of(struct agent *a)
{
    return (struct parts_host){.base = a->base,
                               .spool = a->spool,
                               .dlq = a->dlq,
                               .say = on_output_change,
                               .ctx = a};
}

enum err_code
agent_start_parts(struct agent *a, struct err *err)
{
    struct parts_host h = host_of(a);
    enum err_code code = parts_open(a->parts, &h, err);

    if (code == ERR_OK) {
        a->parts_running = true;
        code = parts_start(a->parts, err);
    }
    return code;
}

enum err_code
agent_open(const struct agent_options *o, struct agent **out, struct err *err)
{
    struct agent *a = calloc(1, sizeof *a);
    enum err_code code = ERR_OK;
    struct timespec now;
    struct diag diag;

    if (a == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    /* Batches of half a megabyte come and go: keep them in the heap instead of
     * mapping and unmapping each (measured: twice the ZeroMQ rate). */
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
    a->o = *o;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    a->started_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    diag_init(&diag);
    a->parts = agent_read_parts(o, &a->config, &diag);
    agent_log_diag(&diag);
    if (a->parts == NULL)
        code = err_set(err, ERR_CONFLICT, o->config_path,
                       "%u errors in the configuration", diag.errors);
    diag_free(&diag);
    a->base = code == ERR_OK ? event_base_new() : NULL;
    if (code == ERR_OK && a->base == NULL)
        code = err_set(err, ERR_NOMEM, NULL, "no event loop");
    if (code == ERR_OK)
        code = open_spools(a, err);
    if (code == ERR_OK)
        code = add_events(a, err);
    if (code == ERR_OK)
        code = control_open(a->base, a->config->control, on_request, a,
                            &a->control, err);
    if (code == ERR_OK && a->config->metrics[0] != '\0')
        code = metrics_open(a->config->metrics, &a->metrics, err);
    if (code != ERR_OK) {
        agent_close(a);
        return code;
    }
    *out = a;
    return ERR_OK;
}

/* ---- run and stop */

/* Inputs first, then what is committed, then the outputs' time to drain. What
 * is not delivered stays in the spool: nothing depends on the last step. */
void
agent_stop_parts(struct agent *a, unsigned drain_ms)
{
    struct spool_stats st;

    parts_stop_inputs(a->parts);
    spool_stats(a->spool, &st);
    if (st.last != 0 && spool_wait(a->spool, st.last, COMMIT_WAIT_MS) != ERR_OK)
        log_line(LOG_LEVEL_ERROR, "spool: the last records could not be "
                                  "made durable; sources keep them");
    for (unsigned ms = 0; ms < drain_ms && !parts_drained(a->parts);
         ms += DRAIN_STEP_US / 1000) {
        const struct timespec step = {.tv_nsec = DRAIN_STEP_US * 1000L};

        (void)event_base_loop(a->base, EVLOOP_NONBLOCK);
        if (a->stops > 1)
            break;
        (void)nanosleep(&step, NULL);
    }
    parts_stop_outputs(a->parts);
    a->parts_running = false;
}

int
agent_run(struct agent *a)
{
    struct err err;

    if (agent_start_parts(a, &err) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "%s: %s", err.where, err.msg);
        /* A wrong value in the configuration is no wrong call of hutongd. */
        return err_exit(err.code == ERR_ARG ? ERR_CONFLICT : err.code);
    }
    notify_ready();
    log_line(LOG_LEVEL_INFO,
             "version %s, definitions %s, %zu inputs, %zu outputs, ready",
             HUTONG_VERSION, std_edition(a->parts->standard), a->parts->inputs,
             a->parts->outputs);
    (void)event_base_dispatch(a->base);
    notify_stopping();
    agent_stop_parts(a, a->config->drain_ms);
    log_line(LOG_LEVEL_INFO, "stopped");
    return 0;
}

void
agent_close(struct agent *a)
{
    if (a == NULL)
        return;
    if (a->parts_running)
        agent_stop_parts(a, 0);
    parts_free(a->parts);
    metrics_close(a->metrics);
    control_close(a->control);
    for (size_t i = 0; i < 3; i++)
        if (a->signal[i] != NULL)
            event_free(a->signal[i]);
    if (a->commits != NULL)
        event_free(a->commits);
    if (a->tick != NULL)
        event_free(a->tick);
    dlq_close(a->dlq);
    if (a->spool != NULL)
        spool_close(a->spool);
    if (a->base != NULL)
        event_base_free(a->base);
    config_free(a->config);
    buf_free(&a->recovery);
    buf_free(&a->metrics_text);
    free(a);
}

const struct parts *
agent_parts(const struct agent *a)
{
    return a->parts;
}

struct spool *
agent_spool(const struct agent *a)
{
    return a->spool;
}

struct dlq *
agent_dlq(const struct agent *a)
{
    return a->dlq;
}

int64_t
agent_started_ns(const struct agent *a)
{
    return a->started_ns;
}

const char *
agent_recovery(const struct agent *a)
{
    return a->recovery.len ? a->recovery.data : "";
}
