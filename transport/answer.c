/* SPDX-License-Identifier: Apache-2.0 */
/* See answer.h. */
#include "transport/answer.h"

#include <stdlib.h>

#include "transport/http_status.h"
#include "transport/report.h"
#include "transport/zhead.h"

#define QUOTE_MAX 120 /* bytes of a refusal's body shown to people */

void
answer_fini(struct answer *a)
{
    free(a->results.status);
    free(a->item);
    *a = (struct answer){0};
}

static bool
grow(struct answer *a, size_t items)
{
    enum send_result *item;

    if (!a->results.status) {
        a->results.status = malloc(RESULTS_MAX * sizeof(*a->results.status));
        if (!a->results.status)
            return false;
        a->results.max = RESULTS_MAX;
    }
    if (items <= a->item_max)
        return true;
    item = realloc(a->item, items * sizeof(*item));
    if (!item)
        return false;
    a->item = item;
    a->item_max = items;
    return true;
}

bool
answer_expects(struct answer *a, const struct batch *b, struct send_report *r)
{
    if (!zhead_is_id(b->id) || !zhead_is_type(b->info_type) ||
        b->items > RESULTS_MAX) {
        report_set(r, SEND_REFUSED,
                   "the batch's id, type or item count cannot be sent");
        return false;
    }
    if (!grow(a, b->items)) {
        report_set(r, SEND_AGAIN, "out of memory");
        return false;
    }
    return true;
}

/* A 2xx answer may name the items. One that follows our grammar but speaks of
 * another batch or another number of items proves nothing: again. */
static void
read_items(struct answer *a, const struct batch *b, enum answer_form form,
           struct bytes body, struct send_report *r)
{
    struct results *results = &a->results;

    results->msg_id = (struct bytes){0};
    if (!(form == ANSWER_LIST ? results_scan_list(body, results)
                              : results_scan(body, results)) ||
        results->count == 0)
        return; /* the status speaks for all */
    if (results->count != b->items ||
        (results->msg_id.len && !bytes_eq(results->msg_id, b->id))) {
        report_set(r, SEND_AGAIN,
                   "the answer is about another batch (%zu of %u items)",
                   results->count, b->items);
        return;
    }
    for (size_t i = 0; i < results->count; i++)
        a->item[i] = http_status_item(results->status[i]);
    report_items(r, a->item, results->count);
}

void
answer_read(struct answer *a, const struct batch *b, unsigned status,
            enum answer_form form, struct bytes body, struct send_report *r)
{
    const struct http_status_row *row = http_status_request(status);
    struct bytes text = bytes_upto(bytes_trim(body), QUOTE_MAX);

    if (status >= 200 && status <= 299) {
        report_set(r, row->result, "%u %s", status, http_status_reason(status));
        read_items(a, b, form, body, r);
        return;
    }
    report_set(r, row->result, "%u %s: %s%s%.*s", status,
               http_status_reason(status), row->why, text.len ? ": " : "",
               (int)text.len, text.len ? text.data : "");
    r->split = row->split;
    r->pause = row->pause;
}
