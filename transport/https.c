/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `https`: each batch is one POST to {url}/{info_type} over one kept
 * connection. SENT only with the complete 2xx answer. Redirects and the
 * environment's proxies are never followed. */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "transport/answer.h"
#include "transport/gzip.h"
#include "transport/https_call.h"
#include "transport/report.h"
#include "transport/secret.h"

static const struct option_row options[] = {
    {.name = "url",
     .type = OPT_STRING,
     .required = true,
     .help_zh = "接收地址，如 https://平台:8443/interconn/v1/data；"
                "信息类型会作为最后一段路径追加",
     .help_en = "address, such as https://platform:8443/interconn/v1/data; the "
                "information type is appended as last path element"},
    {.name = "token_file",
     .type = OPT_SECRET_FILE,
     .help_zh = "存放访问令牌的文件，修改后自动重读",
     .help_en = "file with the bearer token; read again when it changes"},
    {.name = "ca",
     .type = OPT_PATH,
     .help_zh = "信任的 CA 证书（PEM）；缺省使用系统证书",
     .help_en = "trusted certificate authority (PEM); default: the system's"},
    {.name = "cert",
     .type = OPT_PATH,
     .help_zh = "客户端证书（PEM）",
     .help_en = "client certificate (PEM)"},
    {.name = "key",
     .type = OPT_SECRET_FILE,
     .help_zh = "客户端私钥（PEM）",
     .help_en = "private key of the client certificate (PEM)"},
    {.name = "gzip",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "用 gzip 压缩请求体",
     .help_en = "compress bodies with gzip"},
    {.name = "tls12",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "允许 TLS 1.2（仅 ECDHE 加 AEAD 套件）；缺省只用 TLS 1.3",
     .help_en = "allow TLS 1.2 (ECDHE with AEAD only); default: TLS 1.3 only"},
    {.name = "connect_timeout",
     .type = OPT_DURATION_MS,
     .min = 10,
     .max = 60000,
     .def = "5s",
     .help_zh = "建立连接（含 TLS 握手）的时限",
     .help_en = "limit for connecting, TLS handshake included"},
    {.name = "insecure_http",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "允许对本机回环地址使用不加密的 http，仅供试验",
     .help_en = "allow plain http to a loopback address, for trials only"},
    {0},
};

struct https {
    struct https_call call;
    struct wake wake;
    char *url; /* without the slash at the end */
    char *token_file;
    struct secret token;
    struct gzip *gzip; /* NULL: off */
    struct buf target; /* url + / + info_type */
    struct buf packed; /* compressed body */
    struct answer answer;
};

static void
https_close(void *t)
{
    struct https *h = t;

    if (!h)
        return;
    https_call_fini(&h->call);
    gzip_free(h->gzip);
    wake_fini(&h->wake);
    secret_fini(&h->token);
    buf_free(&h->target);
    buf_free(&h->packed);
    answer_fini(&h->answer);
    free(h->url);
    free(h->token_file);
    free(h);
}

static bool
is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

struct url_parts {
    char *scheme, *host, *user, *query, *fragment;
};

static enum err_code
judge_url(const struct url_parts *p, const char *url, bool insecure,
          struct err *err)
{
    if (p->user)
        return err_set(err, ERR_ARG, "url", "credentials do not belong here");
    if (p->query || p->fragment)
        return err_set(err, ERR_ARG, "url", "%s: no query or fragment", url);
    if (strcmp(p->scheme, "https") == 0)
        return ERR_OK;
    if (strcmp(p->scheme, "http") != 0)
        return err_set(err, ERR_ARG, "url", "%s: not an https address", url);
    if (!insecure)
        return err_set(err, ERR_ARG, "url",
                       "%s: http is not encrypted; use https", url);
    if (!is_loopback(p->host))
        return err_set(err, ERR_ARG, "url",
                       "%s: insecure_http is for loopback addresses only", url);
    return ERR_OK;
}

static enum err_code
check_url(const char *url, bool insecure, bool *plain, struct err *err)
{
    CURLU *u = curl_url();
    struct url_parts p = {0};
    enum err_code code;

    if (!u)
        return err_set(err, ERR_NOMEM, "url", "out of memory");
    if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &p.scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &p.host, 0) != CURLUE_OK) {
        code = err_set(err, ERR_ARG, "url", "%s: not an https address", url);
        goto done;
    }
    (void)curl_url_get(u, CURLUPART_USER, &p.user, 0);
    (void)curl_url_get(u, CURLUPART_QUERY, &p.query, 0);
    (void)curl_url_get(u, CURLUPART_FRAGMENT, &p.fragment, 0);
    code = judge_url(&p, url, insecure, err);
    if (code == ERR_OK)
        *plain = strcmp(p.scheme, "http") == 0;
done:
    curl_free(p.scheme);
    curl_free(p.host);
    curl_free(p.user);
    curl_free(p.query);
    curl_free(p.fragment);
    curl_url_cleanup(u);
    return code;
}

static bool
copy_text(char **out, const char *text)
{
    if (!text)
        return true;
    *out = strdup(text);
    return *out != NULL;
}

/* The files are read once with our own rules, so that a wrong key is found at
 * start and not at the first alert; libcurl reads them for each connection. */
static enum err_code
check_files(const struct tls_files *files, struct err *err)
{
    struct err local;
    SSL_CTX *ctx = tls_client(files, err ? err : &local);

    if (!ctx)
        return err ? err->code : local.code;
    SSL_CTX_free(ctx);
    return ERR_OK;
}

static enum err_code
start_call(struct https *h, const struct option_value *v, size_t n,
           struct err *err)
{
    struct tls_files files = {.ca = option_get(v, n, options, "ca"),
                              .cert = option_get(v, n, options, "cert"),
                              .key = option_get(v, n, options, "key"),
                              .tls12 = option_flag(v, n, options, "tls12")};
    long connect_ms = (long)option_number(v, n, options, "connect_timeout");
    bool plain = false;
    enum err_code code = check_url(
        h->url, option_flag(v, n, options, "insecure_http"), &plain, err);

    if (code == ERR_OK && !plain)
        code = check_files(&files, err);
    if (code == ERR_OK)
        code =
            https_call_init(&h->call, plain ? NULL : &files, connect_ms, err);
    return code;
}

static enum err_code
set_up(struct https *h, const struct option_value *v, size_t n, struct err *err)
{
    enum err_code code;
    size_t len;

    if (!copy_text(&h->url, option_get(v, n, options, "url")) ||
        !copy_text(&h->token_file, option_get(v, n, options, "token_file")))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (option_flag(v, n, options, "gzip")) {
        h->gzip = gzip_new();
        if (!h->gzip)
            return err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    code = start_call(h, v, n, err);
    if (code == ERR_OK && h->token_file)
        code = secret_load(&h->token, h->token_file, err);
    if (code == ERR_OK)
        code = wake_init(&h->wake, err);
    len = strlen(h->url);
    while (len && h->url[len - 1] == '/')
        h->url[--len] = '\0';
    return code;
}

static enum err_code
https_open(const struct option_value *v, size_t n, void **out, struct err *err)
{
    enum err_code code = option_verify(v, n, options, err);
    struct https *h;

    if (code != ERR_OK)
        return code;
    h = calloc(1, sizeof(*h));
    if (!h)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    h->wake.fd = -1;
    code = set_up(h, v, n, err);
    if (code != ERR_OK) {
        https_close(h);
        return code;
    }
    *out = h;
    return ERR_OK;
}

/* ---- one batch */

/* add_header(list, fmt, ...): false when out of memory. */
static bool PRINTF_LIKE(2, 3)
    add_header(struct curl_slist **list, const char *fmt, ...)
{
    struct curl_slist *more = NULL;
    char text[SECRET_MAX + 64];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(text))
        more = curl_slist_append(*list, text);
    OPENSSL_cleanse(text, sizeof(text));
    if (more)
        *list = more;
    return more != NULL;
}

static void
free_headers(struct curl_slist *list)
{
    for (struct curl_slist *s = list; s; s = s->next)
        OPENSSL_cleanse(s->data, strlen(s->data)); /* one holds the token */
    curl_slist_free_all(list);
}

static bool
make_headers(const struct https *h, const struct batch *b,
             struct curl_slist **list)
{
    const char *type = b->content_type ? b->content_type : "application/json";

    return add_header(list, "Content-Type: %s", type) &&
           add_header(list, "Idempotency-Key: %.*s", (int)b->id.len,
                      b->id.data) &&
           add_header(list, "Accept: application/json") &&
           add_header(list, "Expect:") &&
           (!h->gzip || add_header(list, "Content-Encoding: gzip")) &&
           (!h->token.text ||
            add_header(list, "Authorization: Bearer %.*s",
                       (int)h->token.value.len, h->token.value.data));
}

/* The body to send, packed where asked. */
static bool
make_body(struct https *h, struct bytes *body)
{
    if (!h->gzip)
        return true;
    buf_reset(&h->packed);
    if (gzip_pack(h->gzip, *body, &h->packed) != ERR_OK)
        return false;
    *body = buf_view(&h->packed);
    return true;
}

static void
call(struct https *h, const struct batch *b, unsigned deadline_ms,
     struct send_report *r)
{
    struct curl_slist *headers = NULL;
    struct bytes body = b->body;
    struct https_outcome outcome;

    buf_reset(&h->target);
    buf_printf(&h->target, "%s/%.*s", h->url, (int)b->info_type.len,
               b->info_type.data);
    if (!buf_cstr(&h->target) || !make_body(h, &body) ||
        !make_headers(h, b, &headers) ||
        curl_easy_setopt(h->call.easy, CURLOPT_URL, buf_cstr(&h->target)) !=
            CURLE_OK) {
        free_headers(headers);
        report_set(r, SEND_AGAIN, "out of memory");
        return;
    }
    https_call_run(&h->call, headers, body, deadline_ms, &h->wake, &outcome);
    free_headers(headers);
    if (outcome.woken)
        (void)wake_take(&h->wake);
    if (outcome.woken || outcome.code != CURLE_OK) {
        https_call_failed(&h->call, &outcome, r);
        return;
    }
    answer_read(&h->answer, b, outcome.status, ANSWER_OBJECT,
                buf_view(&h->call.reply), r);
    r->retry_after_ms = outcome.retry_after_ms;
}

static void
https_send(void *t, const struct batch *b, unsigned deadline_ms,
           struct send_report *r)
{
    struct https *h = t;
    struct err err;
    bool changed;

    if (!answer_expects(&h->answer, b, r))
        return;
    if (h->token_file &&
        secret_refresh(&h->token, h->token_file, &changed, &err) != ERR_OK) {
        report_set(r, SEND_AGAIN, "%s: %s", err.where, err.msg);
        r->pause = true;
        return;
    }
    if (wake_take(&h->wake))
        report_set(r, SEND_AGAIN, "interrupted");
    else
        call(h, b, deadline_ms, r);
}

static void
https_wake(void *t)
{
    struct https *h = t;

    wake_ring(&h->wake);
}

extern const struct transport transport_https;
const struct transport transport_https = {
    .scheme = "https",
    .options = options,
    .guarantee = "SENT means that the receiver answered the complete request "
                 "with 2xx: at least once, exactly once with a receiver that "
                 "drops repeats",
    .open = https_open,
    .send = https_send,
    .wake = https_wake,
    .close = https_close,
};
