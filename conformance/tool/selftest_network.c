/* SPDX-License-Identifier: Apache-2.0 */
/* selftest, products: the matrix role x fault class, survivors, reasons, false
 * alarms, hollow passes. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance/selftest/network.h"
#include "conformance/tool/selftest.h"

#define CLASSES_MAX   24
#define ROLES_MAX     24
#define LIMIT_SECONDS 120

static const char *const kind_names[NETWORK_KINDS] = {
    [NETWORK_REFERENCE] = "reference",
    [NETWORK_DUMB] = "dumb",
    [NETWORK_MUTANT] = "mutant",
};

struct share { /* of a set of mutants */
    size_t all, killed, right;
};

static void
show_progress(void *ctx, size_t done, size_t of)
{
    const struct command_context *c = ctx;

    (void)fprintf(stderr, "\r%s %zu/%zu", command_say(c, "产品", "products"),
                  done, of);
}

static unsigned
percent(size_t part, size_t all)
{
    return all > 0 ? (unsigned)(part * 100 / all) : 100;
}

static void
count(struct share *s, const struct network_row *r)
{
    s->all++;
    s->killed += r->killed;
    s->right += r->killed && r->right;
}

/* Index of ${word} among ${list}, added when it is new. */
static size_t
index_of(const char **list, size_t *n, size_t max, const char *word)
{
    size_t i = 0;

    while (i < *n && strcmp(list[i], word) != 0)
        i++;
    if (i == *n && *n < max)
        list[(*n)++] = word;
    return i < max ? i : max - 1;
}

static void
put_matrix(const struct command_context *c, const struct network *n,
           struct buf *out)
{
    static struct share none;
    const char *role[ROLES_MAX], *class[CLASSES_MAX];
    struct share cell[ROLES_MAX][CLASSES_MAX] = {{none}};
    size_t roles = 0, classes = 0;

    for (size_t i = 0; i < n->rows; i++) {
        const struct network_row *r = &n->row[i];

        if (r->kind == NETWORK_MUTANT)
            count(&cell[index_of(role, &roles, ROLES_MAX, r->role)][index_of(
                      class, &classes, CLASSES_MAX, r->mutant->class)],
                  r);
    }
    if (!c->json && roles > 0) {
        buf_str(out, command_say(c, "各角色、各类缺陷：发现数/植入数\n",
                                 "faults found/seeded, by role and class\n"));
        buf_printf(out, "%-17s", "role");
        for (size_t k = 0; k < classes; k++)
            buf_printf(out, " %12.12s", class[k]);
        buf_printf(out, " %9s\n", "all");
    }
    for (size_t i = 0; i < roles; i++) {
        struct share all = {0};

        if (!c->json)
            buf_printf(out, "%-17s", role[i]);
        for (size_t k = 0; k < classes; k++) {
            const struct share *s = &cell[i][k];
            char v[3][24], text[32] = "";

            all.all += s->all;
            all.killed += s->killed;
            (void)snprintf(v[0], 24, "%zu", s->all);
            (void)snprintf(v[1], 24, "%zu", s->killed);
            (void)snprintf(v[2], 24, "%zu", s->right);
            (void)snprintf(text, sizeof text, "%.8s/%.8s", v[1], v[0]);
            if (!c->json)
                buf_printf(out, " %12s", s->all > 0 ? text : "-");
            else if (s->all > 0)
                command_row(out, "part", "network", "role", role[i], "class",
                            class[k], "#mutants", v[0], "#killed", v[1],
                            "#right", v[2], NULL);
        }
        if (!c->json)
            buf_printf(out, " %5zu/%zu\n", all.killed, all.all);
    }
}

/* Why a row is worth a line; NULL: it is not. */
static const char *
trouble(const struct command_context *c, const struct network_row *r)
{
    if (!network_trouble(r))
        return NULL;
    if (!r->ran)
        return command_say(c, "未能运行", "not run");
    switch (r->kind) {
    case NETWORK_REFERENCE:
        return command_say(c, "误报", "false alarm");
    case NETWORK_DUMB:
        return command_say(c, "空通过", "hollow pass");
    case NETWORK_MUTANT:
    case NETWORK_KINDS:
        break;
    }
    return r->killed ? command_say(c, "原因不对", "wrong reason")
                     : command_say(c, "未发现", "survivor");
}

static void
put_row(const struct command_context *c, const struct network_row *r,
        struct buf *out)
{
    const char *why = trouble(c, r);
    const char *id = r->kind == NETWORK_MUTANT ? r->mutant->id
                     : r->kind == NETWORK_DUMB ? r->dumb
                                               : "";
    char ms[24];

    (void)snprintf(ms, sizeof ms, "%u", r->took_ms);
    if (c->json)
        command_row(out, "part", "network", "kind", kind_names[r->kind], "peer",
                    r->peer->id, "role", r->role, "variant",
                    r->call ? r->call->variant : NULL, "id", id, "rid",
                    r->mutant ? r->mutant->rid : NULL, "set",
                    r->mutant ? (r->mutant->held_out ? "held_out" : "dev")
                              : NULL,
                    "trouble", why, "what", r->what, "#ms", ms, NULL);
    else if (why != NULL)
        buf_printf(out, "! %s: %s %s%s%s %s %s%s%s\n", why, r->peer->id,
                   r->role, r->call && r->call->variant[0] ? "/" : "",
                   r->call ? r->call->variant : "", id,
                   r->mutant ? r->mutant->rid : "", r->what[0] ? "  " : "",
                   r->what);
}

static void
put_share(const struct command_context *c, const char *name,
          const struct share *s, struct buf *out)
{
    char n[3][24];

    (void)snprintf(n[0], 24, "%zu", s->all);
    (void)snprintf(n[1], 24, "%zu", s->killed);
    (void)snprintf(n[2], 24, "%zu", s->right);
    if (c->json)
        command_row(out, "part", "network", "set", name, "#mutants", n[0],
                    "#killed", n[1], "#right", n[2], NULL);
    else
        buf_printf(out,
                   command_say(c,
                               "%-9s 缺陷 %s，发现 %s (%u%%)，其中原因正确 %s "
                               "(%u%%)\n",
                               "%-9s mutants %s, killed %s (%u %%), of them "
                               "for the right reason %s (%u %%)\n"),
                   name, n[0], n[1], percent(s->killed, s->all), n[2],
                   percent(s->right, s->killed));
}

/* The targets of the tester; no product at all shows nothing. */
static int
conclude(const struct command_context *c, const struct network *n,
         struct buf *out)
{
    struct share all = {0}, set[2] = {{0}};
    size_t tried[3] = {0}, alarms = 0, hollow = 0, broken = 0;
    char v[6][24];

    for (size_t i = 0; i < n->rows; i++) {
        const struct network_row *r = &n->row[i];

        tried[r->kind]++;
        alarms += r->alarms;
        hollow += r->hollow;
        broken += !r->ran && r->kind != NETWORK_MUTANT;
        if (r->kind != NETWORK_MUTANT)
            continue;
        count(&all, r);
        count(&set[r->mutant->held_out], r);
    }
    put_share(c, "dev", &set[0], out);
    put_share(c, "held_out", &set[1], out);
    put_share(c, "all", &all, out);
    for (int i = 0; i < 3; i++)
        (void)snprintf(v[i], 24, "%zu", tried[i]);
    (void)snprintf(v[3], 24, "%zu", alarms);
    (void)snprintf(v[4], 24, "%zu", hollow);
    (void)snprintf(v[5], 24, "%zu", broken);
    if (c->json)
        command_row(out, "part", "network", "#references", v[0],
                    "#false_alarms", v[3], "#dumb", v[1], "#hollow_passes",
                    v[4], "#not_run", v[5], NULL);
    else
        buf_printf(out,
                   command_say(c,
                               "参考产品 %s 个，误报 %s；无理解的产品 %s "
                               "个，空通过 %s；未能运行 %s\n",
                               "%s references, %s false alarms; %s dumb "
                               "products, %s hollow passes; %s not run\n"),
                   v[0], v[3], v[1], v[4], v[5]);
    return alarms > 0 || hollow > 0 || broken > 0 || n->rows == 0 ||
                   percent(all.killed, all.all) < SELFTEST_KILLED ||
                   percent(all.right, all.killed) < SELFTEST_RIGHT
               ? EXIT_FAILED
               : EXIT_PASSED;
}

static int
report(const struct command_context *c, const struct network *n,
       struct buf *out)
{
    put_matrix(c, n, out);
    for (size_t i = 0; i < n->rows; i++)
        put_row(c, &n->row[i], out);
    return conclude(c, n, out);
}

int
selftest_network(struct command_context *c, const struct selftest_options *o,
                 struct buf *out)
{
    char self[1024];
    struct network_options no = {.self = self,
                                 .roles = o->roles,
                                 .set = o->set,
                                 .requirement = o->requirement,
                                 .keep = o->out,
                                 .sample = o->sample,
                                 .width = o->jobs,
                                 .limit_s = LIMIT_SECONDS,
                                 .stop = o->stop,
                                 .progress = c->quiet ? NULL : show_progress,
                                 .ctx = c};
    struct network n = {0};
    struct err err = {0};
    struct diag diag;
    struct manifest *m;
    int code = EXIT_USAGE;

    for (int k = 0; k < NETWORK_KINDS; k++)
        no.without[k] = !network_named(o->kinds, kind_names[k]);
    diag_init(&diag);
    m = manifest_load(o->peers, &diag);
    command_diag(c, &diag);
    no.globals = selftest_globals(c, no.global, NETWORK_GLOBALS_MAX);
    if (m != NULL && !selftest_self(self, sizeof self))
        code = command_fail(c, EXIT_TOOL,
                            &(struct err){.msg = "the program's own path is "
                                                 "unknown"});
    else if (m != NULL)
        code = network_run(m, c->ledger, &no, &n, &err) == ERR_OK
                   ? report(c, &n, out)
                   : command_fail(c, EXIT_TOOL, &err);
    if (!c->quiet)
        (void)fputs("\r\033[K", stderr);
    network_free(&n);
    manifest_free(m);
    diag_free(&diag);
    return code;
}
