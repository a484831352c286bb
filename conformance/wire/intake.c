/* SPDX-License-Identifier: Apache-2.0 */
/* See intake.h: sockets and the loop; TLS is in intake_tls.c. */
#define _GNU_SOURCE /* accept4 */
#include "conformance/wire/intake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conformance/wire/intake_in.h"

#define READ_CHUNK 65536

int64_t
intake_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
prepare(int fd)
{
    int one = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static enum err_code
start_listening(struct intake *in, struct err *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)in->port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_errno(err, "listen", "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!prepare(fd) || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
        enum err_code code = err_errno(err, "listen", "127.0.0.1");

        (void)close(fd);
        return code;
    }
    in->fd = fd;
    in->port = ntohs(a.sin_port);
    return ERR_OK;
}

enum err_code
intake_open(unsigned port, const struct intake_tls *tls, struct intake **out,
            struct err *err)
{
    struct intake *in = calloc(1, sizeof *in);
    enum err_code code;

    if (in == NULL)
        return err_set(err, ERR_NOMEM, "listen", "out of memory");
    in->fd = -1;
    in->port = port;
    code = tls != NULL ? intake_tls(in, tls, err) : ERR_OK;
    if (code == ERR_OK)
        code = start_listening(in, err);
    if (code != ERR_OK) {
        intake_close(in);
        return code;
    }
    *out = in;
    return ERR_OK;
}

void
intake_close(struct intake *in)
{
    if (in == NULL)
        return;
    intake_pause(in);
    for (size_t i = 0; i < in->count; i++) {
        intake_shut(in->conn[i], INTAKE_SHUT_CUT);
        buf_free(&in->conn[i]->in);
        free(in->conn[i]);
    }
    intake_tls_free(in);
    free(in);
}

unsigned
intake_port(const struct intake *in)
{
    return in->port;
}

bool
intake_is_tls(const struct intake *in)
{
    return in->ctx != NULL;
}

void
intake_pause(struct intake *in)
{
    if (in->fd >= 0)
        (void)close(in->fd);
    in->fd = -1;
}

enum err_code
intake_resume(struct intake *in, struct err *err)
{
    return in->fd >= 0 ? ERR_OK : start_listening(in, err);
}

size_t
intake_count(const struct intake *in)
{
    return in->count;
}

struct intake_conn *
intake_conn(const struct intake *in, size_t i)
{
    return in->conn[i];
}

void
intake_end(struct intake_conn *c, enum intake_end how)
{
    if (c->fd < 0)
        return;
    c->end = how;
    intake_tls_drop(c);
    (void)close(c->fd);
    c->fd = -1;
}

void
intake_shut(struct intake_conn *c, enum intake_shut how)
{
    struct linger hard = {.l_onoff = 1};

    if (c->fd < 0)
        return;
    if (how == INTAKE_SHUT_CLEAN)
        intake_tls_goodbye(c);
    if (how == INTAKE_SHUT_RESET)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    else
        (void)shutdown(c->fd, SHUT_WR);
    intake_end(c, INTAKE_SHUT);
}

/* ---- the loop */

static void
welcome(struct intake *in)
{
    int fd = accept4(in->fd, NULL, NULL, SOCK_CLOEXEC);
    struct intake_conn *c;

    if (fd < 0)
        return;
    c = in->count < INTAKE_CONNS_MAX ? calloc(1, sizeof *c) : NULL;
    if (c == NULL || !prepare(fd)) {
        (void)close(fd);
        free(c);
        return;
    }
    c->owner = in;
    c->fd = fd;
    c->alert = -1;
    c->opened_ms = c->last_ms = intake_now_ms();
    buf_init(&c->in, INTAKE_BYTES_MAX + READ_CHUNK);
    in->conn[in->count++] = c;
    c->number = (unsigned)in->count;
    c->established = in->ctx == NULL;
    if (in->ctx != NULL && !intake_tls_begin(c))
        intake_end(c, INTAKE_REFUSED);
}

/* One read of plain TCP; the same answers as intake_tls_read. */
static enum intake_step
read_plain(struct intake_conn *c)
{
    ssize_t n;

    if (!buf_reserve(&c->in, READ_CHUNK))
        return INTAKE_STEP_RESET;
    n = recv(c->fd, c->in.data + c->in.len, READ_CHUNK, 0);
    if (n > 0) {
        c->in.len += (size_t)n;
        return INTAKE_STEP_DATA;
    }
    if (n == 0)
        return INTAKE_STEP_EOF;
    return errno == EAGAIN || errno == EINTR ? INTAKE_STEP_NOTHING
                                             : INTAKE_STEP_RESET;
}

static void
serve(struct intake_conn *c)
{
    enum intake_step s = INTAKE_STEP_DATA;

    if (!c->established && !intake_tls_continue(c))
        return;
    while (s == INTAKE_STEP_DATA && !c->full) {
        s = c->ssl != NULL ? intake_tls_read(c) : read_plain(c);
        if (s == INTAKE_STEP_DATA)
            c->last_ms = intake_now_ms();
        c->full = c->in.len >= INTAKE_BYTES_MAX;
    }
    if (s == INTAKE_STEP_EOF)
        intake_end(c, INTAKE_EOF);
    else if (s == INTAKE_STEP_RESET)
        intake_end(c, INTAKE_RESET);
}

bool
intake_wait(struct intake *in, unsigned ms)
{
    struct pollfd p[INTAKE_CONNS_MAX + 1];
    struct intake_conn *who[INTAKE_CONNS_MAX + 1];
    nfds_t n = 0;
    int ready;

    if (in->fd >= 0) {
        who[n] = NULL;
        p[n++] = (struct pollfd){.fd = in->fd, .events = POLLIN};
    }
    for (size_t i = 0; i < in->count; i++) {
        if (in->conn[i]->fd < 0 || in->conn[i]->full)
            continue;
        who[n] = in->conn[i];
        p[n++] = (struct pollfd){.fd = in->conn[i]->fd, .events = POLLIN};
    }
    ready = poll(p, n, ms > 60000 ? 60000 : (int)ms);
    for (nfds_t i = 0; i < n && ready > 0; i++) {
        if (p[i].revents == 0)
            continue;
        if (who[i] == NULL)
            welcome(in);
        else
            serve(who[i]);
    }
    return ready > 0;
}

/* ---- writing */

static enum intake_step
write_plain(struct intake_conn *c, struct bytes *data)
{
    ssize_t n = send(c->fd, data->data, data->len, MSG_NOSIGNAL);

    if (n >= 0) {
        *data = bytes_from(*data, (size_t)n);
        return INTAKE_STEP_DATA;
    }
    return errno == EAGAIN || errno == EINTR ? INTAKE_STEP_NOTHING
                                             : INTAKE_STEP_RESET;
}

bool
intake_write(struct intake_conn *c, struct bytes data, unsigned ms)
{
    int64_t end = intake_now_ms() + ms;

    while (data.len > 0) {
        struct pollfd p = {.fd = c->fd, .events = POLLOUT};
        enum intake_step s;
        int64_t left;

        if (c->fd < 0 || !c->established)
            return false;
        s = c->ssl != NULL ? intake_tls_write(c, &data) : write_plain(c, &data);
        if (s == INTAKE_STEP_RESET) {
            intake_end(c, INTAKE_RESET);
            return false;
        }
        left = end - intake_now_ms();
        if (s == INTAKE_STEP_NOTHING &&
            (left <= 0 || poll(&p, 1, (int)(left > 1000 ? 1000 : left)) < 0))
            return false;
    }
    return true;
}
