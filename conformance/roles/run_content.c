/* SPDX-License-Identifier: Apache-2.0 */
/* What a product sent in the tests of a network role, judged as the documents of
 * role files are. */
#include <stdlib.h>

#include "conformance/roles/role.h"
#include "conformance/roles/run.h"

#define CONTEXT '<' /* before the length: of the tester, not of the product */

/* A document stands behind its length; a boundary has none. */
void
run_content_add(struct buf *out, struct bytes document)
{
    if (document.len == 0)
        return;
    buf_u64(out, document.len);
    buf_char(out, ':');
    buf_bytes(out, document);
}

void
run_content_context(struct buf *out, struct bytes document)
{
    if (document.len > 0)
        buf_char(out, CONTEXT);
    run_content_add(out, document);
}

void
run_content_boundary(struct buf *out)
{
    buf_char(out, ':');
}

struct entry {
    struct bytes text; /* empty: a boundary */
    bool context;
};

static struct entry
next_entry(struct bytes *rest)
{
    struct entry e = {.context = rest->data[0] == CONTEXT};
    struct bytes from = bytes_from(*rest, e.context);
    size_t head = bytes_find(from, ':');
    uint64_t size = 0;

    (void)bytes_to_u64(bytes_upto(from, head), SIZE_MAX, &size);
    from = bytes_from(from, head + 1);
    e.text = bytes_upto(from, (size_t)size);
    *rest = bytes_from(from, e.text.len);
    return e;
}

/* The judged results of ${f} behind those of ${r}, with what they rest on. */
static enum err_code
take_results(struct run *r, struct run *f, struct err *err)
{
    struct run_result *grown =
        realloc(r->result, (r->results + f->results + 1) * sizeof *grown);
    bool untestable = r->exit == EXIT_NOT_TESTABLE;

    if (grown == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    r->result = grown;
    for (size_t i = 0; i < f->results; i++) {
        grown[r->results++] = f->result[i];
        r->count[f->result[i].verdict]++;
    }
    observe_free(r->observe);
    r->observe = f->observe;
    f->observe = NULL;
    r->exit = verdict_exit(r->count, untestable);
    return ERR_OK;
}

/* No instance of the product said two different things. */
static bool
is_one_message(struct bytes documents)
{
    struct bytes first = {0};
    bool differ = false;

    while (documents.len > 0 && !differ) {
        struct entry e = next_entry(&documents);

        if (e.context)
            continue;
        differ = e.text.len > 0 && first.len > 0 && !bytes_eq(e.text, first);
        first = e.text;
    }
    return !differ;
}

/* The product was asked for what it said. */
static bool
has_answers(struct bytes documents)
{
    bool any = false;

    while (documents.len > 0 && !any)
        any = next_entry(&documents).context;
    return any;
}

/* Why the content counts for nothing; NULL: it counts. That it has no fault tells
 * nothing of a product that has one message only, or one answer to everything. */
static const struct ledger_text *
doubtful(const struct run *r, struct bytes documents)
{
    static const struct ledger_text frozen = {
        "没有收到两条不同的消息，可能是固定样例",
        "no two different messages came: it may be a frozen sample"};
    static const struct ledger_text blind = {
        "产品没有拒绝任何请求，可能对一切作同样应答",
        "the product refused nothing: it may answer everything alike"};
    bool refused = false;

    for (size_t i = 0; i < r->results; i++)
        refused |= r->result[i].test->twin != NULL &&
                   r->result[i].verdict == VERDICT_PASS;
    if (is_one_message(documents))
        return &frozen;
    return has_answers(documents) && !refused ? &blind : NULL;
}

static void
doubt(struct run *f, const struct ledger_text *why)
{
    for (size_t i = 0; i < f->results; i++) {
        struct run_result *res = &f->result[i];

        if (res->verdict != VERDICT_PASS || res->test->twin == NULL)
            continue;
        res->verdict = VERDICT_INCONC;
        res->reason = *why;
    }
}

/* Over an interface of commands there comes no information, whatever the product
 * has declared. */
static bool
is_partial(const struct run *r)
{
    const struct role *role =
        r->results > 0 ? role_find(r->result[0].test->role) : NULL;

    return role != NULL && role->commands;
}

enum err_code
run_content(struct run *r, struct bytes documents, struct err *err)
{
    struct run f = {.ledger = r->ledger,
                    .standard = r->standard,
                    .ics = r->ics,
                    .only = r->only,
                    .partial = is_partial(r),
                    .stop = r->stop};
    enum err_code code = run_open(&f, "files", err);
    struct observe_target *t =
        code == ERR_OK ? observe_target(f.observe, "received") : NULL;
    struct input_document doc = {.line = 1};
    struct bytes rest = documents;

    for (; t != NULL && rest.len > 0; doc.line++) {
        struct entry e = next_entry(&rest);

        doc.text = e.text;
        if (e.context)
            observe_context(f.observe, &doc);
        else if (doc.text.len == 0)
            observe_boundary(f.observe);
        else
            observe_document(f.observe, t, &doc);
    }
    if (code == ERR_OK) {
        const struct ledger_text *why = doubtful(r, documents);

        run_judge(&f);
        if (why != NULL)
            doubt(&f, why);
        code = take_results(r, &f, err);
    }
    run_free(&f);
    return code;
}
