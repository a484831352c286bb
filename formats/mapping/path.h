/* SPDX-License-Identifier: Apache-2.0 */
/* Source paths of mappings: member names joined by dots, "[]" steps into every
 * element of an array and "[0]" into the first; a name with dots or brackets
 * stands in double quotes: alert.signature, dns.query[].rrname, "X.Y".z. */
#ifndef FORMATS_MAPPING_PATH_H
#define FORMATS_MAPPING_PATH_H

#include "formats/base/arena.h"
#include "formats/json/tape.h"

#define PATH_MAX_STEPS 16
#define PATH_MAX_TEXT  512

struct step {
    struct bytes name; /* empty for "[]" and "[0]" */
    uint32_t hash;     /* hash_key(name) */
    bool each;         /* "[]" or "[0]" */
    bool first;        /* "[0]" */
};

struct path {
    const char *text; /* as written, NUL-terminated */
    const struct step *step;
    uint32_t count; /* at least 1; the first is never "[]" */
    uint32_t head;  /* steps before the first "[]" (count: none) */
};

/* path_parse(arena, text, out): NULL when good, else what is wrong (static).
 * Everything in *out lives in ${arena}. */
const char *path_parse(struct arena *arena, struct bytes text,
                       struct path *out);

/* path_find(t, at, step, count, out, max): the values that the ${count} steps
 * lead to from the value at ${at}, in document order, at most ${max}; returns
 * how many there are (more than ${max}: the rest was not stored). A value that
 * is no array counts as its own only element. */
size_t path_find(const struct tape *t, uint32_t at, const struct step *step,
                 uint32_t count, uint32_t *out, size_t max);

#endif
