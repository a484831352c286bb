/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/roles/selfcheck.h"

#include "conformance/ledger/corpus.h"
#include "formats/standard/interface.h"

static void
feed(struct observe *o, struct observe_target *t, const struct corpus_case *c,
     struct bytes text, unsigned line)
{
    const struct input_document doc = {.text = text, .line = line};

    if (std_is_body(o->standard, c->base->kind))
        observe_body(o, t, &doc, c->base->kind);
    else
        observe_document(o, t, &doc);
}

/* The case's documents into ${o}; ${text} holds the last. */
static enum err_code
observe_case(struct observe *o, struct observe_target *t,
             const struct corpus_case *c, struct buf *text, struct err *err)
{
    enum err_code code = corpus_text(c, text, err);

    if (code != ERR_OK)
        return code;
    if (c->after_base)
        feed(o, t, c, c->base->text, 1);
    feed(o, t, c, buf_view(text), 2);
    return o->nomem ? err_set(err, ERR_NOMEM, NULL, "out of memory") : ERR_OK;
}

/* All faults that were charged to somebody, and the first of them. */
static uint64_t
faults_of(const struct observe *o, const struct observe_sample **first)
{
    uint64_t n = o->unowned;

    *first = NULL;
    for (size_t i = 0; i < o->ledger->requirements; i++) {
        n += o->tally[i].count;
        if (*first == NULL && o->tally[i].samples > 0)
            *first = &o->tally[i].sample[0];
    }
    return n;
}

static void
complain(struct diag *diag, const struct corpus_case *c, uint64_t n,
         const struct observe_sample *s)
{
    if (s == NULL)
        diag_add(diag, DIAG_ERROR, c->file, c->line, 1,
                 "%s: breaks nothing, wanted %s at %s", c->id, c->rule, c->at);
    else if (c->verdict != CORPUS_INVALID)
        diag_add(diag, DIAG_ERROR, c->file, c->line, 1,
                 "%s: breaks %s at %s: %s", c->id, s->rule, s->pointer,
                 s->text.en);
    else
        diag_add(diag, DIAG_ERROR, c->file, c->line, 1,
                 "%s: %llu faults, the first %s at %s, wanted %s at %s alone",
                 c->id, (unsigned long long)n, s->rule, s->pointer, c->rule,
                 c->at);
}

static bool
is_as_called(const struct corpus_case *c, uint64_t n,
             const struct observe_sample *s)
{
    if (c->verdict != CORPUS_INVALID)
        return n == 0;
    return n == 1 && s != NULL && c->rule != NULL && c->at != NULL &&
           strcmp(s->rule, c->rule) == 0 && strcmp(s->pointer, c->at) == 0;
}

enum err_code
selfcheck_corpus(const struct ledger *l, const struct standard *s,
                 struct diag *diag, struct err *err)
{
    struct observe *o = observe_new(l, s, err);
    struct buf text = {0};
    enum err_code code = o ? ERR_OK : err->code;

    for (size_t i = 0; i < l->items && code == ERR_OK; i++) {
        const struct corpus_case *c = &l->item[i];
        const struct observe_sample *first;
        struct observe_target *t;
        uint64_t n;

        if (!observe_reset(o) || (t = observe_target(o, c->id)) == NULL)
            code = err_set(err, ERR_NOMEM, NULL, "out of memory");
        else
            code = observe_case(o, t, c, &text, err);
        if (code == ERR_NOT_FOUND || code == ERR_SYNTAX || code == ERR_ARG) {
            diag_add(diag, DIAG_ERROR, c->file, c->line, 1, "%s: patch: %s %s",
                     c->id, err->where, err->msg);
            code = ERR_OK;
            continue;
        }
        if (code != ERR_OK)
            break;
        observe_end(o);
        n = faults_of(o, &first);
        if (!is_as_called(c, n, first))
            complain(diag, c, n, first);
    }
    buf_free(&text);
    observe_free(o);
    return code;
}

/* The base documents but ${without}, which a case of its own replaces. */
static enum err_code
observe_valid(struct run *r, struct observe_target *t,
              const struct corpus_base *without, struct err *err)
{
    const struct ledger *l = r->ledger;
    struct buf text = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < l->items && code == ERR_OK; i++) {
        const struct corpus_case *c = &l->item[i];

        /* Variants of one base would contradict each other: one identifier. */
        if (c->verdict == CORPUS_VALID && c->patches == 0 && !c->after_base &&
            c->base != without)
            code = observe_case(r->observe, t, c, &text, err);
    }
    buf_free(&text);
    return code;
}

enum err_code
selfcheck_valid(struct run *r, struct err *err)
{
    struct observe_target *t;
    enum err_code code;

    if (!observe_reset(r->observe))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    t = observe_target(r->observe, "corpus");
    code = t ? observe_valid(r, t, NULL, err) : ERR_NOMEM;
    if (code == ERR_OK)
        run_judge(r);
    return code;
}

/* Whether this verdict says that something is wrong with the product. */
static bool
speaks(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_WARN;
}

enum err_code
selfcheck_kill(struct run *r, const struct corpus_case *c,
               struct selfcheck_kill *out, struct err *err)
{
    const struct requirement *owner =
        ledger_owner(r->ledger, bytes_str(c->rule));
    struct observe_target *t;
    struct buf text = {0};
    enum err_code code;

    *out = (struct selfcheck_kill){.right = true};
    if (!observe_reset(r->observe) ||
        (t = observe_target(r->observe, "corpus")) == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    code = observe_valid(r, t, c->base, err);
    if (code == ERR_OK)
        code = observe_case(r->observe, t, c, &text, err);
    buf_free(&text);
    if (code != ERR_OK)
        return code;
    run_judge(r);
    for (size_t i = 0; i < r->results; i++) {
        const struct ledger_test *test = r->result[i].test;
        const char *const *p = test->verifies;

        if (!speaks(r->result[i].verdict))
            continue;
        out->killed = true;
        while (*p != NULL && (owner == NULL || strcmp(*p, owner->rid) != 0))
            p++;
        out->right &= *p != NULL;
    }
    if (owner != NULL) {
        const struct observe_tally *y =
            &r->observe->tally[owner - r->ledger->requirement];

        out->right &=
            y->samples > 0 && strcmp(y->sample[0].pointer, c->at) == 0;
    }
    out->right &= out->killed;
    return ERR_OK;
}
