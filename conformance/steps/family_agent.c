/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on an agent: input at one end, output at the other. The two ends
 * are agent_in.c and agent_out.c; here is what must hold of both. */
#include "conformance/steps/agent_state.h"

#include <stdio.h>
#include <stdlib.h>

static const struct json_limits limits = {.depth = 64,
                                          .keys = 65536,
                                          .string_bytes = 4U << 20,
                                          .nodes = 1 << 22,
                                          .bytes = (size_t)32 << 20};

static bool
begin(struct session *s, struct agent_state *a)
{
    const char *format = session_ixit(s, "input_format");

    a->seen = calloc(AGENT_EVENTS_MAX + 1, sizeof(*a->seen));
    a->message = calloc(AGENT_MESSAGES_MAX, sizeof(*a->message));
    a->format = format && strcmp(format, "cef") == 0 ? AGENT_CEF : AGENT_EVE;
    json_reader_init(&a->reader, JSON_TOLERANT, &limits);
    a->begun = true;
    return a->seen && a->message;
}

struct agent_state *
agent_state(struct session *s)
{
    struct agent_state *a = session_state(s, &step_family_agent);

    if (a && (a->begun ? a->seen && a->message : begin(s, a)))
        return a;
    (void)session_error(s, &(struct err){.msg = "out of memory"});
    return NULL;
}

static void
fini(void *state)
{
    struct agent_state *a = state;

    if (a->begun)
        json_reader_free(&a->reader);
    tape_free(&a->tape);
    buf_free(&a->scratch);
    free(a->seen);
    free(a->message);
    buf_free(&a->line);
    buf_free(&a->framed);
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
                                        "action",
                                        "level_same",
                                        "level_order",
                                        "same_again",
                                        "nothing_foreign",
                                        NULL};

/* Where each of them is seen, and the faults of an item that break it. */
static const struct {
    const char *name, *place;
    unsigned fault;
} rules[] = {{"nothing_lost", "lost", 0},
             {"nothing_doubled", "doubled", 0},
             {"nothing_again", "again", 0},
             {"in_order", "order", 0},
             {"name", "/general/alert_name", AGENT_NAME},
             {"source", "/general/source/ip", AGENT_SOURCE},
             {"target", "/general/target/ip", AGENT_TARGET},
             {"port", "/general/source/port", AGENT_PORT},
             {"time", "/general/alert_time", AGENT_TIME},
             {"level", "/general/alert_level", AGENT_LEVEL},
             {"detector", "/general/detector", AGENT_DETECTOR},
             {"type", "/general/alert_type", AGENT_TYPE},
             {"action", "/general/action", AGENT_ACTION},
             {"level_same", "/general/alert_level", 0},
             {"level_order", "/general/alert_level", 0},
             {"same_again", "msg_id", 0},
             {"nothing_foreign", "foreign", 0}};

static size_t
rule_of(const char *name)
{
    size_t i = 0;

    while (i + 1 < sizeof(rules) / sizeof(rules[0]) &&
           strcmp(rules[i].name, name) != 0)
        i++;
    return i;
}

/* The first event that came of a severity, in whose level the others are. */
static unsigned
example(const struct agent_state *a, unsigned severity)
{
    for (unsigned n = 1; n <= a->fed; n++) {
        struct agent_event e;

        agent_event(a->format, n, &e);
        if (e.severity == severity && a->seen[n].times > 0)
            return n;
    }
    return 0;
}

/* Equal severities get one level; a worse one gets a higher level. */
static bool
breaks_level(const struct agent_state *a, unsigned n, bool order)
{
    struct agent_event e;
    unsigned same, better;

    if (a->seen[n].times == 0)
        return false;
    agent_event(a->format, n, &e);
    same = example(a, e.severity);
    better = example(a, e.severity + 1);
    if (!order)
        return a->seen[n].rank != a->seen[same].rank;
    return better > 0 && a->seen[n].rank <= a->seen[better].rank;
}

/* It came before one that was given earlier, whatever is missing in between. */
static bool
overtakes(const struct agent_state *a, unsigned n)
{
    unsigned k = n - 1;

    while (k > 0 && a->seen[k].place == 0)
        k--;
    return k > 0 && a->seen[n].place < a->seen[k].place;
}

static bool
breaks(const struct agent_state *a, unsigned n, const char *rule)
{
    const struct agent_seen *e = &a->seen[n];

    if (strcmp(rule, "nothing_lost") == 0)
        return !e->taken;
    if (strcmp(rule, "nothing_doubled") == 0)
        return e->others > 0;
    if (strcmp(rule, "nothing_again") == 0)
        return e->times > 1;
    if (strcmp(rule, "in_order") == 0)
        return e->place > 0 && overtakes(a, n);
    if (strncmp(rule, "level_", 6) == 0)
        return breaks_level(a, n, strcmp(rule, "level_order") == 0);
    return e->times > 0 && (e->faults & rules[rule_of(rule)].fault) != 0;
}

enum verdict
agent_op_expect(struct session *s, const struct ledger_step *t)
{
    struct agent_state *a = agent_state(s);
    const char *rule = session_text(s, t, "rule", "nothing_lost");
    char text[260];
    unsigned bad = 0, first = 0;

    if (!a)
        return VERDICT_ERROR;
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
    if (strcmp(rule, "same_again") == 0 && a->changed > 0)
        bad = a->changed;
    if (bad == 0 && a->arrived < a->fed && strcmp(rule, "in_order") == 0)
        return session_inconc(s, "all events, to see their order",
                              "some did not come");
    if (bad == 0)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof(text),
                   "%u of %u events (%u arrived, %u of them taken, %u items), "
                   "first event %u; %s",
                   bad, a->fed, a->arrived, a->taken, a->items, first,
                   first ? a->seen[first].wrong : "");
    return session_fail(s, rules[rule_of(rule)].place, rule, text);
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
static const struct step_param no_params[] = {END};
static const struct step_param collect_params[] = {
    {"within_ms", STEP_WAIT, false, NULL},
    {"answer", STEP_TEXT, false, agent_answer_names},
    {"times", STEP_INT, false, NULL},
    {"after", STEP_INT, false, NULL},
    {"until", STEP_INT, false, NULL},
    {"quiet_ms", STEP_INT, false, NULL},
    {"pause_ms", STEP_INT, false, NULL},
    END};
static const struct step_param expect_params[] = {
    {"rule", STEP_TEXT, true, agent_rule_names}, END};

static const struct step_op ops[] = {
    {"agent.feed", feed_params, agent_op_feed, NULL},
    {"agent.listen", no_params, agent_op_listen, NULL},
    {"agent.close", no_params, agent_op_close, NULL},
    {"agent.reopen", no_params, agent_op_reopen, NULL},
    {"agent.collect", collect_params, agent_op_collect, NULL},
    {"agent.expect", expect_params, agent_op_expect, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct step_family step_family_agent = {.name = "agent",
                                              .op = ops,
                                              .state_bytes =
                                                  sizeof(struct agent_state),
                                              .fini = fini};
