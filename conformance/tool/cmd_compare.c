/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform compare: what differs between two runs, and why. */
#include <stdio.h>

#include "conformance/ledger/folder.h"
#include "conformance/report/compare.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

static enum err_code
load(struct compare_side *s, const char *dir, struct err *err)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/report.json", dir);
    return folder_slurp(path, RENDER_BYTES_MAX, &s->json, err);
}

static struct bytes
id_of(struct compare *c, const struct compare_row *row)
{
    return row->new != 0 ? render_text(&c->b.r, row->new, "id")
                         : render_text(&c->a.r, row->old, "id");
}

/* ---- JSON: a line for each difference, then the sum */

static void
put_or_null(struct json_writer *w, const char *key, struct compare_side *s,
            uint32_t t)
{
    json_key(w, key);
    json_cstr(w, t != 0 ? verdict_name(render_verdict(&s->r, t)) : NULL);
}

static void
row_json(struct compare *c, const struct compare_row *row, struct buf *out)
{
    static const char *const directions[] = {"better", "other", "worse"};
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "test");
    json_string(&w, id_of(c, row));
    put_or_null(&w, "from", &c->a, row->old);
    put_or_null(&w, "to", &c->b, row->new);
    json_key(&w, "cause");
    json_cstr(&w, compare_name(row->cause));
    json_key(&w, "direction");
    json_cstr(&w, directions[row->worse + 1]);
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
head_json(struct compare *c, const char *name, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "differs");
    json_cstr(&w, name);
    json_key(&w, "from");
    json_string(&w, render_text(&c->a.r, 0, name));
    json_key(&w, "to");
    json_string(&w, render_text(&c->b.r, 0, name));
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
print_json(struct compare *c, int code, struct buf *out)
{
    struct json_writer w;

    for (const struct compare_head *h = compare_heads; h->name != NULL; h++) {
        if (!compare_same(c, h->name))
            head_json(c, h->name, out);
    }
    for (size_t i = 0; i < c->rows; i++)
        row_json(c, &c->row[i], out);
    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "same");
    json_u64(&w, c->same);
    json_key(&w, "changed");
    json_u64(&w, c->rows);
    json_key(&w, "causes");
    json_object(&w);
    for (int i = 0; i < CAUSE_COUNT; i++) {
        json_key(&w, compare_name((enum compare_cause)i));
        json_u64(&w, c->count[i]);
    }
    json_end_object(&w);
    json_key(&w, "exit");
    json_i64(&w, code);
    json_end_object(&w);
    buf_char(out, '\n');
}

/* ---- text: grouped by cause */

static void
put_side(const struct command_context *k, struct compare_side *s, uint32_t t,
         struct buf *out)
{
    buf_str(out, t != 0 ? verdict_word(render_verdict(&s->r, t), k->zh)
                        : command_say(k, "未测", "not run"));
}

static void
row_text(const struct command_context *k, struct compare *c,
         const struct compare_row *row, struct buf *out)
{
    buf_str(out, "  ");
    text_visible(out, id_of(c, row));
    buf_str(out, "  ");
    put_side(k, &c->a, row->old, out);
    buf_str(out, " -> ");
    put_side(k, &c->b, row->new, out);
    if (row->worse != 0)
        buf_printf(out, "  (%s)",
                   row->worse > 0 ? command_say(k, "变差", "worse")
                                  : command_say(k, "变好", "better"));
    buf_char(out, '\n');
}

static void
print_text(const struct command_context *k, struct compare *c, struct buf *out)
{
    for (const struct compare_head *h = compare_heads; h->name != NULL; h++) {
        if (compare_same(c, h->name))
            continue;
        buf_printf(out, "%s: ", command_say(k, h->zh, h->en));
        text_visible(out, render_text(&c->a.r, 0, h->name));
        buf_str(out, " -> ");
        text_visible(out, render_text(&c->b.r, 0, h->name));
        buf_char(out, '\n');
    }
    for (int i = 0; i < CAUSE_COUNT; i++) {
        if (c->count[i] == 0)
            continue;
        buf_printf(out, command_say(k, "%s：%zu\n", "%s: %zu\n"),
                   compare_word((enum compare_cause)i, k->zh), c->count[i]);
        for (size_t n = 0; n < c->rows; n++) {
            if (c->row[n].cause == (enum compare_cause)i)
                row_text(k, c, &c->row[n], out);
        }
    }
    buf_printf(out,
               command_say(k, "%zu 个测试的结论不同，%zu 个相同\n",
                           "%zu tests came out differently, %zu the same\n"),
               c->rows, c->same);
}

static int
run_compare(struct command_context *k, int argc, char **argv)
{
    struct compare c = {0};
    struct buf out = {0};
    struct err err = {0};
    int code;

    if (argc != 3)
        return command_usage(k, "%s",
                             command_say(k, "compare 要两个运行目录",
                                         "compare wants two run folders"));
    if (load(&c.a, argv[1], &err) != ERR_OK ||
        load(&c.b, argv[2], &err) != ERR_OK ||
        compare_open(&c, &err) != ERR_OK) {
        code = command_fail(k, EXIT_USAGE, &err);
    } else {
        code = c.count[CAUSE_PRODUCT] > 0 ? EXIT_FAILED
               : c.rows > 0               ? EXIT_UNDECIDED
                                          : EXIT_PASSED;
        if (k->json)
            print_json(&c, code, &out);
        else
            print_text(k, &c, &out);
        if (!command_write(&out))
            code = EXIT_TOOL;
    }
    compare_close(&c);
    buf_free(&out);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .synopsis = "RUN RUN",
    .zh = "比较两次运行，区分产品变化与其他原因",
    .en = "what differs between two runs: the product, or something else",
    .help_zh =
        "先列出工具、目录、定义、产品、声明和环境的不同，再按原因列出结论不同的"
        "测试：\n产品变化、不稳定（同一产品、同样条件）、环境不同、测试修订、定义或"
        "工具变化、\n目录新增或删去、选择不同。\n"
        "退出码：0 结论都相同，1 有因产品而不同的，5 只有因其他原因不同的。\n",
    .help_en =
        "Differences of tester, catalogue, definition, product, declaration "
        "and environment,\nthen each test with another verdict by cause: "
        "product changed, unstable (the same\nproduct under the same "
        "circumstances), environment, test revised, definition or\ntool "
        "changed, added to or removed from the catalogue, selected in one run "
        "only.\nExit status: 0 all verdicts are the same, 1 the product made a "
        "difference, 5 only\nother causes did.\n",
    .run = run_compare,
};
