/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server over real sockets, plain and TLS: the table of raw requests,
 * roles before bodies, deadlines, limits. */
#include "tests/unit/transport/certs.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/unit/transport/hostile.h"
#include "transport/gzip.h"
#include "transport/http_server.h"

static struct certs certs;

/* ---- the server under test */

enum { READ = 1, WRITE = 2 };

static void
echo(void *arg, const struct http_request *rq, struct http_response *rs)
{
    (void)arg;
    rs->status = 200;
    rs->content_type = "text/plain";
    buf_printf(&rs->body, "%.*s|%.*s|%s|", (int)rq->head->path.len,
               rq->head->path.data, (int)rq->body.len, rq->body.data,
               rq->identity);
}

static void
big(void *arg, const struct http_request *rq, struct http_response *rs)
{
    (void)arg;
    (void)rq;
    rs->status = 200;
    for (int i = 0; i < (16 << 20) / 64; i++)
        buf_str(&rs->body, "0123456789012345678901234567890123456789"
                           "012345678901234567890123");
}

static const struct http_route routes[] = {
    {.method = HTTP_POST,
     .path = "/write",
     .role = WRITE,
     .gzip = true,
     .max_body = 1000,
     .content_type = "application/json",
     .handler = echo},
    {.method = HTTP_GET, .path = "/write", .role = READ, .handler = echo},
    {.method = HTTP_GET, .path = "/big", .handler = big},
    {.method = HTTP_GET, .path = "/", .prefix = true, .handler = echo},
    {.method = HTTP_DELETE, .path = "/", .prefix = true, .handler = echo},
    {.method = HTTP_POST,
     .path = "/",
     .prefix = true,
     .max_body = HOSTILE_BODY_MAX,
     .handler = echo},
    {.method = HTTP_PUT,
     .path = "/",
     .prefix = true,
     .max_body = HOSTILE_BODY_MAX,
     .handler = echo},
    {0},
};

static unsigned
busy(void *arg)
{
    return *(unsigned *)arg;
}

static struct http_server *
start(struct http_server_options o)
{
    struct http_server *s = NULL;
    struct err err = {0};

    if (!o.listen)
        o.listen = "127.0.0.1:0";
    o.routes = routes;
    o.stop_fd = -1;
    if (http_server_open(&o, &s, &err) != ERR_OK)
        fail_msg("server: %s: %s", err.where, err.msg);
    assert_int_equal(http_server_start(s, &err), ERR_OK);
    return s;
}

/* ---- a raw peer */

struct peer {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
    char in[65536]; /* all that came */
    size_t len;
};

static void
dial(struct peer *p, const struct http_server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)http_server_port(s)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval tv = {.tv_sec = 10};

    *p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    assert_true(p->fd >= 0);
    (void)setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    assert_int_equal(connect(p->fd, (struct sockaddr *)&a, sizeof(a)), 0);
}

static bool
dial_tls(struct peer *p, const struct http_server *s, struct tls_files files)
{
    struct err err;

    dial(p, s);
    p->ctx = tls_client(&files, &err);
    assert_non_null(p->ctx);
    p->ssl = SSL_new(p->ctx);
    assert_true(tls_expect(p->ssl, "127.0.0.1"));
    assert_int_equal(SSL_set_fd(p->ssl, p->fd), 1);
    return SSL_connect(p->ssl) == 1;
}

static void
hang_up(struct peer *p)
{
    SSL_free(p->ssl);
    SSL_CTX_free(p->ctx);
    close(p->fd);
}

/* Some bytes may not get out: the server may have stopped listening. */
static bool
put(struct peer *p, struct bytes raw)
{
    while (raw.len) {
        ssize_t n = p->ssl ? SSL_write(p->ssl, raw.data, (int)raw.len)
                           : send(p->fd, raw.data, raw.len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        raw = bytes_from(raw, (size_t)n);
    }
    return true;
}

static bool
say(struct peer *p, const char *text)
{
    return put(p, bytes_str(text));
}

/* One read; 0 at the end, -1 after ten seconds or a reset. */
static ssize_t
get(struct peer *p)
{
    ssize_t n =
        p->ssl ? SSL_read(p->ssl, p->in + p->len,
                          (int)(sizeof(p->in) - 1 - p->len))
               : recv(p->fd, p->in + p->len, sizeof(p->in) - 1 - p->len, 0);

    if (n > 0)
        p->len += (size_t)n;
    p->in[p->len] = '\0';
    return n;
}

/* The statuses of all answers so far, as "200 400". */
static void
statuses(const struct peer *p, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (const char *at = p->in; (at = strstr(at, "HTTP/1.1 ")); at += 9) {
        if (at[9] >= '1' && at[9] <= '5')
            used += (size_t)snprintf(out + used, size - used, "%s%.3s",
                                     used ? " " : "", at + 9);
    }
}

static void
until_end(struct peer *p)
{
    while (get(p) > 0)
        continue;
}

static void
until_text(struct peer *p, const char *text)
{
    while (!strstr(p->in, text)) {
        if (get(p) <= 0)
            fail_msg("no \"%s\" in \"%s\"", text, p->in);
    }
}

/* ---- the table */

static void
wanted(const char *verdict, char *out, size_t size)
{
    char words[64];

    (void)snprintf(words, sizeof(words), "%s ", verdict);
    out[0] = '\0';
    for (char *at = words, *end; (end = strchr(at, ' ')); at = end + 1) {
        *end = '\0';
        (void)snprintf(out + strlen(out), size - strlen(out), "%s%s",
                       out[0] ? " " : "",
                       strcmp(at, "ok") == 0     ? "200"
                       : strcmp(at, "more") == 0 ? "408"
                                                 : at);
    }
}

static void
try_row(const struct http_server *s, const struct hostile *row,
        const struct tls_files *tls)
{
    struct peer *p = malloc(sizeof(*p));
    char got[64], want[64];

    assert_non_null(p);
    if (tls)
        assert_true(dial_tls(p, s, *tls));
    else
        dial(p, s);
    wanted(row->verdict, want, sizeof(want));
    (void)put(p, buf_view(&row->raw));
    if (!strstr(row->verdict, "more") && !tls)
        (void)shutdown(p->fd, SHUT_WR);
    if (tls && strcmp(want, "200") == 0)
        until_text(p, "|"); /* stays open */
    else
        until_end(p);
    for (char *at; (at = strstr(p->in, "HTTP/1.1 100"));)
        at[5] = '_'; /* an interim answer is no answer */
    statuses(p, got, sizeof(got));
    if (strcmp(got, want) != 0)
        fail_msg("%s: answered \"%s\", not \"%s\"", row->name, got, want);
    hang_up(p);
    free(p);
}

static void
test_table(void **state)
{
    struct http_server *s = start((struct http_server_options){0});
    struct http_server *hasty = start((struct http_server_options){
        .limits = {.head_ms = 500, .body_ms = 500}});
    FILE *f = fopen(TEST_ROOT "/tests/e2e/http-hostile.txt", "re");
    struct hostile row = {0};
    unsigned rows = 0;

    (void)state;
    assert_non_null(f);
    while (hostile_next(f, &row)) {
        try_row(strstr(row.verdict, "more") ? hasty : s, &row, NULL);
        rows++;
    }
    assert_true(rows >= 150);
    (void)fclose(f);
    buf_free(&row.raw);
    http_server_close(s);
    http_server_close(hasty);
}

static void
test_table_tls(void **state)
{
    static const char *const names[] = {
        "cl-and-te", "two-cl",         "obs-fold",      "bare-lf",
        "two-hosts", "chunk-size-0x4", "header-9000",   "bad-then-good",
        "get",       "put-chunked",    "good-then-bad", NULL};
    struct tls_files tls = {.cert = certs_path(&certs, "server.crt"),
                            .key = certs_path(&certs, "server.key")};
    struct tls_files trust = {.ca = certs_path(&certs, "ca.crt")};
    struct http_server *s = start((struct http_server_options){.tls = &tls});
    FILE *f = fopen(TEST_ROOT "/tests/e2e/http-hostile.txt", "re");
    struct hostile row = {0};
    unsigned tried = 0;

    (void)state;
    assert_non_null(f);
    while (hostile_next(f, &row)) {
        for (size_t i = 0; names[i]; i++) {
            if (strcmp(row.name, names[i]) == 0) {
                try_row(s, &row, &trust);
                tried++;
            }
        }
    }
    assert_int_equal(tried, 11);
    (void)fclose(f);
    buf_free(&row.raw);
    http_server_close(s);
}

/* ---- routes and roles */

struct rule {
    const char *name, *request, *answer, *also;
};

#define HEAD(more) "Host: a\r\n" more "\r\n"

static const struct rule rules[] = {
    {"right token",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: application/json; "
         "charset=utf-8\r\nContent-Length: 2\r\n") "{}",
     "200", "/write|{}||"},
    {"scheme in capitals",
     "GET /write HTTP/1.1\r\n" HEAD("Authorization: BEARER secret\r\n"), "200",
     "/write|"},
    {"no token, body not awaited",
     "POST /write HTTP/1.1\r\n" HEAD("Content-Length: 900\r\n"), "401",
     "WWW-Authenticate: Bearer"},
    {"wrong token",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secre\r\nContent-Length: 900\r\n"),
     "401", NULL},
    {"wrong token where none is needed",
     "GET /x HTTP/1.1\r\n" HEAD("Authorization: Bearer x\r\n"), "401", NULL},
    {"other scheme",
     "GET /write HTTP/1.1\r\n" HEAD("Authorization: Basic c2VjcmV0\r\n"), "401",
     NULL},
    {"media type",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: "
         "text/plain\r\nContent-Length: 900\r\n"),
     "415", NULL},
    {"no media type",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Length: 900\r\n"),
     "415", NULL},
    {"content encoding",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: "
         "application/json\r\nContent-Encoding: br\r\nContent-Length: 9\r\n"),
     "415", NULL},
    {"gzip not offered here",
     "POST /x HTTP/1.1\r\n" HEAD(
         "Content-Encoding: gzip\r\nContent-Length: 9\r\n"),
     "415", NULL},
    {"not gzip",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: "
         "application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n") "{}",
     "400", NULL},
    {"body over the route's limit",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: "
         "application/json\r\nContent-Length: 1001\r\n"),
     "413", NULL},
    {"chunks over the route's limit",
     "POST /write HTTP/1.1\r\n" HEAD(
         "Authorization: Bearer secret\r\nContent-Type: "
         "application/json\r\nTransfer-Encoding: chunked\r\n") "3e9\r\n",
     "413", NULL},
    {"other path by prefix", "GET /x/y HTTP/1.1\r\n" HEAD(""), "200", "/x/y|"},
    {"connection closed when asked",
     "GET /x HTTP/1.1\r\n" HEAD("Connection: close\r\n"), "200",
     "Connection: close"},
    {"pipelined in order",
     "GET /1 HTTP/1.1\r\n" HEAD("") "GET /2 HTTP/1.1\r\n" HEAD(
         "") "GET /3 HTTP/1.1\r\n" HEAD(""),
     "200 200 200", "/3|"},
};

static void
test_rules(void **state)
{
    struct http_server *s;

    (void)state;
    certs_file(&certs, "token", "secret\n", 0600);
    s = start((struct http_server_options){
        .auth = {.token_file = certs_path(&certs, "token"),
                 .token_roles = READ | WRITE}});
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct peer p;
        char got[64];

        dial(&p, s);
        assert_true(say(&p, rules[i].request));
        if (rules[i].answer[0] == '2' && !strstr(rules[i].request, "close"))
            (void)shutdown(p.fd, SHUT_WR);
        until_end(&p);
        statuses(&p, got, sizeof(got));
        if (strcmp(got, rules[i].answer) != 0 ||
            (rules[i].also && !strstr(p.in, rules[i].also)))
            fail_msg("%s: %s", rules[i].name, p.in);
        hang_up(&p);
    }
    http_server_close(s);
}

/* /write alone: no prefix route hides what is missing. */
static void
test_missing(void **state)
{
    static const struct rule rows[] = {
        {"no such path", "GET /x HTTP/1.1\r\n" HEAD(""), "404", NULL},
        {"no such method",
         "PUT /write HTTP/1.1\r\n" HEAD("Content-Length: "
                                        "0\r\n"),
         "405", "Allow: "},
        {"role missing",
         "POST /write HTTP/1.1\r\n" HEAD("Authorization: Bearer "
                                         "secret\r\nContent-Length: 2\r\n"),
         "403", NULL},
    };
    static const struct http_route few[] = {
        {.method = HTTP_POST, .path = "/write", .role = WRITE, .handler = echo},
        {0},
    };
    struct http_server_options o = {.listen = "[::1]:0", .stop_fd = -1};
    struct http_server *s = NULL;
    struct err err;

    (void)state;
    certs_file(&certs, "token", "secret\n", 0600);
    o.listen = "127.0.0.1:0";
    o.routes = few;
    o.auth.token_file = certs_path(&certs, "token");
    o.auth.token_roles = READ;
    assert_int_equal(http_server_open(&o, &s, &err), ERR_OK);
    assert_int_equal(http_server_start(s, &err), ERR_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer p;
        char got[64];

        dial(&p, s);
        assert_true(say(&p, rows[i].request));
        until_end(&p);
        statuses(&p, got, sizeof(got));
        if (strcmp(got, rows[i].answer) != 0 ||
            (rows[i].also && !strstr(p.in, rows[i].also)))
            fail_msg("%s: %s", rows[i].name, p.in);
        hang_up(&p);
    }
    http_server_close(s);
}

static void
test_busy_and_continue(void **state)
{
    unsigned wait_s = 5;
    struct http_server *s =
        start((struct http_server_options){.busy = busy, .arg = &wait_s});
    struct peer p;

    (void)state;
    dial(&p, s);
    assert_true(say(&p, "POST /x HTTP/1.1\r\n" HEAD("Content-Length: 9\r\n")));
    until_end(&p);
    assert_non_null(strstr(p.in, "HTTP/1.1 503 "));
    assert_non_null(strstr(p.in, "Retry-After: 5\r\n"));
    hang_up(&p);
    http_server_close(s);

    wait_s = 0;
    s = start((struct http_server_options){.busy = busy, .arg = &wait_s});
    dial(&p, s);
    assert_true(say(&p, "POST /x HTTP/1.1\r\n" HEAD(
                            "Content-Length: 2\r\nExpect: 100-continue\r\n")));
    until_text(&p, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_null(strstr(p.in, "200"));
    assert_true(say(&p, "ab"));
    until_text(&p, "/x|ab|");
    hang_up(&p);
    http_server_close(s);
}

static void
test_gzip(void **state)
{
    struct http_server *s;
    struct gzip *z = gzip_new();
    struct buf packed = {0}, request = {0};
    char zeros[2000] = {0};
    struct peer p;

    (void)state;
    certs_file(&certs, "token", "secret\n", 0600);
    s = start((struct http_server_options){
        .auth = {.token_file = certs_path(&certs, "token"),
                 .token_roles = READ | WRITE}});
    for (int i = 0; i < 2; i++) {
        struct bytes body =
            i == 0 ? BYTES("[7]") : bytes_of(zeros, sizeof(zeros));

        buf_reset(&packed);
        buf_reset(&request);
        assert_int_equal(gzip_pack(z, body, &packed), ERR_OK);
        buf_printf(&request,
                   "POST /write HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                   "secret\r\nContent-Type: application/json\r\n"
                   "Content-Encoding: gzip\r\nConnection: close\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   packed.len);
        buf_bytes(&request, buf_view(&packed));
        dial(&p, s);
        assert_true(put(&p, buf_view(&request)));
        until_end(&p);
        assert_non_null(strstr(p.in, i == 0 ? "/write|[7]|" : " 413 "));
        hang_up(&p);
    }
    gzip_free(z);
    buf_free(&packed);
    buf_free(&request);
    http_server_close(s);
}

/* ---- deadlines and limits */

/* Bytes that trickle in never extend a deadline: with 5 s of trickle and a
 * deadline of 0.1 s the server must speak or hang up before the last byte. */
static void
drip(struct http_server *s, const char *start_text, const char *answer)
{
    struct timespec nap = {.tv_nsec = 10000000};
    struct peer p;
    struct pollfd pfd;
    int i;

    dial(&p, s);
    assert_true(say(&p, start_text));
    pfd = (struct pollfd){.fd = p.fd, .events = POLLIN};
    for (i = 0; i < 500 && poll(&pfd, 1, 0) == 0; i++) {
        (void)say(&p, "x");
        (void)nanosleep(&nap, NULL);
    }
    assert_true(i < 500);
    until_end(&p);
    if (!strstr(p.in, answer))
        fail_msg("%s: %s", start_text, p.in);
    hang_up(&p);
}

static void
test_slow(void **state)
{
    struct http_server *s =
        start((struct http_server_options){.limits = {.head_ms = 400,
                                                      .body_ms = 100,
                                                      .write_ms = 100,
                                                      .idle_ms = 100,
                                                      .drain_ms = 50}});
    struct peer *p = malloc(sizeof(*p));
    struct timespec nap = {.tv_nsec = 5000000};
    struct http_counters c = {0};

    (void)state;
    assert_non_null(p);
    drip(s, "GET /", " 408 ");
    drip(s, "GET / HTTP/1.1\r\nX: ", " 408 ");
    drip(s, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n",
         " 408 ");
    dial(p, s); /* says nothing */
    until_end(p);
    assert_int_equal(p->len, 0);
    hang_up(p);
    dial(p, s); /* one request, then nothing */
    assert_true(say(p, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    until_end(p);
    assert_non_null(strstr(p->in, "/x|"));
    hang_up(p);
    c = http_server_counters(s);
    assert_int_equal(c.expired, 5);
    dial(p, s); /* asks for 16 MiB and does not read */
    assert_true(
        say(p, "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    for (int i = 0; i < 2000 && c.expired < 6; i++) {
        (void)nanosleep(&nap, NULL);
        c = http_server_counters(s);
    }
    assert_int_equal(c.expired, 6);
    hang_up(p);
    free(p);
    http_server_close(s);
}

static void
test_limits(void **state)
{
    struct http_server *s = start((struct http_server_options){
        .limits = {.per_source = 3, .requests = 2}});
    struct peer *p = calloc(4, sizeof(*p));
    struct http_counters c;

    (void)state;
    assert_non_null(p);
    for (int i = 0; i < 4; i++) {
        dial(&p[i], s);
        (void)say(&p[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i < 3)
            until_text(&p[i], "/x|");
        else
            until_end(&p[i]);
    }
    assert_int_equal(p[3].len, 0);
    assert_true(say(&p[0], "GET /y HTTP/1.1\r\nHost: a\r\n\r\n"
                           "GET /z HTTP/1.1\r\nHost: a\r\n\r\n"));
    until_end(&p[0]);
    assert_non_null(strstr(p[0].in, "/y|"));
    assert_non_null(strstr(p[0].in, "Connection: close"));
    assert_null(strstr(p[0].in, "/z|"));
    c = http_server_counters(s);
    assert_int_equal(c.turned_away, 1);
    assert_int_equal(c.requests, 4);
    for (int i = 0; i < 4; i++)
        hang_up(&p[i]);
    free(p);
    http_server_close(s);
}

/* Two bodies do not fit at once; when the first has gone, one does. */
static void
test_body_bytes(void **state)
{
    static const char head[] = "POST /x HTTP/1.1\r\nHost: a\r\n"
                               "Content-Length: 600\r\n\r\n";
    struct http_server *s =
        start((struct http_server_options){.limits = {.body_bytes = 1000}});
    char body[600];
    struct peer first, second;

    (void)state;
    memset(body, 'x', sizeof(body));
    dial(&first, s);
    assert_true(say(&first, head));
    assert_true(put(&first, bytes_of(body, 1)));
    do { /* until the server has seen the first head, the second may win */
        dial(&second, s);
        assert_true(say(&second, head));
        assert_true(put(&second, bytes_of(body, sizeof(body))));
        assert_true(get(&second) > 0);
        hang_up(&second);
    } while (strstr(second.in, " 200 "));
    assert_non_null(strstr(second.in, " 503 "));
    assert_true(put(&first, bytes_of(body, sizeof(body) - 1)));
    until_text(&first, "/x|");
    dial(&second, s);
    assert_true(say(&second, head));
    assert_true(put(&second, bytes_of(body, sizeof(body))));
    until_text(&second, "/x|");
    hang_up(&first);
    hang_up(&second);
    http_server_close(s);
}

/* ---- TLS */

static const char *
leaf_name(const struct peer *p, char *out, size_t n)
{
    X509 *cert = SSL_get1_peer_certificate(p->ssl);

    assert_non_null(cert);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName,
                                    out, (int)n);
    X509_free(cert);
    return out;
}

static void
test_tls_reload(void **state)
{
    struct tls_files tls = {.cert = certs_path(&certs, "server.crt"),
                            .key = certs_path(&certs, "server.key")};
    struct tls_files other = tls, wrong = tls;
    struct tls_files trust = {.ca = certs_path(&certs, "ca.crt")};
    struct http_server *s;
    struct peer old, fresh;
    struct err err;
    char name[64];

    (void)state;
    certs_leaf(&certs, "second", "IP:127.0.0.1", CERT_DAY);
    other.cert = certs_path(&certs, "second.crt");
    other.key = certs_path(&certs, "second.key");
    wrong.key = certs_path(&certs, "client.key");
    s = start((struct http_server_options){.tls = &tls});
    assert_true(dial_tls(&old, s, trust));
    assert_int_not_equal(http_server_reload(s, &wrong, &err), ERR_OK);
    assert_true(dial_tls(&fresh, s, trust));
    assert_string_equal(leaf_name(&fresh, name, sizeof(name)), "server");
    hang_up(&fresh);
    assert_int_equal(http_server_reload(s, &other, &err), ERR_OK);
    assert_true(dial_tls(&fresh, s, trust));
    assert_string_equal(leaf_name(&fresh, name, sizeof(name)), "second");
    hang_up(&fresh);
    assert_true(say(&old, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    until_text(&old, "/x|");
    hang_up(&old);
    http_server_close(s);
}

static void
test_tls_identity_and_version(void **state)
{
    struct tls_files tls = {.ca = certs_path(&certs, "ca.crt"),
                            .cert = certs_path(&certs, "server.crt"),
                            .key = certs_path(&certs, "server.key")};
    struct tls_files mine = {.ca = certs_path(&certs, "ca.crt"),
                             .cert = certs_path(&certs, "client.crt"),
                             .key = certs_path(&certs, "client.key"),
                             .tls12 = true};
    struct http_server *s =
        start((struct http_server_options){.tls = &tls,
                                           .auth = {.cert_roles = READ},
                                           .limits = {.handshake_ms = 2000}});
    struct peer p;

    (void)state;
    assert_true(dial_tls(&p, s, mine));
    assert_string_equal(SSL_get_version(p.ssl), "TLSv1.3");
    assert_true(say(&p, "GET /write HTTP/1.1\r\nHost: a\r\n\r\n"));
    until_text(&p, "/write||client|");
    hang_up(&p);
    dial(&p, s); /* no handshake */
    until_end(&p);
    assert_int_equal(p.len, 0);
    hang_up(&p);
    dial(&p, s); /* plain HTTP to TLS */
    (void)say(&p, "GET /write HTTP/1.1\r\nHost: a\r\n\r\n");
    until_end(&p);
    assert_null(strstr(p.in, "HTTP"));
    hang_up(&p);
    assert_int_equal(http_server_counters(s).unfinished, 1);
    http_server_close(s);
}

static bool
speaks(const struct http_server *s, int version)
{
    struct tls_files mine = {.ca = certs_path(&certs, "ca.crt"), .tls12 = true};
    struct err err;
    struct peer p;
    bool ok;

    dial(&p, s);
    p.ctx = tls_client(&mine, &err);
    assert_non_null(p.ctx);
    assert_int_equal(SSL_CTX_set_max_proto_version(p.ctx, version), 1);
    p.ssl = SSL_new(p.ctx);
    assert_int_equal(SSL_set_fd(p.ssl, p.fd), 1);
    ok = SSL_connect(p.ssl) == 1;
    hang_up(&p);
    return ok;
}

static void
test_tls12(void **state)
{
    struct tls_files tls = {.cert = certs_path(&certs, "server.crt"),
                            .key = certs_path(&certs, "server.key")};

    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        struct http_server *s;

        tls.tls12 = allowed;
        s = start((struct http_server_options){.tls = &tls});
        assert_true(speaks(s, TLS1_3_VERSION));
        assert_int_equal(speaks(s, TLS1_2_VERSION), allowed);
        http_server_close(s);
    }
}

static void
test_open_errors(void **state)
{
    static const char *const bad[] = {
        "",          "127.0.0.1", "127.0.0.1:",
        ":80",       "a:80",      "127.0.0.1:65536",
        "[::1:80",   "::1:80",    "127.0.0.1:x",
        "0.0.0.0:0", "[::]:0",    NULL};

    (void)state;
    for (size_t i = 0; bad[i]; i++) {
        struct http_server_options o = {
            .listen = bad[i], .routes = routes, .stop_fd = -1};
        struct http_server *s = NULL;
        struct err err = {0};

        if (http_server_open(&o, &s, &err) != ERR_ARG)
            fail_msg("\"%s\" was taken (%s)", bad[i], err.msg);
    }
    http_server_close(NULL);
}

static int
set_up(void **state)
{
    (void)state;
    certs_make(&certs);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    certs_remove(&certs);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_tls),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_busy_and_continue),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_body_bytes),
        cmocka_unit_test(test_tls_reload),
        cmocka_unit_test(test_tls_identity_and_version),
        cmocka_unit_test(test_tls12),
        cmocka_unit_test(test_open_errors),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
