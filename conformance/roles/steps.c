/* SPDX-License-Identifier: Apache-2.0 */
/* The closed vocabulary of test steps, for role `files`. A step looks at what
 * was observed; it never asks the product for anything. */
#include "conformance/roles/run.h"
#include "conformance/verdict/fault.h"

typedef enum verdict (*step_fn)(struct run *r, const struct ledger_step *s,
                                struct run_result *res);

static enum verdict
say(struct run_result *res, enum verdict v, const char *zh, const char *en)
{
    if (v > VERDICT_PASS || res->reason.zh == NULL)
        res->reason = (struct ledger_text){zh, en};
    return v;
}

static enum verdict
documents_readable(struct run *r, const struct ledger_step *s,
                   struct run_result *res)
{
    (void)s;
    if (r->observe->documents == 0)
        return say(res, VERDICT_INCONC, "没有读到任何文档",
                   "no document was found");
    if (r->observe->readable == 0)
        return say(res, VERDICT_FAIL, "没有一个文档是合法的 JSON",
                   "not one document is JSON");
    return VERDICT_PASS;
}

/* At least one record, of kind s->at when given. What is declared and not shown
 * cannot be told; what is not declared does not apply. */
static enum verdict
records_some(struct run *r, const struct ledger_step *s, struct run_result *res)
{
    uint64_t n = 0;

    if (s->at != NULL) {
        n = observe_seen(r->observe, s->at);
    } else {
        for (size_t i = 1; i < r->observe->kinds; i++)
            n += r->observe->kind[i].records;
        for (size_t i = 0; i < r->observe->bodies; i++)
            n += r->observe->body[i].records;
    }
    if (n > 0)
        return VERDICT_PASS;
    if (s->at == NULL)
        return say(res, VERDICT_FAIL, "没有一条可识别的记录",
                   "not one record can be recognised");
    if (r->ics != NULL && !r->partial)
        return say(res, VERDICT_INCONC, "声明支持，但样本中没有",
                   "declared, but not in the samples");
    return say(res, VERDICT_NOT_APPLICABLE, "样本中没有", "not in the samples");
}

static enum verdict
records_varied(struct run *r, const struct ledger_step *s,
               struct run_result *res)
{
    uint64_t n = 0;

    (void)s;
    for (size_t i = 1; i < r->observe->kinds; i++)
        n += r->observe->kind[i].records;
    if (n < 2)
        return say(res, VERDICT_PASS, "只有一条记录，无从比较",
                   "one record only, nothing to compare");
    if (fault_on("frozen-unseen"))
        return VERDICT_PASS;
    if (!r->observe->varied_exact)
        return say(res, VERDICT_FAIL, "所有记录逐字节相同，是固定样例",
                   "all records are the same bytes: a frozen sample");
    if (!r->observe->varied_content)
        return say(res, VERDICT_INCONC,
                   "除标识和时间外所有记录相同，可能是固定样例",
                   "all records are the same but for identifiers and times");
    return VERDICT_PASS;
}

/* A container that an overlay emptied: it has no place, rows below it have. */
static bool
is_flattened(const struct standard *s, const char *key)
{
    size_t n = strlen(key);

    for (size_t i = 0; std_retired(s, key) && i < std_row_count(s); i++) {
        const char *below = std_row_at(s, i)->key;

        if (strncmp(below, key, n) == 0 && below[n] == '.')
            return true;
    }
    return false;
}

/* How often a place occurred; a container that an edition has flattened is
 * where its own container is. */
static uint64_t
seen_or_around(const struct run *r, const char *at)
{
    char key[256];
    char *dot;

    if (strlen(at) >= sizeof key)
        return 0;
    memcpy(key, at, strlen(at) + 1);
    while (is_flattened(r->standard, key) && (dot = strrchr(key, '.')) != NULL)
        *dot = '\0';
    return observe_seen(r->observe, key);
}

static enum verdict
place_seen(struct run *r, const struct ledger_step *s, struct run_result *res)
{
    if (seen_or_around(r, s->at) > 0 || fault_on("place-always-seen"))
        return VERDICT_PASS;
    return say(res, VERDICT_NOT_APPLICABLE, "样本中没有出现，未检验",
               "does not occur in the samples, not exercised");
}

static enum verdict
rules_clean(struct run *r, const struct ledger_step *s, struct run_result *res)
{
    static const struct ledger_text shall = {
        "违反要求，见样例", "the requirement is violated, see the samples"};
    enum verdict v = VERDICT_PASS;

    (void)s;
    for (const char *const *rid = res->test->verifies; *rid; rid++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*rid));
        static const enum verdict by_level[] = {[LEVEL_SHALL] = VERDICT_FAIL,
                                                [LEVEL_SHOULD] = VERDICT_WARN,
                                                [LEVEL_MAY] = VERDICT_INFO};
        uint64_t n;

        if (q == NULL)
            continue;
        n = r->observe->tally[q - r->ledger->requirement].count;
        if (fault_on("always-true-compare"))
            n = 0;
        if (fault_on("swapped-expectation"))
            n = n == 0;
        res->violations += n;
        if (n > 0)
            v = verdict_worse(v,
                              say(res, by_level[q->level], shall.zh, shall.en));
    }
    return v;
}

static bool
not_declared(const struct run *r, struct bytes kind)
{
    char item[128];

    if (kind.len + sizeof ".send" > sizeof item)
        return false;
    memcpy(item, kind.data, kind.len);
    memcpy(item + kind.len, ".send", sizeof ".send");
    return !ics_supports(r->ics, bytes_str(item));
}

static enum verdict
undeclared_none(struct run *r, const struct ledger_step *s,
                struct run_result *res)
{
    (void)s;
    if (r->ics == NULL)
        return say(res, VERDICT_NOT_APPLICABLE, "没有声明可比较",
                   "there is no declaration to compare with");
    for (size_t i = 1; i < r->observe->kinds; i++) {
        if (r->observe->kind[i].records > 0 &&
            not_declared(r, bytes_str(r->observe->kind[i].kind)))
            return say(res, VERDICT_WARN, "样本中有未声明的信息类型",
                       "the samples hold a kind that is not declared");
    }
    return VERDICT_PASS;
}

static const struct {
    const char *op;
    step_fn run;
} ops[] = {
    {"documents.expect_readable", documents_readable},
    {"records.expect_some", records_some},
    {"records.expect_varied", records_varied},
    {"place.expect_seen", place_seen},
    {"rules.expect_clean", rules_clean},
    {"undeclared.expect_none", undeclared_none},
};

void
step_run(struct run *r, struct run_result *res)
{
    enum verdict v = VERDICT_NONE;
    bool seen = false, asked = false;

    for (size_t i = 0; i < res->test->steps; i++) {
        const struct ledger_step *s = &res->test->step[i];
        enum verdict one = VERDICT_ERROR;

        for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
            if (strcmp(s->op, ops[k].op) == 0)
                one = ops[k].run(r, s, res);
        }
        if (strcmp(s->op, "place.expect_seen") == 0) {
            asked = true; /* several places: one of them is enough */
            seen |= one == VERDICT_PASS;
            continue;
        }
        v = verdict_worse(v, one);
    }
    /* A fault stays a fault where nothing occurred (a member in a wrong place);
     * a pass does not. */
    if (asked && !seen && v <= VERDICT_PASS)
        v = VERDICT_NOT_APPLICABLE;
    else if (asked && seen && v <= VERDICT_PASS)
        res->reason = (struct ledger_text){NULL, NULL};
    res->verdict = v;
}
