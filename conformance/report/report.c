/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/report/report_in.h"

#include "transport/digest.h"

void
report_put(struct json_writer *w, const char *key, const char *value)
{
    json_key(w, key);
    json_cstr(w, value);
}

void
report_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_u64(w, value);
}

static void
put_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}

void
report_put_text(struct json_writer *w, const char *key, struct ledger_text t)
{
    if (key != NULL)
        json_key(w, key);
    json_object(w);
    report_put(w, "zh", t.zh ? t.zh : "");
    report_put(w, "en", t.en ? t.en : "");
    json_end_object(w);
}

/* A line of its own for what follows. */
static void
fresh(struct json_writer *w)
{
    buf_char(w->out, '\n');
}

static bool
may_say_standard(const struct requirement *q)
{
    return q->clause != NULL && (q->authority == AUTHORITY_NORMATIVE ||
                                 q->authority == AUTHORITY_REFERENCED);
}

static void
put_tool(const struct run *r, const struct report_head *h,
         struct json_writer *w)
{
    struct bytes canonical = std_canonical(r->standard);
    char digest[DIGEST_HEX_MAX] = "";
    size_t rows = 0, provisional = 0;
    struct err err;

    report_put(w, "report", "hutong-conform/1");
    json_key(w, "tool");
    json_object(w);
    report_put(w, "name", "hutong-conform");
    report_put(w, "version", HUTONG_VERSION);
    json_end_object(w);
    fresh(w);
    json_key(w, "catalogue");
    json_object(w);
    report_put(w, "id", r->ledger->id);
    report_put(w, "version", r->ledger->version);
    report_put(w, "sha256", r->ledger->digest);
    report_put_u64(w, "requirements", r->ledger->requirements);
    report_put_u64(w, "tests", r->ledger->tests);
    json_end_object(w);
    fresh(w);
    if (digest_hex(DIGEST_SHA256, canonical, digest, &err) != ERR_OK)
        digest[0] = '\0';
    rows = check_rows(r->observe->checker, NULL, &provisional);
    json_key(w, "definition");
    json_object(w);
    report_put(w, "edition", std_edition(r->standard));
    report_put(w, "sha256", digest);
    report_put_u64(w, "rows", rows);
    report_put_u64(w, "provisional", provisional);
    report_put_u64(w, "overlays", std_overlay_count(r->standard));
    put_bool(w, "trusted", std_trusted(r->standard));
    json_end_object(w);
    fresh(w);
    report_put(w, "role", h->role);
    report_put(w, "started", h->started);
    report_put(w, "ended", h->ended);
    report_put(w, "operator", h->operator);
    put_bool(w, "complete", !r->interrupted);
    fresh(w);
}

static void
put_capture(const struct observe_target *t, struct json_writer *w)
{
    const struct capture_counts *n = &t->capture;

    report_put(w, "kind", capture_kind_name(t->kind));
    json_key(w, "capture");
    json_object(w);
    report_put_u64(w, "packets", n->packets);
    report_put_u64(w, "foreign", n->foreign);
    report_put_u64(w, "fragments", n->fragments);
    report_put_u64(w, "cut", n->cut);
    report_put_u64(w, "streams", n->streams);
    report_put_u64(w, "unknown", n->unknown);
    report_put_u64(w, "encrypted", n->encrypted);
    report_put_u64(w, "gaps", n->gaps);
    report_put_u64(w, "limits", n->limits);
    report_put_u64(w, "ignored", n->ignored);
    json_end_object(w);
}

/* Where documents were seen, files aside. */
static void
put_interfaces(const struct run *r, struct json_writer *w)
{
    json_key(w, "interfaces");
    json_array(w);
    for (size_t i = 0; i < r->observe->interfaces; i++) {
        json_object(w);
        report_put(w, "name", r->observe->interface[i].name);
        report_put_u64(w, "documents", r->observe->interface[i].documents);
        report_put_u64(w, "records", r->observe->interface[i].records);
        report_put_u64(w, "faults", r->observe->interface[i].faults);
        json_end_object(w);
    }
    json_end_array(w);
    fresh(w);
}

static void
put_product(const struct run *r, struct json_writer *w)
{
    json_key(w, "product");
    if (r->ics == NULL) {
        json_null(w);
    } else {
        json_object(w);
        report_put(w, "template", r->ics->template->id);
        report_put(w, "type", r->ics->template->product_type);
        report_put(w, "vendor", r->ics->vendor);
        report_put(w, "name", r->ics->name);
        report_put(w, "version", r->ics->version);
        report_put(w, "ics_sha256", r->ics->digest);
        json_end_object(w);
    }
    fresh(w);
    json_key(w, "targets");
    json_array(w);
    for (size_t i = 0; i < r->observe->targets; i++) {
        const struct observe_target *t = &r->observe->target[i];

        json_object(w);
        report_put(w, "name", t->name);
        report_put(w, "sha256", t->digest);
        report_put_u64(w, "bytes", t->bytes);
        report_put_u64(w, "documents", t->documents);
        report_put_u64(w, "unreadable", t->unreadable);
        report_put_u64(w, "envelopes", t->envelopes);
        report_put_u64(w, "records", t->records);
        if (t->kind != CAPTURE_NONE)
            put_capture(t, w);
        put_bool(w, "changed", t->changed);
        report_put(w, "error", t->error);
        json_end_object(w);
        fresh(w);
    }
    json_end_array(w);
    fresh(w);
    if (r->observe->interfaces > 0)
        put_interfaces(r, w);
}

enum outcome { MET, NOT_MET, NOT_ASSESSED };
static const char *const outcomes[] = {"met", "not_met", "not_assessed"};

/* How a requirement came out. */
static enum outcome
outcome_of(const struct run *r, const struct requirement *q)
{
    switch (run_worst(r, q->rid)) {
    case VERDICT_PASS:
    case VERDICT_INFO:
        return MET;
    case VERDICT_WARN:
    case VERDICT_FAIL:
        return NOT_MET;
    case VERDICT_NONE:
    case VERDICT_NOT_APPLICABLE:
    case VERDICT_INCONC:
    case VERDICT_BLOCKED:
    case VERDICT_UNSTABLE:
    case VERDICT_ERROR:
    case VERDICT_COUNT:
        break;
    }
    return NOT_ASSESSED;
}

static const char *
word_of(size_t met, size_t not_met, const char *good, const char *bad)
{
    if (not_met > 0)
        return bad;
    return met > 0 ? good : "not_assessed";
}

static void
put_tally(struct json_writer *w, const char *name, const char *result,
          const size_t n[3])
{
    json_key(w, name);
    json_object(w);
    report_put(w, "result", result);
    report_put_u64(w, "met", n[0]);
    report_put_u64(w, "not_met", n[1]);
    report_put_u64(w, "not_assessed", n[2]);
    json_end_object(w);
    fresh(w);
}

/* DESIGN section 14: referenced standards, the definition file, and GB/T 44886
 * itself, which nothing here may call conformed to. */
static void
put_tables(const struct run *r, struct json_writer *w)
{
    size_t n[3][3] = {{0}}, bound = 0;

    for (size_t i = 0; i < r->ledger->requirements; i++) {
        const struct requirement *q = &r->ledger->requirement[i];
        enum outcome k = outcome_of(r, q);
        bool national = strncmp(q->std, "GB/T 44886", 10) == 0;

        if (q->observability != SEEN_BLACK_BOX)
            continue;
        bound += national && may_say_standard(q);
        n[2][k] += national;
        n[may_say_standard(q) ? 0 : 1][k]++;
    }
    json_key(w, "tables");
    json_object(w);
    put_tally(w, "referenced",
              word_of(n[0][0], n[0][1], "conforms", "does_not_conform"), n[0]);
    put_tally(w, "definition",
              word_of(n[1][0], n[1][1], "consistent", "inconsistent"), n[1]);
    json_key(w, "national");
    json_object(w);
    report_put(w, "std", "GB/T 44886");
    report_put(w, "result", "not_assessed");
    report_put_u64(w, "bound", bound);
    report_put_u64(w, "rows", n[2][0] + n[2][1] + n[2][2]);
    json_end_object(w);
    json_end_object(w);
    fresh(w);
}

static void
put_summary(const struct run *r, struct json_writer *w)
{
    json_key(w, "summary");
    json_object(w);
    json_key(w, "verdicts");
    json_object(w);
    for (int v = VERDICT_NOT_APPLICABLE; v < VERDICT_COUNT; v++)
        report_put_u64(w, verdict_name((enum verdict)v), r->count[v]);
    json_end_object(w);
    report_put_u64(w, "documents", r->observe->documents);
    report_put_u64(w, "envelopes", r->observe->envelopes);
    report_put_u64(w, "records", r->observe->records);
    report_put_u64(w, "unowned_faults", r->observe->unowned);
    report_put_u64(w, "exit", r->exit);
    json_end_object(w);
    fresh(w);
}

void
report_sample(struct json_writer *w, const char *rid,
              const struct observe_sample *s)
{
    json_object(w);
    report_put(w, "rid", rid);
    report_put(w, "rule", s->rule);
    report_put(w, "file", s->file);
    report_put_u64(w, "line", s->line);
    report_put_u64(w, "column", s->col);
    if (s->interface != NULL)
        report_put(w, "interface", s->interface);
    if (s->place != NULL)
        report_put(w, "place", s->place);
    report_put(w, "pointer", s->pointer);
    report_put_text(w, "text", s->text);
    report_put(w, "document_sha256", s->digest);
    json_end_object(w);
}

static void
put_samples(const struct run *r, const struct run_result *res,
            struct json_writer *w)
{
    json_key(w, "samples");
    json_array(w);
    for (const char *const *p = res->test->verifies; *p != NULL; p++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*p));
        const struct observe_tally *t =
            q ? &r->observe->tally[q - r->ledger->requirement] : NULL;

        for (size_t i = 0; t != NULL && i < t->samples; i++) {
            report_sample(w, *p, &t->sample[i]);
            fresh(w);
        }
    }
    json_end_array(w);
}

static void
put_test(const struct run *r, const struct run_result *res,
         const struct report_head *h, struct json_writer *w)
{
    const struct ledger_test *t = res->test;

    json_object(w);
    report_put(w, "id", t->id);
    report_put_u64(w, "rev", t->rev);
    report_put(w, "maturity", ledger_maturity_name(t->maturity));
    report_put(w, "kind", ledger_kind_name(t->kind));
    report_put(w, "role", t->role);
    put_bool(w, "preflight", t->preflight);
    report_put(w, "verdict", verdict_name(res->verdict));
    report_put_text(w, "purpose", t->purpose);
    report_put_text(w, "reason", res->reason);
    report_put_list(w, "verifies", t->verifies);
    report_put_card(r, res, h, w);
    report_put_u64(w, "violations", res->violations);
    put_samples(r, res, w);
    json_end_object(w);
    fresh(w);
}

static void
put_requirement(const struct run *r, const struct requirement *q,
                struct json_writer *w)
{
    json_object(w);
    report_put(w, "rid", q->rid);
    report_put(w, "std", q->std);
    report_put(w, "part", q->part);
    report_put(w, "clause", q->clause);
    report_put(w, "authority", ledger_authority_name(q->authority));
    report_put(w, "level", ledger_level_name(q->level, true));
    report_put(w, "axis",
               may_say_standard(q) ? "conformance" : "compatibility");
    report_put_text(w, "text", q->text);
    report_put(w, "result", outcomes[outcome_of(r, q)]);
    report_put_u64(w, "violations",
                   r->observe->tally[q - r->ledger->requirement].count);
    json_end_object(w);
    fresh(w);
}

void
report_json(const struct run *r, const struct report_head *h, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    put_tool(r, h, &w);
    put_product(r, &w);
    report_put_features(r, &w);
    fresh(&w);
    report_put_setting(r, &w);
    fresh(&w);
    put_tables(r, &w);
    put_summary(r, &w);
    json_key(&w, "tests");
    json_array(&w);
    for (size_t i = 0; i < r->results; i++)
        put_test(r, &r->result[i], h, &w);
    json_end_array(&w);
    fresh(&w);
    json_key(&w, "requirements");
    json_array(&w);
    for (size_t i = 0; i < r->ledger->requirements; i++)
        put_requirement(r, &r->ledger->requirement[i], &w);
    json_end_array(&w);
    json_end_object(&w);
    fresh(&w);
}
