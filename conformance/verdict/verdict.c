/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/verdict/verdict.h"

#include "conformance/verdict/fault.h"

static const struct {
    const char *name, *zh, *en;
} words[VERDICT_COUNT] = {
    [VERDICT_NONE] = {"none", "未执行", "not run"},
    [VERDICT_NOT_APPLICABLE] = {"not_applicable", "不适用", "not applicable"},
    [VERDICT_PASS] = {"pass", "通过", "pass"},
    [VERDICT_INFO] = {"info", "观察", "observed"},
    [VERDICT_WARN] = {"warn", "建议改进", "should be improved"},
    [VERDICT_INCONC] = {"inconc", "无法判定", "inconclusive"},
    [VERDICT_BLOCKED] = {"blocked", "前置失败", "blocked"},
    [VERDICT_UNSTABLE] = {"unstable", "不稳定", "unstable"},
    [VERDICT_FAIL] = {"fail", "不通过", "fail"},
    [VERDICT_ERROR] = {"error", "工具错误", "tool error"},
};

const char *
verdict_name(enum verdict v)
{
    return (unsigned)v < VERDICT_COUNT ? words[v].name : "error";
}

const char *
verdict_word(enum verdict v, bool zh)
{
    if ((unsigned)v >= VERDICT_COUNT)
        v = VERDICT_ERROR;
    return zh ? words[v].zh : words[v].en;
}

bool
verdict_of(struct bytes name, enum verdict *out)
{
    for (int i = 0; i < VERDICT_COUNT; i++) {
        if (bytes_is(name, words[i].name)) {
            *out = (enum verdict)i;
            return true;
        }
    }
    return false;
}

enum verdict
verdict_worse(enum verdict a, enum verdict b)
{
    if (fault_on("verdict-betters"))
        return a < b ? a : b;
    return a > b ? a : b;
}

static bool
has_passed(enum verdict v)
{
    return v == VERDICT_PASS || v == VERDICT_INFO || v == VERDICT_WARN;
}

enum verdict
verdict_gate(const struct verdict_gate *g)
{
    enum verdict v = g->applies ? VERDICT_NONE : VERDICT_NOT_APPLICABLE;

    if (fault_on("ignored-dependency"))
        return v;

    for (size_t i = 0; i < g->count && g->applies; i++) {
        if (g->needs[i] == VERDICT_NOT_APPLICABLE)
            v = verdict_worse(v, VERDICT_NOT_APPLICABLE);
        else if (!has_passed(g->needs[i]))
            v = VERDICT_BLOCKED;
    }
    return v;
}

enum verdict
verdict_negative(const struct verdict_negative *n)
{
    if (n->own != VERDICT_PASS)
        return n->own;
    if (n->twin == VERDICT_NOT_APPLICABLE)
        return VERDICT_NOT_APPLICABLE;
    if ((!has_passed(n->twin) && !fault_on("ignored-twin")) ||
        (!n->alive && !fault_on("ignored-liveness")) ||
        (!n->attributable && !fault_on("ignored-attribution")))
        return VERDICT_INCONC;
    return VERDICT_PASS;
}

enum verdict
verdict_repeat(const enum verdict *v, size_t n)
{
    enum verdict out = n > 0 ? v[0] : VERDICT_NONE;

    for (size_t i = 1; i < n && !fault_on("repeat-takes-first"); i++) {
        if (v[i] == VERDICT_ERROR || out == VERDICT_ERROR)
            out = VERDICT_ERROR;
        else if (v[i] != v[0])
            out = VERDICT_UNSTABLE;
    }
    return out;
}

enum verdict_exit
verdict_exit(const size_t count[VERDICT_COUNT], bool not_testable)
{
    size_t run = 0;

    for (int v = VERDICT_PASS; v < VERDICT_COUNT; v++)
        run += count[v];
    if (fault_on("exit-always-0"))
        return EXIT_PASSED;
    if (count[VERDICT_ERROR] > 0)
        return fault_on("error-charged") ? EXIT_FAILED : EXIT_TOOL;
    if (not_testable)
        return EXIT_NOT_TESTABLE;
    if (count[VERDICT_FAIL] > 0)
        return EXIT_FAILED;
    if (count[VERDICT_UNSTABLE] > 0 || count[VERDICT_BLOCKED] > 0 ||
        count[VERDICT_INCONC] > 0)
        return EXIT_UNDECIDED;
    if ((run == 0 || count[VERDICT_PASS] == 0) && !fault_on("nothing-is-green"))
        return EXIT_NOTHING;
    return EXIT_PASSED;
}
