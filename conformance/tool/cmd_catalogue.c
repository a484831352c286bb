/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform list, explain, plan: what the catalogue holds. */
#include <getopt.h>
#include <stdio.h>

#include "conformance/ledger/ics.h"
#include "conformance/roles/role.h"
#include "conformance/roles/run.h"
#include "conformance/tool/command.h"
#include "formats/json/writer.h"

static const char *
said(const struct command_context *c, struct ledger_text t)
{
    const char *s = c->zh ? t.zh : t.en;

    return s ? s : "";
}

/* ---- list */

static void
test_json(const struct command_context *c, const struct ledger_test *t,
          struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "id");
    json_cstr(&w, t->id);
    json_key(&w, "rev");
    json_u64(&w, t->rev);
    json_key(&w, "role");
    json_cstr(&w, t->role);
    json_key(&w, "kind");
    json_cstr(&w, ledger_kind_name(t->kind));
    json_key(&w, "maturity");
    json_cstr(&w, ledger_maturity_name(t->maturity));
    json_key(&w, "twin");
    json_cstr(&w, t->twin);
    json_key(&w, "verifies");
    json_array(&w);
    for (const char *const *p = t->verifies; *p != NULL; p++)
        json_cstr(&w, *p);
    json_end_array(&w);
    json_key(&w, "purpose");
    json_cstr(&w, said(c, t->purpose));
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
requirement_json(const struct command_context *c, const struct requirement *q,
                 struct buf *out)
{
    command_row(out, "rid", q->rid, "std", q->std, "clause", q->clause,
                "authority", ledger_authority_name(q->authority), "level",
                ledger_level_name(q->level, true), "status",
                ledger_status_name(q->status), "text", said(c, q->text), NULL);
}

static int
list_roles(const struct command_context *c)
{
    struct buf out = {0};
    int code;

    for (const struct role *r = role_table; r->name != NULL; r++) {
        char count[24];
        size_t n = 0;

        for (size_t i = 0; i < c->ledger->tests; i++)
            n += strcmp(c->ledger->test[i].role, r->name) == 0;
        (void)snprintf(count, sizeof count, "%zu", n);
        if (c->json)
            command_row(&out, "role", r->name, "#tests", count, "zh", r->zh,
                        "en", r->en, NULL);
        else
            buf_printf(&out, "%-16s %5s  %s\n", r->name, count,
                       command_say(c, r->zh, r->en));
    }
    code = command_write(&out) ? EXIT_PASSED : EXIT_TOOL;
    buf_free(&out);
    return code;
}

static void
list_tests(const struct command_context *c, const char *role, struct buf *out)
{
    size_t shown = 0;

    for (size_t i = 0; i < c->ledger->tests; i++) {
        const struct ledger_test *t = &c->ledger->test[i];

        if (role != NULL && strcmp(role, t->role) != 0)
            continue;
        shown++;
        if (c->json)
            test_json(c, t, out);
        else
            buf_printf(out, "%-16s %s\n", t->id, said(c, t->purpose));
    }
    if (!c->json)
        buf_printf(out,
                   command_say(c, "%zu 个测试，%zu 项要求，%zu 个样例\n",
                               "%zu tests, %zu requirements, %zu documents\n"),
                   shown, c->ledger->requirements, c->ledger->items);
}

static int
run_list(struct command_context *c, int argc, char **argv)
{
    bool roles = argc == 2 && strcmp(argv[1], "--roles") == 0;
    const char *role =
        argc == 3 && strcmp(argv[1], "--role") == 0 ? argv[2] : NULL;
    struct buf out = {0};
    int code;

    if (argc > 1 && !roles && (role == NULL || role_find(role) == NULL))
        return command_usage(c, "%s",
                             command_say(c, "list 只有 --roles 和 --role 角色",
                                         "list takes --roles or --role ROLE"));
    if (!command_ledger(c))
        return EXIT_USAGE;
    if (roles)
        return list_roles(c);
    list_tests(c, role, &out);
    code = command_write(&out) ? EXIT_PASSED : EXIT_TOOL;
    buf_free(&out);
    return code;
}

/* ---- explain */

static void
explain_requirement(const struct command_context *c,
                    const struct requirement *q, struct buf *out)
{
    const char *const *p = q->rules;
    unsigned shown = 0;

    buf_printf(out, "\n%s  %s  %s\n    %s\n", q->rid, q->std,
               ledger_level_name(q->level, c->zh), said(c, q->text));
    buf_printf(out,
               command_say(c, "    条款：%s  依据：%s\n",
                           "    clause: %s  authority: %s\n"),
               q->clause ? q->clause : command_say(c, "未绑定", "not bound"),
               ledger_authority_name(q->authority));
    if (q->condition != NULL)
        buf_printf(out, command_say(c, "    条件：%s\n", "    condition: %s\n"),
                   q->condition);
    if (*p != NULL)
        buf_str(out, command_say(c, "    规则：", "    rules: "));
    for (; *p != NULL; p++)
        buf_printf(out, "%s%s", p == q->rules ? "" : "  ", *p);
    if (q->rules[0] != NULL)
        buf_char(out, '\n');
    for (size_t i = 0; i < c->ledger->items && shown < 6; i++) {
        const struct corpus_case *k = &c->ledger->item[i];

        if (k->rule == NULL || ledger_owner(c->ledger, bytes_str(k->rule)) != q)
            continue;
        buf_printf(out,
                   command_say(c, "    反例 %s：%s → %s\n",
                               "    invalid %s: %s -> %s\n"),
                   k->id, said(c, k->about), k->at[0] ? k->at : "/");
        shown++;
    }
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

static int
run_explain(struct command_context *c, int argc, char **argv)
{
    const struct requirement *q;
    const struct ledger_test *t;
    struct buf out = {0};
    int code = EXIT_USAGE;

    if (argc != 2)
        return command_usage(
            c, "%s",
            command_say(c, "explain 要一个测试或要求的编号",
                        "explain wants the id of a test or requirement"));
    if (!command_ledger(c))
        return EXIT_USAGE;
    t = ledger_test(c->ledger, bytes_str(argv[1]));
    q = ledger_requirement(c->ledger, bytes_str(argv[1]));
    if (t != NULL && c->json)
        test_json(c, t, &out);
    else if (t != NULL)
        explain_test(c, t, &out);
    else if (q != NULL && c->json)
        requirement_json(c, q, &out);
    else if (q != NULL)
        explain_requirement(c, q, &out);
    else
        return command_usage(
            c, "%s %s", command_say(c, "没有此编号:", "no such id:"), argv[1]);
    code = command_write(&out) ? EXIT_PASSED : EXIT_TOOL;
    buf_free(&out);
    return code;
}

/* ---- plan */

static int
plan_template(struct command_context *c, const char *id, struct buf *out)
{
    const struct ics_template *t = ics_template(c->ledger, bytes_str(id));

    if (t == NULL) {
        (void)command_usage(
            c, "%s %s", command_say(c, "没有此声明模板:", "no template:"), id);
        for (size_t i = 0; i < c->ledger->templates; i++)
            (void)fprintf(stderr, "  %-24s %s\n", c->ledger->template[i].id,
                          said(c, c->ledger->template[i].name));
        return EXIT_USAGE;
    }
    ics_form(t, c->zh, out);
    return EXIT_PASSED;
}

static int
plan_tests(struct command_context *c, const struct ics *ics, struct buf *out)
{
    struct run r = {.ledger = c->ledger, .ics = ics};
    struct err err = {0};
    size_t applies = 0;

    if (run_select(&r, "files", &err) != ERR_OK)
        return command_fail(c, EXIT_TOOL, &err);
    for (size_t i = 0; i < r.results; i++) {
        bool yes = run_applies(&r, r.result[i].test);

        applies += yes;
        if (c->json)
            command_row(out, "id", r.result[i].test->id, "#applies",
                        yes ? "true" : "false", NULL);
        else
            buf_printf(out, "%s  %-16s %s\n",
                       yes ? command_say(c, "适用  ", "applies       ")
                           : command_say(c, "不适用", "not applicable"),
                       r.result[i].test->id,
                       said(c, r.result[i].test->purpose));
    }
    if (!c->json)
        buf_printf(out,
                   command_say(c, "%s：%zu 个测试适用，%zu 个不适用\n",
                               "%s: %zu tests apply, %zu do not\n"),
                   ics->name, applies, r.results - applies);
    run_free(&r);
    return applies > 0 ? EXIT_PASSED : EXIT_NOTHING;
}

static int
run_plan(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"ics", required_argument, NULL, 'i'},
        {"template", required_argument, NULL, 't'},
        {0}};
    const char *file = NULL, *template = NULL;
    struct buf out = {0};
    struct ics *ics = NULL;
    struct diag diag;
    int opt, code = EXIT_USAGE;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        file = opt == 'i' ? optarg : file;
        template = opt == 't' ? optarg : template;
        if (opt == '?')
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
    }
    if ((file == NULL) == (template == NULL) || optind < argc)
        return command_usage(c, "plan: --ics FILE | --template ID");
    if (!command_ledger(c))
        return EXIT_USAGE;
    diag_init(&diag);
    if (template != NULL)
        code = plan_template(c, template, &out);
    else if ((ics = ics_load(c->ledger, file, &diag)) != NULL)
        code = plan_tests(c, ics, &out);
    command_diag(&diag);
    if (!command_write(&out))
        code = EXIT_TOOL;
    diag_free(&diag);
    ics_free(ics);
    buf_free(&out);
    return code;
}

const struct command command_list = {
    .name = "list",
    .synopsis = "[--roles | --role ROLE]",
    .zh = "列出测试或角色",
    .en = "list the tests, or the roles",
    .help_zh = "  --roles      列出产品的角色及各自的测试数\n"
               "  --role ROLE  只列出该角色的测试\n\n"
               "每行一个；--json 时每行一个 JSON 对象。\n",
    .help_en =
        "  --roles      what a product can be, and how many tests each has\n"
        "  --role ROLE  only the tests of this role\n\n"
        "One a line; with --json one JSON object a line.\n",
    .run = run_list,
};

const struct command command_explain = {
    .name = "explain",
    .synopsis = "TEST|REQUIREMENT",
    .zh = "说明一个测试：要求、条款、规则、反例",
    .en = "explain a test: requirement, clause, rules, invalid examples",
    .help_zh = "编号见 list，例如 FILES-ALERT-003 或 ALERT-0003。\n",
    .help_en = "Ids as list shows them, e.g. FILES-ALERT-003 or ALERT-0003.\n",
    .run = run_explain,
};

const struct command command_plan = {
    .name = "plan",
    .synopsis = "--ics FILE | --template ID",
    .zh = "按产品声明列出适用的测试，或打印空白声明",
    .en = "which tests apply to a declaration; or print a blank one",
    .help_zh = "  --ics FILE      产品的实现符合性声明\n"
               "  --template ID   打印某类产品的空白声明：firewall、ids、waf、"
               "vulnerability-scanner、\n                  "
               "monitoring-platform\n",
    .help_en =
        "  --ics FILE      a product's declaration\n"
        "  --template ID   print a blank declaration: firewall, ids, waf,"
        "\n                  vulnerability-scanner, "
        "monitoring-platform\n",
    .run = run_plan,
};
