/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events into a small tree, refusing everything beyond the subset.
 * Subset faults (duplicate keys, anchors ...) are collected while parsing goes
 * on; only a syntax error ends it. The typed getters are in yaml_get.c. */
#include "formats/base/yaml.h"

#include <yaml.h>

#include "formats/base/hash.h"

/* An open list or map while its members arrive. */
struct yaml_level {
    struct yaml_node *node;
    struct yaml_node **last; /* where the next member is linked */
    struct bytes key;        /* of the member that comes next */
    unsigned line, col;      /* of that key */
    bool has_key;
};

struct yaml_build {
    struct yaml_file f;
    struct bytes in;
    size_t index, byte; /* a character index and the byte it stands at */
    struct yaml_level level[YAML_MAX_DEPTH];
    size_t depth;
    struct yaml_node *root;
    bool stop;
};

/* libyaml counts characters; editors and our messages count bytes. */
static void
place(struct yaml_build *b, const yaml_mark_t *m, unsigned *line, unsigned *col)
{
    size_t back = m->column;
    size_t p;

    if (m->index < b->index)
        b->index = b->byte = 0;
    while (b->index < m->index && b->byte < b->in.len) {
        b->byte++;
        while (b->byte < b->in.len && (b->in.data[b->byte] & 0xC0) == 0x80)
            b->byte++;
        b->index++;
    }
    for (p = b->byte; back > 0 && p > 0; back--) {
        p--;
        while (p > 0 && (b->in.data[p] & 0xC0) == 0x80)
            p--;
    }
    *line = (unsigned)m->line + 1;
    *col = (unsigned)(b->byte - p) + 1;
}

static void
refuse(struct yaml_build *b, const yaml_mark_t *m, const char *what)
{
    unsigned line, col;

    place(b, m, &line, &col);
    diag_add(b->f.diag, DIAG_ERROR, b->f.name, line, col, "%s", what);
}

static void
no_memory(struct yaml_build *b)
{
    diag_add(b->f.diag, DIAG_ERROR, b->f.name, 0, 0, "out of memory");
    b->stop = true;
}

static struct yaml_node *
node_new(struct yaml_build *b, enum yaml_type type, const yaml_mark_t *m)
{
    struct yaml_node *n = arena_alloc(b->f.arena, sizeof *n);
    struct yaml_level *up = b->depth ? &b->level[b->depth - 1] : NULL;

    if (n == NULL) {
        no_memory(b);
        return NULL;
    }
    n->type = type;
    place(b, m, &n->line, &n->col);
    if (up == NULL) {
        b->root = n;
        return n;
    }
    if (up->node->type == YAML_MAP) {
        n->key = up->key;
        n->key_line = up->line;
        n->key_col = up->col;
        up->has_key = false;
    }
    *up->last = n;
    up->last = &n->next;
    up->node->count++;
    return n;
}

static void
check_plain(struct yaml_build *b, const yaml_event_t *e, const void *anchor,
            const void *tag)
{
    if (anchor != NULL)
        refuse(b, &e->start_mark, "anchors are not allowed here");
    if (tag != NULL)
        refuse(b, &e->start_mark, "tags are not allowed here");
}

/* true when the event stands where a map wants a key. */
static bool
at_key(const struct yaml_build *b)
{
    const struct yaml_level *up = b->depth ? &b->level[b->depth - 1] : NULL;

    return up != NULL && up->node->type == YAML_MAP && !up->has_key;
}

static void
on_scalar(struct yaml_build *b, const yaml_event_t *e)
{
    struct bytes text = {(const char *)e->data.scalar.value,
                         e->data.scalar.length};
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct yaml_node *n;

    check_plain(b, e, e->data.scalar.anchor, e->data.scalar.tag);
    text = arena_copy(b->f.arena, text);
    if (text.data == NULL) {
        no_memory(b);
        return;
    }
    if (at_key(b)) {
        struct yaml_level *up = &b->level[b->depth - 1];

        if (plain && bytes_is(text, "<<"))
            refuse(b, &e->start_mark, "merge keys are not allowed here");
        if (text.len == 0)
            refuse(b, &e->start_mark, "a key must not be empty");
        if (bytes_find(text, '\0') != text.len)
            refuse(b, &e->start_mark, "a key must not contain NUL");
        up->key = text;
        place(b, &e->start_mark, &up->line, &up->col);
        up->has_key = true;
        return;
    }
    n = node_new(b, YAML_SCALAR, &e->start_mark);
    if (n != NULL) {
        n->text = text;
        n->quoted = !plain;
    }
}

static void
on_open(struct yaml_build *b, const yaml_event_t *e, enum yaml_type type)
{
    struct yaml_node *n;

    if (at_key(b)) {
        refuse(b, &e->start_mark, "a key must be a scalar");
        b->stop = true;
        return;
    }
    if (b->depth == YAML_MAX_DEPTH) {
        refuse(b, &e->start_mark, "nested too deeply");
        b->stop = true;
        return;
    }
    n = node_new(b, type, &e->start_mark);
    if (n != NULL)
        b->level[b->depth++] =
            (struct yaml_level){.node = n, .last = &n->first};
}

/* Duplicate keys of a finished map, in file order, by a hash table: a map may
 * have as many members as fit in the file. */
static void
find_duplicates(struct yaml_build *b, const struct yaml_node *map)
{
    const struct yaml_node **slot;
    size_t slots = 4;

    if (map->count < 2)
        return;
    while (slots < map->count * 2)
        slots *= 2;
    slot = arena_array(b->f.arena, slots, sizeof(const struct yaml_node *));
    if (slot == NULL) {
        no_memory(b);
        return;
    }
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        size_t i = hash_key(n->key.data, n->key.len) & (slots - 1);

        while (slot[i] != NULL && !bytes_eq(slot[i]->key, n->key))
            i = (i + 1) & (slots - 1);
        if (slot[i] == NULL)
            slot[i] = n;
        else
            yaml_key_error(&b->f, n, "duplicate key '%s', first at line %u",
                           n->key.data, slot[i]->key_line);
    }
}

static void
on_close(struct yaml_build *b)
{
    struct yaml_level *l = &b->level[--b->depth];

    if (l->node->type == YAML_MAP)
        find_duplicates(b, l->node);
}

static void
on_document(struct yaml_build *b, const yaml_event_t *e)
{
    if (b->root != NULL) {
        refuse(b, &e->start_mark, "a second document is not allowed here");
        b->stop = true;
        return;
    }
    if (e->data.document_start.version_directive != NULL ||
        e->data.document_start.tag_directives.start !=
            e->data.document_start.tag_directives.end)
        refuse(b, &e->start_mark, "directives are not allowed here");
}

static void
on_event(struct yaml_build *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        on_document(b, e);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(b, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        check_plain(b, e, e->data.sequence_start.anchor,
                    e->data.sequence_start.tag);
        on_open(b, e, YAML_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        check_plain(b, e, e->data.mapping_start.anchor,
                    e->data.mapping_start.tag);
        on_open(b, e, YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(b);
        break;
    case YAML_ALIAS_EVENT:
        refuse(b, &e->start_mark, "aliases are not allowed here");
        b->stop = true;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

static void
syntax_error(struct yaml_build *b, const yaml_parser_t *p)
{
    unsigned line, col;

    if (p->error == YAML_MEMORY_ERROR) {
        no_memory(b);
        return;
    }
    if (p->error == YAML_READER_ERROR) {
        struct bytes before = bytes_upto(b->in, p->problem_offset);
        size_t nl = 0;

        line = 1;
        for (size_t i = 0; i < before.len; i++) {
            if (before.data[i] == '\n') {
                line++;
                nl = i + 1;
            }
        }
        col = (unsigned)(before.len - nl) + 1;
    } else {
        place(b, &p->problem_mark, &line, &col);
    }
    diag_add(b->f.diag, DIAG_ERROR, b->f.name, line, col, "not YAML: %s%s%s",
             p->problem ? p->problem : "unreadable", p->context ? " " : "",
             p->context ? p->context : "");
}

static void
run(struct yaml_build *b, yaml_parser_t *p)
{
    bool end = false;

    while (!end && !b->stop) {
        yaml_event_t e;

        if (!yaml_parser_parse(p, &e)) {
            syntax_error(b, p);
            return;
        }
        end = e.type == YAML_STREAM_END_EVENT;
        on_event(b, &e);
        yaml_event_delete(&e);
    }
}

struct yaml_node *
yaml_parse(const char *file, struct bytes in, struct arena *arena,
           struct diag *diag)
{
    struct yaml_build b = {.f = {file, arena, diag}, .in = in};
    unsigned before = diag->errors;
    yaml_parser_t p;

    if (in.len > YAML_MAX_BYTES) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "larger than %zu bytes",
                 YAML_MAX_BYTES);
        return NULL;
    }
    if (!yaml_parser_initialize(&p)) {
        no_memory(&b);
        return NULL;
    }
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &p, (const unsigned char *)(in.len ? in.data : ""), in.len);
    run(&b, &p);
    yaml_parser_delete(&p);
    if (diag->errors == before && b.root == NULL)
        diag_add(diag, DIAG_ERROR, file, 1, 1, "the file is empty");
    return diag->errors == before ? b.root : NULL;
}
