/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/position.h"

#define POSITION_FIELDS  8
#define POSITION_VERSION 1

static uint64_t *
field(struct position *p, size_t i)
{
    uint64_t *const all[POSITION_FIELDS] = {
        &p->settled,       &p->first,
        &p->last,          (uint64_t *)&p->created_ns,
        &p->delivered,     &p->filtered,
        &p->dead_lettered, &p->dropped};

    return all[i];
}

enum err_code
position_store(struct spool_cursor *c, const struct position *p,
               enum spool_keep keep, struct err *err)
{
    struct position copy = *p;
    char blob[1 + 8 * POSITION_FIELDS];

    blob[0] = POSITION_VERSION;
    for (size_t i = 0; i < POSITION_FIELDS; i++)
        bytes_put_le(blob + 1 + 8 * i, *field(&copy, i), 8);
    return spool_cursor_save(c, p->settled, bytes_of(blob, sizeof blob), keep,
                             err);
}

void
position_load(struct spool_cursor *c, struct position *p)
{
    struct bytes blob = spool_cursor_state_get(c);

    *p = (struct position){0};
    if (blob.len == 1 + 8 * POSITION_FIELDS && blob.data[0] == POSITION_VERSION)
        for (size_t i = 0; i < POSITION_FIELDS; i++)
            *field(p, i) = bytes_get_le(blob.data + 1 + 8 * i, 8);
    /* The cursor is the truth: quota or repair may have moved it on. */
    if (p->settled != spool_cursor_settled(c)) {
        if (spool_cursor_settled(c) > p->settled && blob.len != 0)
            p->dropped += spool_cursor_settled(c) - p->settled;
        p->settled = spool_cursor_settled(c);
        p->first = p->last = 0;
    }
}
