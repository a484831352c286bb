/* SPDX-License-Identifier: Apache-2.0 */
/* A binding: which clause of the printed standard each requirement rests on,
 * written by somebody who holds the text. It has digests of sentences, never a
 * sentence. It is a claim of the one who made it (用户声明): a report that uses
 * one says so, and never says that the standard is conformed to. */
#ifndef CONFORMANCE_BIND_BINDING_H
#define CONFORMANCE_BIND_BINDING_H

#include "conformance/bind/sentence.h"
#include "conformance/ledger/ledger.h"

#define BINDING_BYTES_MAX ((size_t)1 << 20)

struct binding_row {
    const char *rid;
    const char *sm3;    /* of its sentence, or NULL */
    const char *clause; /* NULL: not known (yet) */
    unsigned line;
};

struct binding {
    struct arena arena;
    const char *issuer, *date; /* who claims it, when; "" while open */
    const char *text_sm3;      /* of the whole text; "" while open */
    const struct binding_row *row;
    size_t rows;
};

/* binding_parse(file, text, diag): the binding in YAML ${text}; ${file} is for
 * messages. NULL with errors in ${diag}; a requirement named twice is one.
 * Caller: binding_free. */
struct binding *binding_parse(const char *file, struct bytes text,
                              struct diag *diag);
void binding_free(struct binding *b);

/* binding_find(b, rid): its row, or NULL. */
const struct binding_row *binding_find(const struct binding *b,
                                       struct bytes rid);

/* One requirement of the catalogue in a text. */
struct bound {
    const struct requirement *requirement;
    const char *sm3;                 /* of its sentence; NULL: nobody said */
    const struct sentence *sentence; /* found; NULL: not in this text */
};

/* binding_match(l, quotes, s, out): for each requirement of ${l} its digest (the
 * catalogue's, else that of ${quotes}, which may be NULL) and its sentence in
 * ${s}; ${out} has l->requirements places. covered[i] tells which sentences are
 * some requirement's. */
void binding_match(const struct ledger *l, const struct binding *quotes,
                   const struct sentences *s, struct bound *out, bool *covered);

struct binding_head { /* what is written beside the rows; no NULL */
    const char *issuer, *date, *text_sm3;
};

/* binding_write(head, bound, count, out): the YAML of a binding: every
 * requirement whose digest is known. */
void binding_write(const struct binding_head *head, const struct bound *bound,
                   size_t count, struct buf *out);

/* binding_judge(json, b, out, err): the stored report ${json} with the clauses
 * of ${b}, appended to ${out}: nothing is run again. Bound rows of GB/T 44886
 * move to the conformance axis, marked as claimed; their results are counted in
 * tables.national.binding, whose own result stays not assessed. *unknown: rows
 * of ${b} that the report does not have. ERR_SYNTAX, ERR_NOMEM. */
enum err_code binding_judge(struct bytes json, const struct binding *b,
                            struct buf *out, size_t *unknown,
                            struct err *err) MUST_USE;

#endif
