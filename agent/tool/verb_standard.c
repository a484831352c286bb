/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong standard`: the definitions as this program has them, overlays
 * included: rows, one row, code lists, search, and export to other forms. */
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>

#include "agent/tool/standard_ask.h"

const char *
ask_row(const struct ask *a, const struct std_row *r)
{
    return a->t->zh ? r->zh : r->en;
}

const char *
ask_code(const struct ask *a, const struct std_code *c)
{
    return a->t->zh ? c->name_zh : c->name_en;
}

int
ask_usage(const struct ask *a, const char *zh, const char *en, const char *word)
{
    return tool_usage(a->t, "%s: %s", tool_say(a->t, zh, en), word);
}

int
ask_unknown(const struct ask *a, const char *zh, const char *en,
            const char *word, const char *near)
{
    if (near == NULL)
        return ask_usage(a, zh, en, word);
    return tool_usage(a->t, "%s: %s; %s %s?", tool_say(a->t, zh, en), word,
                      tool_say(a->t, "是否指", "did you mean"), near);
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

int
ask_finish(struct buf *out)
{
    bool ok = buf_ok(out) && tool_write(NULL, out);

    buf_free(out);
    return ok ? TOOL_OK : TOOL_UNAVAILABLE;
}

int
ask_finish_table(struct table *table, bool head, struct buf *out)
{
    table_print(table, head, out);
    if (table->failed)
        out->failed = true;
    table_free(table);
    return ask_finish(out);
}

/* ---------------------------------------------------------------- rows */

void
ask_row_head(const struct ask *a, struct table *table)
{
    static const char *const zh[] = {"键",   "名称", "类型",
                                     "必备", "来源", "条款"};
    static const char *const en[] = {"key",      "name",   "type",
                                     "presence", "source", "clause"};

    table_init(table, 6);
    table_row(table, a->t->zh ? zh : en);
}

void
ask_row_line(const struct ask *a, struct table *table, const struct std_row *r)
{
    const char *const cells[] = {r->key,
                                 ask_row(a, r),
                                 std_type_name(r->type),
                                 std_presence_name(r->presence),
                                 r->source,
                                 r->clause ? r->clause : "-"};

    table_row(table, cells);
}

int
ask_list(const struct ask *a)
{
    const char *kind = a->argc > 1 ? a->argv[1] : NULL;
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (a->argc > 2)
        return tool_usage(a->t, "standard list [KIND]");
    if (kind != NULL && strcmp(kind, "interface") == 0)
        return ask_interface(a);
    if (kind != NULL && std_shape(a->s, kind) == NULL)
        return ask_usage(a, "没有定义这种信息类型", "no such kind is defined",
                         kind);
    say_state(a);
    json_writer_init(&w, &out);
    if (a->t->json)
        json_array(&w);
    ask_row_head(a, &table);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        const struct std_row *r = std_row_at(a->s, i);

        if (kind != NULL && strcmp(kind, r->kind) != 0)
            continue;
        if (a->t->json)
            standard_json_row(&w, a->s, r);
        else
            ask_row_line(a, &table, r);
    }
    if (!a->t->json)
        return ask_finish_table(&table, true, &out);
    table_free(&table);
    json_end_array(&w);
    buf_char(&out, '\n');
    return ask_finish(&out);
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
    const char **names;
    const char *near = NULL;
    int rc;

    if (std_retired(a->s, key))
        return ask_usage(a, "叠加文件已停用该行",
                         "this row was retired by an overlay", key);
    names = calloc(std_row_count(a->s) + 1, sizeof(const char *));
    for (size_t i = 0; names != NULL && i < std_row_count(a->s); i++)
        names[i] = std_row_at(a->s, i)->key;
    if (names != NULL)
        near = diag_nearest(bytes_str(key), names);
    rc = ask_unknown(a, "没有这个键", "no row has this key", key, near);
    free(names);
    return rc;
}

int
ask_show(const struct ask *a)
{
    const struct std_operation *o;
    const struct std_row *r;
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    if (a->argc != 2)
        return tool_usage(a->t, "standard show KEY");
    o = ask_find_operation(a, a->argv[1]);
    if (o != NULL)
        return ask_operation(a, o);
    r = find_row(a, a->argv[1]);
    if (r == NULL)
        return no_row(a, a->argv[1]);
    if (a->t->json) {
        json_writer_init(&w, &out);
        standard_json_row(&w, a->s, r);
        buf_char(&out, '\n');
        return ask_finish(&out);
    }
    show_row(a, r, &out);
    if (r->codes == NULL)
        return ask_finish(&out);
    buf_char(&out, '\n');
    ask_code_lines(a, &table, r->codes);
    return ask_finish_table(&table, true, &out);
}

/* ---------------------------------------------------------------- export */

int
ask_export(const struct ask *a)
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
        return tool_usage(a->t,
                          "standard export --format "
                          "json-schema|markdown|csv|openapi [--kind KIND]");
    if (strcmp(format, "json-schema") == 0)
        rc = export_json_schema(a->s, kind, &out, &err);
    else if (strcmp(format, "markdown") == 0)
        rc = export_markdown(a->s, kind, lang, &out, &err);
    else if (strcmp(format, "csv") == 0)
        rc = export_csv(a->s, kind, &out, &err);
    else if (strcmp(format, "openapi") == 0 && kind == NULL)
        rc = export_openapi(a->s, &out, &err);
    else
        return ask_usage(a, "没有这种格式", "no such format", format);
    if (rc != ERR_OK) {
        buf_free(&out);
        return tool_fail(a->t, &err);
    }
    if (strcmp(format, "json-schema") == 0 || strcmp(format, "openapi") == 0)
        buf_char(&out, '\n');
    say_state(a);
    return ask_finish(&out);
}

/* ---------------------------------------------------------------- the verb */

static const struct {
    const char *name;
    int (*run)(const struct ask *a);
} asks[] = {
    {"list", ask_list},     {"show", ask_show},     {"codes", ask_codes},
    {"search", ask_search}, {"export", ask_export},
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
        "  list [KIND]     列出全部或一种信息类型（alert、asset、threat、behavior、\n"
        "                  envelope）的行；interface 列出功能接口的操作\n"
        "  show KEY        一行的全部内容；KEY 也可以只写末尾部分，或为操作，\n"
        "                  如 respond.block\n"
        "  codes [LIST]    全部代码表，或一个代码表的内容\n"
        "  search TEXT     在键、名称、说明和代码中查找，不区分大小写\n"
        "  export          导出定义\n"
        "    --format F    json-schema、markdown、csv，或接口的 openapi\n"
        "    --kind KIND   只导出一种；json-schema 不带此项时为整个信封\n",
    .help_en =
        "  list [KIND]     rows of all kinds or of one (alert, asset, "
        "threat,\n                  behavior, envelope); interface: the operations\n"
        "  show KEY        all of one row; the end of a key is enough; or an\n"
        "                  operation such as respond.block\n"
        "  codes [LIST]    all code lists, or what one holds\n"
        "  search TEXT     in keys, names, descriptions and codes, any case\n"
        "  export          write the definitions\n"
        "    --format F    json-schema, markdown, csv, or openapi of the "
        "interfaces\n"
        "    --kind KIND   one kind only; a json-schema without it is the "
        "envelope\n",
    .run = run,
};
