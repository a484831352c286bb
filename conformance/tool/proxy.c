/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/proxy.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conformance/capture/record.h"
#include "conformance/capture/tcp.h"
#include "conformance/tool/write_up.h"
#include "formats/json/writer.h"

#include <netinet/in.h>

struct subject { /* a connection, as it is judged and recorded */
    struct conversation *conversation; /* NULL for datagrams */
    char name[2][CAPTURE_PLACE_MAX / 2];
    struct proxy_half half[2];
    EVP_MD_CTX *digest[2]; /* of what each direction carried; NULL: not kept */
    char opened[40];
};

static int64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- documents */

static void
take(void *ctx, const struct capture_document *d)
{
    struct proxy *p = ctx;
    const struct input_document doc = {.text = d->text,
                                       .line = 1,
                                       .interface = d->interface,
                                       .place = d->place,
                                       .too_long = d->too_long};

    if (p->ways & 1u << d->direction) {
        p->judged++;
        observe_document(p->run->observe, p->target, &doc);
    } else {
        p->others++;
        observe_context(p->run->observe, &doc);
    }
}

/* ---- what the relay tells */

static void
endpoint(const struct sockaddr_storage *a, struct tcp_endpoint *out)
{
    const struct sockaddr_in6 *six = (const void *)a;
    const struct sockaddr_in *four = (const void *)a;

    if (a->ss_family == AF_INET6) {
        memcpy(out->address, &six->sin6_addr, 16);
        out->port = ntohs(six->sin6_port);
    } else {
        memcpy(out->address, &four->sin_addr, 4);
        out->port = ntohs(four->sin_port);
    }
}

static void
name_ends(const struct relay_link *l, struct subject *s)
{
    struct tcp_endpoint from = {0}, to = {0};
    bool v6 = l->to.ss_family == AF_INET6;

    endpoint(&l->from, &from);
    endpoint(&l->to, &to);
    tcp_name(&from, &to, v6, s->name[0], sizeof s->name[0]);
    tcp_name(&to, &from, v6, s->name[1], sizeof s->name[1]);
}

static void
on_opened(void *ctx, struct relay_link *l)
{
    struct proxy *p = ctx;
    struct subject *s = calloc(1, sizeof *s);
    const char *const names[2] = {s ? s->name[0] : "", s ? s->name[1] : ""};
    struct buf time = {0};

    p->links++;
    l->subject = s;
    if (s == NULL) {
        p->sink.nomem = true;
        return;
    }
    name_ends(l, s);
    write_up_now(&time);
    (void)snprintf(s->opened, sizeof s->opened, "%s",
                   buf_cstr(&time) ? buf_cstr(&time) : "");
    buf_free(&time);
    if (!l->datagrams) {
        s->conversation = conversation_new(&p->sink, names, false);
        proxy_record_flags(p, l, s->half, 0, RECORD_SYN);
        proxy_record_flags(p, l, s->half, 1, RECORD_SYN | RECORD_ACK);
    }
    for (unsigned d = 0; d < 2 && p->e->dir != NULL; d++) {
        s->digest[d] = EVP_MD_CTX_new();
        if (s->digest[d] == NULL ||
            EVP_DigestInit_ex(s->digest[d], EVP_sha256(), NULL) != 1)
            p->sink.nomem = true;
    }
}

static void
on_bytes(void *ctx, struct relay_link *l, unsigned d, struct bytes b)
{
    struct proxy *p = ctx;
    struct subject *s = l->subject;

    p->last_ns = now_ns();
    p->target->bytes += b.len;
    p->target->capture.packets++;
    if (s == NULL)
        return;
    if (s->digest[d] != NULL &&
        EVP_DigestUpdate(s->digest[d], b.data, b.len) != 1)
        p->sink.nomem = true;
    proxy_record_bytes(p, l, s->half, d, b);
    if (s->conversation != NULL)
        conversation_bytes(s->conversation, d, b, 0);
    else if (p->ways & 1u << d) /* datagrams are of one direction */
        conversation_datagram(&p->sink, s->name[d], b, 0);
}

static void
on_ended(void *ctx, struct relay_link *l, unsigned d)
{
    struct proxy *p = ctx;
    struct subject *s = l->subject;

    if (s == NULL)
        return;
    proxy_record_rest(p, l, s->half, d);
    proxy_record_flags(p, l, s->half, d, RECORD_FIN | RECORD_ACK);
    if (s->conversation != NULL)
        conversation_end(s->conversation, d);
}

static void
put_digest(struct json_writer *w, EVP_MD_CTX *digest)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned n = 0;

    if (digest != NULL && EVP_DigestFinal_ex(digest, md, &n) == 1) {
        for (unsigned i = 0; i < n; i++)
            (void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
    }
    json_cstr(w, hex);
}

static void
put_link(struct proxy *p, const struct relay_link *l, const struct subject *s)
{
    static const char *const ends[] = {"open", "closed", "reset", "refused",
                                       "stopped"};
    struct json_writer w;
    struct buf time = {0};

    write_up_now(&time);
    json_writer_init(&w, &p->lines);
    json_object(&w);
    json_key(&w, "n");
    json_u64(&w, l->number);
    json_key(&w, "ends");
    json_cstr(&w, s->name[0]);
    json_key(&w, "transport");
    json_cstr(&w, l->datagrams ? "udp" : "tcp");
    json_key(&w, "opened");
    json_cstr(&w, s->opened);
    json_key(&w, "closed");
    json_cstr(&w, buf_cstr(&time));
    for (unsigned d = 0; d < 2; d++) {
        json_key(&w, d ? "back" : "forth");
        json_object(&w);
        json_key(&w, "read");
        json_u64(&w, l->taken[d]);
        json_key(&w, "written");
        json_u64(&w, l->given[d]);
        json_key(&w, "sha256");
        put_digest(&w, s->digest[d]);
        json_end_object(&w);
    }
    json_key(&w, "lost_datagrams");
    json_u64(&w, l->lost);
    json_key(&w, "end");
    json_cstr(&w, ends[l->end]);
    if (l->error != 0) {
        json_key(&w, "error");
        json_cstr(&w, strerror(l->error));
    }
    json_end_object(&w);
    buf_char(&p->lines, '\n');
    buf_free(&time);
}

static void
on_closed(void *ctx, struct relay_link *l)
{
    struct proxy *p = ctx;
    struct subject *s = l->subject;

    for (unsigned d = 0; d < 2; d++) {
        p->taken += l->taken[d];
        p->given += l->given[d];
    }
    p->lost += l->lost;
    p->refused += l->end == RELAY_REFUSED;
    p->reset += l->end == RELAY_RESET;
    p->stopped += l->end == RELAY_STOPPED && !l->datagrams;
    if (s == NULL)
        return;
    for (unsigned d = 0; d < 2; d++)
        proxy_record_rest(p, l, s->half, d);
    if (l->end == RELAY_RESET || l->end == RELAY_REFUSED)
        proxy_record_flags(p, l, s->half, l->end == RELAY_REFUSED,
                           RECORD_RST | RECORD_ACK);
    if (p->e->dir != NULL && p->links <= PROXY_LOGGED_MAX)
        put_link(p, l, s);
    conversation_free(s->conversation);
    for (unsigned d = 0; d < 2; d++) {
        EVP_MD_CTX_free(s->digest[d]);
        buf_free(&s->half[d].held);
    }
    free(s);
}

/* ---- from beginning to end */

enum err_code
proxy_open(struct proxy *p, const char *name, struct err *err)
{
    enum err_code code = ERR_OK;

    p->fd = -1;
    p->target = observe_target(p->run->observe, name);
    if (p->target == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    p->target->kind = CAPTURE_PCAPNG;
    p->sink = (struct capture_sink){
        .document = take, .ctx = p, .counts = &p->target->capture};
    if (p->record_max > 0)
        code = evidence_create(p->e, PROXY_TRAFFIC, &p->fd, err);
    if (code == ERR_OK && p->fd >= 0)
        record_begin(&p->frames);
    return code;
}

struct relay_events
proxy_events(struct proxy *p)
{
    return (struct relay_events){.opened = on_opened,
                                 .bytes = on_bytes,
                                 .ended = on_ended,
                                 .closed = on_closed,
                                 .ctx = p};
}

/* What the reader of the report has to know about what was not seen. */
static void
make_notes(struct proxy *p)
{
    const struct capture_counts *n = &p->target->capture;
    struct arena *a = &p->run->observe->arena;
    const struct {
        uint64_t count;
        const char *zh, *en;
    } rows[] = {
        {n->encrypted,
         "个方向的内容已加密（TLS 或 ZeroMQ CURVE），只转发，未评定",
         "directions were encrypted (TLS or ZeroMQ CURVE): relayed, not judged"},
        {n->unknown, "个方向或数据报的协议无法识别，只转发，未评定",
         "directions or datagrams of no known protocol: relayed, not judged"},
        {p->others, "个文档来自对端，未计入被测产品",
         "documents came from the other side and are not charged"},
        {p->refused, "个连接未能到达目标",
         "connections did not reach the target"},
        {p->reset, "个连接被一端复位", "connections were reset by one side"},
        {p->lost, "个数据报未能转发", "datagrams could not be sent on"},
        {p->full, "：流量记录达到上限，其后的内容未记入",
         ": the capture reached its limit, what came later is not in it"},
    };

    p->note[p->notes++] = (struct ledger_text){
        "被动判定：只看经过代理的内容，工具没有发送任何报文",
        "passive: only what passed the proxy was judged, the tester sent "
        "nothing"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned long long count = rows[i].count;
        struct ledger_text *t = &p->note[p->notes];

        if (count == 0)
            continue;
        t->zh = arena_printf(a, "%llu %s", count, rows[i].zh);
        t->en = arena_printf(a, "%llu %s", count, rows[i].en);
        p->run->observe->nomem |= t->zh == NULL || t->en == NULL;
        p->notes++;
    }
    p->run->setting.note = p->note;
    p->run->setting.notes = p->notes;
}

enum err_code
proxy_finish(struct proxy *p, const char *time, struct err *err)
{
    enum err_code code = p->err.code;

    p->run->observe->nomem |= p->sink.nomem;
    make_notes(p);
    if (p->fd >= 0) {
        proxy_record_write(p);
        (void)close(p->fd);
        p->fd = -1;
        code = p->err.code;
        if (code == ERR_OK)
            code = evidence_adopt(p->e, PROXY_TRAFFIC, time, &p->err);
    }
    if (code == ERR_OK && p->lines.len > 0)
        code = buf_ok(&p->lines)
                   ? evidence_file(p->e, PROXY_CONNECTIONS, time,
                                   buf_view(&p->lines), &p->err)
                   : err_set(&p->err, ERR_NOMEM, NULL, "out of memory");
    *err = p->err;
    return code;
}

void
proxy_close(struct proxy *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    buf_free(&p->frames);
    buf_free(&p->lines);
}
