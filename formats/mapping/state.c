/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "formats/mapping/coverage.h"
#include "formats/mapping/plan.h"

#define STATE_GROUPS 16   /* capture groups of one regex that are looked at */
#define STATE_HEAP   4096 /* KiB that one match may use */

struct plan_state *
plan_state_new(const struct plan *p)
{
    struct plan_state *st = calloc(1, sizeof *st);
    size_t slots = p->slots + 1;

    if (st == NULL)
        return NULL;
    st->plan = p;
    st->slot = calloc(slots, sizeof *st->slot);
    st->beyond = calloc(slots, 1);
    st->match_data = pcre2_match_data_create(STATE_GROUPS, NULL);
    st->match = pcre2_match_context_create(NULL);
    if (st->slot == NULL || st->beyond == NULL || st->match_data == NULL ||
        st->match == NULL) {
        plan_state_free(st);
        return NULL;
    }
    (void)pcre2_set_match_limit(st->match, PLAN_REGEX_STEPS);
    (void)pcre2_set_depth_limit(st->match, PLAN_REGEX_STEPS);
    (void)pcre2_set_heap_limit(st->match, STATE_HEAP);
    return st;
}

void
plan_state_free(struct plan_state *st)
{
    if (st == NULL)
        return;
    pcre2_match_data_free(st->match_data);
    pcre2_match_context_free(st->match);
    coverage_free(st->coverage);
    free(st->slot);
    free(st->beyond);
    buf_free(&st->clean);
    buf_free(&st->work);
    buf_free(&st->text);
    free(st->entry);
    buf_free(&st->selected);
    free(st);
}
