/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on an agent: input at one end, output at the other (over ZeroMQ,
 * which zmq.listen opens). */
#include "conformance/steps/agent_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct agent_state *
agent_state(struct session *s)
{
    struct agent_state *a = session_state(s, &step_family_agent);

    if (!a->seen)
        a->seen = calloc(AGENT_EVENTS_MAX + 1, sizeof(*a->seen));
    return a->seen ? a : NULL;
}

static void
fini(void *state)
{
    struct agent_state *a = state;

    free(a->seen);
    a->seen = NULL;
    buf_free(&a->line);
}

static enum verdict
no_memory(struct session *s)
{
    struct err err = {0};

    (void)err_set(&err, ERR_NOMEM, NULL, "out of memory");
    return session_error(s, &err);
}

/* ---- feeding */

static enum verdict
append(struct session *s, struct bytes data)
{
    char path[600];
    struct err err = {0};
    int fd;

    if (!session_input(s, path, sizeof(path)))
        return session_inconc(s, "a file that the product reads",
                              "--exec has no {input}; give --set input=PATH");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    while (fd >= 0 && data.len) {
        ssize_t n = write(fd, data.data, data.len);

        if (n < 0 && errno != EINTR)
            break;
        data = bytes_from(data, n > 0 ? (size_t)n : 0);
    }
    if (fd >= 0)
        (void)close(fd);
    if (fd >= 0 && data.len == 0)
        return VERDICT_PASS;
    (void)err_errno(&err, path, "cannot be written");
    return session_error(s, &err);
}

/* ${count} more events; with `cut` the last line is written in two pieces. A
 * text in `raw` is written instead. */
enum verdict
agent_op_feed(struct session *s, const struct ledger_step *t)
{
    struct agent_state *a = agent_state(s);
    int64_t count = session_int(s, t, "count", 1);
    const char *raw = session_text(s, t, "raw", NULL);
    size_t half;
    enum verdict v;

    if (!a)
        return no_memory(s);
    buf_reset(&a->line);
    if (raw) {
        buf_str(&a->line, raw);
        buf_char(&a->line, '\n');
        return append(s, buf_view(&a->line));
    }
    for (int64_t i = 0; i < count && a->fed < AGENT_EVENTS_MAX; i++) {
        struct agent_event e;

        agent_event(++a->fed, &e);
        agent_line(&a->line, a->fed, &e);
    }
    if (!buf_ok(&a->line))
        return no_memory(s);
    session_log(s, SESSION_SENT, "input",
                bytes_upto(buf_view(&a->line), (size_t)64 << 10));
    half = session_bool(s, t, "cut", false) ? 40 : 0;
    v = append(s, bytes_upto(buf_view(&a->line), a->line.len - half));
    if (v != VERDICT_PASS || half == 0)
        return v;
    session_pause(s, 400);
    return append(s, bytes_from(buf_view(&a->line), a->line.len - half));
}

/* ---- collecting */

/* Until all that was fed has come, or the time is over. `acks` of the messages
 * are given, later ones not; without it all are. */
enum verdict
agent_op_collect(struct session *s, const struct ledger_step *t)
{
    struct agent_state *a = agent_state(s);
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    int64_t acks = session_int(s, t, "acks", INT64_MAX);
    unsigned want = (unsigned)session_int(s, t, "until", 0);
    int64_t pause = session_int(s, t, "pause_ms", 0);

    if (!a)
        return no_memory(s);
    if (want == 0 || want > a->fed)
        want = a->fed;
    while (a->arrived < want && zmq_until(s, end) > 0) {
        size_t at;
        enum err_code code = zmq_take(s, st, zmq_until(s, end), &at);

        if (code == ERR_TIMEOUT)
            break;
        if (code != ERR_OK)
            return zmq_take_failed(s, code, "messages of the agent");
        agent_take(a, st, zmq_frame(&st->seen[at], 2));
        if (pause > 0)
            session_pause(s, (unsigned)pause);
        if (acks-- > 0)
            (void)zmq_ack_as(s, st, at, "ok");
    }
    return VERDICT_PASS; /* what is missing is judged by agent.expect */
}

/* ---- judging */

const char *const agent_rule_names[] = {"nothing_lost",
                                        "nothing_doubled",
                                        "nothing_again",
                                        "in_order",
                                        "name",
                                        "source",
                                        "target",
                                        "port",
                                        "time",
                                        "level",
                                        "detector",
                                        "type",
                                        "nothing_foreign",
                                        NULL};

static const struct {
    const char *name;
    unsigned fault;
} fields[] = {{"name", AGENT_NAME},         {"source", AGENT_SOURCE},
              {"target", AGENT_TARGET},     {"port", AGENT_PORT},
              {"time", AGENT_TIME},         {"level", AGENT_LEVEL},
              {"detector", AGENT_DETECTOR}, {"type", AGENT_TYPE}};

static unsigned
fault_of(const char *rule)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, rule) == 0)
            return fields[i].fault;
    }
    return 0;
}

static bool
breaks(const struct agent_state *a, unsigned n, const char *rule)
{
    const struct agent_seen *e = &a->seen[n];

    if (strcmp(rule, "nothing_lost") == 0)
        return e->times == 0;
    if (strcmp(rule, "nothing_doubled") == 0)
        return e->others > 0;
    if (strcmp(rule, "nothing_again") == 0)
        return e->times > 1;
    if (strcmp(rule, "in_order") == 0)
        return n > 1 && e->place && a->seen[n - 1].place &&
               e->place < a->seen[n - 1].place;
    return e->times > 0 && (e->faults & fault_of(rule)) != 0;
}

enum verdict
agent_op_expect(struct session *s, const struct ledger_step *t)
{
    struct agent_state *a = agent_state(s);
    const char *rule = session_text(s, t, "rule", "nothing_lost");
    char at[40], text[220];
    unsigned bad = 0, first = 0;

    if (!a)
        return no_memory(s);
    if (a->fed == 0 || (a->arrived == 0 && strcmp(rule, "nothing_lost") != 0))
        return session_inconc(s, "events to look at", "none came out");
    for (unsigned n = 1; n <= a->fed; n++) {
        if (!breaks(a, n, rule))
            continue;
        first = first ? first : n;
        bad++;
    }
    if (strcmp(rule, "nothing_foreign") == 0 && a->foreign > 0)
        bad = a->foreign;
    if (bad == 0)
        return VERDICT_PASS;
    (void)snprintf(at, sizeof(at), "event %u", first);
    (void)snprintf(text, sizeof(text),
                   "%u of %u events (%u arrived, %u items); %s", bad, a->fed,
                   a->arrived, a->items, first ? a->seen[first].wrong : "");
    return session_fail(s, at, rule, text);
}

/* ---- the family */

#define END                                                                    \
    {                                                                          \
        NULL, STEP_TEXT, false, NULL                                           \
    }

static const struct step_param feed_params[] = {
    {"count", STEP_INT, false, NULL},
    {"cut", STEP_BOOL, false, NULL},
    {"raw", STEP_TEXT, false, NULL},
    END};
static const struct step_param collect_params[] = {
    {"within_ms", STEP_WAIT, false, NULL},
    {"acks", STEP_INT, false, NULL},
    {"until", STEP_INT, false, NULL},
    {"pause_ms", STEP_INT, false, NULL},
    END};
static const struct step_param expect_params[] = {
    {"rule", STEP_TEXT, true, agent_rule_names}, END};

static const struct step_op ops[] = {
    {"agent.feed", feed_params, agent_op_feed, NULL},
    {"agent.collect", collect_params, agent_op_collect, NULL},
    {"agent.expect", expect_params, agent_op_expect, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct step_family step_family_agent = {.name = "agent",
                                              .op = ops,
                                              .state_bytes =
                                                  sizeof(struct agent_state),
                                              .fini = fini};
