/* SPDX-License-Identifier: Apache-2.0 */
/* See https_call.h. libcurl's multi interface, because only it can wait for a
 * second descriptor (the bell) beside the connection. */
#include "transport/https_call.h"

#include <time.h>

#include "transport/clock.h"
#include "transport/report.h"

#define RETRY_AFTER_MAX_S 3600 /* longest Retry-After we obey */

static size_t
on_reply(char *data, size_t size, size_t n, void *arg)
{
    struct https_call *c = arg;

    buf_add(&c->reply, data, size * n);
    return buf_ok(&c->reply) ? size * n : 0;
}

/* libcurl takes a head that ends with the connection for a whole one: a proxy
 * that dies in the middle of "202 Accepted" must not pass for an acceptance. */
static size_t
on_head(char *line, size_t size, size_t n, void *arg)
{
    struct https_call *c = arg;

    n *= size;
    if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
        c->head_ended = false; /* an interim answer had a head of its own */
    else if (n <= 2 && n > 0 && line[n - 1] == '\n')
        c->head_ended = true; /* and stays so: trailers come here too */
    return n;
}

static CURLcode
on_context(CURL *easy, void *context, void *arg)
{
    const struct https_call *c = arg;

    (void)easy;
    tls_harden(context, c->tls12);
    return CURLE_OK;
}

struct setting {
    CURLoption option;
    long value;
};

static bool
set_numbers(CURL *e, long connect_ms)
{
    const struct setting rows[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_TCP_KEEPALIVE, 1},
        {CURLOPT_POST, 1},
        {CURLOPT_CONNECTTIMEOUT_MS, connect_ms},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (curl_easy_setopt(e, rows[i].option, rows[i].value) != CURLE_OK)
            return false;
    }
    return true;
}

static bool
set_text(CURL *e, CURLoption option, const char *text)
{
    return !text || curl_easy_setopt(e, option, text) == CURLE_OK;
}

static bool
set_tls(struct https_call *c, const struct tls_files *f)
{
    long version = f->tls12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3;

    c->tls12 = f->tls12;
    return curl_easy_setopt(c->easy, CURLOPT_SSLVERSION, version) == CURLE_OK &&
           curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_FUNCTION, on_context) ==
               CURLE_OK &&
           curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_DATA, c) == CURLE_OK &&
           set_text(c->easy, CURLOPT_SSL_CIPHER_LIST, TLS12_CIPHERS) &&
           set_text(c->easy, CURLOPT_CAINFO, f->ca) &&
           set_text(c->easy, CURLOPT_SSLCERT, f->cert) &&
           set_text(c->easy, CURLOPT_SSLKEY, f->key);
}

enum err_code
https_call_init(struct https_call *c, const struct tls_files *files,
                long connect_ms, struct err *err)
{
    transport_quiet_pipes();
    *c = (struct https_call){0};
    buf_init(&c->reply, HTTPS_CALL_REPLY_MAX);
    c->multi = curl_multi_init();
    c->easy = curl_easy_init();
    if (!c->multi || !c->easy) {
        https_call_fini(c);
        return err_set(err, ERR_NOMEM, NULL, "libcurl does not start");
    }
    if (!set_numbers(c->easy, connect_ms) ||
        !set_text(c->easy, CURLOPT_PROTOCOLS_STR, files ? "https" : "http") ||
        !set_text(c->easy, CURLOPT_PROXY, "") ||
        !set_text(c->easy, CURLOPT_USERAGENT, "hutong/" HUTONG_VERSION) ||
        curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error) != CURLE_OK ||
        curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_reply) !=
            CURLE_OK ||
        curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c) != CURLE_OK ||
        curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_head) !=
            CURLE_OK ||
        curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c) != CURLE_OK ||
        (files && !set_tls(c, files))) {
        https_call_fini(c);
        return err_set(err, ERR_UNSUPPORTED, NULL,
                       "this libcurl lacks an option that we need");
    }
    return ERR_OK;
}

void
https_call_fini(struct https_call *c)
{
    if (c->easy)
        curl_easy_cleanup(c->easy);
    if (c->multi)
        (void)curl_multi_cleanup(c->multi);
    buf_free(&c->reply);
    *c = (struct https_call){0};
}

/* The end of the transfer, if it has come. */
static bool
is_done(struct https_call *c, CURLcode *code)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(c->multi, &left))) {
        if (msg->msg == CURLMSG_DONE) {
            *code = msg->data.result;
            return true;
        }
    }
    return false;
}

static void
drive(struct https_call *c, int64_t end_ms, const struct wake *bell,
      struct https_outcome *out)
{
    struct curl_waitfd extra = {.fd = bell->fd, .events = CURL_WAIT_POLLIN};

    for (;;) {
        int running = 0;
        int64_t left = end_ms - clock_ms();

        if (curl_multi_perform(c->multi, &running) != CURLM_OK) {
            out->code = CURLE_OUT_OF_MEMORY;
            return;
        }
        if (is_done(c, &out->code))
            return;
        if (left <= 0) {
            out->code = CURLE_OPERATION_TIMEDOUT;
            return;
        }
        extra.revents = 0;
        if (curl_multi_poll(c->multi, &extra, 1, (int)left, NULL) != CURLM_OK) {
            out->code = CURLE_OUT_OF_MEMORY;
            return;
        }
        if (extra.revents) {
            out->woken = true;
            return;
        }
    }
}

static void
read_outcome(struct https_call *c, struct https_outcome *out)
{
    long status = 0;
    curl_off_t retry = 0, ready_us = 0;

    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry);
    (void)curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    out->status = status > 0 ? (unsigned)status : 0;
    if (out->code == CURLE_OK && !c->head_ended)
        out->code = CURLE_PARTIAL_FILE;
    if (retry > RETRY_AFTER_MAX_S)
        retry = RETRY_AFTER_MAX_S;
    out->retry_after_ms = retry > 0 ? (uint32_t)retry * 1000 : 0;
    out->connected = ready_us > 0;
}

void
https_call_run(struct https_call *c, struct curl_slist *headers,
               struct bytes body, unsigned deadline_ms, const struct wake *bell,
               struct https_outcome *out)
{
    CURL *e = c->easy;

    *out = (struct https_outcome){.code = CURLE_OUT_OF_MEMORY};
    c->error[0] = '\0';
    c->head_ended = false;
    buf_reset(&c->reply);
    if (curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)body.len) != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.len ? body.data : "") !=
            CURLE_OK ||
        curl_multi_add_handle(c->multi, e) != CURLM_OK)
        return;
    drive(c, clock_ms() + deadline_ms, bell, out);
    read_outcome(c, out);
    /* Removing an unfinished transfer closes its connection: a late answer can
     * never be taken for the next request's. */
    (void)curl_multi_remove_handle(c->multi, e);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, NULL);
}

/* What a libcurl failure means. Rows not listed: the request may have reached
 * the receiver, so the same bytes go again. */
static const struct {
    CURLcode code;
    enum send_result result;
    bool pause;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, SEND_DOWN, false},
    {CURLE_COULDNT_CONNECT, SEND_DOWN, false},
    {CURLE_SSL_CONNECT_ERROR, SEND_DOWN, true},
    {CURLE_PEER_FAILED_VERIFICATION, SEND_DOWN, true},
    {CURLE_SSL_CERTPROBLEM, SEND_DOWN, true},
    {CURLE_SSL_CIPHER, SEND_DOWN, true},
    {CURLE_SSL_CACERT_BADFILE, SEND_DOWN, true},
    {CURLE_SSL_ISSUER_ERROR, SEND_DOWN, true},
    {CURLE_UNSUPPORTED_PROTOCOL, SEND_AGAIN,
     false},                                       /* bytes that are no HTTP */
    {CURLE_WEIRD_SERVER_REPLY, SEND_AGAIN, false}, /* garbled once */
    {CURLE_WRITE_ERROR, SEND_AGAIN, true},         /* answer over the limit */
};

/* The connection went away in the handshake: OpenSSL has no error of its own to
 * tell (libcurl then writes the system's), or only that the bytes ended. */
static bool
cut_off(const char *text)
{
    return strstr(text, "error:") == NULL || strstr(text, "unexpected eof");
}

void
https_call_failed(const struct https_call *c, const struct https_outcome *o,
                  struct send_report *r)
{
    enum send_result result = SEND_AGAIN;
    bool pause = false;
    const char *text = c->error[0] ? c->error : curl_easy_strerror(o->code);

    if (o->woken) {
        report_set(r, SEND_AGAIN, "interrupted");
        return;
    }
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (failures[i].code == o->code) {
            result = failures[i].result;
            pause = failures[i].pause;
        }
    }
    if (o->code == CURLE_OPERATION_TIMEDOUT && !o->connected)
        result = SEND_DOWN;
    /* With TLS 1.3 a server refuses a client certificate after the client's
     * handshake is complete, so the alert arrives as a receive error. A reset
     * in the handshake is not a fault of credentials. */
    if ((o->code == CURLE_RECV_ERROR || o->code == CURLE_SEND_ERROR) &&
        strstr(c->error, "alert")) {
        result = SEND_DOWN;
        pause = true;
    } else if (o->code == CURLE_SSL_CONNECT_ERROR && cut_off(c->error)) {
        pause = false;
    }
    report_set(r, result, "%s", text);
    r->pause = pause;
}
