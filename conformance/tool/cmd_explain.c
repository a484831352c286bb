/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform explain: a test, a requirement or a rule, with messages. */
#include "conformance/ledger/corpus.h"
#include "conformance/tool/catalogue.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define INVALID_SHOWN 6
#define MESSAGE_MAX   ((size_t)4 << 10) /* longer ones are cut in the text */

static const char *
said(const struct command_context *c, struct ledger_text t)
{
    const char *s = c->zh ? t.zh : t.en;

    return s ? s : "";
}

/* The invalid case from the left that breaks a rule of ${q}; the ${rule} itself
 * when one is given. */
static const struct corpus_case *
next_case(const struct ledger *l, const struct requirement *q, const char *rule,
          size_t *at)
{
    for (; *at < l->items; ++*at) {
        const struct corpus_case *k = &l->item[*at];

        if (k->rule == NULL || (rule != NULL && strcmp(k->rule, rule) != 0) ||
            ledger_owner(l, bytes_str(k->rule)) != q)
            continue;
        ++*at;
        return k;
    }
    return NULL;
}

static bool
test_verifies(const struct ledger_test *t, const char *rid)
{
    for (const char *const *p = t->verifies; *p != NULL; p++) {
        if (strcmp(*p, rid) == 0)
            return true;
    }
    return false;
}

/* ---- text */

static void
put_tests(const struct command_context *c, const struct requirement *q,
          struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < c->ledger->tests; i++) {
        const struct ledger_test *t = &c->ledger->test[i];

        if (!test_verifies(t, q->rid))
            continue;
        if (n++ == 0)
            buf_str(out, command_say(c, "    测试：\n", "    tests:\n"));
        buf_printf(out, "      %-16s %s\n", t->id, said(c, t->purpose));
    }
    if (n == 0)
        buf_printf(out,
                   command_say(c, "    没有测试：%s\n", "    no test: %s\n"),
                   q->reason ? q->reason : ledger_status_name(q->status));
}

/* On one line where it is JSON. */
static void
put_message(const struct command_context *c, struct bytes text, struct buf *out)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf line = {0};

    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, text, &t, NULL) == ERR_OK) {
        json_put_value(&line, &t, 0);
        if (buf_ok(&line))
            text = buf_view(&line);
    }
    buf_str(out, "      ");
    buf_bytes(out, bytes_upto(text, MESSAGE_MAX));
    if (text.len > MESSAGE_MAX)
        buf_printf(out, command_say(c, " …（共 %zu 字节）", " ... (%zu bytes)"),
                   text.len);
    buf_char(out, '\n');
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&line);
}

/* A valid message and the same with a single fault. */
static void
put_messages(const struct command_context *c, const struct requirement *q,
             const char *rule, struct buf *out)
{
    const struct corpus_case *k;
    struct buf text = {0};
    struct err err;
    size_t at = 0;

    k = next_case(c->ledger, q, rule, &at);
    if (k == NULL || k->base == NULL)
        return;
    buf_printf(out, command_say(c, "    正例 %s：\n", "    valid %s:\n"),
               k->base_id);
    put_message(c, k->base->text, out);
    if (corpus_text(k, &text, &err) == ERR_OK) {
        buf_printf(out,
                   command_say(c, "    反例 %s：%s → 缺陷在 %s\n",
                               "    invalid %s: %s -> fault at %s\n"),
                   k->id, said(c, k->about), k->at[0] ? k->at : "/");
        put_message(c, buf_view(&text), out);
    }
    buf_free(&text);
}

static void
explain_requirement(const struct command_context *c,
                    const struct requirement *q, struct buf *out)
{
    const char *const *p = q->rules;
    const struct corpus_case *k;
    size_t at = 0, shown = 0;

    buf_printf(out, "\n%s  %s  %s\n    %s\n    %s\n", q->rid, q->std,
               ledger_level_name(q->level, c->zh), said(c, q->text),
               c->zh ? q->text.en : q->text.zh);
    buf_printf(
        out,
        command_say(c, "    条款：%s  依据：%s  部分：%s  主体：%s\n",
                    "    clause: %s  authority: %s  part: %s  actor: %s\n"),
        q->clause ? q->clause : command_say(c, "未绑定", "not bound"),
        ledger_authority_name(q->authority), q->part,
        q->actor ? q->actor : "-");
    if (q->authority == AUTHORITY_PROVISIONAL)
        buf_str(
            out,
            command_say(c, "    暂定：只与定义文件比较，不是对标准文本的评定\n",
                        "    provisional: held against our definitions, not "
                        "against the text of the standard\n"));
    if (q->condition != NULL)
        buf_printf(out, command_say(c, "    条件：%s\n", "    condition: %s\n"),
                   q->condition);
    if (*p != NULL)
        buf_str(out, command_say(c, "    规则：", "    rules: "));
    for (; *p != NULL; p++)
        buf_printf(out, "%s%s", p == q->rules ? "" : "  ", *p);
    if (q->rules[0] != NULL)
        buf_char(out, '\n');
    while (shown++ < INVALID_SHOWN &&
           (k = next_case(c->ledger, q, NULL, &at)) != NULL)
        buf_printf(out,
                   command_say(c, "    反例 %s：%s → %s\n",
                               "    invalid %s: %s -> %s\n"),
                   k->id, said(c, k->about), k->at[0] ? k->at : "/");
}

static void
explain_test(const struct command_context *c, const struct ledger_test *t,
             struct buf *out)
{
    buf_printf(out,
               command_say(c, "%s  修订 %u  %s\n  %s\n",
                           "%s  revision %u  %s\n  %s\n"),
               t->id, t->rev, ledger_maturity_name(t->maturity),
               said(c, t->purpose));
    if (t->condition != NULL)
        buf_printf(out, command_say(c, "  条件：%s\n", "  condition: %s\n"),
                   t->condition);
    if (t->twin != NULL)
        buf_printf(out,
                   command_say(c, "  正例：%s（它通过，本测试才可能通过）\n",
                               "  positive twin: %s (must pass for a pass)\n"),
                   t->twin);
    for (const char *const *p = t->depends_on; *p != NULL; p++)
        buf_printf(out, command_say(c, "  依赖：%s\n", "  depends on: %s\n"),
                   *p);
    for (size_t i = 0; i < t->steps; i++)
        buf_printf(out,
                   command_say(c, "  步骤 %zu：%s %s\n", "  step %zu: %s %s\n"),
                   i + 1, t->step[i].op, t->step[i].at ? t->step[i].at : "");
    for (const char *const *p = t->verifies; *p != NULL; p++) {
        const struct requirement *q =
            ledger_requirement(c->ledger, bytes_str(*p));

        if (q != NULL)
            explain_requirement(c, q, out);
    }
}

/* ---- JSON */

static void
requirement_json(const struct command_context *c, const struct requirement *q,
                 const char *rule, struct buf *out)
{
    const struct corpus_case *k;
    struct json_writer w;
    struct buf text = {0};
    struct err err;
    size_t at = 0;
    const char *const rows[][2] = {
        {"rid", q->rid},
        {"rule", rule},
        {"std", q->std},
        {"part", q->part},
        {"clause", q->clause},
        {"authority", ledger_authority_name(q->authority)},
        {"level", ledger_level_name(q->level, true)},
        {"actor", q->actor},
        {"condition", q->condition},
        {"status", ledger_status_name(q->status)},
        {"text", said(c, q->text)},
        {"zh", q->text.zh},
        {"en", q->text.en}};

    json_writer_init(&w, out);
    json_object(&w);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_key(&w, rows[i][0]);
        json_cstr(&w, rows[i][1]);
    }
    json_key(&w, "rules");
    json_array(&w);
    for (const char *const *p = q->rules; *p != NULL; p++)
        json_cstr(&w, *p);
    json_end_array(&w);
    json_key(&w, "tests");
    json_array(&w);
    for (size_t i = 0; i < c->ledger->tests; i++) {
        if (test_verifies(&c->ledger->test[i], q->rid))
            json_cstr(&w, c->ledger->test[i].id);
    }
    json_end_array(&w);
    k = next_case(c->ledger, q, rule, &at);
    if (k != NULL && k->base != NULL && corpus_text(k, &text, &err) == ERR_OK) {
        json_key(&w, "valid");
        json_string(&w, k->base->text);
        json_key(&w, "invalid");
        json_string(&w, buf_view(&text));
        json_key(&w, "case");
        json_cstr(&w, k->id);
        json_key(&w, "pointer");
        json_cstr(&w, k->at);
    }
    json_end_object(&w);
    buf_char(out, '\n');
    buf_free(&text);
}

static int
run_explain(struct command_context *c, int argc, char **argv)
{
    const struct requirement *q;
    const struct ledger_test *t;
    const char *rule = NULL;
    struct buf out = {0};
    int code = EXIT_USAGE;

    if (argc != 2)
        return command_usage(
            c, "%s",
            command_say(c, "explain 要一个测试、要求或规则的编号",
                        "explain wants the id of a test, requirement or rule"));
    if (!command_ledger(c))
        return EXIT_USAGE;
    t = ledger_test(c->ledger, bytes_str(argv[1]));
    q = ledger_requirement(c->ledger, bytes_str(argv[1]));
    if (t == NULL && q == NULL && strchr(argv[1], '#') != NULL) {
        rule = argv[1];
        q = ledger_owner(c->ledger, bytes_str(rule));
    }
    if (t != NULL && c->json) {
        catalogue_test_json(c, t, &out);
    } else if (t != NULL) {
        explain_test(c, t, &out);
    } else if (q != NULL && c->json) {
        requirement_json(c, q, rule, &out);
    } else if (q != NULL) {
        explain_requirement(c, q, &out);
        put_messages(c, q, rule, &out);
        put_tests(c, q, &out);
    } else {
        return command_usage(
            c, "%s %s", command_say(c, "没有此编号:", "no such id:"), argv[1]);
    }
    code = command_write(&out) ? EXIT_PASSED : EXIT_TOOL;
    buf_free(&out);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "TEST|REQUIREMENT|RULE",
    .zh = "说明测试、要求或规则：条款、依据、正例和反例",
    .en =
        "explain a test, requirement or rule, with a valid and an invalid message",
    .help_zh =
        "编号见 list 和报告，例如 FILES-ALERT-003、ALERT-0003 或规则\n"
        "alert.general.alert_id#missing。要求和规则附中英文、条款、依据、相关测试、\n"
        "一条正例报文和一条只有这一处缺陷的反例报文及缺陷的指针。\n",
    .help_en =
        "Ids as list and reports show them: FILES-ALERT-003, ALERT-0003, or the rule\n"
        "alert.general.alert_id#missing. Of a requirement or rule: both languages, clause,\n"
        "authority, the tests that verify it, a valid message and one with this single\n"
        "fault, and the pointer of the fault.\n",
    .run = run_explain,
};
