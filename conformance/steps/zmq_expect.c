/* SPDX-License-Identifier: Apache-2.0 */
/* What is expected of the messages that came: one row a rule, every rule over
 * every message, the first one that breaks it is told. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "formats/base/text.h"
#include "transport/zhead.h"

#define BODY_MAX ((size_t)16 << 20) /* what a receiver has to take */
#define TEXT_MAX 160

struct why {
    char observed[TEXT_MAX];
};

struct rule {
    const char *name, *at, *expected;
    /* holds(m, prev, w): ${prev} is the message before it, or NULL. NULL: the
     * rule is of all messages together, see varied(). */
    bool (*holds)(const struct zmq_seen *m, const struct zmq_seen *prev,
                  struct why *w);
};

static bool
say(struct why *w, const char *what, struct bytes text)
{
    struct buf b = {0};

    text_visible(&b, bytes_upto(text, 100));
    (void)snprintf(w->observed, sizeof(w->observed), "%s %.*s", what,
                   (int)b.len, b.data ? b.data : "");
    buf_free(&b);
    return false;
}

static bool
say_number(struct why *w, const char *what, int64_t n)
{
    (void)snprintf(w->observed, sizeof(w->observed), "%s %lld", what,
                   (long long)n);
    return false;
}

/* ---- frames and topic */

static bool
frames_three(const struct zmq_seen *m, const struct zmq_seen *prev,
             struct why *w)
{
    (void)prev;
    return zmq_frames(m) == 3 ||
           say_number(w, "frames:", (int64_t)zmq_frames(m));
}

static bool
topic_form(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    struct bytes t = zmq_frame(m, 0);

    (void)prev;
    /* Subscriptions compare octets: a type in upper case reaches nobody. */
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] >= 'A' && t.data[i] <= 'Z')
            return say(w, "topic", t);
    }
    return (t.len > 1 && t.data[t.len - 1] == '.' &&
            zhead_is_type(bytes_upto(t, t.len - 1))) ||
           say(w, "topic", t);
}

static bool
topic_type(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    struct bytes t = zmq_frame(m, 0);

    (void)prev;
    return (t.len > 0 &&
            bytes_is(bytes_upto(t, t.len - 1), m->body.info_type)) ||
           say(w, "topic", t);
}

static bool
topic_header(const struct zmq_seen *m, const struct zmq_seen *prev,
             struct why *w)
{
    struct bytes t = zmq_frame(m, 0);

    (void)prev;
    return (t.len > 0 &&
            bytes_is(bytes_upto(t, t.len - 1), m->head.info_type)) ||
           say(w, "topic", t);
}

static bool
topic_asked(const struct zmq_seen *m, const struct zmq_seen *prev,
            struct why *w)
{
    (void)prev;
    return m->asked || say(w, "topic", zmq_frame(m, 0));
}

/* ---- header */

static bool
header_object(const struct zmq_seen *m, const struct zmq_seen *prev,
              struct why *w)
{
    (void)prev;
    return m->head.object || say(w, "header", zmq_frame(m, 1));
}

static bool
header_size(const struct zmq_seen *m, const struct zmq_seen *prev,
            struct why *w)
{
    (void)prev;
    return (zmq_frame(m, 1).len > 0 && zmq_frame(m, 1).len <= ZHEAD_MAX) ||
           say_number(w, "octets of the header:", (int64_t)zmq_frame(m, 1).len);
}

static bool
header_id(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return (m->head.id_text && zhead_is_id(bytes_str(m->head.id))) ||
           say(w, m->head.has_id ? "id" : "no id", bytes_str(m->head.id));
}

static bool
header_type(const struct zmq_seen *m, const struct zmq_seen *prev,
            struct why *w)
{
    (void)prev;
    return (m->head.type_text && zhead_is_type(bytes_str(m->head.info_type))) ||
           say(w, m->head.has_type ? "info_type" : "no info_type",
               bytes_str(m->head.info_type));
}

static bool
header_items(const struct zmq_seen *m, const struct zmq_seen *prev,
             struct why *w)
{
    (void)prev;
    return m->head.items >= 1 ||
           (m->head.has_items ? say_number(w, "items:", m->head.items)
                              : say(w, "no items", BYTES("")));
}

static bool
header_sequence(const struct zmq_seen *m, const struct zmq_seen *prev,
                struct why *w)
{
    (void)prev;
    return m->head.sequence >= 0 ||
           say(w,
               m->head.has_sequence ? "first_sequence is no whole number"
                                    : "no first_sequence",
               BYTES(""));
}

static bool
header_content(const struct zmq_seen *m, const struct zmq_seen *prev,
               struct why *w)
{
    (void)prev;
    return strcmp(m->head.content_type, "application/json") == 0 ||
           say(w, "content_type", bytes_str(m->head.content_type));
}

/* ---- body */

static bool
body_json(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return m->body.json || say(w, "body", zmq_frame(m, 2));
}

static bool
body_object(const struct zmq_seen *m, const struct zmq_seen *prev,
            struct why *w)
{
    (void)prev;
    return (m->body.object && m->body.items >= 0) ||
           say(w, "body", zmq_frame(m, 2));
}

static bool
body_size(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return (zmq_frame(m, 2).len > 0 && zmq_frame(m, 2).len <= BODY_MAX) ||
           say_number(w, "octets of the body:", (int64_t)zmq_frame(m, 2).len);
}

static bool
id_body(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return strcmp(m->head.id, m->body.msg_id) == 0 ||
           say(w, "msg_id", bytes_str(m->body.msg_id));
}

static bool
type_body(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return strcmp(m->head.info_type, m->body.info_type) == 0 ||
           say(w, "info_type of the body", bytes_str(m->body.info_type));
}

static bool
items_body(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return m->head.items == m->body.items ||
           say_number(w, "items in the body:", m->body.items);
}

/* ---- one message after the other */

static bool
id_new(const struct zmq_seen *m, const struct zmq_seen *prev, struct why *w)
{
    (void)prev;
    return m->repeat == 0 || say(w, "used twice:", bytes_str(m->head.id));
}

static bool
sequence_rises(const struct zmq_seen *m, const struct zmq_seen *prev,
               struct why *w)
{
    if (!prev || m->repeat > 0)
        return true;
    if (m->head.sequence > prev->head.sequence)
        return true;
    (void)snprintf(w->observed, sizeof(w->observed), "%lld after %lld",
                   (long long)m->head.sequence, (long long)prev->head.sequence);
    return false;
}

static bool
sequence_joins(const struct zmq_seen *m, const struct zmq_seen *prev,
               struct why *w)
{
    int64_t next;

    if (!prev || m->repeat > 0)
        return true;
    next = prev->head.sequence + prev->head.items;
    if (m->head.sequence == next)
        return true;
    (void)snprintf(w->observed, sizeof(w->observed), "%lld where %lld follows",
                   (long long)m->head.sequence, (long long)next);
    return false;
}

static const struct rule rules[] = {
    {"frames", "frames", "topic, header and body: 3 frames", frames_three},
    {"topic_form", "topic", "an information type and a dot", topic_form},
    {"topic_type", "topic", "the information type of the body and a dot",
     topic_type},
    {"topic_header", "topic", "info_type of the header and a dot",
     topic_header},
    {"topic_asked", "topic", "only what was subscribed to", topic_asked},
    {"header_object", "header", "one strict JSON object", header_object},
    {"header_size", "header", "1 to 4096 octets", header_size},
    {"header_id", "header/id",
     "1 to 256 visible ASCII characters without quote and backslash",
     header_id},
    {"header_type", "header/info_type",
     "1 to 64 letters, digits, underscores and hyphens", header_type},
    {"header_items", "header/items", "a whole number from 1", header_items},
    {"header_sequence", "header/first_sequence", "a whole number from 0",
     header_sequence},
    {"header_content", "header/content_type", "application/json",
     header_content},
    {"body_json", "body", "one strict JSON text", body_json},
    {"body_object", "body", "an object with an array of items", body_object},
    {"body_size", "body", "1 octet to 16 MiB", body_size},
    /* The header announces the body: where they differ, it is the one that is
     * wrong. */
    {"id_body", "header/id", "msg_id of the body", id_body},
    {"type_body", "header/info_type", "info_type of the body", type_body},
    {"items_body", "header/items", "as many items as the body has", items_body},
    {"id_new", "header/id", "an id of its own for every message", id_new},
    {"sequence_rises", "header/first_sequence", "greater than the one before",
     sequence_rises},
    {"sequence_joins", "header/first_sequence",
     "the sequence number after the last item of the message before",
     sequence_joins},
    {"varied", "messages", "messages that differ", NULL},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

const char *const zmq_rule_names[] = {"frames",
                                      "topic_form",
                                      "topic_type",
                                      "topic_header",
                                      "topic_asked",
                                      "header_object",
                                      "header_size",
                                      "header_id",
                                      "header_type",
                                      "header_items",
                                      "header_sequence",
                                      "header_content",
                                      "body_json",
                                      "body_object",
                                      "body_size",
                                      "id_body",
                                      "type_body",
                                      "items_body",
                                      "id_new",
                                      "sequence_rises",
                                      "sequence_joins",
                                      "varied",
                                      NULL};

static const struct rule *
find_rule(const char *name)
{
    for (size_t i = 0; i < RULES; i++) {
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    }
    return NULL;
}

/* Whatever is in them: a sender of one frozen message shows nothing, and one that
 * waits for acknowledgements cannot get any for a message without an id. */
static enum verdict
varied(struct session *s, const struct zmq_state *st, const struct rule *r)
{
    if (st->end.type == ZMQ_ROUTER && st->seen[0].names == 0)
        return session_fail(s, r->at, r->expected,
                            "a message has no identifier");
    for (size_t i = 1; i < st->count; i++) {
        if (!zmq_same_frames(&st->seen[0], &st->seen[i]))
            return VERDICT_PASS;
    }
    return session_fail(s, r->at, r->expected, "all are the same");
}

/* Repeats are judged by zmq.expect_repeat; here they pass by. */
enum verdict
zmq_op_expect(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const struct rule *r = find_rule(session_text(s, t, "rule", ""));
    const struct zmq_seen *prev = NULL;
    bool all = session_bool(s, t, "repeats", false);
    struct why w = {0};
    char at[80];

    if (!r || st->count == 0)
        return session_inconc(s, "messages to look at", "none came");
    if (r->holds == NULL)
        return varied(s, st, r);
    for (size_t i = 0; i < st->count; i++) {
        const struct zmq_seen *m = &st->seen[i];

        if (m->repeat > 0 && !all)
            continue;
        if (!r->holds(m, prev, &w)) {
            (void)snprintf(at, sizeof(at), "message %zu: %s", i + 1, r->at);
            return session_fail(s, at, r->expected, w.observed);
        }
        prev = m;
    }
    return VERDICT_PASS;
}

/* Any other assertion on the last message's header or body. */
enum verdict
zmq_op_assert(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const char *frame = session_text(s, t, "frame", "header");
    const struct zmq_seen *m;

    if (st->count == 0)
        return session_inconc(s, "a message to look at", "none came");
    m = &st->seen[st->count - 1];
    return session_assert(s, t, "json",
                          zmq_frame(m, strcmp(frame, "header") == 0 ? 1 : 2),
                          frame);
}

/* ---- what the product does where nothing is prescribed */

static void
describe(const struct zmq_state *st, char *out, size_t size)
{
    size_t repeats = 0, largest = 0;
    int64_t items = 0;

    for (size_t i = 0; i < st->count; i++) {
        const struct zmq_seen *m = &st->seen[i];

        repeats += m->repeat > 0;
        items += m->body.items > 0 ? m->body.items : 0;
        if (zmq_frame(m, 2).len > largest)
            largest = zmq_frame(m, 2).len;
    }
    (void)snprintf(out, size,
                   "%zu messages (%zu of them again), %lld items, largest body "
                   "%zu octets, %u connections, %u handshakes",
                   st->count, repeats, (long long)items, largest,
                   st->end.connections, st->end.handshakes);
}

enum verdict
zmq_op_observe(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    char text[200];

    (void)t;
    zmq_end_events(&st->end);
    describe(st, text, sizeof(text));
    session_log(s, SESSION_NOTE, "zmq.observed", bytes_str(text));
    session_set(s, "observed", bytes_str(text));
    return VERDICT_PASS;
}
