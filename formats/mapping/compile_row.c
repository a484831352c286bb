/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the standard as targets of values, and values that are known when a
 * plan is compiled: constants, defaults, lookups and code lists. */
#include <stdio.h>

#include "formats/json/writer.h"
#include "formats/mapping/plan.h"

const struct table *
table_new(struct plan *p, size_t entries)
{
    struct table *t = arena_alloc(&p->arena, sizeof *t);
    uint32_t slots = 4;

    while (slots < entries * 2)
        slots *= 2;
    if (t == NULL)
        return NULL;
    t->cell = arena_array(&p->arena, slots, sizeof *t->cell);
    t->mask = slots - 1;
    return t->cell ? t : NULL;
}

const struct table_cell *
table_find(const struct table *t, struct bytes text)
{
    uint32_t hash = hash_key(text.data, text.len);

    for (uint32_t i = hash & t->mask; t->cell[i].hash != 0;
         i = (i + 1) & t->mask)
        if (t->cell[i].hash == hash && bytes_eq(t->cell[i].from, text))
            return &t->cell[i];
    return NULL;
}

bool
table_add(const struct table *t, struct bytes from, const struct rendered *to)
{
    uint32_t hash = hash_key(from.data, from.len);
    uint32_t i = hash & t->mask;

    if (table_find(t, from) != NULL)
        return false;
    while (t->cell[i].hash != 0)
        i = (i + 1) & t->mask;
    t->cell[i] = (struct table_cell){hash, from, *to};
    return true;
}

/* A code as the row writes it: text, numeric alias or Chinese name. */
static bool
render_code(struct plan *p, const struct target *t, const struct std_code *c,
            struct rendered *out)
{
    struct buf b = {0};

    if (t->encoding == STD_ENC_ALIAS && c->alias == INT64_MIN)
        return false;
    if (t->encoding == STD_ENC_ALIAS)
        buf_i64(&b, c->alias);
    else
        json_put_string(&b,
                        bytes_str(t->encoding == STD_ENC_NAME_ZH && c->name_zh
                                      ? c->name_zh
                                      : c->code));
    *out = (struct rendered){arena_copy(&p->arena, buf_view(&b)), c,
                             bytes_str(c->code)};
    buf_free(&b);
    return out->json.data != NULL;
}

/* Every spelling that a code list accepts, so that sources which already speak
 * its words need no lookup. */
static const struct table *
code_table(struct plan *p, const struct target *t, const struct std_codes *list)
{
    size_t spellings = 0;
    const struct table *table;

    for (size_t i = 0; i < list->count; i++) {
        spellings += 2;
        for (const char *const *a = list->code[i].alt; a && *a; a++)
            spellings++;
    }
    table = table_new(p, spellings);
    for (size_t i = 0; table != NULL && i < list->count; i++) {
        const struct std_code *c = &list->code[i];
        struct rendered r;
        char digits[24];

        if (!render_code(p, t, c, &r))
            continue;
        (void)table_add(table, bytes_str(c->code), &r);
        for (const char *const *a = c->alt; a && *a; a++)
            (void)table_add(table, bytes_str(*a), &r);
        if (c->alias == INT64_MIN)
            continue;
        (void)snprintf(digits, sizeof digits, "%lld", (long long)c->alias);
        (void)table_add(table, arena_copy(&p->arena, bytes_str(digits)), &r);
    }
    return table;
}

static const enum conv convs[] = {
    [STD_STRING] = CONV_TEXT,   [STD_INTEGER] = CONV_INTEGER,
    [STD_NUMBER] = CONV_NUMBER, [STD_BOOLEAN] = CONV_BOOLEAN,
    [STD_TIME] = CONV_TIME,     [STD_ENUM] = CONV_CODE,
    [STD_ANY] = CONV_ANY,
};

/* The row that says what one element of an array is: its own, or what the
 * array's row says about its items. */
static const struct std_row *
element_row(const struct shape *place)
{
    const struct shape *e = place->child_count ? place->child[0] : NULL;

    return e != NULL && e->row != NULL && e->row != place->row ? e->row : NULL;
}

/* Whether no value that is written for ${of} (value.c) breaks one of its rules
 * that are about the value alone. */
static bool
proves(const struct target *t, const struct std_row *of)
{
    switch (t->conv) {
    case CONV_TEXT:
        return of->pattern == NULL;
    case CONV_INTEGER:
    case CONV_BOOLEAN:
        return true;
    case CONV_TIME:
        return t->encoding != STD_ENC_TIME || t->time_form == TIME_RFC3339;
    case CONV_CODE: /* its length and its pattern are about the list's code */
        return of->pattern == NULL && of->min_len == 0 && of->max_len == 0;
    case CONV_NUMBER:
    case CONV_ANY:
        break;
    }
    return false;
}

const char *
target_of(struct plan *p, const struct shape *place, struct target *out)
{
    const struct std_row *row = place->row;
    const struct std_row *of = row;
    enum std_type type = row->type;

    *out = (struct target){.row = row, .key = row->key};
    if (type == STD_ARRAY) {
        out->array = true;
        out->max_items = row->max_len;
        of = element_row(place);
        type = of ? of->type : row->item;
        of = of ? of : row;
    }
    if (type == STD_OBJECT)
        return "an object is filled by its members or by each";
    if (type == STD_ARRAY)
        return "an array of arrays cannot be filled";
    out->conv = type == STD_STRING && of->codes ? CONV_CODE : convs[type];
    out->format = of->format;
    out->prefix_ok = of->prefix_ok;
    out->encoding = of->encoding;
    out->time_form = of->time_form;
    out->has_min = of->has_min;
    out->has_max = of->has_max;
    out->min = of->min;
    out->max = of->max;
    if (of != row || row->type != STD_ARRAY) {
        out->min_len = of->min_len;
        out->max_len = of->max_len;
    }
    out->proves =
        proves(out, of) && (row->type != STD_ARRAY || row->min_len <= 1);
    if (out->conv == CONV_CODE) {
        if (of->codes == NULL)
            return "the row has no code list";
        out->codes = code_table(p, out, of->codes);
        if (out->codes == NULL)
            return "out of memory";
    }
    return NULL;
}

bool
render(struct plan *p, const struct target *t, const struct spec *how,
       struct bytes text, struct rendered *out)
{
    struct buf b = {0};
    struct time_context time = {0};
    struct sink k = {.out = &b, .time = &time};
    bool good = put_text(&k, t, how, text) == OUT_DONE && !k.cut;

    if (good)
        *out = (struct rendered){arena_copy(&p->arena, buf_view(&b)), k.code,
                                 t->conv == CONV_CODE ? k.plain : text};
    buf_free(&b);
    return good && out->json.data != NULL;
}
