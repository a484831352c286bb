/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown and CSV (RFC 4180) for people who read or fill in tables. */
#include "formats/standard/export.h"
#include "formats/standard/interface.h"

static bool
has_kind(const struct standard *s, const char *kind)
{
    return kind == NULL || std_shape(s, kind) != NULL;
}

static enum err_code
finish(const struct buf *out, struct err *err)
{
    if (!buf_ok(out))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    return ERR_OK;
}

/* ---------------------------------------------------------------- Markdown */

struct md {
    const struct standard *s;
    enum std_lang lang;
    struct buf *out;
    struct buf cell; /* owned */
};

static const char *
say(const struct md *x, const char *zh, const char *en)
{
    return x->lang == STD_ZH ? zh : en;
}

/* What ${part} holds; its failure is that of the whole. */
static struct bytes
taken(const struct buf *part, struct buf *out)
{
    if (!buf_ok(part))
        out->failed = true;
    return buf_view(part);
}

static struct bytes
made(struct md *x)
{
    return taken(&x->cell, x->out);
}

/* A cell: pipes end cells and must be escaped, line feeds end rows. */
static void
put_cell(struct md *x, struct bytes text)
{
    buf_str(x->out, " ");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '|' || c == '\\')
            buf_char(x->out, '\\');
        buf_char(x->out, c == '\n' || c == '\r' ? ' ' : c);
    }
    buf_str(x->out, " |");
}

static void
put_row(struct md *x, const struct std_row *r)
{
    buf_str(x->out, "|");
    buf_reset(&x->cell);
    buf_char(&x->cell, '`');
    export_place(r, &x->cell);
    buf_char(&x->cell, '`');
    put_cell(x, made(x));
    put_cell(x, bytes_str(say(x, r->zh, r->en)));
    put_cell(x, bytes_str(say(x, r->about_zh, r->about_en)));
    put_cell(x, bytes_str(std_type_name(r->type)));
    put_cell(x, bytes_str(std_presence_name(r->presence)));
    buf_reset(&x->cell);
    export_limits(x->s, r, x->lang, &x->cell);
    put_cell(x, made(x));
    put_cell(x, bytes_str(r->clause ? r->clause : "—"));
    put_cell(x, bytes_str(r->source));
    put_cell(x, bytes_str(r->provisional ? say(x, "暂定", "yes") : ""));
    buf_str(x->out, "\n");
}

static void
put_kind(struct md *x, const char *kind)
{
    buf_printf(x->out, "## %s `%s` %s\n\n",
               std_kind_name(x->s, kind, x->lang == STD_ZH), kind,
               std_kind_version(x->s, kind));
    buf_str(
        x->out,
        say(x,
            "| 位置 | 名称 | 说明 | 类型 | 必备 | 约束 | 条款 | 来源 | 暂定 |\n",
            "| place | name | description | type | presence | constraint "
            "| clause | source | provisional |\n"));
    buf_str(x->out,
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < std_row_count(x->s); i++) {
        const struct std_row *r = std_row_at(x->s, i);

        if (strcmp(r->kind, kind) == 0)
            put_row(x, r);
    }
    buf_str(x->out, "\n");
}

static void
put_code(struct md *x, const struct std_code *c)
{
    buf_str(x->out, "|");
    buf_reset(&x->cell);
    buf_printf(&x->cell, "`%s`", c->code);
    put_cell(x, made(x));
    buf_reset(&x->cell);
    if (c->alias != INT64_MIN)
        buf_i64(&x->cell, c->alias);
    put_cell(x, made(x));
    put_cell(x, bytes_str(say(x, c->name_zh, c->name_en)));
    buf_reset(&x->cell);
    for (const char *const *a = c->also; *a != NULL; a++) {
        buf_str(&x->cell, a == c->also ? "" : ", ");
        buf_str(&x->cell, *a);
    }
    put_cell(x, made(x));
    put_cell(x, bytes_str(c->source));
    put_cell(x, bytes_str(c->provisional ? say(x, "暂定", "yes") : ""));
    buf_str(x->out, "\n");
}

static bool
codes_used(const struct standard *s, const char *kind,
           const struct std_codes *c)
{
    for (size_t i = 0; i < std_row_count(s); i++) {
        const struct std_row *r = std_row_at(s, i);

        if (r->codes == c && (kind == NULL || strcmp(r->kind, kind) == 0))
            return true;
    }
    return kind == NULL;
}

static void
put_codes(struct md *x, const struct std_codes *c)
{
    buf_printf(x->out, "### %s `%s`\n\n", say(x, c->name_zh, c->name_en),
               c->id);
    buf_str(x->out, say(x, "| 代码 | 数字 | 名称 | 亦可写作 | 来源 | 暂定 |\n",
                        "| code | number | name | also | source | provisional "
                        "|\n"));
    buf_str(x->out, "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < c->count; i++)
        put_code(x, &c->code[i]);
    buf_str(x->out, "\n");
}

enum err_code
export_markdown(const struct standard *s, const char *kind, enum std_lang lang,
                struct buf *out, struct err *err)
{
    struct md x = {.s = s, .lang = lang, .out = out};

    if (!has_kind(s, kind))
        return err_set(err, ERR_NOT_FOUND, kind, "no such kind is defined");
    buf_printf(out, "# %s %s\n\n", say(&x, "定义", "definitions"),
               std_edition(s));
    buf_str(out, say(&x,
                     "必备：M 必备，C 满足条件时必备，E 来源有则给出。来源：S "
                     "见于公开文本，I 由公开文本推得，R+/R/R- "
                     "凭记忆（高、中、低），P 自拟，T 取自标准文本。\n\n",
                     "Presence: M mandatory, C mandatory under a condition, E "
                     "given if the source has it. Source: S seen in a public "
                     "text, I deduced from one, R+/R/R- recalled (high, "
                     "medium, low), P proposed, T read in the standard's "
                     "text.\n\n"));
    if (std_shape(s, STD_ENVELOPE) != NULL &&
        (kind == NULL || strcmp(kind, STD_ENVELOPE) == 0))
        put_kind(&x, STD_ENVELOPE);
    for (size_t i = 0; i < std_kind_count(s); i++) {
        if (kind == NULL || strcmp(kind, std_kind(s, i)) == 0)
            put_kind(&x, std_kind(s, i));
    }
    for (size_t i = 0; i < std_body_count(s); i++) {
        if (kind == NULL || strcmp(kind, std_body(s, i)) == 0)
            put_kind(&x, std_body(s, i));
    }
    buf_printf(out, "## %s\n\n", say(&x, "代码表", "code lists"));
    for (size_t i = 0; i < std_codes_count(s); i++) {
        if (codes_used(s, kind, std_codes_at(s, i)))
            put_codes(&x, std_codes_at(s, i));
    }
    buf_free(&x.cell);
    return finish(out, err);
}

/* ---------------------------------------------------------------- CSV */

static void
csv_text(struct buf *out, struct bytes text, bool last)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.data[i]);
    }
    buf_str(out, last ? "\"\r\n" : "\",");
}

static void
csv_row(const struct standard *s, const struct std_row *r, struct buf *cell,
        struct buf *out)
{
    const char *const words[] = {r->zh,
                                 r->en,
                                 r->about_zh,
                                 r->about_en,
                                 std_type_name(r->type),
                                 r->type == STD_ARRAY ? std_type_name(r->item)
                                                      : "",
                                 std_presence_name(r->presence)};

    csv_text(out, bytes_str(r->key), false);
    buf_reset(cell);
    export_place(r, cell);
    csv_text(out, taken(cell, out), false);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        csv_text(out, bytes_str(words[i]), false);
    for (int lang = STD_ZH; lang <= STD_EN; lang++) {
        buf_reset(cell);
        export_limits(s, r, (enum std_lang)lang, cell);
        csv_text(out, taken(cell, out), false);
    }
    csv_text(out, bytes_str(r->codes ? r->codes->id : ""), false);
    csv_text(out, bytes_str(std_encoding_name(r->encoding)), false);
    csv_text(out, bytes_str(r->clause), false);
    csv_text(out, bytes_str(r->source), false);
    csv_text(out, bytes_str(r->provisional ? "true" : "false"), true);
}

enum err_code
export_csv(const struct standard *s, const char *kind, struct buf *out,
           struct err *err)
{
    struct buf cell = {0};

    if (!has_kind(s, kind))
        return err_set(err, ERR_NOT_FOUND, kind, "no such kind is defined");
    buf_str(out,
            "key,place,name_zh,name_en,about_zh,about_en,type,item,presence,"
            "constraint_zh,constraint_en,codes,encoding,clause,source,"
            "provisional\r\n");
    for (size_t i = 0; i < std_row_count(s); i++) {
        const struct std_row *r = std_row_at(s, i);

        if (kind == NULL || strcmp(r->kind, kind) == 0)
            csv_row(s, r, &cell, out);
    }
    buf_free(&cell);
    return finish(out, err);
}
