/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/control/metrics.h"

#include <pthread.h>
#include <stdlib.h>

#include "transport/http_server.h"

struct metrics {
    struct http_server *server;
    pthread_mutex_t lock;
    struct buf text; /* under lock */
};

static void
answer(void *arg, const struct http_request *rq, struct http_response *rs)
{
    struct metrics *m = arg;

    (void)rq;
    (void)pthread_mutex_lock(&m->lock);
    buf_bytes(&rs->body, buf_view(&m->text));
    (void)pthread_mutex_unlock(&m->lock);
    rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
    rs->status = 200;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/metrics", .handler = answer},
    {0},
};

enum err_code
metrics_open(const char *listen, struct metrics **out, struct err *err)
{
    struct metrics *m = calloc(1, sizeof *m);
    struct http_server_options o = {
        .listen = listen, .routes = routes, .arg = m, .stop_fd = -1};
    enum err_code code;

    if (m == NULL)
        return err_set(err, ERR_NOMEM, listen, "out of memory");
    (void)pthread_mutex_init(&m->lock, NULL);
    code = http_server_open(&o, &m->server, err);
    if (code == ERR_OK)
        code = http_server_start(m->server, err);
    if (code != ERR_OK) {
        metrics_close(m);
        return code;
    }
    *out = m;
    return ERR_OK;
}

void
metrics_close(struct metrics *m)
{
    if (m == NULL)
        return;
    http_server_close(m->server);
    (void)pthread_mutex_destroy(&m->lock);
    buf_free(&m->text);
    free(m);
}

unsigned
metrics_port(const struct metrics *m)
{
    return http_server_port(m->server);
}

void
metrics_publish(struct metrics *m, struct buf *text)
{
    struct buf old;

    (void)pthread_mutex_lock(&m->lock);
    old = m->text;
    m->text = *text;
    *text = old;
    (void)pthread_mutex_unlock(&m->lock);
}
