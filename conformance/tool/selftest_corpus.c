/* SPDX-License-Identifier: Apache-2.0 */
/* selftest, documents: those of a single fault, and whether it is found. */
#include <stdio.h>

#include "conformance/roles/selfcheck.h"
#include "conformance/tool/selftest.h"

#define CLASSES_MAX 256

struct matrix_row { /* of one fault class: the rule's name in one area */
    char area[16], name[24];
    size_t cases, killed, right;
};

static struct matrix_row *
row_of(struct matrix_row *rows, const struct corpus_case *c)
{
    struct bytes rule = bytes_str(c->rule);
    struct bytes name = bytes_from(rule, bytes_find(rule, '#') + 1);
    struct bytes area =
        bytes_upto(bytes_str(c->id), bytes_find(bytes_str(c->id), '-'));

    for (int i = 0; i < CLASSES_MAX; i++) {
        if (rows[i].cases == 0) {
            (void)snprintf(rows[i].area, sizeof rows[i].area, "%.*s",
                           (int)area.len, area.data);
            (void)snprintf(rows[i].name, sizeof rows[i].name, "%.*s",
                           (int)name.len, name.data);
            return &rows[i];
        }
        if (bytes_is(area, rows[i].area) && bytes_is(name, rows[i].name))
            return &rows[i];
    }
    return &rows[CLASSES_MAX - 1];
}

static void
print_matrix_json(const struct matrix_row *rows, struct buf *out)
{
    for (int i = 0; i < CLASSES_MAX && rows[i].cases > 0; i++) {
        char n[3][24];

        (void)snprintf(n[0], sizeof n[0], "%zu", rows[i].cases);
        (void)snprintf(n[1], sizeof n[1], "%zu", rows[i].killed);
        (void)snprintf(n[2], sizeof n[2], "%zu", rows[i].right);
        command_row(out, "area", rows[i].area, "fault", rows[i].name, "#cases",
                    n[0], "#killed", n[1], "#right", n[2], NULL);
    }
}

static void
print_matrix(const struct command_context *c, const struct matrix_row *rows,
             struct buf *out)
{
    size_t all = 0, killed = 0, right = 0;

    buf_str(out,
            command_say(c,
                        "角色 files：单一缺陷样例，各类缺陷被发现的情况\n"
                        "范围      缺陷类       样例  发现  原因正确\n",
                        "role files: documents of a single fault, by class\n"
                        "area      fault        cases  killed  right\n"));
    for (int i = 0; i < CLASSES_MAX && rows[i].cases > 0; i++) {
        buf_printf(out, "%-9s %-12s %5zu %5zu %5zu\n", rows[i].area,
                   rows[i].name, rows[i].cases, rows[i].killed, rows[i].right);
        all += rows[i].cases;
        killed += rows[i].killed;
        right += rows[i].right;
    }
    buf_printf(out,
               command_say(c, "合计 %zu，发现 %zu，原因正确 %zu\n",
                           "%zu in all, %zu killed, %zu for the right "
                           "reason\n"),
               all, killed, right);
}

/* Rules that the role judges itself are few: a sample has them all. */
static bool
is_own(const char *rule)
{
    const char *const *p = ledger_own_rules;

    while (*p != NULL && strcmp(*p, rule) != 0)
        p++;
    return *p != NULL;
}

static int
run_matrix(struct command_context *c, struct run *r, size_t every,
           struct buf *out)
{
    struct matrix_row rows[CLASSES_MAX] = {0};
    struct err err = {0};
    size_t survivors = 0, nth = 0;

    for (size_t i = 0; i < c->ledger->items; i++) {
        const struct corpus_case *k = &c->ledger->item[i];
        struct selfcheck_kill kill;
        struct matrix_row *row;

        if (k->verdict != CORPUS_INVALID ||
            (nth++ % every != 0 && !is_own(k->rule)))
            continue;
        if (selfcheck_kill(r, k, &kill, &err) != ERR_OK)
            return command_fail(c, EXIT_TOOL, &err);
        row = row_of(rows, k);
        row->cases++;
        row->killed += kill.killed;
        row->right += kill.right;
        if (!kill.right && c->json) {
            command_row(out, "survivor", k->id, "rule", k->rule, "#killed",
                        kill.killed ? "true" : "false", NULL);
            survivors++;
        } else if (!kill.right) {
            buf_printf(out, "%s %s %s\n", k->id, k->rule,
                       kill.killed ? command_say(c, "发现，但原因不对",
                                                 "killed for another reason")
                                   : command_say(c, "未发现", "survived"));
            survivors++;
        }
    }
    if (c->json)
        print_matrix_json(rows, out);
    else
        print_matrix(c, rows, out);
    return survivors > 0 || nth == 0 ? EXIT_FAILED : EXIT_PASSED;
}

int
selftest_corpus(struct command_context *c, const struct selftest_options *o,
                struct buf *out)
{
    struct run r = {.ledger = c->ledger, .standard = c->standard};
    struct err err = {0};
    size_t every = o->sample > 0 ? 1 + c->ledger->items / o->sample : 1;
    int code;

    if (run_open(&r, "files", &err) != ERR_OK ||
        selfcheck_valid(&r, &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else if (r.exit != EXIT_PASSED) {
        buf_printf(out, c->json ? "{\"valid\":\"%s\"}\n" : "%s\n",
                   command_say(c, "合格样例没有通过自己的测试",
                               "the valid documents do not pass"));
        code = EXIT_FAILED;
    } else {
        code = run_matrix(c, &r, every, out);
    }
    run_free(&r);
    return code;
}
