/* SPDX-License-Identifier: Apache-2.0 */
/* Events of ours, and the items that should be made of them. */
#include "conformance/steps/agent_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/time.h"

#define MARK        "conform event "
#define MARK_DIGITS 8

/* Texts that are easily damaged on the way. */
static const char *const names[] = {
    "plain", "中文告警：可疑登录", "a \\\"quote\\\" and a back\\\\slash",
    "tab\\tand slash/", "emoji \xF0\x9F\x94\x92 e\xCC\x81"};
static const char *const clear[] = {
    "plain", "中文告警：可疑登录", "a \"quote\" and a back\\slash",
    "tab\tand slash/", "emoji \xF0\x9F\x94\x92 e\xCC\x81"};
#define NAMES (sizeof(names) / sizeof(names[0]))

void
agent_event(unsigned n, struct agent_event *e)
{
    bool six = n % 7 == 3;

    (void)snprintf(e->source, sizeof(e->source),
                   six ? "2001:db8::%x" : "192.0.2.%u", 1 + n % 250);
    (void)snprintf(e->target, sizeof(e->target),
                   six ? "2001:db8:1::%x" : "198.51.100.%u", 1 + n % 200);
    (void)snprintf(e->time, sizeof(e->time),
                   "2026-11-%02uT%02u:%02u:%02u.%06u+0800", 1 + n / 86400 % 28,
                   n / 3600 % 24, n / 60 % 60, n % 60, n % 1000000);
    (void)snprintf(e->name, sizeof(e->name), MARK "%0*u %s", MARK_DIGITS, n,
                   clear[n % NAMES]);
    e->source_port = 1024 + n % 60000;
    e->target_port = n % 2 ? 443 : 80;
    e->severity = 1 + n % 3;
}

void
agent_line(struct buf *out, unsigned n, const struct agent_event *e)
{
    buf_printf(out,
               "{\"timestamp\":\"%s\",\"flow_id\":%u,\"in_iface\":\"eth0\","
               "\"event_type\":\"alert\",\"src_ip\":\"%s\",\"src_port\":%u,"
               "\"dest_ip\":\"%s\",\"dest_port\":%u,\"proto\":\"TCP\","
               "\"alert\":{\"action\":\"allowed\",\"gid\":1,"
               "\"signature_id\":2100498,\"rev\":7,\"signature\":\"" MARK
               "%0*u %s\",\"category\":\"Potentially Bad Traffic\","
               "\"severity\":%u},\"app_proto\":\"http\"}\n",
               e->time, n, e->source, e->source_port, e->target, e->target_port,
               MARK_DIGITS, n, names[n % NAMES], e->severity);
}

/* ---- what came out */

static uint32_t
at_path(const struct tape *t, uint32_t at, const char *path)
{
    struct bytes rest = bytes_str(path);

    while (at && rest.len) {
        size_t n = bytes_find(rest, '.');

        at = tape_get(t, at, bytes_upto(rest, n));
        rest = bytes_from(rest, n + 1);
    }
    return at;
}

static struct bytes
text_at(struct zmq_state *st, uint32_t item, const char *path)
{
    uint32_t at = at_path(&st->tape, item, path);

    if (at == 0 || st->tape.node[at].type >= TAPE_ARRAY)
        return (struct bytes){0};
    return tape_clean(&st->tape, &st->tape.node[at], &st->scratch);
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
check_text(struct zmq_state *st, uint32_t item, struct agent_seen *e,
           const char *path, const char *want, unsigned fault)
{
    struct bytes is = text_at(st, item, path);

    if (!bytes_is(is, want))
        wrong(e, fault, path, is);
}

static void
check_time(struct zmq_state *st, uint32_t item, struct agent_seen *e,
           const char *want)
{
    const struct time_context context = {.default_offset_min = 480};
    struct bytes is = text_at(st, item, "general.alert_time");
    struct stamp a, b;

    if (time_parse(TIME_RFC3339, bytes_str(want), &context, &a) != ERR_OK ||
        time_parse(TIME_RFC3339, is, &context, &b) != ERR_OK ||
        time_compare(&a, &b) != 0)
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
check_item(struct zmq_state *st, uint32_t item, unsigned n,
           struct agent_seen *e)
{
    static const int least[] = {0, 3, 1, 0}, most[] = {0, 4, 3, 2};
    struct agent_event want;
    char port[16];
    int r = rank(text_at(st, item, "general.alert_level"));

    agent_event(n, &want);
    check_text(st, item, e, "general.alert_name", want.name, AGENT_NAME);
    check_text(st, item, e, "general.source.ip", want.source, AGENT_SOURCE);
    check_text(st, item, e, "general.target.ip", want.target, AGENT_TARGET);
    (void)snprintf(port, sizeof(port), "%u", want.source_port);
    check_text(st, item, e, "general.source.port", port, AGENT_PORT);
    (void)snprintf(port, sizeof(port), "%u", want.target_port);
    check_text(st, item, e, "general.target.port", port, AGENT_PORT);
    check_time(st, item, e, want.time);
    if (r < least[want.severity] || r > most[want.severity])
        wrong(e, AGENT_LEVEL, "general.alert_level",
              text_at(st, item, "general.alert_level"));
    if (!at_path(&st->tape, item, "general.detector"))
        wrong(e, AGENT_DETECTOR, "no general.detector", BYTES(""));
    if (text_at(st, item, "general.alert_type").len == 0)
        wrong(e, AGENT_TYPE, "no general.alert_type", BYTES(""));
}

static void
enter(struct agent_state *a, struct zmq_state *st, uint32_t item)
{
    unsigned n = number_of(text_at(st, item, "general.alert_name"));
    struct agent_seen *e;
    struct bytes id;

    a->items++;
    if (n == 0 || n > a->fed) {
        a->foreign++;
        return;
    }
    e = &a->seen[n];
    id = bytes_upto(text_at(st, item, "general.alert_id"), AGENT_ID - 1);
    if (e->times++ == 0) {
        e->place = ++a->arrived;
        if (id.len)
            memcpy(e->id, id.data, id.len);
        e->id[id.len] = '\0';
    } else if (!bytes_is(id, e->id)) {
        e->others++;
    }
    check_item(st, item, n, e);
}

void
agent_take(struct agent_state *a, struct zmq_state *st, struct bytes body)
{
    struct err err;
    uint32_t list;

    if (json_read(&st->reader, body, &st->tape, &err) != ERR_OK)
        return;
    list = tape_get(&st->tape, 0, BYTES("items"));
    if (list == 0 || st->tape.node[list].type != TAPE_ARRAY ||
        st->tape.node[list].hash == 0)
        return;
    for (uint32_t at = list + 1; at; at = st->tape.node[at].next)
        enter(a, st, at);
}
