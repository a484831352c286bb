/* SPDX-License-Identifier: Apache-2.0 */
/* From the names of an interface file to codes and kinds, once everything is
 * loaded and overlays are applied; then questions about it. */
#include "formats/base/buf.h"
#include "formats/standard/interface_private.h"

#define CLASSES    "interface_classes"
#define OPERATIONS "operations"
#define CODES      "interface_codes"

static void
complain(struct std_loader *l, const char *what, const char *name)
{
    diag_add(l->diag, DIAG_ERROR, l->s->interface->file, 0, 0, "%s: '%s'", what,
             name);
}

static const struct std_code *
code_of(struct std_loader *l, const char *list, const char *name)
{
    const struct std_codes *c = std_codes(l->s, list);
    const struct std_code *code = c ? std_code(c, bytes_str(name)) : NULL;

    if (code == NULL)
        complain(l, list, name);
    return code;
}

static bool
is_record(const struct standard *s, const char *kind)
{
    for (size_t i = 0; i < s->kind_count; i++) {
        if (!s->kind[i].body && strcmp(s->kind[i].name, kind) == 0)
            return strcmp(kind, STD_ENVELOPE) != 0;
    }
    return false;
}

/* An operation falls under its class; the list of operations says which. */
static void
resolve_operation(struct std_loader *l, size_t n)
{
    struct std_interface_load *i = l->s->interface;
    struct std_operation *o = &i->operation[n];
    const struct std_codes *classes = std_codes(l->s, CLASSES);

    o->class = code_of(l, CLASSES, i->classes[n]);
    o->name = code_of(l, OPERATIONS, i->names[n]);
    if (o->class == NULL || o->name == NULL)
        return;
    if (o->name->group == NULL ||
        std_code(classes, bytes_str(o->name->group)) != o->class)
        complain(l, "the group of the operation is not its class", i->names[n]);
    for (size_t k = 0; k < n; k++) {
        if (i->operation[k].name == o->name)
            complain(l, "two operations of one name", i->names[n]);
    }
    if (o->records != NULL && !is_record(l->s, o->records))
        complain(l, "no kind of record", o->records);
    if (o->records != NULL &&
        draft_find(l, load_printf(l, "%s.items", o->result)) == NULL)
        complain(l, "records need a row 'items' in", o->result);
}

static void
need_bodies(struct std_loader *l)
{
    static const char *const need[] = {STD_REQUEST, STD_RESPONSE, STD_TASK,
                                       STD_ANSWER, STD_REFUSAL};

    for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
        if (!std_is_body(l->s, need[i]))
            complain(l, "no such body", need[i]);
    }
}

/* Every code has one answer, every operation of the list is defined. */
static void
check_complete(struct std_loader *l)
{
    const struct std_interface_load *i = l->s->interface;
    const struct std_codes *codes = std_codes(l->s, CODES);
    const struct std_codes *names = std_codes(l->s, OPERATIONS);

    for (size_t k = 0; codes != NULL && k < codes->count; k++) {
        size_t n = 0;

        for (size_t a = 0; a < i->pub.answer_count; a++)
            n += i->answer[a].code == &codes->code[k];
        if (n != 1)
            complain(l, n ? "two answers of one code" : "no answer of the code",
                     codes->code[k].code);
        if (codes->code[k].alias == INT64_MIN)
            complain(l, "the code has no number", codes->code[k].code);
    }
    for (size_t k = 0; names != NULL && k < names->count; k++) {
        bool found = false;

        for (size_t o = 0; o < i->pub.operation_count; o++)
            found |= i->operation[o].name == &names->code[k];
        if (!found)
            complain(l, "the operation is not defined", names->code[k].code);
    }
}

void
interface_resolve(struct std_loader *l)
{
    struct std_interface_load *i = l->s->interface;

    if (i == NULL || l->nomem)
        return;
    for (size_t n = 0; n < i->pub.operation_count; n++)
        resolve_operation(l, n);
    for (size_t n = 0; n < i->pub.answer_count; n++)
        i->answer[n].code = code_of(l, CODES, i->codes[n]);
    for (size_t n = 0; n < i->pub.role_count; n++)
        i->role[n].class = code_of(l, CLASSES, i->granted[n]);
    for (size_t n = 0; n < i->pub.data_count; n++) {
        const struct std_data *d = &i->pub.data[n];

        if (!is_record(l->s, d->kind))
            complain(l, "no kind of record", d->kind);
        if (draft_find(l, d->key) == NULL)
            complain(l, "no row has the key", d->key);
    }
    need_bodies(l);
    check_complete(l);
}

/* ---- questions */

const struct std_interface *
std_interface(const struct standard *s)
{
    return s->interface ? &s->interface->pub : NULL;
}

const struct std_operation *
std_operation(const struct standard *s, struct bytes class, struct bytes name)
{
    const struct std_interface *i = std_interface(s);

    for (size_t n = 0; i != NULL && n < i->operation_count; n++) {
        const struct std_operation *o = &i->operation[n];

        if (bytes_is(name, o->name->code) && bytes_is(class, o->class->code))
            return o;
    }
    return NULL;
}

const struct std_answer *
std_answer(const struct standard *s, int64_t number)
{
    const struct std_interface *i = std_interface(s);

    for (size_t n = 0; i != NULL && n < i->answer_count; n++) {
        if (i->answer[n].code->alias == number)
            return &i->answer[n];
    }
    return NULL;
}

void
std_operation_path(const struct standard *s, const struct std_operation *o,
                   struct buf *out)
{
    const struct std_interface *i = std_interface(s);
    const char *p = i->command_path;

    buf_str(out, i->base);
    while (*p != '\0') {
        size_t n = strcspn(p, "{");

        buf_add(out, p, n);
        p += n;
        if (*p == '\0')
            break;
        buf_str(out,
                strncmp(p, "{class}", 7) == 0 ? o->class->code : o->name->code);
        p += strcspn(p, "}");
        p += *p == '}';
    }
}

size_t
std_body_count(const struct standard *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->kind_count; i++)
        n += s->kind[i].body;
    return n;
}

const char *
std_body(const struct standard *s, size_t i)
{
    for (size_t k = 0; k < s->kind_count; k++) {
        if (s->kind[k].body && i-- == 0)
            return s->kind[k].name;
    }
    return NULL;
}

bool
std_is_body(const struct standard *s, const char *kind)
{
    for (size_t i = 0; i < s->kind_count; i++) {
        if (s->kind[i].body && strcmp(s->kind[i].name, kind) == 0)
            return true;
    }
    return false;
}
