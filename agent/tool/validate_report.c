/* SPDX-License-Identifier: Apache-2.0 */
/* The words and the JSON of `hutong validate`. */
#include "agent/tool/validate_report.h"

#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define FLUSH_BYTES ((size_t)64 * 1024)

static void
flush(struct validate_report *r, size_t above)
{
    if (r->out.len > above && !r->broken && !tool_write(r->tool, &r->out))
        r->broken = true;
    if (r->broken)
        buf_reset(&r->out);
}

static void
count_rule(struct validate_report *r, const struct finding *f)
{
    struct validate_count *c = r->counts;

    for (size_t i = 0; i < r->rules; i++, c++) {
        if (c->row == f->row && c->rule == f->rule) {
            c->count++;
            return;
        }
    }
    if (r->rules == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;

        c = realloc(r->counts, cap * sizeof(*c));
        if (c == NULL)
            return; /* the totals still hold */
        r->counts = c;
        r->cap = cap;
    }
    r->counts[r->rules++] =
        (struct validate_count){f->row, f->rule, f->severity, 1};
}

static const char *
severity_name(enum check_severity s)
{
    static const char *const names[] = {"info", "warning", "error"};

    return names[s];
}

static const char *
severity_word(const struct tool *t, enum check_severity s)
{
    static const char *const zh[] = {"提示", "警告", "错误"};

    return t->zh ? zh[s] : severity_name(s);
}

static bool
may_show(struct validate_report *r)
{
    return r->max == 0 || r->shown++ < r->max;
}

/* ---------------------------------------------------------------- findings */

static void
text_finding(struct validate_report *r, const char *name, unsigned line,
             const struct finding *f)
{
    struct buf *out = &r->out;

    text_visible(out, bytes_str(name));
    buf_printf(out, ":%u: ", line);
    if (f->pointer[0] == '\0')
        buf_str(out, tool_say(r->tool, "（整个文档）", "(document)"));
    text_visible(out, bytes_str(f->pointer));
    buf_printf(out, ": %s: ", severity_word(r->tool, f->severity));
    finding_text(f, r->tool->zh, out);
    buf_str(out, " [");
    finding_rule(f, out);
    buf_str(out, "]\n");
}

static void
json_finding(struct validate_report *r, const char *name, unsigned line,
             const struct finding *f)
{
    struct json_writer w;
    struct buf text = {0};

    json_writer_init(&w, &r->out);
    json_object(&w);
    json_key(&w, "file");
    json_cstr(&w, name);
    json_key(&w, "line");
    json_u64(&w, line);
    json_key(&w, "pointer");
    json_cstr(&w, f->pointer);
    json_key(&w, "offset");
    json_u64(&w, f->offset);
    json_key(&w, "severity");
    json_cstr(&w, severity_name(f->severity));
    json_key(&w, "rule");
    finding_rule(f, &text);
    json_string(&w, bytes_of(text.data, text.len));
    json_key(&w, "clause");
    json_cstr(&w, f->clause);
    json_key(&w, "provisional");
    json_bool(&w, f->row == NULL || f->row->provisional);
    json_key(&w, "text");
    buf_reset(&text);
    finding_text(f, r->tool->zh, &text);
    json_string(&w, bytes_of(text.data, text.len));
    json_end_object(&w);
    buf_str(&r->out, "\n");
    buf_free(&text);
}

void
validate_report_findings(struct validate_report *r, const char *name,
                         const struct validate_document *doc, bool whole,
                         const struct findings *f)
{
    r->documents++;
    r->records += f->records;
    r->envelopes += f->envelopes;
    r->kinds |= f->kinds;
    r->errors += f->errors;
    r->warnings += f->warnings;
    for (size_t i = 0; i < f->count; i++) {
        unsigned line = doc->line, row = 1, col = 1;

        count_rule(r, &f->item[i]);
        if (!may_show(r))
            continue;
        if (whole) {
            json_place(doc->text, f->item[i].offset, &row, &col);
            line += row - 1;
        }
        if (r->tool->json)
            json_finding(r, name, line, &f->item[i]);
        else
            text_finding(r, name, line, &f->item[i]);
    }
    flush(r, FLUSH_BYTES);
}

void
validate_report_unreadable(struct validate_report *r, const char *name,
                           unsigned line, const struct err *e)
{
    struct buf text = {0};
    struct json_writer w;

    r->unreadable++;
    if (!may_show(r))
        return;
    if (!r->tool->json) {
        text_visible(&r->out, bytes_str(name));
        if (line > 0)
            buf_printf(&r->out, ":%u", line);
        buf_str(&r->out, tool_say(r->tool, ": 不可读: ", ": unreadable: "));
        tool_message(r->tool, e, &text);
        text_visible(&r->out, buf_view(&text));
        if (line > 0 && e->where[0] != '\0') {
            buf_str(&r->out, " (");
            (void)messages_zh(tool_messages(r->tool), bytes_str(e->where),
                              &r->out);
            buf_char(&r->out, ')');
        }
        buf_free(&text);
        buf_str(&r->out, "\n");
        flush(r, FLUSH_BYTES);
        return;
    }
    json_writer_init(&w, &r->out);
    json_object(&w);
    json_key(&w, "file");
    json_cstr(&w, name);
    json_key(&w, "line");
    json_u64(&w, line);
    json_key(&w, "unreadable");
    json_cstr(&w, e->msg);
    json_key(&w, "where");
    json_cstr(&w, e->where);
    json_end_object(&w);
    buf_str(&r->out, "\n");
    flush(r, FLUSH_BYTES);
}

/* ---------------------------------------------------------------- verdict */

/* The rows that the verdict rests on: of the kinds met, and of the envelope. */
static size_t
rows_used(const struct validate_report *r, size_t *provisional)
{
    size_t rows = 0, some;
    const char *kind;

    *provisional = 0;
    for (size_t i = 0; (kind = checker_kind(r->checker, i)) != NULL; i++) {
        if ((r->kinds >> i & 1) == 0)
            continue;
        rows += check_rows(r->checker, kind, &some);
        *provisional += some;
    }
    if (r->envelopes > 0) {
        rows += check_rows(r->checker, STD_ENVELOPE, &some);
        *provisional += some;
    }
    return rows;
}

static bool
user_stated(const struct validate_report *r)
{
    return std_overlay_count(r->standard) > 0 && !std_trusted(r->standard);
}

static int
by_count(const void *a, const void *b)
{
    const struct validate_count *x = a, *y = b;
    int order;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    order = strcmp(x->row ? x->row->key : "", y->row ? y->row->key : "");
    return order != 0 ? order : (int)x->rule - (int)y->rule;
}

static void
put_rule(struct buf *out, const struct validate_count *c)
{
    struct finding f = {.row = c->row, .rule = c->rule};

    finding_rule(&f, out);
}

static const char *
verdict(const struct validate_report *r)
{
    if (r->unreadable > 0)
        return "unreadable";
    if (r->errors > 0)
        return "differs";
    return r->records > 0 ? "agrees" : "nothing";
}

static void
json_summary(struct validate_report *r)
{
    struct json_writer w;
    size_t provisional, rows = rows_used(r, &provisional);
    const struct {
        const char *name;
        size_t value;
    } numbers[] = {
        {"documents", r->documents},
        {"envelopes", r->envelopes},
        {"records", r->records},
        {"unreadable", r->unreadable},
        {"errors", r->errors},
        {"warnings", r->warnings},
        {"rows", rows},
        {"provisional_rows", provisional},
        {"overlays", std_overlay_count(r->standard)},
    };

    json_writer_init(&w, &r->out);
    json_object(&w);
    json_key(&w, "summary");
    json_object(&w);
    json_key(&w, "definition");
    json_cstr(&w, std_edition(r->standard));
    json_key(&w, "profile");
    json_cstr(&w, r->profile);
    json_key(&w, "verdict");
    json_cstr(&w, verdict(r));
    json_key(&w, "user_statement");
    json_bool(&w, user_stated(r));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        json_key(&w, numbers[i].name);
        json_u64(&w, numbers[i].value);
    }
    json_key(&w, "by_rule");
    json_object(&w);
    for (size_t i = 0; i < r->rules; i++) {
        struct buf id = {0};

        put_rule(&id, &r->counts[i]);
        json_key_bytes(&w, bytes_of(id.data, id.len));
        json_u64(&w, r->counts[i].count);
        buf_free(&id);
    }
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
    buf_str(&r->out, "\n");
}

static void
text_counts(struct validate_report *r)
{
    struct buf *out = &r->out;
    size_t printed = r->errors + r->warnings + r->unreadable;

    if (r->max != 0 && printed > r->max)
        buf_printf(out,
                   r->tool->zh ? "（另有 %zu 条未列出，见 --max-findings）\n"
                               : "(%zu more not listed, see --max-findings)\n",
                   printed - r->max);
    for (size_t i = 0; i < r->rules; i++) {
        buf_printf(out, "%8zu  %s  ", r->counts[i].count,
                   severity_word(r->tool, r->counts[i].severity));
        put_rule(out, &r->counts[i]);
        buf_str(out, "\n");
    }
    buf_printf(out,
               r->tool->zh
                   ? "%zu 个文档，%zu 条记录：%zu 个错误，%zu 个警告，%zu "
                     "处不可读\n"
                   : "%zu documents, %zu records: %zu errors, %zu warnings, "
                     "%zu unreadable\n",
               r->documents, r->records, r->errors, r->warnings, r->unreadable);
}

/* Around the name of the definition, by verdict(). */
static const struct words {
    const char *verdict;
    const char *zh_before, *zh_after, *en_before;
} words[] = {
    {"unreadable", "有不可读的内容，与定义文件", "是否一致无法判定",
     "part is unreadable, so not judged against definition"},
    {"differs", "与定义文件", "不一致", "differs from definition"},
    {"agrees", "与定义文件", "一致", "agrees with definition"},
    {"nothing", "没有记录可对照定义文件", "检查",
     "no record to check against definition"},
};

static void
text_verdict(struct validate_report *r)
{
    const struct words *w = words;

    while (strcmp(w->verdict, verdict(r)) != 0)
        w++;
    if (r->tool->zh)
        buf_printf(&r->out, "结论：%s %s %s（%s）", w->zh_before,
                   std_edition(r->standard), w->zh_after, r->profile);
    else
        buf_printf(&r->out, "%s %s (%s)", w->en_before,
                   std_edition(r->standard), r->profile);
}

static void
text_summary(struct validate_report *r)
{
    size_t provisional, rows = rows_used(r, &provisional);
    struct buf *out = &r->out;

    text_counts(r);
    text_verdict(r);
    buf_printf(out,
               r->tool->zh ? "；所依据的 %zu 行中有 %zu 行为暂定"
                           : "; %zu rows, %zu of them provisional",
               rows, provisional);
    buf_str(out, tool_say(r->tool, "；GB/T 44886 未评定",
                          "; GB/T 44886 not assessed"));
    if (user_stated(r))
        buf_str(out, tool_say(r->tool, "；含未经信任签名的覆盖文件：用户声明",
                              "; overlays without a trusted signature: user "
                              "statement (用户声明)"));
    buf_str(out, "\n");
}

void
validate_report_end(struct validate_report *r)
{
    if (r->rules > 1)
        qsort(r->counts, r->rules, sizeof(*r->counts), by_count);
    if (r->tool->json)
        json_summary(r);
    else if (!r->tool->quiet)
        text_summary(r);
    flush(r, 0);
}

void
validate_report_free(struct validate_report *r)
{
    buf_free(&r->out);
    free(r->counts);
}
