/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong standard list interface` and `show CLASS.OPERATION`: the operations of
 * the function interface, with what goes in, what comes out and which codes. */
#include <stdio.h>

#include "agent/tool/standard_ask.h"
#include "formats/standard/interface.h"

static const char *
yes(const struct ask *a, bool v)
{
    return v ? tool_say(a->t, "是", "yes") : tool_say(a->t, "否", "no");
}

static void
json_operation(struct json_writer *w, const struct standard *s,
               const struct std_operation *o)
{
    const struct {
        const char *key, *value;
    } texts[] = {{"class", o->class->code},     {"operation", o->name->code},
                 {"name_zh", o->name->name_zh}, {"name_en", o->name->name_en},
                 {"about_zh", o->about_zh},     {"about_en", o->about_en},
                 {"params", o->params},         {"result", o->result},
                 {"records", o->records},       {"clause", o->clause},
                 {"source", o->source}};
    struct buf path = {0};

    json_object(w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_key(w, texts[i].key);
        json_cstr(w, texts[i].value);
    }
    std_operation_path(s, o, &path);
    json_key(w, "path");
    json_string(w, buf_view(&path));
    w->out->failed |= path.failed;
    buf_free(&path);
    json_key(w, "effect");
    json_bool(w, o->effect);
    json_key(w, "async");
    json_bool(w, o->async);
    json_key(w, "provisional");
    json_bool(w, o->provisional);
    json_end_object(w);
}

int
ask_interface(const struct ask *a)
{
    static const char *const zh[] = {"类别",   "操作", "名称",
                                     "有效果", "异步", "来源"};
    static const char *const en[] = {"class",  "operation", "name",
                                     "effect", "async",     "source"};
    const struct std_interface *i = std_interface(a->s);
    struct json_writer w;
    struct buf out = {0};
    struct table table;

    json_writer_init(&w, &out);
    if (a->t->json)
        json_array(&w);
    table_init(&table, 6);
    table_row(&table, a->t->zh ? zh : en);
    for (size_t k = 0; i != NULL && k < i->operation_count; k++) {
        const struct std_operation *o = &i->operation[k];

        if (a->t->json)
            json_operation(&w, a->s, o);
        else
            table_row(&table,
                      (const char *const[]){
                          o->class->code, o->name->code, ask_code(a, o->name),
                          yes(a, o->effect), yes(a, o->async), o->source});
    }
    if (!a->t->json)
        return ask_finish_table(&table, true, &out);
    table_free(&table);
    json_end_array(&w);
    buf_char(&out, '\n');
    return ask_finish(&out);
}

/* The rows of one body as a table. */
static void
put_body(const struct ask *a, const char *zh, const char *en, const char *kind,
         struct buf *out)
{
    struct table table;
    size_t rows = 0;

    buf_printf(out, "\n%s (%s)\n", tool_say(a->t, zh, en), kind);
    ask_row_head(a, &table);
    for (size_t i = 0; i < std_row_count(a->s); i++) {
        const struct std_row *r = std_row_at(a->s, i);

        if (strcmp(r->kind, kind) != 0 || strcmp(r->key, kind) == 0)
            continue;
        ask_row_line(a, &table, r);
        rows++;
    }
    if (rows > 0)
        table_print(&table, true, out);
    else
        buf_printf(out, "%s\n", tool_say(a->t, "（没有成员）", "(no members)"));
    out->failed = out->failed || table.failed;
    table_free(&table);
}

static void
put_answers(const struct ask *a, struct buf *out)
{
    const struct std_interface *i = std_interface(a->s);
    struct table table;

    buf_printf(out, "\n%s\n", tool_say(a->t, "结果代码", "codes"));
    table_init(&table, 4);
    table_row(&table,
              a->t->zh
                  ? (const char *const[]){"数字", "代码", "名称", "HTTP"}
                  : (const char *const[]){"number", "code", "name", "HTTP"});
    for (size_t k = 0; k < i->answer_count; k++) {
        const struct std_answer *n = &i->answer[k];
        struct buf number = {0}, status = {0};

        buf_i64(&number, n->code->alias);
        for (const unsigned *s = n->status; *s != 0; s++)
            buf_printf(&status, "%s%u", s == n->status ? "" : " ", *s);
        table_row(&table, (const char *const[]){
                              buf_cstr(&number), n->code->code,
                              ask_code(a, n->code), buf_cstr(&status)});
        buf_free(&number);
        buf_free(&status);
    }
    table_print(&table, true, out);
    out->failed = out->failed || table.failed;
    table_free(&table);
}

const struct std_operation *
ask_find_operation(const struct ask *a, const char *name)
{
    struct bytes class = bytes_str(name), operation;
    size_t dot = bytes_find(class, '.');

    operation = bytes_from(class, dot < class.len ? dot + 1 : dot);
    return std_operation(a->s, bytes_upto(class, dot), operation);
}

int
ask_operation(const struct ask *a, const struct std_operation *o)
{
    struct json_writer w;
    struct buf out = {0};

    if (a->t->json) {
        json_writer_init(&w, &out);
        json_operation(&w, a->s, o);
        buf_char(&out, '\n');
        return ask_finish(&out);
    }
    buf_printf(&out, "%s\n%s\nPOST ", ask_code(a, o->name),
               a->t->zh ? o->about_zh : o->about_en);
    std_operation_path(a->s, o, &out);
    buf_char(&out, '\n');
    put_body(a, "参数", "parameters", o->params, &out);
    put_body(a, "结果", "result", o->result, &out);
    put_answers(a, &out);
    return ask_finish(&out);
}
