/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/expected.h"

#include <stdio.h>
#include <time.h>

#include "conformance/steps/assert.h"
#include "formats/base/yaml.h"

struct deviation {
    const char *test, *text, *reason, *until;
    int64_t rev;
    unsigned line;
};

static bool
read_all(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");

    while (f != NULL && out->len <= YAML_MAX_BYTES && buf_reserve(out, 4096)) {
        size_t n = fread(out->data + out->len, 1, 4096, f);

        out->len += n;
        if (n == 0)
            break;
    }
    if (f == NULL)
        return false;
    return fclose(f) == 0 && buf_ok(out);
}

static bool
is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof form; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';

        if (form[i] == 'd' ? !digit : text[i] != form[i])
            return false;
    }
    return true;
}

static struct deviation
read_one(const struct yaml_file *f, struct yaml_node *n, const struct ledger *l)
{
    static const char *const names[] = {"test",   "rev",   "text",
                                        "reason", "until", NULL};
    struct deviation d = {.line = n->line};

    for (const char *const *p = names; *p != NULL; p++)
        (void)yaml_need(f, n, *p);
    d.test = yaml_str(f, n, "test", "");
    d.rev = yaml_int(f, n, "rev", 1, 9999, 1);
    d.text = yaml_str(f, n, "text", "");
    d.reason = yaml_str(f, n, "reason", "");
    d.until = yaml_str(f, n, "until", "");
    yaml_unused(f, n, names);
    if (ledger_test(l, bytes_str(d.test)) == NULL)
        yaml_error(f, n, "no test '%s'", d.test);
    if (!is_date(d.until))
        yaml_error(f, n, "'until' is a date: 2027-01-31");
    if (!assert_pattern(d.text))
        yaml_error(f, n, "'text' is no regular expression");
    return d;
}

static void
today(char out[11])
{
    time_t now = time(NULL);
    struct tm tm;

    if (gmtime_r(&now, &tm) == NULL || strftime(out, 11, "%Y-%m-%d", &tm) == 0)
        out[0] = '\0';
}

/* The failure is the one that was foreseen. */
static bool
is_foreseen(const struct deviation *d, const struct run_result *r)
{
    const char *have = r->card.observed.en ? r->card.observed.en : r->reason.en;
    struct buf whole = {0};
    bool yes;

    buf_printf(&whole, "(?s:.*)(?:%s)(?s:.*)", d->text);
    yes = (int64_t)r->test->rev == d->rev && buf_cstr(&whole) != NULL &&
          assert_match(buf_cstr(&whole), bytes_str(have ? have : ""));
    buf_free(&whole);
    return yes;
}

/* One row against the results. */
static void
apply_one(const struct command_context *c, const struct deviation *d,
          struct run *r, struct arena *arena)
{
    char now[11];

    today(now);
    for (size_t i = 0; i < r->results; i++) {
        struct run_result *res = &r->result[i];

        if (strcmp(res->test->id, d->test) != 0)
            continue;
        if (res->verdict == VERDICT_NOT_APPLICABLE)
            return;
        if (res->verdict <= VERDICT_INFO) {
            res->own = res->verdict;
            res->verdict = VERDICT_FAIL;
            res->reason = (struct ledger_text){
                "预期的偏差没有出现：请更新预期偏差文件",
                "an expected deviation did not happen: bring the file up to "
                "date"};
        } else if (strcmp(now, d->until) > 0) {
            (void)fprintf(stderr, "%s: %s\n", d->test,
                          command_say(c, "预期偏差已过期",
                                      "the expected deviation is out of date"));
        } else if (is_foreseen(d, res)) {
            res->own = res->verdict;
            res->verdict = VERDICT_INFO;
            res->reason.zh = arena_printf(arena, "预期的偏差（至 %s）：%s",
                                          d->until, d->reason);
            res->reason.en =
                arena_printf(arena, "expected deviation (until %s): %s",
                             d->until, d->reason);
        }
        return;
    }
}

/* Who reads only the sums must see them too. */
static void
note_deviations(struct run *r, struct arena *arena)
{
    unsigned n = 0;

    for (size_t i = 0; i < r->results; i++)
        n += r->result[i].own > r->result[i].verdict;
    if (n == 0)
        return;
    run_note(r, arena,
             arena_printf(arena,
                          "预期的偏差 %u 项：不使本次运行失败；各项要求的结果"
                          "与没有该文件时相同",
                          n),
             arena_printf(arena,
                          "expected deviations: %u; they do not fail the run, "
                          "the results of the requirements are those without "
                          "the file",
                          n));
}

static void
count_again(struct run *r, bool untestable)
{
    memset(r->count, 0, sizeof r->count);
    for (size_t i = 0; i < r->results; i++)
        r->count[r->result[i].verdict]++;
    r->exit = verdict_exit(r->count, untestable);
}

int
expected_apply(const struct command_context *c, const char *path, struct run *r,
               struct arena *arena)
{
    static const char *const known[] = {"kind", "version", "deviations", NULL};
    struct diag diag;
    struct buf text = {0};
    struct yaml_file f = {path, arena, &diag};
    struct yaml_node *root = NULL, *list;
    bool untestable = r->exit == EXIT_NOT_TESTABLE;
    int code;

    diag_init(&diag);
    if (!read_all(path, &text))
        diag_add(&diag, DIAG_ERROR, path, 0, 0, "cannot be read");
    else
        root = yaml_parse(path, buf_view(&text), arena, &diag);
    if (root != NULL &&
        strcmp(yaml_str(&f, root, "kind", ""), "expected-deviations") != 0)
        yaml_error(&f, root, "'kind' must be expected-deviations");
    if (root != NULL)
        (void)yaml_str(&f, root, "version", "");
    list = root ? yaml_list(&f, root, "deviations") : NULL;
    if (root != NULL)
        yaml_unused(&f, root, known);
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
        struct deviation d = read_one(&f, n, r->ledger);

        if (diag.errors == 0)
            apply_one(c, &d, r, arena);
    }
    command_diag(c, &diag);
    if (diag.errors == 0) {
        note_deviations(r, arena);
        count_again(r, untestable);
    }
    code = diag.errors == 0 ? EXIT_PASSED : EXIT_USAGE;
    buf_free(&text);
    diag_free(&diag);
    return code;
}
