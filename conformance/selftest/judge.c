/* SPDX-License-Identifier: Apache-2.0 */
/* What the report of a run says of its product. */
#include <stdio.h>

#include "conformance/selftest/network.h"

/* A sound product leaves nothing to say, and nothing undecided. */
static bool
alarms(const struct network_row *row, const struct outcome_test *t)
{
    return t->verdict != VERDICT_PASS && t->verdict != VERDICT_INFO &&
           t->verdict != VERDICT_NOT_APPLICABLE &&
           !(t->verdict == VERDICT_WARN &&
             manifest_has(row->peer->advised, t->id));
}

static void
decide(struct network_row *row, const struct outcome_test *t)
{
    bool own =
        row->kind == NETWORK_MUTANT && outcome_verifies(t, row->mutant->rid);
    bool bad = t->verdict == VERDICT_FAIL || t->verdict == VERDICT_WARN;

    row->tests++;
    row->passes += t->verdict == VERDICT_PASS;
    row->applicable |= t->verdict != VERDICT_NOT_APPLICABLE;
    if (row->kind == NETWORK_REFERENCE && alarms(row, t) && row->alarms++ == 0)
        (void)snprintf(row->what, sizeof row->what, "%s %s: %s", t->id,
                       verdict_name(t->verdict), t->observed);
    if (row->kind == NETWORK_DUMB && t->negative &&
        t->verdict == VERDICT_PASS && row->hollow++ == 0)
        (void)snprintf(row->what, sizeof row->what, "%s", t->id);
    if (row->kind != NETWORK_MUTANT || !bad)
        return;
    if (!row->killed || (own && !row->right))
        (void)snprintf(row->what, sizeof row->what, "%s%s%s", t->id,
                       t->pointers > 0 ? " " : "",
                       t->pointers > 0 ? t->pointer[0] : "");
    row->killed = true;
    row->right |= own && outcome_points(t, row->mutant->site);
}

void
network_judge(struct network_row *row, const struct outcome *o)
{
    row->ran = true;
    for (size_t i = 0; i < o->tests; i++)
        decide(row, &o->test[i]);
}

bool
network_trouble(const struct network_row *row)
{
    switch (row->kind) {
    case NETWORK_REFERENCE:
        return !row->ran || row->alarms > 0;
    case NETWORK_DUMB:
        return !row->ran || row->hollow > 0;
    case NETWORK_MUTANT:
    case NETWORK_KINDS:
        break;
    }
    return !row->ran || !row->killed || !row->right;
}
