/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 messages (RFC 9112): bodies that were posted to the data interface,
 * what it answered, commands of the function interface and their responses.
 * Everything else is passed over. A reader of what
 * two others say to each other is tolerant: it judges documents, not HTTP. */
#include <stdlib.h>
#include <strings.h>

#include "conformance/capture/internal.h"
#include "transport/gzip.h"

enum http_body {
    BODY_NONE, /* a head is next */
    BODY_LENGTH,
    BODY_CHUNK_SIZE,
    BODY_CHUNK,
    BODY_CHUNK_END,
    BODY_TRAILER,
    BODY_UNTIL_END
};

enum asked { /* what a response is one to */
             ASKED_OTHER,
             ASKED_DATA,   /* GET of information */
             ASKED_HEAD,   /* no body comes */
             ASKED_POST,   /* information was given */
             ASKED_COMMAND /* the function interface */
};

#define LINE_MAX_BYTES 8192 /* of a chunk size or a trailer line */

struct head {
    struct bytes word[3]; /* of the start line */
    uint64_t length;
    bool has_length, chunked, packed, lines, bad;
};

static int
looks_like(struct bytes b, const char *const *words)
{
    int looks = 0;

    for (; *words != NULL && looks <= 0; words++) {
        struct bytes w = bytes_str(*words);

        if (bytes_starts(b, w))
            looks = 1;
        else if (bytes_starts(w, b))
            looks = -1;
    }
    return looks;
}

static int
looks_request(struct bytes b)
{
    static const char *const words[] = {
        "POST /",    "GET /",    "PUT /",   "HEAD /",    "DELETE /",
        "OPTIONS /", "PATCH /",  "TRACE /", "POST http", "GET http",
        "PUT http",  "CONNECT ", NULL};

    return looks_like(b, words);
}

static int
looks_response(struct bytes b)
{
    static const char *const words[] = {"HTTP/1.", NULL};

    return looks_like(b, words);
}

/* By what a message of the function interface is known, and the answer to
 * information: a refusal before the message was read has neither. */
static const char message[] = "\"request_id\"", acceptance[] = "\"accepted\"";

static bool
holds(struct bytes text, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n < text.len; i++) {
        if (memcmp(text.data + i, part, n) == 0)
            return true;
    }
    return false;
}

bool
path_carries(struct bytes path)
{
    return holds(bytes_upto(path, bytes_find(path, '?')), "/data/");
}

bool
path_commands(struct bytes path)
{
    path = bytes_upto(path, bytes_find(path, '?'));
    return holds(path, "/command/") || holds(path, "/task/");
}

/* ---- heads */

static bool
has_word(struct bytes list, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= list.len; i++) {
        if (strncasecmp(list.data + i, word, n) == 0)
            return true;
    }
    return false;
}

static void
take_field(struct head *h, struct bytes line)
{
    size_t n = bytes_find(line, ':');
    struct bytes name = bytes_upto(line, n);
    struct bytes value = bytes_trim(bytes_from(line, n + 1));
    uint64_t length;

    if (name.len == 14 && strncasecmp(name.data, "content-length", 14) == 0) {
        if (!bytes_to_u64(value, UINT32_MAX, &length) ||
            (h->has_length && h->length != length))
            h->bad = true;
        else
            h->length = length;
        h->has_length = true;
    } else if (name.len == 17 &&
               strncasecmp(name.data, "transfer-encoding", 17) == 0) {
        h->chunked = has_word(value, "chunked");
    } else if (name.len == 16 &&
               strncasecmp(name.data, "content-encoding", 16) == 0) {
        h->packed = has_word(value, "gzip");
    } else if (name.len == 12 &&
               strncasecmp(name.data, "content-type", 12) == 0) {
        h->lines = has_word(value, "ndjson");
    }
}

/* The head at the start of ${b}: its length, 0 when it is not whole. */
static size_t
read_head(struct bytes b, struct head *h)
{
    size_t at = 0, line = 0;

    *h = (struct head){0};
    for (;;) {
        struct bytes rest = bytes_from(b, at);
        size_t n = bytes_find(rest, '\n');
        struct bytes text = bytes_trim(bytes_upto(rest, n));

        if (n == rest.len || at > CAPTURE_HEAD_MAX)
            return 0;
        at += n + 1;
        if (text.len == 0 && line > 0)
            return at;
        for (int i = 0; i < 3 && line == 0; i++) {
            size_t w = bytes_find(text, ' ');

            h->word[i] = bytes_upto(text, w);
            text = bytes_from(text, w + 1);
        }
        if (line++ > 0)
            take_field(h, text);
    }
}

/* ---- bodies */

static void
emit(struct direction *d, struct bytes text)
{
    const char *interface = d->c->tls ? "https" : "http";

    while (d->u.http.lines && text.len > 0) {
        size_t n = bytes_find(text, '\n');

        if (bytes_trim(bytes_upto(text, n)).len > 0)
            direction_document(d, bytes_upto(text, n), interface, false);
        text = bytes_from(text, n + 1);
    }
    if (!d->u.http.lines)
        direction_document(d, text, interface, false);
}

static void
finish(struct direction *d)
{
    struct http_state *h = &d->u.http;
    struct buf plain = {0};

    if (!h->wanted)
        d->c->sink->counts->ignored++;
    else if (h->too_long)
        direction_document(d, BYTES(""), d->c->tls ? "https" : "http", true);
    else if (h->packed && gzip_unpack(buf_view(&d->body), CAPTURE_DOCUMENT_MAX,
                                      &plain) == ERR_OK)
        emit(d, buf_view(&plain));
    else if (h->has != NULL && !holds(buf_view(&d->body), h->has))
        d->c->sink->counts->ignored++;
    else /* what is called gzip and is none is judged as it stands */
        emit(d, buf_view(&d->body));
    buf_free(&plain);
    d->marked = false;
    buf_reset(&d->body);
    *h = (struct http_state){0};
}

static void
keep(struct direction *d, struct bytes b)
{
    struct http_state *h = &d->u.http;

    if (!h->wanted || h->too_long)
        return;
    if (d->body.len + b.len > CAPTURE_DOCUMENT_MAX) {
        h->too_long = true;
        d->c->sink->counts->limits++;
        buf_reset(&d->body);
        return;
    }
    buf_bytes(&d->body, b);
    d->c->sink->nomem |= !buf_ok(&d->body);
}

static size_t
lost(struct direction *d)
{
    direction_lost(d, &d->c->sink->counts->unknown);
    return 0;
}

/* A line of the chunked framing; 0: not whole yet. */
static size_t
line_of(struct direction *d, struct bytes b, struct bytes *line)
{
    size_t n = bytes_find(b, '\n');

    if (n == b.len)
        return n > LINE_MAX_BYTES ? lost(d) : 0;
    *line = bytes_trim(bytes_upto(b, n));
    return n + 1;
}

static size_t
chunk_size(struct direction *d, struct bytes b)
{
    struct bytes line;
    size_t n = line_of(d, b, &line), i = 0;
    uint64_t size = 0;

    if (n == 0)
        return 0;
    for (; i < line.len && i < 8; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *p = line.data[i] ? strchr(digits, line.data[i]) : NULL;

        if (p == NULL)
            break;
        size = size << 4 | (uint64_t)((p - digits) & 15);
    }
    if (i == 0 || (i < line.len && strchr("; \t", line.data[i]) == NULL))
        return lost(d);
    d->u.http.left = size;
    d->u.http.body = size > 0 ? BODY_CHUNK : BODY_TRAILER;
    return n;
}

static size_t
chunk_line(struct direction *d, struct bytes b)
{
    struct bytes line;
    size_t n = line_of(d, b, &line);

    if (n == 0)
        return 0;
    if (d->u.http.body == BODY_CHUNK_END)
        d->u.http.body = BODY_CHUNK_SIZE;
    else if (line.len == 0)
        finish(d);
    return n;
}

static size_t
counted(struct direction *d, struct bytes b)
{
    struct http_state *h = &d->u.http;
    size_t n = b.len < h->left ? b.len : (size_t)h->left;

    keep(d, bytes_upto(b, n));
    h->left -= n;
    if (h->left == 0 && h->body == BODY_CHUNK)
        h->body = BODY_CHUNK_END;
    else if (h->left == 0)
        finish(d);
    return n;
}

static size_t
until_end(struct direction *d, struct bytes b)
{
    keep(d, b);
    if (d->ended)
        finish(d);
    return b.len;
}

static size_t
take_body(struct direction *d, struct bytes b)
{
    switch ((enum http_body)d->u.http.body) {
    case BODY_CHUNK_SIZE:
        return chunk_size(d, b);
    case BODY_CHUNK_END:
    case BODY_TRAILER:
        return chunk_line(d, b);
    case BODY_UNTIL_END:
        return until_end(d, b);
    case BODY_NONE:
    case BODY_LENGTH:
    case BODY_CHUNK:
        break;
    }
    return counted(d, b);
}

/* What of the message follows its head. */
static void
begin_body(struct direction *d, const struct head *h, bool until_end_allowed)
{
    struct http_state *s = &d->u.http;

    s->packed = h->packed;
    s->lines = h->lines;
    if (h->chunked) {
        s->body = BODY_CHUNK_SIZE;
    } else if (h->has_length) {
        s->body = BODY_LENGTH;
        s->left = h->length;
    } else if (until_end_allowed) {
        s->body = BODY_UNTIL_END;
    }
    if (s->body == BODY_NONE || (s->body == BODY_LENGTH && s->left == 0))
        finish(d);
}

static size_t
head_of(struct direction *d, struct bytes b, struct head *h)
{
    size_t n = read_head(b, h);

    if (n == 0 && b.len > CAPTURE_HEAD_MAX)
        direction_lost(d, &d->c->sink->counts->limits);
    else if (n > 0 && h->bad)
        return lost(d);
    return n;
}

/* What the response to a request is, by the request. */
static unsigned char
asked_by(const struct head *h)
{
    bool data = path_carries(h->word[1]);

    if (bytes_is(h->word[0], "HEAD"))
        return ASKED_HEAD;
    if (path_commands(h->word[1]))
        return ASKED_COMMAND;
    if (data && bytes_is(h->word[0], "GET"))
        return ASKED_DATA;
    return data && bytes_is(h->word[0], "POST") ? ASKED_POST : ASKED_OTHER;
}

static size_t
take_request(struct direction *d, struct bytes b)
{
    struct conversation *c = d->c;
    struct head h;
    size_t n;

    if (d->u.http.body != BODY_NONE)
        return take_body(d, b);
    if (b.len > 0 && (b.data[0] == '\r' || b.data[0] == '\n'))
        return 1;
    if (b.len == 0 || (n = head_of(d, b, &h)) == 0)
        return 0;
    if (looks_request(b) != 1 || bytes_is(h.word[0], "CONNECT"))
        return lost(d);
    d->u.http.wanted =
        (path_carries(h.word[1]) || path_commands(h.word[1])) &&
        (bytes_is(h.word[0], "POST") || bytes_is(h.word[0], "PUT"));
    d->u.http.has = path_commands(h.word[1]) ? message : NULL;
    if (c->asked_count < ASKED_MAX)
        c->asked[(c->asked_first + c->asked_count++) % ASKED_MAX] =
            asked_by(&h);
    direction_mark(d, n);
    begin_body(d, &h, false);
    return n;
}

static size_t
take_response(struct direction *d, struct bytes b)
{
    struct conversation *c = d->c;
    unsigned char asked = ASKED_OTHER;
    struct head h;
    uint64_t status;
    size_t n;

    if (d->u.http.body != BODY_NONE)
        return take_body(d, b);
    if (b.len == 0 || (n = head_of(d, b, &h)) == 0)
        return 0;
    if (looks_response(b) != 1 || !bytes_to_u64(h.word[1], 999, &status) ||
        status == 101)
        return lost(d);
    if (status < 200) /* provisional: another one follows */
        return n;
    if (c->asked_count > 0) {
        asked = c->asked[c->asked_first];
        c->asked_first = (c->asked_first + 1) % ASKED_MAX;
        c->asked_count--;
    }
    direction_mark(d, n);
    d->u.http.wanted = asked == ASKED_COMMAND || asked == ASKED_POST ||
                       (asked == ASKED_DATA && status == 200);
    d->u.http.has = asked == ASKED_COMMAND ? message
                    : asked == ASKED_POST  ? acceptance
                                           : NULL;
    if (asked == ASKED_HEAD || status == 204 || status == 304)
        finish(d);
    else
        begin_body(d, &h, true);
    return n;
}

const struct protocol protocol_request = {.name = "HTTP requests",
                                          .looks = looks_request,
                                          .take = take_request,
                                          .resumes = true};
const struct protocol protocol_response = {.name = "HTTP responses",
                                           .looks = looks_response,
                                           .take = take_response,
                                           .resumes = true};
