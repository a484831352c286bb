/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform compare: what differs between two runs, and why: another
 * definition or catalogue, a revised test, or the product itself. */
#include <stdio.h>

#include "conformance/ledger/folder.h"
#include "conformance/report/render.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

struct side { /* one of the two reports */
    struct buf json;
    struct render r; /* the tree; nothing is rendered */
};

static enum err_code
load_side(struct side *s, const char *dir, struct err *err)
{
    char path[1024];
    enum err_code code;

    (void)snprintf(path, sizeof path, "%s/report.json", dir);
    code = folder_slurp(path, RENDER_BYTES_MAX, &s->json, err);
    return code == ERR_OK ? render_open(&s->r, buf_view(&s->json), err) : code;
}

static void
free_side(struct side *s)
{
    render_close(&s->r);
    buf_free(&s->json);
}

/* The test of that id in the other run, or 0. */
static uint32_t
find_test(struct side *s, struct bytes id)
{
    uint32_t t = render_first(&s->r, 0, "tests");

    while (t != 0 && !bytes_eq(render_text(&s->r, t, "id"), id))
        t = render_next(&s->r, t);
    return t;
}

static void
put_or_null(struct json_writer *w, const char *key, struct side *s, uint32_t t)
{
    json_key(w, key);
    if (t != 0)
        json_string(w, render_text(&s->r, t, "verdict"));
    else
        json_null(w);
}

static void
row_json(struct side *a, uint32_t old, struct side *b, uint32_t t,
         const char *cause, struct buf *out)
{
    struct side *one = t != 0 ? b : a;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "test");
    json_string(&w, render_text(&one->r, t != 0 ? t : old, "id"));
    put_or_null(&w, "from", a, old);
    put_or_null(&w, "to", b, t);
    json_key(&w, "cause");
    json_cstr(&w, cause);
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
put_verdict(const struct command_context *c, struct side *s, uint32_t t,
            struct buf *out)
{
    enum verdict v = VERDICT_ERROR;

    (void)verdict_of(render_text(&s->r, t, "verdict"), &v);
    buf_str(out, verdict_word(v, c->zh));
}

/* One member of the two heads; whether it is the same. */
static bool
compare_head(const struct command_context *c, struct side *a, struct side *b,
             const char *const row[3], struct buf *out)
{
    struct bytes x = render_text(&a->r, 0, row[0]);
    struct bytes y = render_text(&b->r, 0, row[0]);

    if (bytes_eq(x, y))
        return true;
    buf_printf(out, "%s: ", command_say(c, row[1], row[2]));
    text_visible(out, x);
    buf_str(out, " -> ");
    text_visible(out, y);
    buf_char(out, '\n');
    return false;
}

static size_t
compare_heads(const struct command_context *c, struct side *a, struct side *b,
              struct buf *out)
{
    static const char *const rows[][3] = {
        {"tool.version", "测试工具的版本", "version of the tester"},
        {"catalogue.sha256", "测试目录", "catalogue"},
        {"definition.sha256", "定义文件", "definition"},
        {"product.version", "产品版本", "product version"},
        {"product.ics_sha256", "产品声明", "declaration"},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        n += !compare_head(c, a, b, rows[i], out);
    return n;
}

/* The causes known for the change of a verdict, in words. */
static const char *
cause_of(const struct command_context *c, bool same_test, bool same_rules)
{
    if (!same_test)
        return command_say(c, "测试修订", "test revised");
    if (!same_rules)
        return command_say(c, "定义、目录或产品",
                           "definition, catalogue or "
                           "product");
    return command_say(c, "产品", "product");
}

static bool
same_at(struct side *a, struct side *b, const char *path)
{
    return bytes_eq(render_text(&a->r, 0, path), render_text(&b->r, 0, path));
}

static size_t
compare_tests(const struct command_context *c, struct side *a, struct side *b,
              struct buf *out)
{
    bool rules = same_at(a, b, "catalogue.sha256") &&
                 same_at(a, b, "definition.sha256") &&
                 same_at(a, b, "tool.version");
    size_t n = 0;

    for (uint32_t t = render_first(&b->r, 0, "tests"); t != 0;
         t = render_next(&b->r, t)) {
        struct bytes id = render_text(&b->r, t, "id");
        uint32_t old = find_test(a, id);
        const char *cause;
        bool same;

        if (old != 0 && bytes_eq(render_text(&a->r, old, "verdict"),
                                 render_text(&b->r, t, "verdict")))
            continue;
        n++;
        same = old != 0 && bytes_eq(render_text(&a->r, old, "rev"),
                                    render_text(&b->r, t, "rev"));
        cause = old == 0
                    ? command_say(c, "目录或选择", "catalogue or selection")
                    : cause_of(c, same, rules);
        if (c->json) {
            row_json(a, old, b, t, cause, out);
            continue;
        }
        text_visible(out, render_text(&b->r, t, "id"));
        buf_str(out, "  ");
        if (old == 0)
            buf_str(out, command_say(c, "新增", "added"));
        else
            put_verdict(c, a, old, out);
        buf_str(out, " -> ");
        put_verdict(c, b, t, out);
        buf_printf(out, "  [%s]\n", cause);
    }
    return n;
}

static size_t
compare_gone(const struct command_context *c, struct side *a, struct side *b,
             struct buf *out)
{
    size_t n = 0;

    for (uint32_t t = render_first(&a->r, 0, "tests"); t != 0;
         t = render_next(&a->r, t)) {
        if (find_test(b, render_text(&a->r, t, "id")) != 0)
            continue;
        n++;
        if (c->json) {
            row_json(a, t, b, 0,
                     command_say(c, "目录或选择", "catalogue or selection"),
                     out);
            continue;
        }
        text_visible(out, render_text(&a->r, t, "id"));
        buf_printf(out, "  %s\n", command_say(c, "没有再测", "not run again"));
    }
    return n;
}

static int
run_compare(struct command_context *c, int argc, char **argv)
{
    struct side a = {0}, b = {0};
    struct buf out = {0};
    struct err err = {0};
    size_t tests;
    int code = EXIT_PASSED;

    if (argc != 3)
        return command_usage(c, "%s",
                             command_say(c, "compare 要两个运行目录",
                                         "compare wants two run folders"));
    if (load_side(&a, argv[1], &err) != ERR_OK ||
        load_side(&b, argv[2], &err) != ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    } else {
        if (!c->json)
            (void)compare_heads(c, &a, &b, &out);
        tests = compare_tests(c, &a, &b, &out) + compare_gone(c, &a, &b, &out);
        if (!c->json)
            buf_printf(&out,
                       command_say(c, "%zu 个测试的结论不同\n",
                                   "%zu tests came out differently\n"),
                       tests);
        code = tests > 0 ? EXIT_FAILED : EXIT_PASSED;
        if (!command_write(&out))
            code = EXIT_TOOL;
    }
    free_side(&a);
    free_side(&b);
    buf_free(&out);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .synopsis = "RUN RUN",
    .zh = "比较两次运行，区分产品变化与测试变化",
    .en = "what differs between two runs: the product, or the tests",
    .help_zh =
        "先列出工具、目录、定义、产品和声明的不同，再列出结论不同的测试及原因。\n"
        "结论都相同以 0 退出，有不同以 1 退出。\n",
    .help_en = "Differences of tester, catalogue, definition, product and "
               "declaration, then each\ntest with another verdict and the "
               "cause. Exits with 0 when all verdicts are the\nsame, else with "
               "1.\n",
    .run = run_compare,
};
