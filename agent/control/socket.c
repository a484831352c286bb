/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/control/socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENT_SECONDS 5

struct control {
    struct evconnlistener *listener;
    control_answer_fn answer;
    void *ctx;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
};

static enum err_code
address_of(const char *path, struct sockaddr_un *a, struct err *err)
{
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof a->sun_path)
        return err_set(err, ERR_LIMIT, path, "a socket path has 1 to %zu bytes",
                       sizeof a->sun_path - 1);
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(a->sun_path, path, n + 1);
    return ERR_OK;
}

static int
dial(const struct sockaddr_un *a)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) != 0) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
        fd = -1;
    }
    return fd;
}

static void
closed(struct bufferevent *bev, short events, void *ctx)
{
    (void)ctx;
    if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
        bufferevent_free(bev);
}

static void
flushed(struct bufferevent *bev, void *ctx)
{
    (void)ctx;
    bufferevent_free(bev);
}

static void
readable(struct bufferevent *bev, void *ctx)
{
    struct control *c = ctx;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t n;
    char *line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF);
    struct buf out = {0};

    if (line == NULL) {
        if (evbuffer_get_length(in) > CONTROL_MAX_REQUEST)
            bufferevent_free(bev);
        return;
    }
    c->answer(c->ctx, bytes_upto(bytes_of(line, n), CONTROL_MAX_REQUEST), &out);
    free(line);
    bufferevent_setcb(bev, NULL, flushed, closed, c);
    (void)bufferevent_disable(bev, EV_READ);
    if (out.len == 0 || bufferevent_write(bev, out.data, out.len) != 0)
        bufferevent_free(bev);
    buf_free(&out);
}

static void
accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a,
         int len, void *ctx)
{
    struct timeval limit = {.tv_sec = CLIENT_SECONDS};
    struct bufferevent *bev = bufferevent_socket_new(evconnlistener_get_base(l),
                                                     fd, BEV_OPT_CLOSE_ON_FREE);

    (void)a;
    (void)len;
    if (bev == NULL) {
        (void)close(fd);
        return;
    }
    bufferevent_setcb(bev, readable, NULL, closed, ctx);
    (void)bufferevent_set_timeouts(bev, &limit, &limit);
    bufferevent_setwatermark(bev, EV_READ, 0, CONTROL_MAX_REQUEST + 1);
    (void)bufferevent_enable(bev, EV_READ | EV_WRITE);
}

enum err_code
control_open(struct event_base *base, const char *path,
             control_answer_fn answer, void *ctx, struct control **out,
             struct err *err)
{
    struct sockaddr_un a;
    struct control *c;
    mode_t mask;
    int fd;

    if (address_of(path, &a, err) != ERR_OK)
        return ERR_LIMIT;
    fd = dial(&a);
    if (fd >= 0) {
        (void)close(fd);
        return err_set(err, ERR_EXISTS, path,
                       "another agent answers on this socket");
    }
    (void)unlink(path);
    c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(err, ERR_NOMEM, path, "out of memory");
    c->answer = answer;
    c->ctx = ctx;
    memcpy(c->path, a.sun_path, sizeof c->path);
    mask = umask(0177);
    c->listener = evconnlistener_new_bind(
        base, accepted, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 8,
        (struct sockaddr *)&a, (int)sizeof a);
    (void)umask(mask);
    if (c->listener == NULL) {
        enum err_code code = err_errno(err, path, "bind");

        free(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void
control_close(struct control *c)
{
    if (c == NULL)
        return;
    evconnlistener_free(c->listener);
    (void)unlink(c->path);
    free(c);
}

/* Read until the other end closes, or the time is up. */
static enum err_code
receive(int fd, const char *path, struct buf *out, unsigned timeout_ms,
        struct err *err)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char block[4096];
        ssize_t n;

        if (poll(&p, 1, (int)timeout_ms) <= 0)
            return err_set(err, ERR_TIMEOUT, path, "no answer in %u ms",
                           timeout_ms);
        n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, path, "read");
        if (n == 0)
            return ERR_OK;
        buf_add(out, block, (size_t)n);
        if (!buf_ok(out))
            return err_set(err, ERR_NOMEM, path, "out of memory");
    }
}

enum err_code
control_ask(const char *path, const char *request, struct buf *out,
            unsigned timeout_ms, struct err *err)
{
    struct sockaddr_un a;
    enum err_code code;
    char line[CONTROL_MAX_REQUEST + 2];
    size_t n = strlen(request);
    int fd;

    if (n > CONTROL_MAX_REQUEST)
        return err_set(err, ERR_LIMIT, path, "request too long");
    code = address_of(path, &a, err);
    if (code != ERR_OK)
        return code;
    fd = dial(&a);
    if (fd < 0)
        return err_errno(err, path, "is hutongd running? connect");
    memcpy(line, request, n);
    line[n] = '\n';
    if (write(fd, line, n + 1) != (ssize_t)(n + 1))
        code = err_errno(err, path, "write");
    else
        code = receive(fd, path, out, timeout_ms, err);
    (void)close(fd);
    return code;
}
