/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the plan compiler share. */
#ifndef FORMATS_MAPPING_COMPILE_H
#define FORMATS_MAPPING_COMPILE_H

#include "formats/mapping/plan.h"

struct compiling {
    struct plan *p;
    const struct mapping *m;
    const struct standard *s;
    struct diag *diag;
    unsigned errors; /* of diag when we began */
};

void compile_error(struct compiling *c, unsigned line, unsigned col,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);

/* ---- compile_expr.c */

/* expr_new(c, prog, spec, target, prefix): compile ${spec} for ${target};
 * ${prefix}: steps from the event's root to the element that ${prog} runs over
 * (so that coverage knows the paths). NULL after an error. */
struct expr *expr_new(struct compiling *c, struct prog *prog,
                      const struct spec *spec, const struct target *target,
                      const struct path *prefix);
/* test_new(c, prog, cond, prefix): NULL when out of memory. */
struct test *test_new(struct compiling *c, struct prog *prog,
                      const struct cond *cond, const struct path *prefix);
/* expr_uses(e, out, max): the slots that a value may come from. */
uint32_t expr_uses(const struct expr *e, uint32_t *out, uint32_t max);
/* expr_always(e): it may give a value when none of its slots is filled. */
bool expr_always(const struct expr *e);
/* path_join(c, prefix, path, out): ${path} below an element. */
bool path_join(struct compiling *c, const struct path *prefix,
               const struct path *path, struct path *out);

/* ---- compile_ops.c */

#define COMPILE_MAX_KEY 256

/* compile_name(c, place, end): the fragment that emit_member copies: comma, the
 * member's name, ${end}; padded. data is NULL when out of memory. */
struct bytes compile_name(struct compiling *c, const struct shape *place,
                          const char *end);
/* compile_ops(c, prog, base, at): fill prog->op with what stands below ${base},
 * and when each operation has to run; ${at}: the fields by shape number. */
bool compile_ops(struct compiling *c, struct prog *prog,
                 const struct shape *base, struct pfield **at);
/* compile_guard(c, prog, f): tie ${f} to the row whose value allows it. */
void compile_guard(struct compiling *c, struct prog *prog, struct pfield *f);

/* ---- compile_outline.c */

/* compile_outline(c, f): what the outline of a record tells of ${f}, a field of
 * the root whose way of writing is settled. */
void compile_outline(struct compiling *c, struct pfield *f);

/* ---- compile.c */

/* prog_compile(c, prog, fields, n, base, each, prefix): the fields of one
 * object. ${base} is the place of the object, ${each} the field of the array
 * around it (NULL at the root). */
struct prog_source {
    const struct field *field;
    size_t fields;
    const struct shape *base;
    const char *parent_key; /* of the array's row; NULL at the root */
    const struct path *prefix;
};
bool prog_compile(struct compiling *c, struct prog *prog,
                  const struct prog_source *from);

#endif
