/* SPDX-License-Identifier: Apache-2.0 */
/* See receiver.h: one frame around two ends. */
#include "transport/receiver.h"

#include <stdlib.h>

#include "transport/http_reply.h"
#include "transport/receiver_end.h"
#include "transport/zhead.h"

static void
handle_post(void *arg, const struct http_request *rq, struct http_response *rs)
{
    struct receiver *r = arg;
    struct receiver_batch b = {
        .id = http_parse_field(rq->head, "idempotency-key"),
        .info_type = bytes_from(rq->head->path, sizeof(RECEIVER_PATH) - 1),
        .body = rq->body,
    };
    struct receiver_verdict v = {.status = 500, .item = r->item};

    if (!zhead_is_type(b.info_type) || (b.id.len && !zhead_is_id(b.id))) {
        r->counters.malformed++;
        rs->status = zhead_is_type(b.info_type) ? 400 : 404;
        return;
    }
    r->counters.batches++;
    r->fn(r->arg, &b, &v);
    rs->status = v.status;
    rs->retry_after_s = v.retry_after_s;
    if (v.status >= 200 && v.status <= 299)
        results_write(&rs->body, b.id, v.item, v.items);
    else
        http_reply_refusal(rs, v.status, v.code, v.pointer, v.why);
}

static const struct http_route routes[] = {
    {.method = HTTP_POST,
     .path = RECEIVER_PATH,
     .prefix = true,
     .gzip = true,
     .role = 1,
     .max_body = RECEIVER_BODY_MAX,
     .content_type = "application/json",
     .handler = handle_post},
    {0},
};

/* A token, where asked, is asked of everybody; a certificate, where asked, was
 * demanded by TLS already. */
static enum err_code
open_http(struct receiver *r, const struct receiver_options *o, struct err *err)
{
    struct http_server_options so = {
        .listen = o->address,
        .tls = o->tls,
        .auth = {.anonymous_roles = o->token_file ? 0 : 1,
                 .token_roles = 1,
                 .token_file = o->token_file},
        .routes = routes,
        .arg = r,
        .stop_fd = o->stop_fd,
    };

    return http_server_open(&so, &r->http, err);
}

enum err_code
receiver_open(const struct receiver_options *o, struct receiver **out,
              struct err *err)
{
    struct receiver *r = calloc(1, sizeof(*r));
    enum err_code code;

    if (!r)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    r->stop.fd = -1;
    r->kind = o->kind;
    r->fn = o->fn;
    r->arg = o->arg;
    r->stop_fd = o->stop_fd;
    r->item = calloc(RESULTS_MAX, sizeof(*r->item));
    code = r->item ? wake_init(&r->stop, err)
                   : err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code = o->kind == RECEIVER_HTTP ? open_http(r, o, err)
                                        : receiver_end_open(r, o, err);
    if (code != ERR_OK) {
        receiver_close(r);
        return code;
    }
    *out = r;
    return ERR_OK;
}

void
receiver_run(struct receiver *r, unsigned timeout_ms)
{
    if (r->http)
        http_server_run(r->http, timeout_ms);
    else
        receiver_end_run(r, timeout_ms);
}

void
receiver_stop(struct receiver *r)
{
    if (r->http)
        http_server_stop(r->http);
    else
        wake_ring(&r->stop);
}

unsigned
receiver_port(struct receiver *r)
{
    return r->http ? http_server_port(r->http) : zsock_port(&r->sock);
}

struct receiver_counters
receiver_counters(const struct receiver *r)
{
    return r->counters;
}

void
receiver_close(struct receiver *r)
{
    if (!r)
        return;
    http_server_close(r->http);
    zsock_close(&r->sock);
    wake_fini(&r->stop);
    buf_free(&r->reply);
    free(r->item);
    free(r);
}
