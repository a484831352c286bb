/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a loaded standard. */
#include "formats/standard/standard.h"

#include <stdlib.h>

#include "formats/standard/internal.h"

void
std_free(struct standard *s)
{
    if (s == NULL)
        return;
    arena_free(&s->arena);
    free(s);
}

const char *
std_edition(const struct standard *s)
{
    return s->edition;
}

static const struct kind_def *
find_kind(const struct standard *s, const char *kind)
{
    for (size_t i = 0; i < s->kind_count; i++) {
        if (strcmp(s->kind[i].name, kind) == 0)
            return &s->kind[i];
    }
    return NULL;
}

/* A kind that records have. */
static bool
is_record(const struct kind_def *k)
{
    return !k->body && strcmp(k->name, STD_ENVELOPE) != 0;
}

size_t
std_kind_count(const struct standard *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->kind_count; i++)
        n += is_record(&s->kind[i]);
    return n;
}

const char *
std_kind(const struct standard *s, size_t i)
{
    for (size_t k = 0; k < s->kind_count; k++) {
        if (is_record(&s->kind[k]) && i-- == 0)
            return s->kind[k].name;
    }
    return NULL;
}

const char *
std_kind_version(const struct standard *s, const char *kind)
{
    const struct kind_def *k = find_kind(s, kind);

    return k ? k->version : NULL;
}

const char *
std_kind_name(const struct standard *s, const char *kind, bool zh)
{
    const struct kind_def *k = find_kind(s, kind);

    return k == NULL ? NULL : zh ? k->zh : k->en;
}

const struct shape *
std_shape(const struct standard *s, const char *kind)
{
    const struct kind_def *k = find_kind(s, kind);

    return k ? k->root : NULL;
}

uint32_t
std_shape_count(const struct standard *s, const char *kind)
{
    const struct kind_def *k = find_kind(s, kind);

    return k ? k->shape_count : 0;
}

static const struct draft *
find_draft(const struct standard *s, const char *key)
{
    size_t i = hash_key(key, strlen(key));

    for (; s->index[i & s->index_mask] != 0; i++) {
        const struct draft *d = s->draft[s->index[i & s->index_mask] - 1];

        if (strcmp(d->row.key, key) == 0)
            return d;
    }
    return NULL;
}

const struct std_row *
std_row(const struct standard *s, const char *key)
{
    const struct draft *d = find_draft(s, key);

    return d && !d->gone ? &d->row : NULL;
}

const struct shape *
std_place(const struct standard *s, const char *key)
{
    const struct draft *d = find_draft(s, key);

    return d && !d->gone ? d->place : NULL;
}

bool
std_retired(const struct standard *s, const char *key)
{
    const struct draft *d = find_draft(s, key);

    return d && d->gone;
}

size_t
std_row_count(const struct standard *s)
{
    return s->row_count;
}

const struct std_row *
std_row_at(const struct standard *s, size_t i)
{
    return i < s->row_count ? &s->draft[i]->row : NULL;
}

size_t
std_overlay_count(const struct standard *s)
{
    return s->overlay_count;
}

bool
std_trusted(const struct standard *s)
{
    (void)s; /* no overlay can carry a signature yet, so none is trusted */
    return false;
}

struct bytes
std_canonical(const struct standard *s)
{
    return s->canonical;
}
