/* SPDX-License-Identifier: Apache-2.0 */
/* The balance and the health in two notations, from one gathering. */
#include <time.h>

#include "agent/pipeline/agent.h"
#include "formats/json/writer.h"

struct gathered {
    struct balance_output output[CONFIG_MAX_OUTPUTS];
    struct output_numbers numbers[CONFIG_MAX_OUTPUTS];
    int64_t unaccounted;
};

static int64_t
magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* Gaps are added without their sign: one lost and one doubled record are two
 * faults, not none. */
static void
gather(const struct agent *a, struct gathered *g)
{
    const struct parts *p = agent_parts(a);
    uint64_t last = p->deps.last_sequence;

    g->unaccounted = 0;
    for (size_t i = 0; i < p->inputs; i++) {
        const struct balance_input *b = input_balance(p->input[i]);

        g->unaccounted +=
            magnitude(balance_input_gap(b)) + magnitude(balance_bridge_gap(b));
    }
    for (size_t i = 0; i < p->outputs; i++) {
        struct output_numbers *n = &g->numbers[i];

        output_numbers(p->output[i], n);
        n->queued = last > n->settled ? last - n->settled : 0;
        g->output[i] = (struct balance_output){
            .routed = p->routed[i],
            .delivered = n->delivered,
            .queued = n->queued,
            .filtered = n->filtered,
            .dead_lettered = n->dead_lettered,
            .dropped = n->dropped,
        };
        g->unaccounted += magnitude(balance_output_gap(&g->output[i]));
    }
}

struct number { /* one row a counter: its name in JSON, metric and help */
    const char *name;
    const char *help;
    uint64_t value;
};

static void
input_rows(const struct parts *p, size_t i, struct number out[16])
{
    const struct balance_input *b = input_balance(p->input[i]);
    const struct source_counters *c = input_source_counters(p->input[i]);
    const struct number rows[16] = {
        {"frames", "Frames taken from the source", b->frames},
        {"skipped", "Well-formed frames that are not for us", b->skipped},
        {"rejected", "Unreadable frames, kept as dead letters", b->rejected},
        {"absorbed", "Frames joined into another", b->absorbed},
        {"normalised", "Frames that became a record", b->normalised},
        {"dropped", "Frames lost by policy or a full disk", b->dropped},
        {"held", "Frames taken and not yet decided", b->held},
        {"spooled", "Records in the spool", b->spooled},
        {"deduplicated", "Repeated records left out", b->deduplicated},
        {"filtered", "Records filtered before the spool", b->filtered},
        {"dead_lettered", "Records that the check keeps back",
         b->dead_lettered},
        {"bridge_dropped", "Records lost before the spool", b->bridge_dropped},
        {"repaired", "Records with repaired source bytes", b->repaired},
        {"with_findings", "Delivered records with findings", b->with_findings},
        {"cut", "Frames over the size limit", b->cut},
        {"lost", "Known losses before the agent", c->lost},
    };

    memcpy(out, rows, sizeof rows);
}

static void
output_rows(const struct gathered *g, size_t i, struct number out[10])
{
    const struct balance_output *b = &g->output[i];
    const struct output_numbers *n = &g->numbers[i];
    const struct number rows[10] = {
        {"routed", "Records meant for the output", b->routed},
        {"delivered", "Records the receiver acknowledged", b->delivered},
        {"queued", "Records not settled yet", b->queued},
        {"filtered", "Records the output does not want", b->filtered},
        {"dead_lettered", "Records the receiver refuses", b->dead_lettered},
        {"dropped", "Records lost to damage, quota or lag", b->dropped},
        {"batches", "Batches acknowledged", n->batches},
        {"retries", "Batches sent again", n->retries},
        {"refused_batches", "Batches refused as a whole", n->refused_batches},
        {"bytes", "Bytes of acknowledged batches", n->bytes},
    };

    memcpy(out, rows, sizeof rows);
}

static void
spool_rows(const struct agent *a, struct number out[11])
{
    struct spool_stats s;

    spool_stats(agent_spool(a), &s);
    {
        const struct number rows[11] = {
            {"bytes", "Bytes on disk", s.bytes},
            {"segments", "Segment files", s.segments},
            {"last", "Sequence appended last", s.last},
            {"committed", "Highest durable sequence", s.committed},
            {"commits", "Group commits", s.commits},
            {"sync_failures", "Failed syncs", s.sync_failures},
            {"damaged", "Records lost to damage", s.damaged},
            {"dropped_quota", "Records dropped by the quota", s.dropped_quota},
            {"dropped_lag", "Records dropped by a lag policy", s.dropped_lag},
            {"refused_low", "Low records refused near the quota",
             s.refused_low},
            {"degraded", "1: nothing more can be stored", s.degraded},
        };

        memcpy(out, rows, sizeof rows);
    }
}

static void
write_rows(struct json_writer *w, const struct number *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_key(w, row[i].name);
        json_u64(w, row[i].value);
    }
}

static void
write_input(struct json_writer *w, const struct parts *p, size_t i)
{
    const struct source_counters *c = input_source_counters(p->input[i]);
    const struct balance_input *b = input_balance(p->input[i]);
    uint64_t troubles;
    const struct err *trouble = input_trouble(p->input[i], &troubles);
    struct number rows[16];

    json_object(w);
    json_key(w, "name");
    json_cstr(w, input_config(p->input[i])->name);
    json_key(w, "type");
    json_cstr(w, input_config(p->input[i])->type);
    input_rows(p, i, rows);
    write_rows(w, rows, 16);
    json_key(w, "bytes");
    json_u64(w, c->bytes);
    json_key(w, "connections");
    json_u64(w, c->connections);
    json_key(w, "unaccounted");
    json_i64(w, magnitude(balance_input_gap(b)) +
                    magnitude(balance_bridge_gap(b)));
    json_key(w, "troubles");
    json_u64(w, troubles);
    if (trouble != NULL) {
        json_key(w, "last_trouble");
        json_cstr(w, trouble->msg);
    }
    json_end_object(w);
}

static void
write_output(struct json_writer *w, const struct parts *p,
             const struct gathered *g, size_t i)
{
    struct number rows[10];

    json_object(w);
    json_key(w, "name");
    json_cstr(w, output_name(p->output[i]));
    json_key(w, "type");
    json_cstr(w, p->config->output[i].type);
    json_key(w, "health");
    json_cstr(w, output_health_name(g->numbers[i].health));
    output_rows(g, i, rows);
    write_rows(w, rows, 10);
    json_key(w, "unaccounted");
    json_i64(w, magnitude(balance_output_gap(&g->output[i])));
    if (g->numbers[i].reason[0] != '\0') {
        json_key(w, "reason");
        json_cstr(w, g->numbers[i].reason);
    }
    json_end_object(w);
}

void
agent_status(struct agent *a, struct buf *out)
{
    const struct parts *p = agent_parts(a);
    struct number rows[11];
    struct json_writer w;
    struct gathered g;
    struct timespec now;

    gather(a, &g);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "version");
    json_cstr(&w, HUTONG_VERSION);
    json_key(&w, "edition");
    json_cstr(&w, std_edition(p->standard));
    json_key(&w, "agent");
    json_cstr(&w, p->config->agent_id);
    json_key(&w, "uptime_s");
    json_i64(&w, now.tv_sec - agent_started_ns(a) / 1000000000);
    json_key(&w, "unaccounted");
    json_i64(&w, g.unaccounted);
    json_key(&w, "inputs");
    json_array(&w);
    for (size_t i = 0; i < p->inputs; i++)
        write_input(&w, p, i);
    json_end_array(&w);
    json_key(&w, "outputs");
    json_array(&w);
    for (size_t i = 0; i < p->outputs; i++)
        write_output(&w, p, &g, i);
    json_end_array(&w);
    json_key(&w, "spool");
    json_object(&w);
    spool_rows(a, rows);
    write_rows(&w, rows, 11);
    json_end_object(&w);
    json_key(&w, "dead_letters");
    json_u64(&w, dlq_count(agent_dlq(a)));
    json_key(&w, "recovery");
    json_cstr(&w, agent_recovery(a));
    json_end_object(&w);
    buf_char(out, '\n');
}

/* Prometheus wants all samples of a metric together: metric by metric, not
 * object by object. Names are configured ([A-Za-z0-9_.-]), so no escaping. */
static bool
is_gauge(const char *group, const char *name)
{
    static const char *const gauges[] = {
        "input_held", "output_queued",   "spool_bytes",    "spool_segments",
        "spool_last", "spool_committed", "spool_degraded", NULL};
    size_t n = strlen(group);

    for (size_t i = 0; gauges[i] != NULL; i++)
        if (strncmp(gauges[i], group, n) == 0 && gauges[i][n] == '_' &&
            strcmp(gauges[i] + n + 1, name) == 0)
            return true;
    return false;
}

/* A counter's name ends in _total, as Prometheus has it. */
static void
metric_name(struct buf *out, const char *group, const struct number *row)
{
    buf_printf(out, "hutong_%s_%s%s", group, row->name,
               is_gauge(group, row->name) ? "" : "_total");
}

static void
metric_head(struct buf *out, const char *group, const struct number *row)
{
    buf_str(out, "# HELP ");
    metric_name(out, group, row);
    buf_printf(out, " %s\n# TYPE ", row->help);
    metric_name(out, group, row);
    buf_str(out, is_gauge(group, row->name) ? " gauge\n" : " counter\n");
}

/* ${label} is NULL for the spool, of which there is one. */
static void
metric_sample(struct buf *out, const char *group, const struct number *row,
              const char *label)
{
    metric_name(out, group, row);
    if (label != NULL)
        buf_printf(out, "{%s=\"%s\"}", group, label);
    buf_printf(out, " %llu\n", (unsigned long long)row->value);
}

void
agent_metrics(struct agent *a, struct buf *out)
{
    const struct parts *p = agent_parts(a);
    struct number rows[16];
    struct gathered g;

    gather(a, &g);
    buf_printf(out,
               "# HELP hutong_unaccounted Events that no counter explains; "
               "must be 0\n# TYPE hutong_unaccounted gauge\n"
               "hutong_unaccounted %lld\n",
               (long long)g.unaccounted);
    for (size_t k = 0; k < 16 && p->inputs != 0; k++)
        for (size_t i = 0; i < p->inputs; i++) {
            input_rows(p, i, rows);
            if (i == 0)
                metric_head(out, "input", &rows[k]);
            metric_sample(out, "input", &rows[k],
                          input_config(p->input[i])->name);
        }
    for (size_t k = 0; k < 10 && p->outputs != 0; k++)
        for (size_t i = 0; i < p->outputs; i++) {
            output_rows(&g, i, rows);
            if (i == 0)
                metric_head(out, "output", &rows[k]);
            metric_sample(out, "output", &rows[k], output_name(p->output[i]));
        }
    spool_rows(a, rows);
    for (size_t k = 0; k < 11; k++) {
        metric_head(out, "spool", &rows[k]);
        metric_sample(out, "spool", &rows[k], NULL);
    }
}
