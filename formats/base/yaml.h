/* SPDX-License-Identifier: Apache-2.0 */
/* The strict YAML subset of all hand-written files (DESIGN section 7), read with
 * libyaml's event API: one document; no anchors, aliases, tags or merge keys;
 * duplicate keys are errors; scalars stay text until a schema types them (so no
 * "no" -> false, no 1.10 -> 1.1). JSON is accepted, being a subset, but for \u
 * escapes of surrogate pairs, which libyaml refuses. */
#ifndef FORMATS_BASE_YAML_H
#define FORMATS_BASE_YAML_H

#include "formats/base/diag.h"

#define YAML_MAX_BYTES ((size_t)1 << 20)
#define YAML_MAX_DEPTH 16

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_type type;
    bool quoted;                /* a quoted or block scalar: never a null */
    unsigned line, col;         /* of the value, from 1 */
    unsigned key_line, key_col; /* of the key; 0 when the parent is no map */
    struct bytes key;           /* member name when the parent is a map */
    struct bytes text;          /* scalar; NUL-terminated behind */
    struct yaml_node *first;    /* members in file order */
    struct yaml_node *next;     /* next sibling */
    size_t count;               /* members */
    bool used;                  /* set by yaml_get, for yaml_unused */
};

/* yaml_parse(file, in, arena, diag): the root node in ${arena}, or NULL when
 * ${diag} got an error (its items carry ${file}). Borrows nothing of ${in}. */
struct yaml_node *yaml_parse(const char *file, struct bytes in,
                             struct arena *arena, struct diag *diag);

/* A file being loaded: what every typed getter needs. */
struct yaml_file {
    const char *name;
    struct arena *arena;
    struct diag *diag;
};

/* yaml_error(f, n, fmt, ...): an error at ${n}; yaml_key_error: at its key. */
void yaml_error(const struct yaml_file *f, const struct yaml_node *n,
                const char *fmt, ...) PRINTF_LIKE(3, 4);
void yaml_key_error(const struct yaml_file *f, const struct yaml_node *n,
                    const char *fmt, ...) PRINTF_LIKE(3, 4);

/* yaml_get(map, key): the member, marked used, or NULL. No type check. */
struct yaml_node *yaml_get(struct yaml_node *map, const char *key);

/* Typed getters: the member's value, or the default when it is absent; a wrong
 * type or an unparsable text is an error in f->diag and gives the default.
 * Strings are NUL-terminated arena strings. */
const char *yaml_str(const struct yaml_file *f, struct yaml_node *map,
                     const char *key, const char *def);
bool yaml_bool(const struct yaml_file *f, struct yaml_node *map,
               const char *key, bool def); /* true, false, yes, no */
int64_t yaml_int(const struct yaml_file *f, struct yaml_node *map,
                 const char *key, int64_t min, int64_t max, int64_t def);
struct yaml_node *yaml_map(const struct yaml_file *f, struct yaml_node *map,
                           const char *key); /* NULL when absent or wrong */
struct yaml_node *yaml_list(const struct yaml_file *f, struct yaml_node *map,
                            const char *key);

/* yaml_enum(f, map, key, names, def): index in the NULL-ended ${names}. */
int yaml_enum(const struct yaml_file *f, struct yaml_node *map, const char *key,
              const char *const *names, int def);

/* yaml_need(f, map, key): error unless the member is present. */
bool yaml_need(const struct yaml_file *f, struct yaml_node *map,
               const char *key);

/* yaml_unused(f, map, known): an error with "did you mean" for each member that
 * no getter asked for; ${known} is the NULL-ended list of allowed names. */
void yaml_unused(const struct yaml_file *f, struct yaml_node *map,
                 const char *const *known);

#endif
