/* SPDX-License-Identifier: Apache-2.0 */
/* What of a field the outline of a record has to tell (mapping.h). */
#include "formats/mapping/compile.h"

static bool
is_key(const char *key, const char *other)
{
    return other != NULL && strcmp(key, other) == 0;
}

/* A rule of another row, or of this one, compares the value of ${row} with
 * something: it is more than the row's own matter. */
static bool
is_compared(const struct compiling *c, const struct std_row *row)
{
    if (row->not_after != NULL || row->before != NULL || row->group_of != NULL)
        return true;
    for (size_t i = 0; i < std_row_count(c->s); i++) {
        const struct std_row *r = std_row_at(c->s, i);

        if ((r->when != NULL && is_key(row->key, r->when->key)) ||
            (r->allow != NULL && is_key(row->key, r->allow->key)) ||
            is_key(row->key, r->not_after) || is_key(row->key, r->before) ||
            is_key(row->key, r->group_of))
            return true;
    }
    return false;
}

/* No transform writes what is no text of the row's format. The depth is that of
 * the mapping, at most MAPPING_MAX_NEST. */
static bool
is_tame(const struct expr *e, const struct target *t)
{
    if (e->spec->encode == ENCODE_BASE64 && t->format != STD_FORMAT_NONE &&
        t->format != STD_FORMAT_BASE64)
        return false;
    for (size_t i = 0; i < e->parts; i++)
        if (!is_tame(e->part[i], t))
            return false;
    return true;
}

void
compile_outline(struct compiling *c, struct pfield *f)
{
    bool alone = f->target.proves && is_tame(f->expr, &f->target) &&
                 !is_compared(c, f->target.row);

    /* A constant is the same each time. */
    f->told = !alone && f->writing != WRITE_FIXED;
    f->sure = f->expr->spec->kind != SPEC_EACH;
}
