/* SPDX-License-Identifier: Apache-2.0 */
/* Events of ours, as the products write them that agents read. */
#include "conformance/steps/agent_state.h"

#include <stdio.h>
#include <time.h>

#define FIRST_SECOND INT64_C(1793491200) /* 2026-11-01T00:00:00Z */

/* Texts that are easily damaged on the way. */
static const char *const names[] = {
    "plain", "中文告警：可疑登录", "a \"quote\" and a back\\slash",
    "tab\tand slash/ pipe|equals=", "emoji \xF0\x9F\x94\x92 e\xCC\x81"};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* A clock in any zone names an instant; half hours and the west too. */
static const int offsets[] = {480, 0, -210, 345, -480};
#define OFFSETS (sizeof(offsets) / sizeof(offsets[0]))

static void
put_time(unsigned n, struct agent_event *e)
{
    int offset = offsets[n / 3 % OFFSETS], off = offset < 0 ? -offset : offset;
    time_t local = (time_t)(e->second + offset * 60);
    struct tm t;
    size_t end;

    (void)gmtime_r(&local, &t);
    end = strftime(e->time, sizeof(e->time), "%Y-%m-%dT%H:%M:%S", &t);
    (void)snprintf(e->time + end, sizeof(e->time) - end, ".%06u%c%02d%02d",
                   e->micro, offset < 0 ? '-' : '+', off / 60, off % 60);
}

void
agent_event(enum agent_format format, unsigned n, struct agent_event *e)
{
    bool six = n % 7 == 3;

    (void)snprintf(e->source, sizeof(e->source),
                   six ? "2001:db8::%x" : "192.0.2.%u", 1 + n % 250);
    (void)snprintf(e->target, sizeof(e->target),
                   six ? "2001:db8:1::%x" : "198.51.100.%u", 1 + n % 200);
    e->second = FIRST_SECOND + n % 28 * 86400 + n;
    e->micro = format == AGENT_CEF ? n * 7 % 1000 * 1000 : n * 7919 % 1000000;
    put_time(n, e);
    (void)snprintf(e->name, sizeof(e->name), "conform event %08u %s", n,
                   names[n % NAMES]);
    e->source_port = 1024 + n * 7919 % 64000;
    e->target_port = n % 2 ? 443 : 80;
    e->severity = 1 + n % 3;
    e->blocked = n % 4 == 1;
}

/* Text with a backslash before each of ${which}; in JSON a tab is "\t". */
static void
put_escaped(struct buf *out, const char *text, const char *which, bool json)
{
    for (; *text != '\0'; text++) {
        if (json && *text == '\t') {
            buf_str(out, "\\t");
            continue;
        }
        if (strchr(which, *text) != NULL)
            buf_char(out, '\\');
        buf_char(out, *text);
    }
}

static void
put_eve(struct buf *out, unsigned n, const struct agent_event *e)
{
    buf_printf(out,
               "{\"timestamp\":\"%s\",\"flow_id\":%u,\"in_iface\":\"eth0\","
               "\"event_type\":\"alert\",\"src_ip\":\"%s\",\"src_port\":%u,"
               "\"dest_ip\":\"%s\",\"dest_port\":%u,\"proto\":\"TCP\","
               "\"alert\":{\"action\":\"%s\",\"gid\":1,"
               "\"signature_id\":2100498,\"rev\":7,\"signature\":\"",
               e->time, n, e->source, e->source_port, e->target, e->target_port,
               e->blocked ? "blocked" : "allowed");
    put_escaped(out, e->name, "\"\\", true);
    buf_printf(out,
               "\",\"category\":\"Potentially Bad Traffic\",\"severity\":%u},"
               "\"app_proto\":\"http\"}",
               e->severity);
}

/* src and dst are of version 4; version 6 has keys of its own. */
static void
put_cef(struct buf *out, const struct agent_event *e)
{
    static const unsigned severities[] = {0, 9, 5, 2};
    bool six = strchr(e->source, ':') != NULL;

    buf_str(out, "CEF:0|Example|Example IDS|3.1|2100498|");
    put_escaped(out, e->name, "\\|", false);
    buf_printf(out, "|%u|rt=%lld%03u ", severities[e->severity],
               (long long)e->second, e->micro / 1000);
    buf_printf(out,
               six ? "c6a2=%s c6a2Label=Source IPv6 Address c6a3=%s "
                     "c6a3Label=Destination IPv6 Address "
                   : "src=%s dst=%s ",
               e->source, e->target);
    buf_printf(out, "spt=%u dpt=%u proto=TCP app=http act=%s", e->source_port,
               e->target_port, e->blocked ? "blocked" : "allowed");
}

void
agent_line(struct buf *out, enum agent_format format, unsigned n,
           const struct agent_event *e)
{
    if (format == AGENT_CEF)
        put_cef(out, e);
    else
        put_eve(out, n, e);
}
