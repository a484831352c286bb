/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/report/render.h"

#include "formats/base/text.h"

uint32_t
render_get(const struct render *r, uint32_t at, const char *path)
{
    struct bytes rest = bytes_str(path);

    while (rest.len > 0) {
        size_t dot = bytes_find(rest, '.');

        at = tape_get(&r->tape, at, bytes_upto(rest, dot));
        if (at == 0)
            return 0;
        rest = bytes_from(rest, dot + 1);
    }
    return at;
}

struct bytes
render_text(struct render *r, uint32_t at, const char *path)
{
    uint32_t i = render_get(r, at, path);
    const struct tape_node *n = &r->tape.node[i];

    if (i == 0 || n->type == TAPE_OBJECT || n->type == TAPE_ARRAY ||
        n->type == TAPE_NULL)
        return BYTES("");
    return n->type == TAPE_STRING ? tape_clean(&r->tape, n, &r->scratch)
                                  : tape_raw(&r->tape, n);
}

uint64_t
render_u64(struct render *r, uint32_t at, const char *path)
{
    uint64_t v = 0;

    (void)bytes_to_u64(render_text(r, at, path), UINT64_MAX, &v);
    return v;
}

struct bytes
render_said(struct render *r, uint32_t at, const char *path)
{
    uint32_t i = render_get(r, at, path);

    return i ? render_text(r, i, r->zh ? "zh" : "en") : BYTES("");
}

uint32_t
render_first(const struct render *r, uint32_t at, const char *path)
{
    uint32_t i = render_get(r, at, path);
    const struct tape_node *n = &r->tape.node[i];

    return i != 0 && n->type == TAPE_ARRAY && n->hash > 0 ? i + 1 : 0;
}

uint32_t
render_next(const struct render *r, uint32_t element)
{
    return r->tape.node[element].next;
}

enum verdict
render_verdict(struct render *r, uint32_t test)
{
    enum verdict v = VERDICT_ERROR;

    (void)verdict_of(render_text(r, test, "verdict"), &v);
    return v;
}

/* ---- for people */

static void
line(struct render *r, const char *zh, const char *en)
{
    buf_str(r->out, r->zh ? zh : en);
}

static void
visible(struct render *r, struct bytes b)
{
    text_visible(r->out, b);
}

static void
put_sample(struct render *r, uint32_t s)
{
    buf_str(r->out, "      ");
    visible(r, render_text(r, s, "file"));
    buf_char(r->out, ':');
    visible(r, render_text(r, s, "line"));
    buf_char(r->out, ' ');
    visible(r, render_text(r, s, "pointer"));
    buf_str(r->out, "  ");
    visible(r, render_said(r, s, "text"));
    buf_str(r->out, "  [");
    visible(r, render_text(r, s, "rid"));
    buf_char(r->out, ' ');
    visible(r, render_text(r, s, "rule"));
    buf_str(r->out, "]\n");
}

static void
put_named(struct render *r, const char *zh, const char *en, struct bytes b)
{
    if (b.len == 0)
        return;
    buf_printf(r->out, "      %s", r->zh ? zh : en);
    visible(r, b);
    buf_char(r->out, '\n');
}

/* What was wanted and seen, where, and how to see it again. */
static void
put_evidence(struct render *r, uint32_t t)
{
    static const struct {
        const char *path, *zh, *en;
        bool said;
    } rows[] = {{"sent", "发送  ", "sent      ", true},
                {"expected", "预期  ", "expected  ", true},
                {"observed", "实测  ", "observed  ", true},
                {"at", "位置  ", "at        ", false},
                {"difference", "差异  ", "differs   ", true},
                {"replay", "重放  ", "replay    ", false},
                {"curl", "curl  ", "curl      ", false}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_named(r, rows[i].zh, rows[i].en,
                  rows[i].said ? render_said(r, t, rows[i].path)
                               : render_text(r, t, rows[i].path));
}

/* The card of a test that is neither passed nor not applicable. */
static void
put_card(struct render *r, uint32_t t, enum verdict v)
{
    uint64_t shown = 0, all = render_u64(r, t, "violations");

    buf_printf(r->out, "\n%s  ", verdict_word(v, r->zh));
    visible(r, render_text(r, t, "id"));
    buf_str(r->out, "  ");
    visible(r, render_said(r, t, "purpose"));
    buf_char(r->out, '\n');
    put_named(r, "", "", render_said(r, t, "reason"));
    put_evidence(r, t);
    for (uint32_t s = render_first(r, t, "samples"); s != 0;
         s = render_next(r, s), shown++)
        put_sample(r, s);
    if (shown > 0 && all > shown)
        buf_printf(r->out,
                   r->zh ? "      ……共 %llu 处\n" : "      ... %llu in all\n",
                   (unsigned long long)all);
}

static void
put_cards(struct render *r)
{
    for (uint32_t t = render_first(r, 0, "tests"); t != 0;
         t = render_next(r, t)) {
        enum verdict v = render_verdict(r, t);

        if (v != VERDICT_PASS && v != VERDICT_NOT_APPLICABLE)
            put_card(r, t, v);
    }
}

static void
put_counts(struct render *r)
{
    const char *between = "";

    line(r, "\n测试：", "\ntests: ");
    for (int v = VERDICT_NOT_APPLICABLE; v < VERDICT_COUNT; v++) {
        uint32_t counts = render_get(r, 0, "summary.verdicts");
        uint64_t n = render_u64(r, counts, verdict_name((enum verdict)v));

        if (n == 0)
            continue;
        buf_printf(r->out, "%s%s %llu", between,
                   verdict_word((enum verdict)v, r->zh), (unsigned long long)n);
        between = r->zh ? "，" : ", ";
    }
    buf_char(r->out, '\n');
}

static const char *
word(const struct render *r, struct bytes result)
{
    static const char *const words[][3] = {
        {"conforms", "符合", "conforms"},
        {"does_not_conform", "不符合", "does not conform"},
        {"consistent", "一致", "consistent"},
        {"inconsistent", "不一致", "inconsistent"},
        {"not_assessed", "未评定", "not assessed"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (bytes_is(result, words[i][0]))
            return words[i][r->zh ? 1 : 2];
    }
    return r->zh ? "未评定" : "not assessed";
}

static void
put_tally(struct render *r, const char *table)
{
    uint32_t t = render_get(r, render_get(r, 0, "tables"), table);
    uint64_t met = render_u64(r, t, "met"), bad = render_u64(r, t, "not_met"),
             rest = render_u64(r, t, "not_assessed");

    buf_printf(r->out,
               r->zh ? "%s（满足 %llu，不满足 %llu，未评定 %llu）\n"
                     : "%s (met %llu, not met %llu, not assessed %llu)\n",
               word(r, render_text(r, t, "result")), (unsigned long long)met,
               (unsigned long long)bad, (unsigned long long)rest);
}

/* What a binding adds: the user's claim, never a result of ours. */
static void
put_claim(struct render *r)
{
    uint32_t b = render_get(r, 0, "tables.national.binding");
    uint64_t met = render_u64(r, b, "met"), bad = render_u64(r, b, "not_met"),
             rest = render_u64(r, b, "not_assessed");

    line(r, "              用户声明（", "                      user's claim (");
    visible(r, render_text(r, b, "issuer"));
    buf_char(r->out, ' ');
    visible(r, render_text(r, b, "date"));
    buf_printf(r->out,
               r->zh ? "）：满足 %llu，不满足 %llu，未评定 %llu\n"
                     : "): met %llu, not met %llu, not assessed %llu\n",
               (unsigned long long)met, (unsigned long long)bad,
               (unsigned long long)rest);
}

static void
put_tables(struct render *r)
{
    line(r, "\n引用标准      ", "\nreferenced standards  ");
    put_tally(r, "referenced");
    line(r, "定义文件      ", "definition file       ");
    put_tally(r, "definition");
    line(r, "              ", "                      ");
    visible(r, render_text(r, 0, "definition.edition"));
    buf_str(r->out, "  sha256 ");
    visible(r, render_text(r, 0, "definition.sha256"));
    if (render_u64(r, 0, "definition.overlays") > 0 &&
        !bytes_is(render_text(r, 0, "definition.trusted"), "true"))
        line(r, "  用户声明", "  user's statement");
    line(r, "\nGB/T 44886    未评定：",
         "\nGB/T 44886            not assessed: ");
    buf_printf(r->out,
               r->zh ? "%llu 项要求中有 %llu 项已与正式文本的条款绑定\n"
                     : "of %llu requirements, %llu are bound to a clause of "
                       "the text\n",
               (unsigned long long)render_u64(r, 0, "tables.national.rows"),
               (unsigned long long)render_u64(r, 0, "tables.national.bound"));
    if (render_get(r, 0, "tables.national.binding") != 0)
        put_claim(r);
}

static void
put_targets(struct render *r)
{
    for (uint32_t t = render_first(r, 0, "targets"); t != 0;
         t = render_next(r, t)) {
        uint64_t documents = render_u64(r, t, "documents");
        uint64_t records = render_u64(r, t, "records");
        uint64_t bad = render_u64(r, t, "unreadable");

        visible(r, render_text(r, t, "name"));
        buf_printf(r->out,
                   r->zh ? "：%llu 个文档，%llu 条记录，%llu 个不可读"
                         : ": %llu documents, %llu records, %llu unreadable",
                   (unsigned long long)documents, (unsigned long long)records,
                   (unsigned long long)bad);
        if (render_text(r, t, "error").len > 0) {
            buf_str(r->out, "; ");
            visible(r, render_text(r, t, "error"));
        }
        buf_char(r->out, '\n');
    }
}

/* What the run departed from, and what it did not see. */
static void
put_notes(struct render *r)
{
    static const char *const lists[] = {"setting.deviations", "setting.notes"};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (uint32_t n = render_first(r, 0, lists[i]); n != 0;
             n = render_next(r, n)) {
            buf_str(r->out, "* ");
            visible(r, render_text(r, n, r->zh ? "zh" : "en"));
            buf_char(r->out, '\n');
        }
    }
}

void
render_plain(struct render *r)
{
    line(r, "互联互通符合性测试报告  目录 ",
         "conformance test report  catalogue ");
    visible(r, render_text(r, 0, "catalogue.version"));
    buf_str(r->out, "  ");
    visible(r, render_text(r, 0, "started"));
    buf_char(r->out, '\n');
    put_targets(r);
    put_notes(r);
    if (!bytes_is(render_text(r, 0, "complete"), "true"))
        line(r, "运行中断，只看到一部分\n",
             "the run was interrupted: only a part was seen\n");
    put_cards(r);
    put_counts(r);
    put_tables(r);
}

enum err_code
render_open(struct render *r, struct bytes json, struct err *err)
{
    const struct json_limits limits = {.depth = 16,
                                       .keys = 4096,
                                       .string_bytes = 1 << 20,
                                       .nodes = TAPE_MAX_NODES,
                                       .bytes = RENDER_BYTES_MAX};
    enum err_code code;

    json_reader_init(&r->reader, JSON_STRICT, &limits);
    code = json_read(&r->reader, json, &r->tape, err);
    if (code == ERR_OK &&
        !bytes_is(render_text(r, 0, "report"), "hutong-conform/1"))
        code = err_set(err, ERR_SYNTAX, NULL, "is no report of this tool");
    return code;
}

void
render_close(struct render *r)
{
    buf_free(&r->scratch);
    tape_free(&r->tape);
    json_reader_free(&r->reader);
}

enum err_code
report_render(struct bytes json, enum report_format format, bool zh,
              struct buf *out, struct err *err)
{
    return report_page(json, BYTES(""), format, zh, out, err);
}

enum err_code
report_page(struct bytes json, struct bytes proof, enum report_format format,
            bool zh, struct buf *out, struct err *err)
{
    static void (*const renderers[])(struct render *) = {
        [REPORT_TEXT] = render_plain, [REPORT_JUNIT] = render_junit,
        [REPORT_TAP] = render_tap,    [REPORT_SARIF] = render_sarif,
        [REPORT_CSV] = render_csv,    [REPORT_HTML] = render_html};
    struct render r = {.out = out, .zh = zh, .json = json, .proof = proof};
    enum err_code code = render_open(&r, json, err);

    if (code == ERR_OK && format == REPORT_JSON)
        buf_bytes(out, json);
    else if (code == ERR_OK)
        renderers[format](&r);
    if (code == ERR_OK && !buf_ok(out))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    render_close(&r);
    return code;
}

bool
report_format_of(const char *name, enum report_format *out)
{
    static const char *const names[REPORT_FORMATS] = {
        "text", "json", "junit", "tap", "sarif", "csv", "html"};

    for (int i = 0; i < REPORT_FORMATS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum report_format)i;
            return true;
        }
    }
    return false;
}
