/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/selftest/network.h"

#include <stdio.h>
#include <stdlib.h>

#include "conformance/ledger/folder.h"
#include "conformance/roles/role.h"
#include "conformance/steps/step.h"
#include "formats/base/hash.h"

#define SETS_MAX  8
#define ARGV_MAX  (NETWORK_GLOBALS_MAX + 22 + 2 * SETS_MAX)
#define TENTH     10
#define JOBS_WORD "4" /* sessions at a time, of one run */

struct work { /* of one run */
    struct buf command, only, folder;
    char limit[16];
    const char *argv[ARGV_MAX];
};

struct state {
    const struct network_options *o;
    struct network *n;
    struct pool_job *job; /* one a row */
    struct work *work;
    size_t done;
};

static uint32_t
hash_of(const char *a, const char *b)
{
    return hash_key(a, strlen(a)) * 31 + hash_key(b, strlen(b));
}

/* ---- which tests */

/* A test of which what it receives is judged as documents, too: of a server,
 * what it says when it obeys. */
static bool
delivers(const struct ledger_test *t, const struct role *role)
{
    if (role->shape == ROLE_SERVER)
        return t->twin == NULL;
    for (size_t i = 0; i < t->steps; i++) {
        const char *judge = step_text(step_arg(&t->step[i], "judge"));

        if (judge != NULL && strcmp(judge, "true") == 0)
            return true;
    }
    return false;
}

static void
add_word(struct buf *out, const char *word)
{
    if (out->len > 0)
        buf_char(out, ',');
    buf_str(out, word);
}

bool
network_select(const struct ledger *l, const struct manifest_mutant *m,
               struct buf *out)
{
    const struct role *role = role_find(m->role);
    bool any = false, documents = false;

    for (size_t i = 0; i < l->tests; i++) {
        const struct ledger_test *t = &l->test[i];
        bool own = strcmp(t->role, m->role) == 0;
        bool content =
            role != NULL && role->content && strcmp(t->role, "files") == 0;

        if ((own || content) && manifest_has(t->verifies, m->rid)) {
            add_word(out, t->id);
            any = true;
            documents |= !own;
        } else if (own && hash_of(m->id, t->id) % TENTH == 0) {
            add_word(out, t->id);
        }
    }
    for (size_t i = 0; documents && i < l->tests; i++) {
        if (strcmp(l->test[i].role, m->role) == 0 &&
            delivers(&l->test[i], role))
            add_word(out, l->test[i].id);
    }
    return any;
}

/* ---- what to try */

/* Every so many of ${total}, chosen by a hash of the name: the same ones in
 * every sample of that size. */
static bool
sampled(const struct network_options *o, const char *a, const char *b,
        size_t total)
{
    return o->sample == 0 || total <= o->sample ||
           hash_of(a, b) % total < o->sample;
}

bool
network_named(const char *list, const char *word)
{
    struct bytes rest = bytes_str(list);

    while (rest.len > 0) {
        size_t n = bytes_find(rest, ',');

        if (bytes_is(bytes_upto(rest, n), word))
            return true;
        rest = bytes_from(rest, n + 1);
    }
    return list == NULL;
}

static bool
wanted(const struct network_options *o, const char *role)
{
    return network_named(o->roles, role);
}

static bool
wanted_mutant(const struct network_options *o, const struct manifest_mutant *x,
              size_t total)
{
    return !o->without[NETWORK_MUTANT] && wanted(o, x->role) &&
           network_named(o->requirement, x->rid) &&
           (o->set == NULL ||
            strcmp(o->set, x->held_out ? "held_out" : "dev") == 0) &&
           sampled(o, x->id, "", total);
}

static struct network_row *
add_row(struct network *n, enum network_kind kind,
        const struct manifest_peer *peer, const char *role,
        const struct manifest_role *call)
{
    n->row[n->rows] = (struct network_row){
        .kind = kind, .peer = peer, .role = role, .call = call};
    return &n->row[n->rows++];
}

static size_t
count_dumb(const struct manifest *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->peers; i++) {
        size_t roles = 0, kinds = 0;

        while (m->peer[i].roles[roles] != NULL)
            roles++;
        while (m->peer[i].dumb[kinds] != NULL)
            kinds++;
        n += roles * kinds;
    }
    return n;
}

static void
plan_peer(const struct manifest *m, const struct network_options *o,
          const struct manifest_peer *p, struct network *n)
{
    size_t dumbs = count_dumb(m);

    for (size_t i = 0; i < m->roles; i++) {
        const struct manifest_role *r = &m->role[i];
        bool plain = r->variant[0] == '\0';

        if (!wanted(o, r->role) || !manifest_has(p->roles, r->role) ||
            (r->only[0] != NULL && !manifest_has(r->only, p->id)))
            continue;
        if (!o->without[NETWORK_REFERENCE] && (plain || o->sample == 0))
            (void)add_row(n, NETWORK_REFERENCE, p, r->role, r);
        for (const char *const *d = p->dumb; plain && *d != NULL; d++) {
            if (!o->without[NETWORK_DUMB] &&
                (r->dumb[0] == NULL || manifest_has(r->dumb, *d)) &&
                sampled(o, r->role, *d, dumbs))
                add_row(n, NETWORK_DUMB, p, r->role, r)->dumb = *d;
        }
    }
}

static bool
plan(const struct manifest *m, const struct network_options *o,
     struct network *n)
{
    size_t max = m->mutants + count_dumb(m) + m->peers * m->roles;

    n->row = calloc(max + 1, sizeof *n->row);
    if (n->row == NULL)
        return false;
    for (size_t i = 0; i < m->peers; i++)
        plan_peer(m, o, &m->peer[i], n);
    for (size_t i = 0; i < m->mutants; i++) {
        const struct manifest_mutant *x = &m->mutant[i];
        const struct manifest_peer *p = manifest_peer(m, x->peer);

        if (p != NULL && manifest_has(p->roles, x->role) &&
            wanted_mutant(o, x, m->mutants))
            add_row(n, NETWORK_MUTANT, p, x->role,
                    manifest_call(m, x->role, x->variant))
                ->mutant = x;
    }
    return true;
}

/* ---- the command line of a run */

static void
set_argv(const struct network_options *o, const struct network_row *row,
         struct work *w)
{
    size_t n = 0;
    const char *const rest[] = {"--json",  "--quiet",   "run",    "--role",
                                row->role, "--repeat",  "1",      "--jobs",
                                JOBS_WORD, "--timeout", w->limit, "--exec"};

    w->argv[n++] = o->self;
    for (size_t i = 0; i < o->globals; i++)
        w->argv[n++] = o->global[i];
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        w->argv[n++] = rest[i];
    w->argv[n++] = buf_cstr(&w->command);
    if (w->only.len > 0) {
        w->argv[n++] = "--only";
        w->argv[n++] = buf_cstr(&w->only);
    }
    if (w->folder.len > 0) {
        w->argv[n++] = "--out";
        w->argv[n++] = buf_cstr(&w->folder);
    }
    for (size_t i = 0; row->call->set[i] != NULL && i < SETS_MAX; i++) {
        w->argv[n++] = "--set";
        w->argv[n++] = row->call->set[i];
    }
    w->argv[n] = NULL;
}

/* A reference runs the whole of its role, and nothing of it may be cut off. */
static unsigned
limit_of(const struct network_options *o, const struct network_row *row)
{
    return row->kind == NETWORK_REFERENCE ? 4 * o->limit_s : o->limit_s;
}

/* The run folder of a row; its name is that of no other. */
static void
name_folder(const char *parent, const struct network_row *row, struct buf *out)
{
    const char *more[] = {row->call->variant, row->dumb,
                          row->mutant != NULL ? row->mutant->id : NULL};

    buf_printf(out, "%s/%s-%s", parent, row->role, row->peer->id);
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        if (more[i] != NULL && more[i][0] != '\0')
            buf_printf(out, "-%s", more[i]);
    }
}

/* False: this row is not run, and says why. */
static bool
prepare(const struct ledger *l, const struct network_options *o,
        struct network_row *row, struct work *w)
{
    char more[NETWORK_TEXT] = "";

    if (row->kind == NETWORK_DUMB)
        (void)snprintf(more, sizeof more, "--dumb %s", row->dumb);
    if (row->kind == NETWORK_MUTANT)
        (void)snprintf(more, sizeof more, "--fault %s", row->mutant->id);
    if (row->call == NULL ||
        !manifest_command(row->peer, row->call, more[0] ? more : NULL,
                          &w->command)) {
        (void)snprintf(row->what, sizeof row->what,
                       "no arguments for this role");
        return false;
    }
    if (row->kind == NETWORK_MUTANT &&
        !network_select(l, row->mutant, &w->only)) {
        (void)snprintf(row->what, sizeof row->what, "no test verifies %s",
                       row->mutant->rid);
        return false;
    }
    if (o->keep != NULL)
        name_folder(o->keep, row, &w->folder);
    (void)snprintf(w->limit, sizeof w->limit, "%u", limit_of(o, row));
    set_argv(o, row, w);
    return true;
}

/* ---- afterwards */

static void
on_done(void *ctx, const struct pool_job *j)
{
    struct state *s = ctx;
    struct network_row *row = &s->n->row[j - s->job];
    struct work *w = &s->work[j - s->job];
    struct outcome o;
    struct err err = {0};

    row->took_ms = j->took_ms;
    if (row->what[0] != '\0') /* was not to be run */
        ;
    else if (j->late)
        (void)snprintf(row->what, sizeof row->what,
                       "the run did not end within its limit");
    else if (outcome_read(buf_view(&j->out), &o, &err) != ERR_OK)
        (void)snprintf(row->what, sizeof row->what,
                       "exit status %d and no report: %.120s", j->status,
                       err.msg);
    else {
        network_judge(row, &o);
        outcome_free(&o);
    }
    if (w->folder.len > 0 && !network_trouble(row))
        folder_remove(buf_cstr(&w->folder));
    buf_free(&s->job[j - s->job].out);
    if (s->o->progress != NULL)
        s->o->progress(s->o->ctx, ++s->done, s->n->rows);
}

static enum err_code
run_all(const struct ledger *l, struct state *s, struct err *err)
{
    static const char *const nothing[] = {"/bin/true", NULL};
    struct network *n = s->n;

    for (size_t i = 0; i < n->rows; i++) {
        bool run = prepare(l, s->o, &n->row[i], &s->work[i]);

        s->job[i] = (struct pool_job){
            .argv = run ? s->work[i].argv : nothing,
            .variable = s->o->variable,
            .limit_ms = (limit_of(s->o, &n->row[i]) + 20) * 1000};
        if (!buf_ok(&s->work[i].command) || !buf_ok(&s->work[i].only) ||
            !buf_ok(&s->work[i].folder))
            return err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    return pool_run(s->job, n->rows, s->o->width, s->o->stop, on_done, s, err);
}

enum err_code
network_run(const struct manifest *m, const struct ledger *l,
            const struct network_options *o, struct network *out,
            struct err *err)
{
    struct state s = {.o = o, .n = out};
    enum err_code code;

    *out = (struct network){0};
    if (!plan(m, o, out))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    s.job = calloc(out->rows + 1, sizeof *s.job);
    s.work = calloc(out->rows + 1, sizeof *s.work);
    code = s.job && s.work ? run_all(l, &s, err)
                           : err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (size_t i = 0; s.work != NULL && i < out->rows; i++) {
        buf_free(&s.work[i].command);
        buf_free(&s.work[i].only);
        buf_free(&s.work[i].folder);
    }
    free(s.job);
    free(s.work);
    if (code != ERR_OK)
        network_free(out);
    return code;
}

void
network_free(struct network *n)
{
    free(n->row);
    *n = (struct network){0};
}
