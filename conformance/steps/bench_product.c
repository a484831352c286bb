/* SPDX-License-Identifier: Apache-2.0 */
/* The product on the bench: starting it, its files, its port. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/steps/session_in.h"
#include "conformance/verdict/fault.h"
#include "conformance/wire/bound.h"
#include "conformance/wire/ca.h"

#define AT_ONCE_MS 300

const char *
bench_ixit(const struct bench *b, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = b->o.ixits; i-- > 0;) { /* the last one wins */
        if (strncmp(b->o.ixit[i], name, n) == 0 && b->o.ixit[i][n] == '=')
            return b->o.ixit[i] + n + 1;
    }
    return NULL;
}

const char *
bench_file(const struct bench *b, const char *name, char *out, size_t size)
{
    const struct {
        const char *name, *given;
    } own[] = {{"ca", b->o.ca},
               {"client.cert", b->o.cert},
               {"client.key", b->o.key},
               {"token", b->o.token_file},
               {"limited_token", b->o.limited_token_file}};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (own[i].given != NULL && strcmp(name, own[i].name) == 0) {
            (void)snprintf(out, size, "%s", own[i].given);
            return out;
        }
    }
    (void)snprintf(out, size, "%s/%s.pem", b->dir, name);
    if (ca_known(name))
        return out;
    (void)snprintf(out, size, "%s/%s", b->dir, name);
    return strchr(name, '/') == NULL && access(out, R_OK) == 0 ? out : NULL;
}

unsigned
bench_port(struct bench *b)
{
    unsigned port;

    (void)pthread_mutex_lock(&b->lock);
    port = ports_take(&b->ports);
    (void)pthread_mutex_unlock(&b->lock);
    return port;
}

bool
bench_has(const struct bench *b, const char *name)
{
    const char *cmd = b->o.exec ? b->o.exec : "";

    if (strcmp(name, "target.tls") == 0)
        return strcmp(b->target.scheme, "https") == 0 ||
               strcmp(b->target.scheme, "tls") == 0;
    if (strcmp(name, "target.mtls") == 0)
        return bench_has(b, "target.tls") && bench_ixit(b, "mtls") != NULL;
    if (strcmp(name, "target.token") == 0)
        return b->o.token_file != NULL || strstr(cmd, "{token_file}") != NULL;
    if (strcmp(name, "target.limited_token") == 0)
        return b->o.limited_token_file != NULL ||
               strstr(cmd, "{limited_token_file}") != NULL;
    if (strcmp(name, "target.curve") == 0)
        return strstr(cmd, "{curve_server_key}") != NULL ||
               (bench_ixit(b, "zmq_security") != NULL &&
                strcmp(bench_ixit(b, "zmq_security"), "curve") == 0);
    if (strcmp(name, "target.store") == 0)
        return b->keep_store;
    if (strcmp(name, "target.exec") == 0)
        return b->o.exec != NULL;
    if (strcmp(name, "input.stream") == 0)
        return strstr(cmd, "{input_port}") != NULL ||
               bench_ixit(b, "input_port") != NULL;
    if (strcmp(name, "input.file") == 0)
        return !bench_has(b, "input.stream");
    if (strcmp(name, "output.http") == 0)
        return strncmp(bench_scheme(b), "http", 4) == 0;
    if (strcmp(name, "output.zmq") == 0)
        return !bench_has(b, "output.http");
    return strncmp(name, "ixit.", 5) == 0 && bench_ixit(b, name + 5) != NULL;
}

bool
bench_holds(void *ctx, struct bytes name)
{
    char n[128];

    if (name.len + 1 > sizeof n)
        return false;
    memcpy(n, name.data, name.len);
    n[name.len] = '\0';
    return bench_has(ctx, n);
}

/* What the placeholders of --exec stand for. */
struct slots {
    char path[13][600];
    char port[8], input[8], url[700];
    struct product_slot slot[20];
};

static bool
secure(const struct bench *b)
{
    return strstr(b->o.exec, "{cert}") != NULL ||
           (b->role->shape == ROLE_SENDER && strstr(b->o.exec, "{ca}"));
}

const char *
bench_scheme(const struct bench *b)
{
    const char *own = bench_ixit(b, "scheme");

    if (own != NULL)
        return own;
    if (b->o.exec == NULL && b->target.scheme[0] != '\0')
        return b->target.scheme;
    if (b->o.exec != NULL && strcmp(b->role->scheme, "http") == 0)
        return secure(b) ? "https" : "http";
    return b->role->scheme;
}

static void
fill_slots(const struct bench *b, const struct bench_launch *l, struct slots *t)
{
    bool server = l->listens;
    const char *dir = l->dir;
    const char *host = b->target.host[0] != '\0' ? b->target.host : "127.0.0.1";
    struct {
        const char *name, *file;
    } files[] = {{"ca", "ca"},
                 {"cert", server ? "server.cert" : "client.cert"},
                 {"key", server ? "server.key" : "client.key"},
                 {"token_file", "token"},
                 {"limited_token_file", "limited_token"},
                 {"records", "records.ndjson"},
                 {"curve_server_key", "curve.server.public"},
                 {"curve_client_secret", "curve.client.secret"},
                 {"curve_allow", "curve.allow"},
                 {"curve_server_secret", "curve.server.secret"}};
    size_t n = 0;

    (void)snprintf(t->port, sizeof t->port, "%u", l->port);
    (void)snprintf(t->url, sizeof t->url, "%s://%s:%u", l->scheme, host,
                   l->port);
    t->slot[n++] = (struct product_slot){"host", host};
    t->slot[n++] = (struct product_slot){"port", t->port};
    t->slot[n++] = (struct product_slot){"url", t->url};
    t->slot[n++] = (struct product_slot){"dir", dir};
    (void)snprintf(t->input, sizeof t->input, "%u", l->input);
    t->slot[n++] = (struct product_slot){"input_port", t->input};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *path =
            bench_file(b, files[i].file, t->path[i], sizeof t->path[i]);

        if (path == NULL) { /* made by somebody else, or not at all */
            (void)snprintf(t->path[i], sizeof t->path[i], "%.200s/%s", b->dir,
                           files[i].file);
            path = t->path[i];
        }
        t->slot[n++] = (struct product_slot){files[i].name, path};
    }
    (void)snprintf(t->path[10], sizeof t->path[10], "%s/store", dir);
    t->slot[n++] = (struct product_slot){"store", t->path[10]};
    (void)snprintf(t->path[12], sizeof t->path[12], "%s/input", dir);
    t->slot[n++] = (struct product_slot){"input", t->path[12]};
    /* every session has a broker of its own */
    t->slot[n++] = (struct product_slot){"topic_prefix", "interconn"};
    t->slot[n] = (struct product_slot){NULL, NULL};
}

enum err_code
bench_launch(const struct bench *b, struct product *p,
             const struct bench_launch *l, struct err *err)
{
    struct slots *t = calloc(1, sizeof *t);
    struct buf command = {0};
    enum err_code code = ERR_NOMEM;

    if (t == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (mkdir(l->dir, 0700) != 0 && errno != EEXIST) {
        free(t);
        return err_errno(err, l->dir, "cannot be made");
    }
    fill_slots(b, l, t);
    (void)snprintf(p->log, sizeof p->log, "%.280s/product.log", l->dir);
    /* The same at each start: sessions read it meanwhile. */
    if (p->store[0] == '\0' && strstr(l->exec, "{store}") != NULL)
        (void)snprintf(p->store, sizeof p->store, "%.280s/store", l->dir);
    code = product_command(l->exec, t->slot, &command, err);
    if (code == ERR_OK)
        code = product_start(p, buf_cstr(&command), err);
    buf_free(&command);
    free(t);
    return code;
}

static enum err_code
start_in(const struct bench *b, struct product *p, const char *dir,
         unsigned port, unsigned input, struct err *err)
{
    const struct bench_launch l = {.exec = b->o.exec,
                                   .dir = dir,
                                   .scheme = bench_scheme(b),
                                   .port = port,
                                   .input = input,
                                   .listens = b->role->shape == ROLE_SERVER};

    return bench_launch(b, p, &l, err);
}

/* How it ended and the last line that it printed, for the person who wrote the
 * command. */
static enum err_code
ended_early(const struct product *p, struct err *err)
{
    bool signalled = (p->status & 0x7f) != 0;
    char tail[160] = "";
    size_t from;
    int fd = open(p->log, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t back = (off_t)sizeof tail - 1;
    ssize_t n = fd >= 0 ? pread(fd, tail, sizeof tail - 1,
                                size > back ? size - back : 0)
                        : 0;

    if (fd >= 0)
        (void)close(fd);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
        n--;
    tail[n > 0 ? n : 0] = '\0';
    for (from = strlen(tail); from > 0 && tail[from - 1] != '\n';)
        from--;
    return err_set(err, ERR_CLOSED, "--exec",
                   "the product ended before it was ready, %s %d: %.100s",
                   signalled ? "signal" : "exit status",
                   signalled ? p->status & 0x7f : p->status >> 8,
                   tail[from] != '\0' ? tail + from : "it printed nothing");
}

/* Until it accepts a connection, or has ended, or the time is over. */
static enum err_code
wait_ready(struct bench *b, struct product *p, const char *host, unsigned port,
           struct err *err)
{
    const struct wire_until until = {wire_now_ms() + PRODUCT_READY_MS,
                                     b->run->stop};
    bool datagrams = strcmp(bench_scheme(b), "udp") == 0;

    while (wire_left(&until) > 0) {
        struct wire_conn c;
        bool known = true;
        enum wire_end e = !datagrams ? wire_connect(&c, host, port, &until)
                          : wire_bound(port, &known) ? WIRE_OK
                          : known                    ? WIRE_REFUSED
                                                     : WIRE_OK;

        if (!datagrams)
            wire_close(&c);
        if (!product_alive(p))
            return ended_early(p, err);
        if (e == WIRE_OK) {
            if (!known)
                wire_sleep(1000, &until); /* nothing tells when it is ready */
            return ERR_OK;
        }
        wire_sleep(20, &until);
    }
    return err_set(err, ERR_TIMEOUT, "--exec",
                   "the product did not listen on port %u within %u s", port,
                   PRODUCT_READY_MS / 1000);
}

enum err_code
bench_product_up(struct bench *b, bool again, struct err *err)
{
    enum err_code code = ERR_OK;
    char dir[300];

    if (b->o.exec == NULL || b->role->shape != ROLE_SERVER)
        return ERR_OK;
    (void)pthread_mutex_lock(&b->lock);
    (void)snprintf(dir, sizeof dir, "%s/product", b->dir);
    if (again && b->product.pid != 0)
        product_end(&b->product);
    if (!product_alive(&b->product)) {
        code = start_in(b, &b->product, dir, b->target.port, 0, err);
        if (code == ERR_OK)
            code =
                wait_ready(b, &b->product, b->target.host, b->target.port, err);
    }
    (void)pthread_mutex_unlock(&b->lock);
    return code;
}

static void
own_folder(const struct session *s, char *dir, size_t size)
{
    (void)snprintf(dir, size, "%.200s/%s-%u", s->b->dir,
                   s->test != NULL ? s->test->id : "probe", s->attempt);
}

bool
session_input(struct session *s, char *out, size_t size)
{
    const char *own = bench_ixit(s->b, "input");
    char dir[300];

    if (own != NULL) {
        (void)snprintf(out, size, "%s", own);
        return true;
    }
    if (s->b->o.exec == NULL || strstr(s->b->o.exec, "{input}") == NULL)
        return false;
    own_folder(s, dir, sizeof dir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return false;
    (void)snprintf(out, size, "%s/input", dir);
    return true;
}

unsigned
session_input_port(struct session *s)
{
    const char *own = bench_ixit(s->b, "input_port");
    uint64_t port;

    if (own != NULL)
        return bytes_to_u64(bytes_str(own), 65535, &port) ? (unsigned)port : 0;
    if (s->input_port == 0 && s->b->o.exec != NULL &&
        strstr(s->b->o.exec, "{input_port}") != NULL)
        s->input_port = bench_port(s->b);
    return s->input_port;
}

/* A command that cannot work fails at once: the preflight looks for that, so that
 * nobody waits for messages until it is told. */
static bool
fails_at_once(struct session *s)
{
    const struct wire_until until = {wire_now_ms() + AT_ONCE_MS,
                                     s->b->run->stop};

    if (s->test == NULL || !s->test->preflight)
        return false;
    while (!product_failed(&s->product)) {
        if (wire_left(&until) == 0)
            return false;
        wire_sleep(10, &until);
    }
    return true;
}

enum verdict
session_start(struct session *s, const struct ledger_step *st)
{
    struct bench *b = s->b;
    struct err err = {0};
    char dir[300];

    (void)st;
    if (b->o.exec == NULL || b->role->shape == ROLE_SERVER)
        return VERDICT_PASS;
    if (s->product.pid != 0 && product_alive(&s->product))
        return VERDICT_PASS;
    own_folder(s, dir, sizeof dir);
    if (start_in(b, &s->product, dir, session_listen_port(s),
                 session_input_port(s), &err) != ERR_OK)
        return session_error(s, &err);
    session_log(s, SESSION_NOTE, "product", BYTES("started"));
    if (!fails_at_once(s))
        return VERDICT_PASS;
    (void)ended_early(&s->product, &err);
    return session_inconc(s, "the product keeps running", err.msg);
}

enum verdict
session_restart(struct session *s, bool kill)
{
    struct err err = {0};

    if (s->b->o.exec == NULL)
        return session_inconc(s, "the product is restarted",
                              "it runs by itself (--target): restart it by "
                              "hand, or use --exec");
    session_log(s, SESSION_NOTE, "product", BYTES("restarted"));
    (void)pthread_mutex_lock(&s->b->lock);
    if (kill && s->b->product.pid != 0)
        product_signal(&s->b->product, SIGKILL);
    (void)pthread_mutex_unlock(&s->b->lock);
    if (s->b->role->shape != ROLE_SERVER) {
        if (kill)
            product_signal(&s->product, SIGKILL);
        product_end(&s->product);
        return session_start(s, NULL);
    }
    if (bench_product_up(s->b, true, &err) != ERR_OK)
        return session_fail(s, "product", "it starts again", err.msg);
    (void)pthread_mutex_lock(&s->b->lock);
    s->generation = s->b->product.generation;
    (void)pthread_mutex_unlock(&s->b->lock);
    return VERDICT_PASS;
}

bool
session_store(struct session *s, uint64_t since, struct buf *out, uint64_t *end)
{
    const char *path =
        s->product.generation > 0 ? s->product.store : s->b->product.store;
    struct stat st;
    int fd;

    *end = since == UINT64_MAX ? 0 : since;
    if (path[0] == '\0' || fault_on("store-unread"))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT; /* nothing stored yet */
    if (since == UINT64_MAX) {
        *end = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    } else {
        while (out->len < SESSION_BODY_MAX && buf_reserve(out, 65536)) {
            ssize_t n = pread(fd, out->data + out->len, 65536, (off_t)*end);

            if (n <= 0)
                break;
            out->len += (size_t)n;
            *end += (uint64_t)n;
        }
    }
    (void)close(fd);
    return true;
}
