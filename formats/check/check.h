/* SPDX-License-Identifier: Apache-2.0 */
/* Definition to rule program to findings. The same checker serves the agent,
 * `hutong validate` and the tester. It finds every problem of a document, not
 * the first, and allocates nothing while a document is clean. */
#ifndef FORMATS_CHECK_CHECK_H
#define FORMATS_CHECK_CHECK_H

#include "formats/json/tape.h"
#include "formats/standard/standard.h"

enum check_profile {
    CHECK_STRICT, /* unknown keys and conditional presence are errors */
    CHECK_LENIENT /* types and syntax; unknown keys are warnings, M, codes and
                     conditions are warnings */
};

enum check_severity { CHECK_INFO, CHECK_WARNING, CHECK_ERROR };

/* What kind of fault a rule looks for; a rule's id is
 * "<row key>#<check_rule name>", e.g. "alert.general.alert_level#code"; where no
 * row is concerned (the record itself, info_type) "record#<name>". A value gets
 * at most one finding: the first that fails of type, length, format, pattern,
 * code, range, order, group. */
enum check_rule {
    CHECK_TYPE,      /* wrong JSON type */
    CHECK_MISSING,   /* M row absent */
    CHECK_CONDITION, /* C row absent though its condition holds */
    CHECK_UNKNOWN,   /* member that the definition does not know */
    CHECK_LENGTH,    /* string or array too short or too long */
    CHECK_RANGE,     /* number out of range */
    CHECK_PATTERN,
    CHECK_FORMAT,    /* address, time, MAC, URI ... syntax */
    CHECK_CODE,      /* not in the code list */
    CHECK_ORDER,     /* times in the wrong order */
    CHECK_GROUP,     /* a code that is not the group of another one */
    CHECK_MEMBERS,   /* not exactly/at least the members wanted */
    CHECK_MISPLACED, /* extension member does not fit the category */
    CHECK_INFO_TYPE, /* info_type missing, unknown or contradicting */
    CHECK_RULE_COUNT
};

struct finding {
    enum check_rule rule;
    enum check_severity severity;
    const struct std_row *row;   /* NULL for record-level rules */
    const struct std_row *other; /* row whose value the rule compares with, or
                                    NULL */
    const char *clause;          /* NULL while unknown */
    const char *hint;            /* the name or code probably meant, or NULL;
                                  borrowed from the standard */
    const char *wanted;          /* the one name or code that would be right,
                                    or NULL;
                                  borrowed from the standard */
    enum tape_type got;          /* CHECK_TYPE: what was found */
    char pointer[256];           /* RFC 6901; cut with "..." when longer */
    uint32_t offset;             /* byte offset in the checked text */
    char detail[160];            /* the offending value or the wanted thing, in
                                  visible characters (text_visible) */
};

struct findings {
    struct finding *item;    /* owned */
    size_t count, cap;       /* stored */
    size_t errors, warnings; /* all, also beyond max */
    size_t max;              /* store at most; 0 means 1,000 */
    /* What was looked at since the last reset, for the words of a verdict. */
    size_t records, envelopes;
    uint32_t kinds; /* bit i: a record of checker_kind(c, i) was checked */
};
void findings_free(struct findings *f);
void findings_reset(struct findings *f);

struct checker;     /* immutable program; share between threads */
struct check_state; /* scratch of one thread */

/* checker_new(s, profile, err): compile every kind of ${s} (borrowed, must
 * outlive the checker) and the envelope. NULL + err on failure. */
struct checker *checker_new(const struct standard *s,
                            enum check_profile profile, struct err *err);
void checker_free(struct checker *c);
struct check_state *check_state_new(const struct checker *c); /* NULL: nomem */
void check_state_free(struct check_state *st);

/* check_record(c, st, t, at, kind, out): the record whose object is node ${at}
 * of ${t} (read strictly). ${kind} NULL: taken from info_type, which a bare
 * record must have; inside an envelope pass the envelope's. Adds findings.
 * Returns ERR_OK also when there are findings; ERR_NOT_FOUND when ${kind} is
 * given and not defined; ERR_NOMEM. */
enum err_code check_record(const struct checker *c, struct check_state *st,
                           const struct tape *t, uint32_t at, const char *kind,
                           struct findings *out) MUST_USE;

/* check_document(c, st, t, out): an envelope with all its items, or a bare
 * record. An envelope is recognised by an `items` array, or, lacking one, by
 * having members of the envelope and none of a record's. */
enum err_code check_document(const struct checker *c, struct check_state *st,
                             const struct tape *t,
                             struct findings *out) MUST_USE;

/* ---- messages of the function interface (standard/interface.h). A body is no
 * record: it has no info_type, and `x_*` is unknown in it like any other name.
 *
 * check_body(c, st, t, at, kind, base, out): node ${at} of ${t} against the body
 * ${kind}; pointers begin with ${base} (at most 63 bytes). ERR_NOT_FOUND when
 * there is no such body. */
enum err_code check_body(const struct checker *c, struct check_state *st,
                         const struct tape *t, uint32_t at, const char *kind,
                         const char *base, struct findings *out) MUST_USE;

/* check_request(c, st, t, out): a request as a whole; `params` against its
 * operation where class and operation name one. */
enum err_code check_request(const struct checker *c, struct check_state *st,
                            const struct tape *t,
                            struct findings *out) MUST_USE;

/* check_response(c, st, t, o, out): the answer to a command ${o}, or NULL: to
 * one that was not known or about a task. With code ok, `data` is checked against
 * the result of ${o}, and the records in it against their kind. A response that
 * names a task and holds data is about that task: its data is STD_TASK. */
struct std_operation;
enum err_code check_response(const struct checker *c, struct check_state *st,
                             const struct tape *t,
                             const struct std_operation *o,
                             struct findings *out) MUST_USE;

/* finding_text(f, lang_zh, out): one sentence. finding_rule(f, out): its id. */
void finding_text(const struct finding *f, bool zh, struct buf *out);
void finding_rule(const struct finding *f, struct buf *out);
const char *check_rule_name(enum check_rule r);

/* check_rows(c, kind, provisional): how many rows a verdict over ${kind} (NULL:
 * all) rests on; *provisional of them are provisional. */
size_t check_rows(const struct checker *c, const char *kind,
                  size_t *provisional);

/* checker_kind(c, i): the i-th kind that records can have, NULL behind the
 * last. At most 32. */
const char *checker_kind(const struct checker *c, size_t i);

/* The rules of a checker one by one, for vectors and coverage. */
size_t checker_rule_count(const struct checker *c);
void checker_rule(const struct checker *c, size_t i, const struct std_row **row,
                  enum check_rule *rule);

#endif
