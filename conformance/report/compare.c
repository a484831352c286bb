/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/report/compare.h"

#include <stdlib.h>

const struct compare_head compare_heads[] = {
    {"tool.version", "测试工具的版本", "version of the tester"},
    {"catalogue.sha256", "测试目录", "catalogue"},
    {"definition.sha256", "定义文件", "definition"},
    {"role", "角色", "role"},
    {"product.vendor", "厂商", "vendor"},
    {"product.name", "产品", "product"},
    {"product.version", "产品版本", "product version"},
    {"product.ics_sha256", "产品声明", "declaration"},
    {"setting.target", "被测对象", "target"},
    {"setting.environment", "环境", "environment"},
    {"setting.seed", "种子", "seed"},
    {NULL, NULL, NULL}};

static const struct {
    const char *name, *zh, *en;
} causes[CAUSE_COUNT] = {
    [CAUSE_PRODUCT] = {"product_changed", "产品变化", "product changed"},
    [CAUSE_UNSTABLE] = {"unstable", "不稳定", "unstable"},
    [CAUSE_ENVIRONMENT] = {"environment", "环境不同", "environment"},
    [CAUSE_REVISED] = {"test_revised", "测试修订", "test revised"},
    [CAUSE_RULES] = {"rules_changed", "定义或工具变化",
                     "definition or tool changed"},
    [CAUSE_ADDED] = {"catalogue_added", "目录新增", "added to the catalogue"},
    [CAUSE_REMOVED] = {"catalogue_removed", "目录删去",
                       "removed from the catalogue"},
    [CAUSE_SELECTION] = {"selection", "选择不同", "selected in one run only"},
};

const char *
compare_name(enum compare_cause cause)
{
    return causes[cause].name;
}

const char *
compare_word(enum compare_cause cause, bool zh)
{
    return zh ? causes[cause].zh : causes[cause].en;
}

bool
compare_same(struct compare *c, const char *path)
{
    return bytes_eq(render_text(&c->a.r, 0, path),
                    render_text(&c->b.r, 0, path));
}

/* ---- causes */

static bool
same_all(struct compare *c, const char *const *paths)
{
    for (; *paths != NULL; paths++) {
        if (!compare_same(c, *paths))
            return false;
    }
    return true;
}

/* The files that were judged, by their digests, in their order. */
static bool
same_targets(struct compare *c)
{
    uint32_t x = render_first(&c->a.r, 0, "targets");
    uint32_t y = render_first(&c->b.r, 0, "targets");

    while (x != 0 && y != 0) {
        if (!bytes_eq(render_text(&c->a.r, x, "sha256"),
                      render_text(&c->b.r, y, "sha256")))
            return false;
        x = render_next(&c->a.r, x);
        y = render_next(&c->b.r, y);
    }
    return x == y;
}

/* Whether it is known to be the same product, or known to be another. */
enum product { PRODUCT_SAME, PRODUCT_OTHER, PRODUCT_UNKNOWN };

static enum product
product_of(struct compare *c)
{
    static const char *const paths[] = {"product.vendor", "product.name",
                                        "product.version", "product.ics_sha256",
                                        NULL};
    bool files = render_first(&c->a.r, 0, "targets") != 0;

    if (!same_all(c, paths) || !same_targets(c))
        return PRODUCT_OTHER;
    return files || render_text(&c->a.r, 0, "product.version").len > 0
               ? PRODUCT_SAME
               : PRODUCT_UNKNOWN;
}

static bool
same_circumstances(struct compare *c)
{
    static const char *const paths[] = {"setting.environment", "setting.target",
                                        "setting.seed", NULL};
    uint32_t x = render_get(&c->a.r, 0, "setting.deviations");
    uint32_t y = render_get(&c->b.r, 0, "setting.deviations");

    return same_all(c, paths) && x != 0 && y != 0 &&
           c->a.r.tape.node[x].hash == c->b.r.tape.node[y].hash;
}

/* The test's own repeats disagree. */
static bool
wavers(struct compare_side *s, uint32_t test)
{
    enum verdict first = VERDICT_NONE;

    for (uint32_t a = render_first(&s->r, test, "attempts"); a != 0;
         a = render_next(&s->r, a)) {
        enum verdict v = render_verdict(&s->r, a);

        if (first != VERDICT_NONE && v != first)
            return true;
        first = v;
    }
    return render_verdict(&s->r, test) == VERDICT_UNSTABLE;
}

static enum compare_cause
cause_of(struct compare *c, uint32_t old, uint32_t new)
{
    static const char *const rules[] = {"definition.sha256", "tool.version",
                                        NULL};
    enum product product;

    if (!bytes_eq(render_text(&c->a.r, old, "rev"),
                  render_text(&c->b.r, new, "rev")))
        return CAUSE_REVISED;
    if (wavers(&c->a, old) || wavers(&c->b, new))
        return CAUSE_UNSTABLE;
    if (render_verdict(&c->a.r, old) == VERDICT_ERROR ||
        render_verdict(&c->b.r, new) == VERDICT_ERROR)
        return CAUSE_ENVIRONMENT;
    if (!same_all(c, rules))
        return CAUSE_RULES;
    product = product_of(c);
    if (product == PRODUCT_OTHER)
        return CAUSE_PRODUCT;
    if (!same_circumstances(c))
        return CAUSE_ENVIRONMENT;
    return product == PRODUCT_SAME ? CAUSE_UNSTABLE : CAUSE_PRODUCT;
}

/* ---- the rows */

static uint32_t
find_test(struct compare_side *s, struct bytes id)
{
    uint32_t t = render_first(&s->r, 0, "tests");

    while (t != 0 && !bytes_eq(render_text(&s->r, t, "id"), id))
        t = render_next(&s->r, t);
    return t;
}

static int
worse(struct compare *c, uint32_t old, uint32_t new)
{
    enum verdict x = old ? render_verdict(&c->a.r, old) : VERDICT_NONE;
    enum verdict y = new ? render_verdict(&c->b.r, new) : VERDICT_NONE;

    if (x <= VERDICT_NOT_APPLICABLE || y <= VERDICT_NOT_APPLICABLE)
        return 0;
    return y > x ? 1 : -1;
}

static void
add(struct compare *c, uint32_t old, uint32_t new, enum compare_cause cause)
{
    c->row[c->rows++] = (struct compare_row){
        .old = old, .new = new, .cause = cause, .worse = worse(c, old, new)};
    c->count[cause]++;
}

static void
compare_tests(struct compare *c)
{
    bool same = compare_same(c, "catalogue.sha256");

    for (uint32_t t = render_first(&c->b.r, 0, "tests"); t != 0;
         t = render_next(&c->b.r, t)) {
        uint32_t old = find_test(&c->a, render_text(&c->b.r, t, "id"));

        if (old == 0)
            add(c, 0, t, same ? CAUSE_SELECTION : CAUSE_ADDED);
        else if (render_verdict(&c->a.r, old) == render_verdict(&c->b.r, t))
            c->same++;
        else
            add(c, old, t, cause_of(c, old, t));
    }
    for (uint32_t t = render_first(&c->a.r, 0, "tests"); t != 0;
         t = render_next(&c->a.r, t)) {
        if (find_test(&c->b, render_text(&c->a.r, t, "id")) == 0)
            add(c, t, 0, same ? CAUSE_SELECTION : CAUSE_REMOVED);
    }
}

static size_t
tests_of(const struct compare_side *s)
{
    uint32_t list = render_get(&s->r, 0, "tests");

    return list != 0 && s->r.tape.node[list].type == TAPE_ARRAY
               ? s->r.tape.node[list].hash
               : 0;
}

enum err_code
compare_open(struct compare *c, struct err *err)
{
    enum err_code code = render_open(&c->a.r, buf_view(&c->a.json), err);

    if (code == ERR_OK)
        code = render_open(&c->b.r, buf_view(&c->b.json), err);
    if (code != ERR_OK)
        return code;
    c->row = calloc(tests_of(&c->a) + tests_of(&c->b) + 1, sizeof *c->row);
    if (c->row == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    compare_tests(c);
    return ERR_OK;
}

void
compare_close(struct compare *c)
{
    render_close(&c->a.r);
    render_close(&c->b.r);
    buf_free(&c->a.json);
    buf_free(&c->b.json);
    free(c->row);
    c->row = NULL;
}
