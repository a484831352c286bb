/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline/policy.h"

#include "formats/json/writer.h"

#define MAX_TAGS 16 /* rule ids named in x_findings */

static bool
breaks_consumers(const struct findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->item[i].rule == CHECK_TYPE)
            return true;
    return false;
}

/* The first that made it an error; warnings only if there is no other. */
static const struct finding *
first_error(const struct findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->item[i].severity == CHECK_ERROR)
            return &f->item[i];
    return &f->item[0];
}

bool
policy_refuses(enum finding_policy p, const struct findings *f, struct err *err)
{
    struct buf text = {0};
    const struct finding *first;

    if (f->errors == 0 || f->count == 0 ||
        (p != FINDING_DEAD_LETTER && !breaks_consumers(f)))
        return false;
    first = first_error(f);
    finding_text(first, false, &text);
    (void)err_set(err, ERR_TYPE, first->pointer, "%s",
                  buf_cstr(&text) ? text.data : "finding");
    buf_free(&text);
    return true;
}

void
policy_tag(struct buf *record, const struct findings *f)
{
    struct buf rule = {0};
    size_t n = f->count < MAX_TAGS ? f->count : MAX_TAGS;

    record->len--; /* the closing brace */
    buf_str(record, ",\"x_findings\":[");
    for (size_t i = 0; i < n; i++) {
        buf_reset(&rule);
        finding_rule(&f->item[i], &rule);
        if (i != 0)
            buf_char(record, ',');
        json_put_string(record, buf_view(&rule));
    }
    buf_str(record, "]}");
    buf_free(&rule);
}
