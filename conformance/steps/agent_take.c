/* SPDX-License-Identifier: Apache-2.0 */
/* The items that came out, held against the events that they stand for. */
#include "conformance/steps/agent_state.h"

#include <stdio.h>

#include "formats/base/hash.h"
#include "formats/base/time.h"

#define MARK        "conform event "
#define MARK_DIGITS 8

static uint32_t
at_path(const struct tape *t, uint32_t at, const char *path)
{
    struct bytes rest = bytes_str(path);

    while (at && rest.len) {
        size_t n = bytes_find(rest, '.');

        at = t->node[at].type == TAPE_OBJECT
                 ? tape_get(t, at, bytes_upto(rest, n))
                 : 0;
        rest = bytes_from(rest, n + 1);
    }
    return at;
}

static struct bytes
text_at(struct agent_state *a, uint32_t item, const char *path)
{
    uint32_t at = at_path(&a->tape, item, path);

    if (at == 0 || a->tape.node[at].type >= TAPE_ARRAY)
        return (struct bytes){0};
    return tape_clean(&a->tape, &a->tape.node[at], &a->scratch);
}

static unsigned
number_of(struct bytes name)
{
    const size_t mark = sizeof(MARK) - 1;
    uint64_t n;

    for (size_t i = 0; i + mark + MARK_DIGITS <= name.len; i++) {
        if (memcmp(name.data + i, MARK, mark) == 0 &&
            bytes_to_u64(bytes_of(name.data + i + mark, MARK_DIGITS),
                         AGENT_EVENTS_MAX, &n))
            return (unsigned)n;
    }
    return 0;
}

static void
wrong(struct agent_seen *e, unsigned fault, const char *what,
      struct bytes value)
{
    if (e->faults == 0)
        (void)snprintf(e->wrong, sizeof(e->wrong), "%s %.*s", what,
                       (int)(value.len < 60 ? value.len : 60),
                       value.data ? value.data : "");
    e->faults |= fault;
}

static void
check_text(struct agent_state *a, uint32_t item, struct agent_seen *e,
           const char *path, const char *want, unsigned fault)
{
    struct bytes is = text_at(a, item, path);

    if (!bytes_is(is, want))
        wrong(e, fault, path, is);
}

/* Another offset may name the same instant. */
static void
check_time(struct agent_state *a, uint32_t item, struct agent_seen *e,
           const char *want)
{
    const struct time_context context = {.default_offset_min = 480};
    struct bytes is = text_at(a, item, "general.alert_time");
    struct stamp x, y;

    if (time_parse(TIME_RFC3339, bytes_str(want), &context, &x) != ERR_OK ||
        time_parse(TIME_RFC3339, is, &context, &y) != ERR_OK ||
        time_compare(&x, &y) != 0)
        wrong(e, AGENT_TIME, "general.alert_time", is);
}

/* What maps to which level is the product's; a worse event must not get a lower
 * one, so the three severities are told by rank. */
static int
rank(struct bytes level)
{
    static const char *const levels[] = {"info", "low", "medium", "high",
                                         "critical"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (bytes_is(level, levels[i]))
            return (int)i;
    }
    return -1;
}

static void
check_level(struct agent_state *a, uint32_t item, struct agent_seen *e,
            unsigned severity)
{
    static const int least[] = {0, 3, 1, 0}, most[] = {0, 4, 3, 2};
    struct bytes level = text_at(a, item, "general.alert_level");

    e->rank = rank(level);
    if (e->rank < least[severity] || e->rank > most[severity])
        wrong(e, AGENT_LEVEL, "general.alert_level", level);
}

/* What was blocked must not read as if it had passed, nor the other way. */
static void
check_action(struct agent_state *a, uint32_t item, struct agent_seen *e,
             bool blocked)
{
    static const char *const stopped[] = {"block", "reset", "quarantine",
                                          "delete"};
    struct bytes is = text_at(a, item, "general.action");
    bool stops = false;

    for (size_t i = 0; i < sizeof(stopped) / sizeof(stopped[0]); i++)
        stops |= bytes_is(is, stopped[i]);
    if (is.len == 0 || stops != blocked)
        wrong(e, AGENT_ACTION, "general.action", is);
}

static void
check_item(struct agent_state *a, uint32_t item, unsigned n,
           struct agent_seen *e)
{
    struct agent_event want;
    char port[16];

    agent_event(a->format, n, &want);
    check_text(a, item, e, "general.alert_name", want.name, AGENT_NAME);
    check_text(a, item, e, "general.source.ip", want.source, AGENT_SOURCE);
    check_text(a, item, e, "general.target.ip", want.target, AGENT_TARGET);
    (void)snprintf(port, sizeof(port), "%u", want.source_port);
    check_text(a, item, e, "general.source.port", port, AGENT_PORT);
    (void)snprintf(port, sizeof(port), "%u", want.target_port);
    check_text(a, item, e, "general.target.port", port, AGENT_PORT);
    check_time(a, item, e, want.time);
    check_level(a, item, e, want.severity);
    check_action(a, item, e, want.blocked);
    if (!at_path(&a->tape, item, "general.detector"))
        wrong(e, AGENT_DETECTOR, "no general.detector", BYTES(""));
    if (text_at(a, item, "general.alert_type").len == 0)
        wrong(e, AGENT_TYPE, "no general.alert_type", BYTES(""));
}

static void
enter(struct agent_state *a, uint32_t item, bool taken)
{
    unsigned n = number_of(text_at(a, item, "general.alert_name"));
    struct agent_seen *e;
    struct bytes id;

    a->items++;
    if (n == 0 || n > a->fed) {
        a->foreign++;
        return;
    }
    e = &a->seen[n];
    id = bytes_upto(text_at(a, item, "general.alert_id"), AGENT_ID - 1);
    if (e->times++ == 0) {
        e->place = ++a->arrived;
        if (id.len)
            memcpy(e->id, id.data, id.len);
        e->id[id.len] = '\0';
    } else if (!bytes_is(id, e->id)) {
        e->others++;
    }
    a->taken += taken && !e->taken;
    e->taken |= taken;
    check_item(a, item, n, e);
}

static uint64_t
mark_of(struct bytes b)
{
    return (uint64_t)hash_crc32c(0, b.data, b.len) << 32 |
           hash_key(b.data, b.len);
}

/* A message that comes again under its identifier is the same message. */
static void
note_message(struct agent_state *a, struct bytes id, struct bytes body)
{
    uint64_t name = id.len ? mark_of(id) : 0, bytes = mark_of(body);

    for (unsigned i = 0; name && i < a->messages; i++) {
        if (a->message[i].id == name) {
            a->changed += a->message[i].bytes != bytes;
            return;
        }
    }
    if (name && a->messages < AGENT_MESSAGES_MAX)
        a->message[a->messages++] = (struct agent_message){name, bytes};
}

void
agent_take(struct agent_state *a, struct bytes body, bool taken)
{
    struct err err;
    uint32_t list;

    if (json_read(&a->reader, body, &a->tape, &err) != ERR_OK ||
        a->tape.node[0].type != TAPE_OBJECT)
        return;
    note_message(a, text_at(a, 0, "msg_id"), body);
    list = tape_get(&a->tape, 0, BYTES("items"));
    if (list == 0 || a->tape.node[list].type != TAPE_ARRAY ||
        a->tape.node[list].hash == 0)
        return;
    for (uint32_t at = list + 1; at; at = a->tape.node[at].next)
        enter(a, at, taken);
}
