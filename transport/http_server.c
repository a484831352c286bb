/* SPDX-License-Identifier: Apache-2.0 */
/* Listener, loop and life of the HTTP server; connections are in http_conn.c. */
#include "transport/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <event2/listener.h>

#include "transport/http_conn.h"
#include "transport/transport.h"
#include "transport/wake.h"

#define SERVER_BACKLOG    128
#define SERVER_LAST_MS    10 /* between looks at the last answers */
#define SERVER_LAST_TURNS 100
#define SERVER_PAUSE_MS   100 /* no accept after the descriptors ran out */

struct http_server {
    struct http_shared shared;
    struct evconnlistener *listener;
    struct event *stop_event, *given_stop_event, *resume_event, *last_event,
        *timeout_event;
    unsigned last_turns; /* left to write the last answers */
    struct wake stop;
    SSL_CTX *tls; /* guarded by lock: swapped by a reload */
    pthread_mutex_t lock;
    pthread_t thread;
    bool threaded;
    unsigned port;
};

/* A stop waits a moment for answers that are written but not taken. */
static void
on_last(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;
    struct timeval tv = {.tv_usec = SERVER_LAST_MS * 1000};

    (void)fd;
    (void)what;
    if (s->last_turns == 0 || http_conn_all_written(&s->shared)) {
        (void)event_base_loopbreak(s->shared.base);
        return;
    }
    s->last_turns--;
    (void)evtimer_add(s->last_event, &tv);
}

static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;

    (void)what;
    if (fd == s->stop.fd)
        (void)wake_take(&s->stop);
    else
        (void)event_del(s->given_stop_event); /* it stays readable */
    (void)evconnlistener_disable(s->listener);
    s->last_turns = SERVER_LAST_TURNS;
    on_last(-1, 0, s);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;

    (void)fd;
    (void)what;
    (void)event_base_loopbreak(s->shared.base);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a,
          int len, void *arg)
{
    struct http_server *s = arg;
    SSL_CTX *tls;

    (void)l;
    (void)len;
    (void)pthread_mutex_lock(&s->lock);
    tls = s->tls;
    if (tls)
        (void)SSL_CTX_up_ref(tls);
    (void)pthread_mutex_unlock(&s->lock);
    http_conn_open(&s->shared, fd, a, tls);
    SSL_CTX_free(tls);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;

    (void)fd;
    (void)what;
    (void)evconnlistener_enable(s->listener);
}

/* Out of descriptors: the waiting connection stays in the backlog, so trying at
 * once again would spin. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
    struct http_server *s = arg;
    struct timeval tv = {.tv_usec = SERVER_PAUSE_MS * 1000};

    (void)evconnlistener_disable(l);
    (void)evtimer_add(s->resume_event, &tv);
}

static void
fill_limits(struct http_limits *l)
{
    static const struct http_limits def = {
        .connections = 512,
        .per_source = 64,
        .requests = 1000,
        .handshake_ms = 5000,
        .head_ms = 10000,
        .body_ms = 30000,
        .write_ms = 60000,
        .idle_ms = 60000,
        .drain_ms = 1000,
        .body_bytes = 256U << 20,
    };
    unsigned *value = &l->connections;
    const unsigned *standard = &def.connections;

    for (size_t i = 0; i < sizeof(*l) / sizeof(*value); i++) {
        if (value[i] == 0)
            value[i] = standard[i];
    }
}

static bool
is_loopback(const struct sockaddr_storage *a)
{
    if (a->ss_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >>
                24) == 127;
    return a->ss_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* A numeric address and a port, which may be 0. */
static bool
parse_listen(const char *text, struct sockaddr_storage *a, int *len)
{
    const char *colon = strrchr(text, ':');
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;
    char host[INET6_ADDRSTRLEN] = {0};
    bool brackets =
        text[0] == '[' && colon && colon > text + 1 && colon[-1] == ']';
    const char *start = text + (brackets ? 1 : 0);
    size_t n = colon ? (size_t)(colon - start) - (brackets ? 1 : 0) : 0;
    uint64_t port;

    if (n == 0 || n >= sizeof(host) ||
        !bytes_to_u64(bytes_str(colon + 1), 65535, &port))
        return false;
    memcpy(host, start, n);
    if (!brackets && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *len = sizeof(*v4);
        return true;
    }
    if (!brackets || inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    *len = sizeof(*v6);
    return true;
}

static enum err_code
bind_listener(struct http_server *s, const struct http_server_options *o,
              struct err *err)
{
    struct sockaddr_storage a = {0};
    socklen_t bound = sizeof(a);
    int len;

    if (!parse_listen(o->listen, &a, &len))
        return err_set(err, ERR_ARG, o->listen,
                       "not an address and port such as 127.0.0.1:8443");
    if (!o->tls && !is_loopback(&a))
        return err_set(err, ERR_ARG, o->listen,
                       "plain HTTP is offered on loopback only; give a "
                       "certificate and key");
    s->listener =
        evconnlistener_new_bind(s->shared.base, on_accept, s,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
                                    LEV_OPT_REUSEABLE | LEV_OPT_DISABLED,
                                SERVER_BACKLOG, (struct sockaddr *)&a, len);
    if (!s->listener)
        return err_errno(err, o->listen, "cannot listen");
    evconnlistener_set_error_cb(s->listener, on_accept_error);
    if (getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&a,
                    &bound) != 0)
        return err_errno(err, o->listen, "getsockname");
    s->port =
        ntohs(a.ss_family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port
                                     : ((struct sockaddr_in6 *)&a)->sin6_port);
    return ERR_OK;
}

static enum err_code
make_events(struct http_server *s, const struct http_server_options *o,
            struct err *err)
{
    enum err_code code = wake_init(&s->stop, err);

    if (code != ERR_OK)
        return code;
    s->shared.base = event_base_new();
    if (!s->shared.base)
        return err_set(err, ERR_NOMEM, NULL, "libevent does not start");
    s->stop_event =
        event_new(s->shared.base, s->stop.fd, EV_READ | EV_PERSIST, on_stop, s);
    s->resume_event = evtimer_new(s->shared.base, on_resume, s);
    s->last_event = evtimer_new(s->shared.base, on_last, s);
    s->timeout_event = evtimer_new(s->shared.base, on_timeout, s);
    if (!s->stop_event || !s->resume_event || !s->last_event ||
        !s->timeout_event || event_add(s->stop_event, NULL) != 0)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (o->stop_fd < 0)
        return ERR_OK;
    s->given_stop_event =
        event_new(s->shared.base, o->stop_fd, EV_READ | EV_PERSIST, on_stop, s);
    if (!s->given_stop_event || event_add(s->given_stop_event, NULL) != 0)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    return ERR_OK;
}

enum err_code
http_server_open(const struct http_server_options *o, struct http_server **out,
                 struct err *err)
{
    struct http_server *s = calloc(1, sizeof(*s));
    struct err local;
    enum err_code code;

    if (!s)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (!err)
        err = &local;
    transport_quiet_pipes();
    s->stop.fd = -1;
    (void)pthread_mutex_init(&s->lock, NULL);
    s->shared.options = *o;
    fill_limits(&s->shared.options.limits);
    code = http_auth_init(&s->shared.auth, &o->auth, err);
    if (code == ERR_OK && o->tls) {
        s->tls = tls_server(o->tls, err);
        if (!s->tls)
            code = err->code;
    }
    if (code == ERR_OK)
        code = make_events(s, o, err);
    if (code == ERR_OK)
        code = bind_listener(s, o, err);
    if (code != ERR_OK) {
        http_server_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

void
http_server_run(struct http_server *s, unsigned timeout_ms)
{
    struct timeval tv = {.tv_sec = timeout_ms / 1000,
                         .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};

    if (timeout_ms)
        (void)evtimer_add(s->timeout_event, &tv);
    if (s->given_stop_event)
        (void)event_add(s->given_stop_event, NULL);
    (void)evconnlistener_enable(s->listener);
    (void)event_base_dispatch(s->shared.base);
    (void)evtimer_del(s->timeout_event);
}

static void *
run_thread(void *arg)
{
    http_server_run(arg, 0);
    return NULL;
}

/* Signals stay with the program's own threads. */
enum err_code
http_server_start(struct http_server *s, struct err *err)
{
    sigset_t all, old;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&s->thread, NULL, run_thread, s);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0)
        return err_set(err, ERR_NOMEM, NULL, "no thread");
    s->threaded = true;
    return ERR_OK;
}

void
http_server_stop(struct http_server *s)
{
    wake_ring(&s->stop);
}

enum err_code
http_server_reload(struct http_server *s, const struct tls_files *files,
                   struct err *err)
{
    struct err local;
    SSL_CTX *fresh = tls_server(files, err ? err : &local), *old;

    if (!fresh)
        return err ? err->code : local.code;
    (void)pthread_mutex_lock(&s->lock);
    old = s->tls;
    s->tls = fresh;
    (void)pthread_mutex_unlock(&s->lock);
    SSL_CTX_free(old);
    return ERR_OK;
}

unsigned
http_server_port(const struct http_server *s)
{
    return s->port;
}

struct http_counters
http_server_counters(const struct http_server *s)
{
    return (struct http_counters){
        .connections = s->shared.counters.connections,
        .turned_away = s->shared.counters.turned_away,
        .requests = s->shared.counters.requests,
        .refused = s->shared.counters.refused,
        .expired = s->shared.counters.expired,
        .unfinished = s->shared.counters.unfinished,
    };
}

void
http_server_close(struct http_server *s)
{
    struct event *events[5];

    if (!s)
        return;
    if (s->threaded) {
        http_server_stop(s);
        (void)pthread_join(s->thread, NULL);
    }
    http_conn_close_all(&s->shared);
    if (s->listener)
        evconnlistener_free(s->listener);
    events[0] = s->stop_event;
    events[1] = s->given_stop_event;
    events[2] = s->resume_event;
    events[3] = s->last_event;
    events[4] = s->timeout_event;
    for (size_t i = 0; i < 5; i++) {
        if (events[i])
            event_free(events[i]);
    }
    if (s->shared.base)
        event_base_free(s->shared.base);
    wake_fini(&s->stop);
    SSL_CTX_free(s->tls);
    http_auth_fini(&s->shared.auth);
    buf_free(&s->shared.unpacked);
    buf_free(&s->shared.response.body);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
