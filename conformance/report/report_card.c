/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says about one test and about the run's circumstances. Where
 * the role left a part of the failure card open, it follows from the
 * requirements and from what was observed in files. */
#include "conformance/report/report_in.h"

#define EXPECTED_ROWS_MAX 4 /* whose texts make the expectation */

/* A text in both languages; null when there is none. */
static void
put_said(struct json_writer *w, const char *key, struct ledger_text t)
{
    if (t.zh == NULL && t.en == NULL) {
        json_key(w, key);
        json_null(w);
        return;
    }
    report_put_text(
        w, key, (struct ledger_text){t.zh ? t.zh : t.en, t.en ? t.en : t.zh});
}

static void
put_two(struct json_writer *w, const char *key, struct buf *zh, struct buf *en)
{
    const char *a = buf_cstr(zh), *b = buf_cstr(en);

    if (a == NULL || b == NULL)
        w->out->failed = true;
    else
        put_said(w, key, (struct ledger_text){a, b});
    buf_free(zh);
    buf_free(en);
}

/* What the requirements demand, one after the other. */
static void
put_expected(const struct run *r, const struct run_result *res,
             struct json_writer *w)
{
    struct buf zh = {0}, en = {0};
    size_t n = 0;

    if (res->card.expected.zh != NULL || res->card.expected.en != NULL) {
        put_said(w, "expected", res->card.expected);
        return;
    }
    for (const char *const *p = res->test->verifies; *p; p++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*p));

        if (q == NULL || q->text.zh == NULL || n++ >= EXPECTED_ROWS_MAX)
            continue;
        buf_printf(&zh, "%s%s", n > 1 ? "；" : "", q->text.zh);
        buf_printf(&en, "%s%s", n > 1 ? "; " : "", q->text.en);
    }
    if (n == 0) {
        buf_str(&zh, res->test->purpose.zh ? res->test->purpose.zh : "");
        buf_str(&en, res->test->purpose.en ? res->test->purpose.en : "");
    }
    put_two(w, "expected", &zh, &en);
}

static const struct observe_sample *
first_sample(const struct run *r, const struct run_result *res)
{
    for (const char *const *p = res->test->verifies; *p; p++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*p));
        const struct observe_tally *t =
            q ? &r->observe->tally[q - r->ledger->requirement] : NULL;

        if (t != NULL && t->samples > 0)
            return &t->sample[0];
    }
    return NULL;
}

static void
put_observed(const struct run_result *res, const struct observe_sample *s,
             struct json_writer *w)
{
    const struct run_card *c = &res->card;
    struct buf zh = {0}, en = {0};

    if (c->observed.zh != NULL || c->observed.en != NULL) {
        put_said(w, "observed", c->observed);
    } else if (s != NULL) {
        buf_printf(&zh, "违反 %llu 处，首处 %s:%u:%u",
                   (unsigned long long)res->violations, s->file, s->line,
                   s->col);
        buf_printf(&en, "%llu violation%s, first at %s:%u:%u",
                   (unsigned long long)res->violations,
                   res->violations == 1 ? "" : "s", s->file, s->line, s->col);
        put_two(w, "observed", &zh, &en);
    } else if (res->verdict == VERDICT_PASS && res->reason.zh == NULL) {
        put_said(w, "observed",
                 (struct ledger_text){"与预期一致", "as expected"});
    } else {
        put_said(w, "observed", res->reason);
    }
}

static void
put_attempts(const struct run_card *c, struct json_writer *w)
{
    report_put_u64(w, "duration_ms", c->duration_ms);
    json_key(w, "attempts");
    json_array(w);
    for (size_t i = 0; i < c->attempts; i++) {
        json_object(w);
        report_put(w, "verdict", verdict_name(c->attempt[i].verdict));
        report_put_u64(w, "duration_ms", c->attempt[i].duration_ms);
        json_end_object(w);
    }
    json_end_array(w);
}

static void
put_evidence(const struct run_card *c, struct json_writer *w)
{
    json_key(w, "evidence");
    if (c->evidence == NULL) {
        json_null(w);
        return;
    }
    json_object(w);
    report_put(w, "path", c->evidence);
    report_put(w, "sha256", c->evidence_sha256);
    json_end_object(w);
}

/* Without a command of the role's own: the same run, only this test. */
static void
put_replay(const struct run_result *res, const struct report_head *h,
           struct json_writer *w)
{
    struct buf b = {0};

    if (res->card.replay != NULL || h->again == NULL) {
        report_put(w, "replay", res->card.replay);
        return;
    }
    buf_printf(&b, "%s --only %s", h->again, res->test->id);
    if (buf_cstr(&b) == NULL)
        w->out->failed = true;
    else
        report_put(w, "replay", buf_cstr(&b));
    buf_free(&b);
}

void
report_put_list(struct json_writer *w, const char *key, const char *const *list)
{
    json_key(w, key);
    json_array(w);
    for (; *list != NULL; list++)
        json_cstr(w, *list);
    json_end_array(w);
}

void
report_put_card(const struct run *r, const struct run_result *res,
                const struct report_head *h, struct json_writer *w)
{
    const struct observe_sample *s = first_sample(r, res);
    const struct run_card *c = &res->card;
    const struct ledger_test *t = res->test;

    report_put_list(w, "depends_on", t->depends_on);
    report_put(w, "twin", t->twin);
    json_key(w, "steps");
    json_array(w);
    for (size_t i = 0; i < t->steps; i++)
        json_cstr(w, t->step[i].op);
    json_end_array(w);
    put_attempts(c, w);
    put_said(w, "sent", c->sent);
    put_expected(r, res, w);
    put_observed(res, s, w);
    report_put(w, "at", c->at == NULL && s != NULL ? s->pointer : c->at);
    put_said(w, "difference",
             c->difference.zh == NULL && c->difference.en == NULL && s != NULL
                 ? s->text
                 : c->difference);
    put_evidence(c, w);
    put_replay(res, h, w);
    report_put(w, "curl", c->curl);
}

void
report_put_setting(const struct run *r, struct json_writer *w)
{
    const struct run_setting *s = &r->setting;

    json_key(w, "setting");
    json_object(w);
    report_put(w, "environment", s->environment);
    report_put(w, "target", s->target);
    report_put(w, "seed", s->seed);
    report_put_u64(w, "wait_ms", s->wait_ms);
    report_put_u64(w, "probe_p99_us", s->probe_p99_us);
    report_put_u64(w, "probes", s->probes);
    report_put_u64(w, "jobs", s->jobs);
    report_put_u64(w, "repeats", s->repeats);
    json_key(w, "deviations");
    json_array(w);
    for (size_t i = 0; i < s->deviations; i++)
        report_put_text(w, NULL, s->deviation[i]);
    json_end_array(w);
    if (s->notes > 0) {
        json_key(w, "notes");
        json_array(w);
        for (size_t i = 0; i < s->notes; i++)
            report_put_text(w, NULL, s->note[i]);
        json_end_array(w);
    }
    json_end_object(w);
}

static void
put_features(const struct ics *ics, bool supported, struct json_writer *w)
{
    json_key(w, supported ? "supported" : "unsupported");
    json_array(w);
    for (size_t i = 0; i < ics->template->items; i++) {
        const struct ics_item *item = &ics->template->item[i];

        if (ics_supports(ics, bytes_str(item->id)) != supported)
            continue;
        json_object(w);
        report_put(w, "id", item->id);
        report_put_text(w, "text", item->text);
        json_end_object(w);
    }
    json_end_array(w);
}

void
report_put_features(const struct run *r, struct json_writer *w)
{
    json_key(w, "features");
    if (r->ics == NULL) {
        json_null(w);
        return;
    }
    json_object(w);
    put_features(r->ics, true, w);
    put_features(r->ics, false, w);
    json_end_object(w);
}
