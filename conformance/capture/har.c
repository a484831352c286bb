/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP Archive 1.2: log.entries[], each a request and its response, with bodies
 * as text. It is read tolerantly: the archive is no document of the product. */
#include <stdio.h>

#include "conformance/capture/capture.h"
#include "conformance/capture/internal.h"
#include "formats/base/text.h"
#include "formats/json/reader.h"

struct har {
    struct capture_sink *sink;
    struct tape tape;
    struct buf scratch, decoded, url;
    uint64_t entry; /* from 1 */
};

/* The text at ${key} of ${object}; empty when there is none. It lies in the
 * scratch buffer ${b}. */
static struct bytes
text_of(struct har *h, uint32_t object, const char *key, struct buf *b)
{
    uint32_t i = object ? tape_get(&h->tape, object, bytes_str(key)) : 0;

    if (i == 0 || h->tape.node[i].type != TAPE_STRING)
        return BYTES("");
    return tape_clean(&h->tape, &h->tape.node[i], b);
}

static void
give(struct har *h, const char *what, struct bytes text)
{
    char place[CAPTURE_PLACE_MAX];
    struct capture_document d = {
        .text = text, .interface = "har", .place = place};
    int n = (int)(h->url.len < 80 ? h->url.len : 80);

    if (text.len > CAPTURE_DOCUMENT_MAX) {
        d.text = BYTES("");
        d.too_long = true;
    }
    (void)snprintf(place, sizeof place, "entry %llu, %s %.*s",
                   (unsigned long long)h->entry, what, n,
                   h->url.data ? h->url.data : "");
    h->sink->counts->documents++;
    h->sink->document(h->sink->ctx, &d);
}

/* The answer's body: as it is, or base64. */
static void
response(struct har *h, uint32_t entry)
{
    uint32_t response = tape_get(&h->tape, entry, BYTES("response"));
    uint32_t content =
        response ? tape_get(&h->tape, response, BYTES("content")) : 0;
    struct bytes text = text_of(h, content, "text", &h->scratch);
    struct buf encoding = {0};

    buf_reset(&h->decoded);
    if (bytes_is(text_of(h, content, "encoding", &encoding), "base64") &&
        text_unbase64(&h->decoded, text) == ERR_OK)
        text = buf_view(&h->decoded);
    buf_free(&encoding);
    give(h, "answer of", text);
}

static void
entry(struct har *h, uint32_t at)
{
    uint32_t request = tape_get(&h->tape, at, BYTES("request"));
    struct bytes method, url;
    struct buf name = {0};
    bool get, carries;

    h->sink->counts->streams++;
    url = text_of(h, request, "url", &h->scratch);
    buf_reset(&h->url);
    buf_bytes(&h->url, bytes_upto(url, bytes_find(url, '?')));
    method = text_of(h, request, "method", &name);
    get = bytes_is(method, "GET");
    carries = path_carries(buf_view(&h->url)) &&
              (get || bytes_is(method, "POST") || bytes_is(method, "PUT"));
    if (!carries)
        h->sink->counts->ignored++;
    else if (get)
        response(h, at);
    else
        give(h, "body of",
             text_of(h, tape_get(&h->tape, request, BYTES("postData")), "text",
                     &h->scratch));
    buf_free(&name);
}

static enum err_code
entries(struct har *h, struct err *err)
{
    uint32_t log = tape_get(&h->tape, 0, BYTES("log"));
    uint32_t list = log ? tape_get(&h->tape, log, BYTES("entries")) : 0;

    if (list == 0 || h->tape.node[list].type != TAPE_ARRAY)
        return err_set(err, ERR_SYNTAX, NULL,
                       "the HTTP archive has no log.entries");
    if (h->tape.node[list].hash == 0)
        return ERR_OK;
    for (uint32_t i = list + 1; i != 0; i = h->tape.node[i].next) {
        h->entry++;
        entry(h, i);
    }
    return ERR_OK;
}

enum err_code
har_read(struct bytes text, struct capture_sink *sink, struct err *err)
{
    static const struct json_limits limits = {.depth = 32,
                                              .keys = 4096,
                                              .string_bytes = 32u << 20,
                                              .nodes = TAPE_MAX_NODES,
                                              .bytes = CAPTURE_HAR_MAX};
    struct har h = {.sink = sink};
    struct json_reader reader;
    enum err_code code;

    if (bytes_starts(text, BYTES("\xEF\xBB\xBF")))
        text = bytes_from(text, 3);
    json_reader_init(&reader, JSON_TOLERANT, &limits);
    code = json_read(&reader, text, &h.tape, err);
    if (code == ERR_OK)
        code = entries(&h, err);
    json_reader_free(&reader);
    tape_free(&h.tape);
    buf_free(&h.scratch);
    buf_free(&h.decoded);
    buf_free(&h.url);
    return code;
}
