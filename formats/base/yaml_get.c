/* SPDX-License-Identifier: Apache-2.0 */
/* Typed access to a YAML tree: the schema gives a scalar its type. Every getter
 * reports a wrong value at its place and goes on with the default. */
#include "formats/base/yaml.h"

#include <stdarg.h>
#include <stdio.h>

#define YAML_MESSAGE_MAX 400

void
yaml_error(const struct yaml_file *f, const struct yaml_node *n,
           const char *fmt, ...)
{
    char text[YAML_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    diag_add(f->diag, DIAG_ERROR, f->name, n ? n->line : 0, n ? n->col : 0,
             "%s", text);
}

void
yaml_key_error(const struct yaml_file *f, const struct yaml_node *n,
               const char *fmt, ...)
{
    char text[YAML_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n->key_line == 0)
        yaml_error(f, n, "%s", text);
    else
        diag_add(f->diag, DIAG_ERROR, f->name, n->key_line, n->key_col, "%s",
                 text);
}

struct yaml_node *
yaml_get(struct yaml_node *map, const char *key)
{
    if (map == NULL || map->type != YAML_MAP)
        return NULL;
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        if (bytes_is(n->key, key)) {
            n->used = true;
            return n;
        }
    }
    return NULL;
}

/* The member when it has a value: `null` and `~`, unquoted, mean absent. */
static struct yaml_node *
get_value(struct yaml_node *map, const char *key)
{
    struct yaml_node *n = yaml_get(map, key);

    if (n != NULL && n->type == YAML_SCALAR && !n->quoted &&
        (bytes_is(n->text, "null") || bytes_is(n->text, "~")))
        return NULL;
    return n;
}

/* A scalar member with a value, or NULL (reported when it is something else). */
static const struct yaml_node *
get_scalar(const struct yaml_file *f, struct yaml_node *map, const char *key,
           const char *want)
{
    const struct yaml_node *n = get_value(map, key);

    if (n == NULL)
        return NULL;
    if (n->type != YAML_SCALAR) {
        yaml_error(f, n, "'%s' must be %s", key, want);
        return NULL;
    }
    if (n->text.len == 0 && !n->quoted) {
        yaml_error(f, n, "'%s' has no value", key);
        return NULL;
    }
    return n;
}

const char *
yaml_str(const struct yaml_file *f, struct yaml_node *map, const char *key,
         const char *def)
{
    const struct yaml_node *n = get_scalar(f, map, key, "a text");

    if (n == NULL)
        return def;
    if (bytes_find(n->text, '\0') != n->text.len) {
        yaml_error(f, n, "'%s' must not contain NUL", key);
        return def;
    }
    return n->text.data;
}

bool
yaml_bool(const struct yaml_file *f, struct yaml_node *map, const char *key,
          bool def)
{
    const struct yaml_node *n = get_scalar(f, map, key, "true or false");

    if (n == NULL)
        return def;
    if (!n->quoted && (bytes_is(n->text, "true") || bytes_is(n->text, "yes")))
        return true;
    if (!n->quoted && (bytes_is(n->text, "false") || bytes_is(n->text, "no")))
        return false;
    yaml_error(f, n, "'%s' must be true or false", key);
    return def;
}

int64_t
yaml_int(const struct yaml_file *f, struct yaml_node *map, const char *key,
         int64_t min, int64_t max, int64_t def)
{
    const struct yaml_node *n = get_scalar(f, map, key, "a whole number");
    struct bytes digits;
    uint64_t v;
    bool minus;

    if (n == NULL)
        return def;
    minus = n->text.len > 0 && n->text.data[0] == '-';
    digits = bytes_from(n->text, minus ? 1 : 0);
    if (n->quoted || !bytes_to_u64(digits, INT64_MAX, &v)) {
        yaml_error(f, n, "'%s' must be a whole number", key);
        return def;
    }
    if ((minus ? -(int64_t)v : (int64_t)v) < min ||
        (minus ? -(int64_t)v : (int64_t)v) > max) {
        yaml_error(f, n, "'%s' must be from %lld to %lld", key, (long long)min,
                   (long long)max);
        return def;
    }
    return minus ? -(int64_t)v : (int64_t)v;
}

static struct yaml_node *
get_typed(const struct yaml_file *f, struct yaml_node *map, const char *key,
          enum yaml_type type)
{
    struct yaml_node *n = get_value(map, key);

    if (n == NULL || n->type == type)
        return n;
    yaml_error(f, n, "'%s' must be a %s", key,
               type == YAML_MAP ? "map" : "list");
    return NULL;
}

struct yaml_node *
yaml_map(const struct yaml_file *f, struct yaml_node *map, const char *key)
{
    return get_typed(f, map, key, YAML_MAP);
}

struct yaml_node *
yaml_list(const struct yaml_file *f, struct yaml_node *map, const char *key)
{
    return get_typed(f, map, key, YAML_LIST);
}

int
yaml_enum(const struct yaml_file *f, struct yaml_node *map, const char *key,
          const char *const *names, int def)
{
    const struct yaml_node *n = get_scalar(f, map, key, "a word");
    const char *near;

    if (n == NULL)
        return def;
    for (int i = 0; names[i] != NULL; i++) {
        if (bytes_is(n->text, names[i]))
            return i;
    }
    near = diag_nearest(n->text, names);
    yaml_error(f, n, "'%s' cannot be '%s'%s%s%s", key, n->text.data,
               near ? "; did you mean " : "", near ? near : "",
               near ? "?" : "");
    return def;
}

bool
yaml_need(const struct yaml_file *f, struct yaml_node *map, const char *key)
{
    if (yaml_get(map, key) != NULL)
        return true;
    yaml_error(f, map, "'%s' is missing", key);
    return false;
}

void
yaml_unused(const struct yaml_file *f, struct yaml_node *map,
            const char *const *known)
{
    if (map == NULL || map->type != YAML_MAP)
        return;
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        const char *near;

        if (n->used)
            continue;
        near = diag_nearest(n->key, known);
        if (near != NULL && bytes_is(n->key, near))
            yaml_key_error(f, n, "key '%s' has no meaning here", near);
        else
            yaml_key_error(f, n, "unknown key '%s'%s%s%s", n->key.data,
                           near ? "; did you mean " : "", near ? near : "",
                           near ? "?" : "");
    }
}
