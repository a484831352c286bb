/* SPDX-License-Identifier: Apache-2.0 */
/* The condition language of `match` and `when`:
 *
 *   cond   = and { "or" and }        and = not { "and" not }
 *   not    = "not" not | "(" cond ")" | test
 *   test   = "has" path | path op value | path "in" "[" value {"," value} "]"
 *   op     = "==" "!=" "<" "<=" ">" ">=" "starts" "contains"
 *   value  = 'text' | "text" | number | true | false | a path
 *
 * == and != compare text, or numbers when both sides are numbers; the orders
 * compare numbers and are false when a side is none. An absent path makes every
 * test false but "!=". With "[]" in a path one fitting element is enough. */
#ifndef FORMATS_MAPPING_COND_H
#define FORMATS_MAPPING_COND_H

#include "formats/mapping/path.h"

#define COND_MAX_DEPTH 16

enum cond_kind { COND_AND, COND_OR, COND_NOT, COND_HAS, COND_TEST };
enum cond_op {
    COND_EQ,
    COND_NE,
    COND_LT,
    COND_LE,
    COND_GT,
    COND_GE,
    COND_STARTS,
    COND_CONTAINS,
    COND_IN
};

struct cond_value {
    struct bytes text; /* literal */
    bool number;       /* literal is one, in ${value} */
    double value;
    const struct path *path; /* or a path; slot below */
    uint32_t slot;
};

struct cond {
    enum cond_kind kind;
    enum cond_op op;
    struct cond *left, *right; /* AND, OR; NOT: left */
    struct path path;          /* HAS, TEST */
    uint32_t slot;             /* filled by the compiler of plans */
    struct cond_value *value;
    size_t count;
};

/* cond_parse(arena, text, why): the condition, or NULL and *why (in ${arena}
 * or static) says what is wrong at which byte. */
struct cond *cond_parse(struct arena *arena, struct bytes text,
                        const char **why);

/* cond_number(text, out): a decimal number, sign, fraction and exponent
 * allowed, all of ${text}; no locale. */
bool cond_number(struct bytes text, double *out);

#endif
