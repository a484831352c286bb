/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong standard codes` and `hutong standard search`. */
#include <stdio.h>
#include <strings.h>

#include "agent/tool/standard_ask.h"

/* ---------------------------------------------------------------- codes */

void
ask_code_lines(const struct ask *a, struct table *table,
               const struct std_codes *c)
{
    static const char *const zh[] = {"代码", "数字",     "名称",
                                     "来源", "亦可写作", "输入别名"};
    static const char *const en[] = {"code",   "number", "name",
                                     "source", "also",   "input spellings"};

    table_init(table, 6);
    table_row(table, a->t->zh ? zh : en);
    for (size_t i = 0; i < c->count; i++) {
        const struct std_code *code = &c->code[i];
        struct buf also = {0}, alt = {0};
        char number[24] = "";

        for (const char *const *s = code->also; *s != NULL; s++)
            buf_printf(&also, "%s%s", s == code->also ? "" : " ", *s);
        for (const char *const *s = code->alt; *s != NULL; s++)
            buf_printf(&alt, "%s%s", s == code->alt ? "" : " ", *s);
        if (code->alias != INT64_MIN)
            (void)snprintf(number, sizeof number, "%lld",
                           (long long)code->alias);
        table_row(table, (const char *const[]){
                             code->code, number, ask_code(a, code),
                             code->source, buf_cstr(&also), buf_cstr(&alt)});
        buf_free(&also);
        buf_free(&alt);
    }
}

static const struct std_codes *
find_codes(const struct ask *a, const char *id)
{
    const struct std_codes *c = std_codes(a->s, id);
    const char *names[64] = {NULL};
    const char *near;

    if (c != NULL)
        return c;
    for (size_t i = 0; i < std_codes_count(a->s) && i < 63; i++)
        names[i] = std_codes_at(a->s, i)->id;
    near = diag_nearest(bytes_str(id), names);
    (void)ask_unknown(a, "没有这个代码表", "no such code list", id, near);
    return NULL;
}

static int
one_list(const struct ask *a, const char *id)
{
    const struct std_codes *c = find_codes(a, id);
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (c == NULL)
        return TOOL_USAGE;
    if (!a->t->json) {
        ask_code_lines(a, &table, c);
        return ask_finish_table(&table, true, &out);
    }
    json_writer_init(&w, &out);
    standard_json_codes(&w, c);
    buf_char(&out, '\n');
    return ask_finish(&out);
}

int
ask_codes(const struct ask *a)
{
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (a->argc > 2)
        return tool_usage(a->t, "standard codes [LIST]");
    if (a->argc == 2)
        return one_list(a, a->argv[1]);
    json_writer_init(&w, &out);
    if (a->t->json)
        json_array(&w);
    table_init(&table, 3);
    table_row(&table, a->t->zh
                          ? (const char *const[]){"代码表", "个数", "名称"}
                          : (const char *const[]){"list", "count", "name"});
    for (size_t i = 0; i < std_codes_count(a->s); i++) {
        const struct std_codes *c = std_codes_at(a->s, i);
        char count[24];

        (void)snprintf(count, sizeof count, "%zu", c->count);
        if (a->t->json)
            standard_json_codes(&w, c);
        else
            table_row(&table,
                      (const char *const[]){
                          c->id, count, a->t->zh ? c->name_zh : c->name_en});
    }
    if (!a->t->json)
        return ask_finish_table(&table, true, &out);
    table_free(&table);
    json_end_array(&w);
    buf_char(&out, '\n');
    return ask_finish(&out);
}

/* ---------------------------------------------------------------- search */

/* ASCII case does not matter. */
static bool
holds(const char *text, const char *part)
{
    size_t n = strlen(part);

    for (; *text != '\0'; text++) {
        if (strncasecmp(text, part, n) == 0)
            return true;
    }
    return false;
}

static bool
row_holds(const struct std_row *r, const char *part)
{
    return holds(r->key, part) || holds(r->zh, part) || holds(r->en, part) ||
           holds(r->about_zh, part) || holds(r->about_en, part);
}

static bool
code_holds(const struct std_code *c, const char *part)
{
    for (const char *const *s = c->alt; *s != NULL; s++) {
        if (strcasecmp(*s, part) == 0)
            return true;
    }
    for (const char *const *s = c->also; *s != NULL; s++) {
        if (strcmp(*s, part) == 0)
            return true;
    }
    return holds(c->code, part) || holds(c->name_zh, part) ||
           holds(c->name_en, part);
}

static size_t
search_codes(const struct ask *a, const char *part, struct table *table)
{
    size_t found = 0;

    for (size_t i = 0; i < std_codes_count(a->s); i++) {
        const struct std_codes *c = std_codes_at(a->s, i);

        for (size_t j = 0; j < c->count; j++) {
            if (!code_holds(&c->code[j], part))
                continue;
            found++;
            table_row(table, (const char *const[]){c->id, c->code[j].code,
                                                   ask_code(a, &c->code[j])});
        }
    }
    return found;
}

static int
search_json(const struct ask *a, const char *part)
{
    struct json_writer w;
    struct buf out = {0};
    size_t found = 0;
    int rc;

    json_writer_init(&w, &out);
    json_object(&w);
    json_key(&w, "rows");
    json_array(&w);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        if (row_holds(std_row_at(a->s, i), part)) {
            standard_json_row(&w, a->s, std_row_at(a->s, i));
            found++;
        }
    }
    json_end_array(&w);
    json_key(&w, "codes");
    json_array(&w);
    for (size_t i = 0; i < std_codes_count(a->s); i++) {
        const struct std_codes *c = std_codes_at(a->s, i);

        for (size_t j = 0; j < c->count; j++) {
            if (code_holds(&c->code[j], part)) {
                standard_json_code(&w, c->id, &c->code[j]);
                found++;
            }
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    buf_char(&out, '\n');
    rc = ask_finish(&out);
    return rc != TOOL_OK ? rc : found ? TOOL_OK : TOOL_FINDINGS;
}

int
ask_search(const struct ask *a)
{
    struct table rows, codes;
    struct buf out = {0};
    size_t found = 0, in_codes;
    int rc;

    if (a->argc != 2 || *a->argv[1] == '\0')
        return tool_usage(a->t, "standard search TEXT");
    if (a->t->json)
        return search_json(a, a->argv[1]);
    ask_row_head(a, &rows);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        if (row_holds(std_row_at(a->s, i), a->argv[1])) {
            ask_row_line(a, &rows, std_row_at(a->s, i));
            found++;
        }
    }
    table_init(&codes, 3);
    table_row(&codes, a->t->zh ? (const char *const[]){"代码表", "代码", "名称"}
                               : (const char *const[]){"list", "code", "name"});
    in_codes = search_codes(a, a->argv[1], &codes);
    if (found != 0)
        table_print(&rows, true, &out);
    if (found != 0 && in_codes != 0)
        buf_char(&out, '\n');
    if (in_codes != 0)
        table_print(&codes, true, &out);
    out.failed = out.failed || rows.failed || codes.failed;
    table_free(&rows);
    table_free(&codes);
    rc = ask_finish(&out);
    if (found + in_codes == 0 && !a->t->quiet)
        (void)fprintf(
            stderr, "%s\n",
            tool_say(a->t, "没有匹配的行或代码", "no row and no code matches"));
    return rc != TOOL_OK ? rc : found + in_codes ? TOOL_OK : TOOL_FINDINGS;
}
