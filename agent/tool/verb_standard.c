/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong standard`: the definitions as this program has them, overlays
 * included: rows, one row, code lists, search, and export to other forms. */
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>

#include "agent/tool/standard_json.h"
#include "agent/tool/table.h"
#include "agent/tool/tool.h"

struct ask { /* one run */
    const struct tool *t;
    const struct standard *s;
    int argc;
    char **argv; /* argv[0] is the subcommand */
};

static const char *
say_row(const struct ask *a, const struct std_row *r)
{
    return a->t->zh ? r->zh : r->en;
}

static const char *
say_code(const struct ask *a, const struct std_code *c)
{
    return a->t->zh ? c->name_zh : c->name_en;
}

/* Say on stderr how far the definitions can be relied on. */
static void
say_state(const struct ask *a)
{
    size_t provisional = 0, rows = std_row_count(a->s);

    if (a->t->quiet)
        return;
    for (size_t i = 0; i < rows; i++)
        provisional += std_row_at(a->s, i)->provisional;
    if (a->t->zh)
        (void)fprintf(stderr, "定义 %s：%zu 行，其中 %zu 行暂定",
                      std_edition(a->s), rows, provisional);
    else
        (void)fprintf(stderr, "definitions %s: %zu rows, %zu provisional",
                      std_edition(a->s), rows, provisional);
    if (std_overlay_count(a->s) != 0)
        (void)fprintf(stderr,
                      a->t->zh ? "；叠加文件 %zu 个%s" : "; %zu overlays%s",
                      std_overlay_count(a->s),
                      std_trusted(a->s) ? ""
                      : a->t->zh        ? "（用户声明）"
                                 : " (用户声明, claimed by the user)");
    (void)fputc('\n', stderr);
}

static int
finish(struct buf *out)
{
    bool ok = buf_ok(out) && tool_write(out);

    buf_free(out);
    return ok ? TOOL_OK : TOOL_UNAVAILABLE;
}

static int
finish_table(struct table *table, bool head, struct buf *out)
{
    table_print(table, head, out);
    if (table->failed)
        out->failed = true;
    table_free(table);
    return finish(out);
}

/* ---------------------------------------------------------------- rows */

static void
row_head(const struct ask *a, struct table *table)
{
    static const char *const zh[] = {"键",   "名称", "类型",
                                     "必备", "来源", "条款"};
    static const char *const en[] = {"key",      "name",   "type",
                                     "presence", "source", "clause"};

    table_init(table, 6);
    table_row(table, a->t->zh ? zh : en);
}

static void
row_line(const struct ask *a, struct table *table, const struct std_row *r)
{
    const char *const cells[] = {r->key,
                                 say_row(a, r),
                                 std_type_name(r->type),
                                 std_presence_name(r->presence),
                                 r->source,
                                 r->clause ? r->clause : "-"};

    table_row(table, cells);
}

static int
do_list(const struct ask *a)
{
    const char *kind = a->argc > 1 ? a->argv[1] : NULL;
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (a->argc > 2)
        return tool_usage(a->t, "standard list [KIND]");
    if (kind != NULL && std_shape(a->s, kind) == NULL)
        return tool_usage(a->t, "no kind '%s' is defined", kind);
    say_state(a);
    json_writer_init(&w, &out);
    if (a->t->json)
        json_array(&w);
    row_head(a, &table);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        const struct std_row *r = std_row_at(a->s, i);

        if (kind != NULL && strcmp(kind, r->kind) != 0)
            continue;
        if (a->t->json)
            standard_json_row(&w, a->s, r);
        else
            row_line(a, &table, r);
    }
    if (!a->t->json)
        return finish_table(&table, true, &out);
    table_free(&table);
    json_end_array(&w);
    buf_char(&out, '\n');
    return finish(&out);
}

/* ---------------------------------------------------------------- codes */

static void
code_lines(const struct ask *a, struct table *table, const struct std_codes *c)
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
                             code->code, number, say_code(a, code),
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
    (void)tool_usage(a->t, "no code list '%s'%s%s%s", id,
                     near ? "; did you mean " : "", near ? near : "",
                     near ? "?" : "");
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
        code_lines(a, &table, c);
        return finish_table(&table, true, &out);
    }
    json_writer_init(&w, &out);
    standard_json_codes(&w, c);
    buf_char(&out, '\n');
    return finish(&out);
}

static int
do_codes(const struct ask *a)
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
        return finish_table(&table, true, &out);
    table_free(&table);
    json_end_array(&w);
    buf_char(&out, '\n');
    return finish(&out);
}

/* ---------------------------------------------------------------- show */

static void
pair(const struct ask *a, struct table *table, const char *zh, const char *en,
     const char *value)
{
    if (value != NULL && *value != '\0')
        table_row(table, (const char *const[]){tool_say(a->t, zh, en), value});
}

static void
show_row(const struct ask *a, const struct std_row *r, struct buf *out)
{
    enum std_lang lang = a->t->zh ? STD_ZH : STD_EN;
    struct buf place = {0}, limits = {0}, type = {0};
    struct table table;

    export_place(r, &place);
    export_limits(a->s, r, lang, &limits);
    buf_str(&type, std_type_name(r->type));
    if (r->type == STD_ARRAY)
        buf_printf(&type, " / %s", std_type_name(r->item));
    table_init(&table, 2);
    pair(a, &table, "键", "key", r->key);
    pair(a, &table, "名称", "name", r->zh);
    pair(a, &table, "英文名称", "English name", r->en);
    pair(a, &table, "说明", "description",
         a->t->zh ? r->about_zh : r->about_en);
    pair(a, &table, "位置", "place", buf_cstr(&place));
    pair(a, &table, "类型", "type", buf_cstr(&type));
    pair(a, &table, "必备", "presence", std_presence_name(r->presence));
    pair(a, &table, "约束", "constraint", buf_cstr(&limits));
    pair(a, &table, "条款", "clause",
         r->clause ? r->clause : tool_say(a->t, "未知", "unknown"));
    pair(a, &table, "来源", "source", r->source);
    pair(a, &table, "暂定", "provisional",
         r->provisional ? tool_say(a->t, "是", "yes")
                        : tool_say(a->t, "否", "no"));
    table_print(&table, false, out);
    out->failed = out->failed || table.failed;
    table_free(&table);
    buf_free(&place);
    buf_free(&limits);
    buf_free(&type);
}

/* The row with ${key}, or with the one key that ends in ".${key}". */
static const struct std_row *
find_row(const struct ask *a, const char *key)
{
    const struct std_row *found = std_row(a->s, key);
    size_t n = strlen(key);

    for (size_t i = 0; found == NULL && i < std_row_count(a->s); i++) {
        const struct std_row *r = std_row_at(a->s, i);
        size_t len = strlen(r->key);

        if (len > n && r->key[len - n - 1] == '.' &&
            strcmp(r->key + len - n, key) == 0)
            found = r;
    }
    return found;
}

static int
no_row(const struct ask *a, const char *key)
{
    const char **names = calloc(std_row_count(a->s) + 1, sizeof(const char *));
    const char *near = NULL;
    int rc;

    if (std_retired(a->s, key))
        return tool_usage(a->t, "row '%s' was retired by an overlay", key);
    for (size_t i = 0; names != NULL && i < std_row_count(a->s); i++)
        names[i] = std_row_at(a->s, i)->key;
    if (names != NULL)
        near = diag_nearest(bytes_str(key), names);
    rc = tool_usage(a->t, "no row has the key '%s'%s%s%s", key,
                    near ? "; did you mean " : "", near ? near : "",
                    near ? "?" : "");
    free(names);
    return rc;
}

static int
do_show(const struct ask *a)
{
    const struct std_row *r;
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (a->argc != 2)
        return tool_usage(a->t, "standard show KEY");
    r = find_row(a, a->argv[1]);
    if (r == NULL)
        return no_row(a, a->argv[1]);
    if (a->t->json) {
        json_writer_init(&w, &out);
        standard_json_row(&w, a->s, r);
        buf_char(&out, '\n');
        return finish(&out);
    }
    show_row(a, r, &out);
    if (r->codes == NULL)
        return finish(&out);
    buf_char(&out, '\n');
    code_lines(a, &table, r->codes);
    return finish_table(&table, true, &out);
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
                                                   say_code(a, &c->code[j])});
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
    rc = finish(&out);
    return rc != TOOL_OK ? rc : found ? TOOL_OK : TOOL_FINDINGS;
}

static int
do_search(const struct ask *a)
{
    struct table rows, codes;
    struct buf out = {0};
    size_t found = 0, in_codes;
    int rc;

    if (a->argc != 2 || *a->argv[1] == '\0')
        return tool_usage(a->t, "standard search TEXT");
    if (a->t->json)
        return search_json(a, a->argv[1]);
    row_head(a, &rows);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        if (row_holds(std_row_at(a->s, i), a->argv[1])) {
            row_line(a, &rows, std_row_at(a->s, i));
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
    rc = finish(&out);
    if (found + in_codes == 0 && !a->t->quiet)
        (void)fprintf(
            stderr, "%s\n",
            tool_say(a->t, "没有匹配的行或代码", "no row and no code matches"));
    return rc != TOOL_OK ? rc : found + in_codes ? TOOL_OK : TOOL_FINDINGS;
}

/* ---------------------------------------------------------------- export */

static int
do_export(const struct ask *a)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'},
        {"kind", required_argument, NULL, 'k'},
        {0}};
    enum std_lang lang = a->t->zh ? STD_ZH : STD_EN;
    const char *format = NULL, *kind = NULL;
    struct buf out = {0};
    struct err err = {0};
    enum err_code rc;
    int c;

    while ((c = getopt_long(a->argc, a->argv, "f:k:", options, NULL)) != -1) {
        if (c == 'f')
            format = optarg;
        else if (c == 'k')
            kind = optarg;
        else
            return TOOL_USAGE;
    }
    if (format == NULL || optind != a->argc)
        return tool_usage(a->t, "standard export --format "
                                "json-schema|markdown|csv [--kind KIND]");
    if (strcmp(format, "json-schema") == 0)
        rc = export_json_schema(a->s, kind, &out, &err);
    else if (strcmp(format, "markdown") == 0)
        rc = export_markdown(a->s, kind, lang, &out, &err);
    else if (strcmp(format, "csv") == 0)
        rc = export_csv(a->s, kind, &out, &err);
    else
        return tool_usage(a->t, "unknown format '%s'", format);
    if (rc != ERR_OK) {
        buf_free(&out);
        return tool_fail(a->t, &err);
    }
    if (strcmp(format, "json-schema") == 0)
        buf_char(&out, '\n');
    say_state(a);
    return finish(&out);
}

/* ---------------------------------------------------------------- the verb */

static const struct {
    const char *name;
    int (*run)(const struct ask *a);
} asks[] = {
    {"list", do_list},     {"show", do_show},     {"codes", do_codes},
    {"search", do_search}, {"export", do_export},
};

static int
run(struct tool *t, int argc, char **argv)
{
    struct standard *s;
    int rc;

    for (size_t i = 0; argc > 1 && i < sizeof asks / sizeof *asks; i++) {
        if (strcmp(argv[1], asks[i].name) != 0)
            continue;
        s = tool_standard(t);
        if (s == NULL)
            return TOOL_CONFIG;
        rc = asks[i].run(
            &(struct ask){.t = t, .s = s, .argc = argc - 1, .argv = argv + 1});
        std_free(s);
        return rc;
    }
    return tool_usage(t, "standard list|show|codes|search|export");
}

const struct verb verb_standard = {
    .name = "standard",
    .synopsis = "list [KIND] | show KEY | codes [LIST] | search TEXT | "
                "export --format FORMAT [--kind KIND]",
    .zh = "查看和导出信息格式的定义与代码表",
    .en = "the definitions and code lists: look up, search, export",
    .help_zh =
        "  list [KIND]     列出全部或一种信息类型（alert、asset、envelope）的行\n"
        "  show KEY        一行的全部内容；KEY 也可以只写末尾部分\n"
        "  codes [LIST]    全部代码表，或一个代码表的内容\n"
        "  search TEXT     在键、名称、说明和代码中查找，不区分大小写\n"
        "  export          导出定义\n"
        "    --format F    json-schema、markdown 或 csv\n"
        "    --kind KIND   只导出一种；json-schema 不带此项时为整个信封\n",
    .help_en =
        "  list [KIND]     rows of all kinds or of one (alert, asset, "
        "envelope)\n"
        "  show KEY        all of one row; the end of a key is enough\n"
        "  codes [LIST]    all code lists, or what one holds\n"
        "  search TEXT     in keys, names, descriptions and codes, any case\n"
        "  export          write the definitions\n"
        "    --format F    json-schema, markdown or csv\n"
        "    --kind KIND   one kind only; a json-schema without it is the "
        "envelope\n",
    .run = run,
};
