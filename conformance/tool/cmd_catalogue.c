/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform list: what the catalogue holds. */
#include <stdio.h>

#include "conformance/roles/role.h"
#include "conformance/tool/catalogue.h"
#include "formats/json/writer.h"

static const char *
said(const struct command_context *c, struct ledger_text t)
{
    const char *s = c->zh ? t.zh : t.en;

    return s ? s : "";
}

/* ---- list */

void
catalogue_test_json(const struct command_context *c,
                    const struct ledger_test *t, struct buf *out)
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

/* ---- filters: every one that is given must hold */

struct filter {
    const char *name;
    bool (*holds)(const struct ledger *l, const struct ledger_test *t,
                  const char *value);
};

static bool
by_role(const struct ledger *l, const struct ledger_test *t, const char *v)
{
    (void)l;
    return strcmp(t->role, v) == 0;
}

static bool
by_kind(const struct ledger *l, const struct ledger_test *t, const char *v)
{
    (void)l;
    return strcmp(ledger_kind_name(t->kind), v) == 0;
}

static bool
by_maturity(const struct ledger *l, const struct ledger_test *t, const char *v)
{
    (void)l;
    return strcmp(ledger_maturity_name(t->maturity), v) == 0;
}

static bool
by_id(const struct ledger *l, const struct ledger_test *t, const char *v)
{
    (void)l;
    return strncmp(t->id, v, strlen(v)) == 0;
}

/* Some requirement that the test verifies has ${v} there. */
static bool
verifies(const struct ledger *l, const struct ledger_test *t, const char *v,
         bool (*has)(const struct requirement *q, const char *v))
{
    for (const char *const *p = t->verifies; *p != NULL; p++) {
        const struct requirement *q = ledger_requirement(l, bytes_str(*p));

        if (q != NULL && has(q, v))
            return true;
    }
    return false;
}

static bool
has_part(const struct requirement *q, const char *v)
{
    return strcmp(q->part, v) == 0;
}

static bool
has_authority(const struct requirement *q, const char *v)
{
    return strcmp(ledger_authority_name(q->authority), v) == 0;
}

static bool
has_level(const struct requirement *q, const char *v)
{
    return strcmp(ledger_level_name(q->level, false), v) == 0 ||
           strcmp(ledger_level_name(q->level, true), v) == 0;
}

static bool
has_std(const struct requirement *q, const char *v)
{
    return strcmp(q->std, v) == 0;
}

static bool
has_rid(const struct requirement *q, const char *v)
{
    return strcmp(q->rid, v) == 0;
}

#define BY_REQUIREMENT(name)                                                   \
    static bool by_##name(const struct ledger *l, const struct ledger_test *t, \
                          const char *v)                                       \
    {                                                                          \
        return verifies(l, t, v, has_##name);                                  \
    }

BY_REQUIREMENT(part)
BY_REQUIREMENT(authority)
BY_REQUIREMENT(level)
BY_REQUIREMENT(std)
BY_REQUIREMENT(rid)

static const struct filter filters[] = {
    {"role", by_role},   {"kind", by_kind}, {"maturity", by_maturity},
    {"only", by_id},     {"part", by_part}, {"authority", by_authority},
    {"level", by_level}, {"std", by_std},   {"verifies", by_rid},
};

#define FILTERS (sizeof filters / sizeof filters[0])

static bool
is_wanted(const struct ledger *l, const struct ledger_test *t,
          const char *const value[FILTERS])
{
    for (size_t i = 0; i < FILTERS; i++) {
        if (value[i] != NULL && !filters[i].holds(l, t, value[i]))
            return false;
    }
    return true;
}

static size_t
list_tests(const struct command_context *c, const char *const value[FILTERS],
           struct buf *out)
{
    size_t shown = 0;

    for (size_t i = 0; i < c->ledger->tests; i++) {
        const struct ledger_test *t = &c->ledger->test[i];

        if (!is_wanted(c->ledger, t, value))
            continue;
        shown++;
        if (c->json)
            catalogue_test_json(c, t, out);
        else
            buf_printf(out, "%-16s %s\n", t->id, said(c, t->purpose));
    }
    if (!c->json)
        buf_printf(out,
                   command_say(c, "%zu 个测试，%zu 项要求，%zu 个样例\n",
                               "%zu tests, %zu requirements, %zu documents\n"),
                   shown, c->ledger->requirements, c->ledger->items);
    return shown;
}

/* --NAME VALUE or --NAME=VALUE pairs of the table; false: something else. */
static bool
read_filters(int argc, char **argv, const char *value[FILTERS])
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0, n = 0;

        for (; k < FILTERS; k++) {
            n = strlen(filters[k].name);
            if (strncmp(argv[i], "--", 2) == 0 &&
                strncmp(argv[i] + 2, filters[k].name, n) == 0 &&
                (argv[i][2 + n] == '\0' || argv[i][2 + n] == '='))
                break;
        }
        if (k == FILTERS || (argv[i][2 + n] == '\0' && i + 1 == argc))
            return false;
        value[k] = argv[i][2 + n] == '=' ? argv[i] + 3 + n : argv[++i];
    }
    return true;
}

static int
run_list(struct command_context *c, int argc, char **argv)
{
    bool roles = argc == 2 && strcmp(argv[1], "--roles") == 0;
    const char *value[FILTERS] = {NULL};
    struct buf out = {0};
    int code;

    if (!roles && (!read_filters(argc, argv, value) ||
                   (value[0] != NULL && role_find(value[0]) == NULL)))
        return command_usage(
            c, "%s",
            command_say(c, "list 的筛选项见 list --help",
                        "list --help names the filters of list"));
    if (!command_ledger(c))
        return EXIT_USAGE;
    if (roles)
        return list_roles(c);
    code = list_tests(c, value, &out) > 0 ? EXIT_PASSED : EXIT_NOTHING;
    if (!command_write(&out))
        code = EXIT_TOOL;
    buf_free(&out);
    return code;
}

const struct command command_list = {
    .name = "list",
    .synopsis = "[--roles | --role ROLE --part P --authority A ...]",
    .zh = "列出测试或角色",
    .en = "list the tests, or the roles",
    .help_zh =
        "  --roles        列出产品的角色及各自的测试数\n"
        "筛选，可同时用，须全部满足：\n"
        "  --role R       产品的角色\n"
        "  --only PREFIX  编号以此开头\n"
        "  --kind K       required、recommended、observe\n"
        "  --maturity M   watch、stable\n"
        "所验证的要求中有一项：\n"
        "  --part P       属于该部分，如 alert、envelope、http\n"
        "  --authority A  normative、referenced_standard、informative、profile、provisional\n"
        "  --level L      shall、should、may 或 应、宜、可\n"
        "  --std S        出自该标准，如 \"RFC 5424\"\n"
        "  --verifies R   是该编号的要求\n\n"
        "每行一个；--json 时每行一个 JSON 对象。没有满足的测试时退出码为 6。\n",
    .help_en =
        "  --roles        what a product can be, and how many tests each has\n"
        "filters, which may be combined and must all hold:\n"
        "  --role R       the role of the product\n"
        "  --only PREFIX  ids that begin so\n"
        "  --kind K       required, recommended, observe\n"
        "  --maturity M   watch, stable\n"
        "one of the requirements that the test verifies:\n"
        "  --part P       is of this part: alert, envelope, http ...\n"
        "  --authority A  normative, referenced_standard, informative, profile,\n"
        "                 provisional\n"
        "  --level L      shall, should, may\n"
        "  --std S        is of this standard: \"RFC 5424\"\n"
        "  --verifies R   is this requirement\n\n"
        "One a line; with --json one JSON object a line. Exits with 6 when none is left.\n",
    .run = run_list,
};
