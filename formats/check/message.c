/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and responses of the function interface: the message, and what its
 * operation says about params and data. */
#include <stdio.h>

#include "formats/check/walk.h"
#include "formats/standard/interface.h"

#define BASE_MAX 64 /* bytes of a pointer to a part of a message */

static const struct program *
find_body(const struct checker *c, const char *kind)
{
    for (size_t i = 0; i < c->bodies; i++) {
        if (strcmp(c->body[i].kind, kind) == 0)
            return &c->body[i];
    }
    return NULL;
}

enum err_code
check_body(const struct checker *c, struct check_state *st,
           const struct tape *t, uint32_t at, const char *kind,
           const char *base, struct findings *out)
{
    struct walk w = {.c = c,
                     .st = st,
                     .t = t,
                     .out = out,
                     .p = find_body(c, kind),
                     .base = base};

    if (w.p == NULL)
        return ERR_NOT_FOUND;
    walk_record(&w, at);
    return w.rc;
}

/* The value at the place of row ${key}, a member of the message; 0: none. */
static uint32_t
member(const struct checker *c, const struct tape *t, const char *key)
{
    const struct shape *s = std_place(c->standard, key);

    if (s == NULL || s->parent == NULL || s->parent->parent != NULL ||
        t->node[0].type != TAPE_OBJECT)
        return 0;
    return tape_get(t, 0, bytes_of(s->name, s->name_len));
}

/* The pointer of that member. */
static void
member_pointer(const struct checker *c, const char *key, char out[BASE_MAX])
{
    const struct shape *s = std_place(c->standard, key);

    out[0] = '\0';
    report_pointer(out, BASE_MAX, bytes_of(s->name, s->name_len));
}

static struct bytes
text_of(const struct checker *c, const struct tape *t, const char *key,
        struct buf *scratch)
{
    uint32_t i = member(c, t, key);

    return i != 0 && t->node[i].type == TAPE_STRING
               ? tape_clean(t, &t->node[i], scratch)
               : BYTES("");
}

enum err_code
check_request(const struct checker *c, struct check_state *st,
              const struct tape *t, struct findings *out)
{
    static const char params[] = STD_REQUEST ".params";
    enum err_code rc = check_body(c, st, t, 0, STD_REQUEST, "", out);
    const struct std_operation *o;
    uint32_t at = member(c, t, params);
    char base[BASE_MAX];

    if (rc != ERR_OK || at == 0 || t->node[at].type != TAPE_OBJECT)
        return rc;
    o = std_operation(c->standard,
                      text_of(c, t, STD_REQUEST ".class", &st->text),
                      text_of(c, t, STD_REQUEST ".operation", &st->other));
    if (o == NULL)
        return ERR_OK; /* a finding of the message says so */
    member_pointer(c, params, base);
    return check_body(c, st, t, at, o->params, base, out);
}

/* The records in `items` of the result at ${data}. */
static enum err_code
check_items(const struct checker *c, struct check_state *st,
            const struct tape *t, const struct std_operation *o, uint32_t data,
            const char *base, struct findings *out)
{
    struct walk w = {.c = c, .st = st, .t = t, .out = out};
    const struct shape *place;
    uint32_t items, next = 0;
    char key[BASE_MAX], list[BASE_MAX * 2], where[BASE_MAX * 2 + 16];

    (void)snprintf(key, sizeof(key), "%s.items", o->result);
    place = std_place(c->standard, key);
    if (place == NULL)
        return ERR_OK; /* an overlay took it away */
    (void)snprintf(list, sizeof(list), "%s", base);
    report_pointer(list, sizeof(list), bytes_str(place->name));
    items = tape_get(t, data, bytes_str(place->name));
    if (items == 0 || t->node[items].type != TAPE_ARRAY)
        return ERR_OK;
    if (t->node[items].hash > 0)
        next = items + 1;
    for (unsigned n = 0; next != 0 && w.rc == ERR_OK; n++) {
        uint32_t at = next;

        next = t->node[at].next;
        if (t->node[at].type != TAPE_OBJECT)
            continue; /* the result's own finding */
        (void)snprintf(where, sizeof(where), "%s/%u", list, n);
        w.base = where;
        (void)record_check(&w, at, o->records);
    }
    return w.rc;
}

/* Whether the code of a response says that the command was carried out. */
static bool
is_done(const struct checker *c, const struct tape *t)
{
    uint32_t i = member(c, t, STD_RESPONSE ".code");
    const struct std_row *r = std_row(c->standard, STD_RESPONSE ".code");

    if (i == 0 || r == NULL || r->codes == NULL ||
        t->node[i].type != TAPE_INTEGER)
        return false;
    return std_code(r->codes, tape_raw(t, &t->node[i])) ==
           std_code(r->codes, BYTES("ok"));
}

enum err_code
check_response(const struct checker *c, struct check_state *st,
               const struct tape *t, const struct std_operation *o,
               struct findings *out)
{
    static const char data[] = STD_RESPONSE ".data";
    enum err_code rc = check_body(c, st, t, 0, STD_RESPONSE, "", out);
    uint32_t at = member(c, t, data);
    char base[BASE_MAX];

    if (rc != ERR_OK || at == 0 || t->node[at].type != TAPE_OBJECT)
        return rc;
    member_pointer(c, data, base);
    if (member(c, t, STD_RESPONSE ".task_id") != 0)
        return check_body(c, st, t, at, STD_TASK, base, out);
    if (o == NULL || !is_done(c, t))
        return rc;
    rc = check_body(c, st, t, at, o->result, base, out);
    if (rc == ERR_OK && o->records != NULL)
        rc = check_items(c, st, t, o, at, base, out);
    return rc;
}
