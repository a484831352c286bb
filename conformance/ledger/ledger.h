/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: requirements, tests, example documents and declaration
 * templates, read from YAML (conformance/catalogue/README.md). Everything is
 * immutable once loaded and lives in the ledger's arena. */
#ifndef CONFORMANCE_LEDGER_LEDGER_H
#define CONFORMANCE_LEDGER_LEDGER_H

#include "formats/base/diag.h"
#include "formats/base/embed.h"
#include "formats/check/check.h"

/* The catalogue in the program; names begin with "catalogue/". */
extern const struct embed_file conform_data[];

/* Who makes a requirement. Only the first two may say that a standard is not
 * conformed to, and only with a clause. */
enum ledger_authority {
    AUTHORITY_NORMATIVE,
    AUTHORITY_REFERENCED, /* a standard that ours builds on: RFC 8259 ... */
    AUTHORITY_INFORMATIVE,
    AUTHORITY_PROFILE,
    AUTHORITY_PROVISIONAL /* our definitions, until somebody binds the text */
};
enum ledger_level { LEVEL_SHALL, LEVEL_SHOULD, LEVEL_MAY }; /* 应 宜 可 */
enum ledger_status {
    STATUS_TESTED,
    STATUS_PARTIAL,
    STATUS_UNTESTABLE,
    STATUS_IMPLICIT,
    STATUS_OUT_OF_SCOPE,
    STATUS_TODO
};
enum ledger_observability { SEEN_BLACK_BOX, SEEN_DOCUMENT, SEEN_WHITE_BOX };
enum ledger_maturity { MATURITY_WATCH, MATURITY_STABLE };
enum ledger_kind { TEST_REQUIRED, TEST_RECOMMENDED, TEST_OBSERVE };

#define LEDGER_TIMEOUT_MS 10000 /* of a test that names none */

struct index;
struct yaml_node;

struct ledger_text {
    const char *zh, *en;
};

struct requirement {
    const char *rid;
    const char *std;       /* "GB/T 44886", "RFC 8259" */
    const char *part;      /* text, envelope, alert, asset, set */
    const char *clause;    /* NULL while unknown */
    const char *quote_sm3; /* of the normalised sentence of the standard that it
                              says in other words (conformance/bind); hex, NULL
                              while nobody with the text has computed it */
    enum ledger_authority authority;
    enum ledger_level level;
    const char *actor;
    const char *condition; /* on the declaration, or NULL: always */
    struct ledger_text text;
    enum ledger_observability observability;
    enum ledger_status status;
    const char *reason;       /* why it is not simply tested, or NULL */
    const char *const *rules; /* NULL-ended: "<row key>#<rule>" of the checker
                                 or of the role; "x.*" takes what is below x,
                                 "#*" every rule of the row */
    const char *const *sources;
    const char *file;
    unsigned line;
};

/* One step: an operation of the closed vocabulary (ledger_ops for role files,
 * conformance/steps for the others), or a named list of steps in its place. */
struct ledger_step {
    const char *op;         /* "" where ${use} stands */
    const char *use;        /* id of a ledger_list, or NULL */
    const char *when;       /* `if`: a condition; NULL: always */
    const char *at;         /* files: row key or kind, or NULL */
    const char *to;         /* files: second row key, or NULL */
    struct yaml_node *args; /* the map of the step: its parameters. Read it with
                               step_arg (conformance/steps/step.h), which marks
                               nothing: ledgers are shared between threads */
    unsigned line;
};

/* A list of steps that tests use by name: liveness probes, set-ups. */
struct ledger_list {
    const char *id;
    const struct ledger_step *step;
    size_t steps;
    const char *file;
    unsigned line;
};

/* How else a test may end: "closed", "reset", "timeout". */
struct ledger_also {
    const char *when;
    const char *verdict; /* verdict_name */
    const char *note;    /* or NULL */
};

struct ledger_test {
    const char *id;
    unsigned rev;
    enum ledger_maturity maturity;
    const char *role;
    const char *const *verifies; /* NULL-ended rids; may be empty */
    enum ledger_kind kind;
    bool preflight; /* when it does not pass, the product is not testable */
    const char *condition;
    struct ledger_text title; /* short name; {NULL, NULL}: use the purpose */
    struct ledger_text purpose;
    const char *twin;              /* of a negative test; else NULL */
    const char *const *depends_on; /* NULL-ended */
    const struct ledger_step *step;
    size_t steps;
    /* Network tests: before, behind (whatever happened) and at last; ${after}
     * of length 0: the liveness probe of the role. */
    const struct ledger_step *setup, *after, *restore;
    size_t setups, afters, restores;
    const struct ledger_also *also;
    size_t alsos;
    unsigned timeout_ms; /* of the steps together */
    bool exclusive;      /* alone, at the end of the run */
    bool fresh; /* a replay makes the bytes anew (times, nonces matter) */
    const char *file;
    unsigned line;
};

enum corpus_verdict { CORPUS_VALID, CORPUS_INVALID, CORPUS_FREE };

struct corpus_base {
    const char *id;
    const char *kind; /* info type of its records, or "envelope" */
    struct bytes text;
    unsigned line;
};

/* One change of a base document; the members not used are NULL. */
struct corpus_patch {
    const char *remove;     /* JSON pointer of a member or element */
    const char *set, *json; /* pointer and JSON text; a member is added when
                                  absent, "/-" appends to an array */
    const char *fill;       /* instead of json: a string of this text ... */
    const char *copy;       /* ... or of an array of the pointed element ... */
    unsigned count;         /* ... so many times */
    const char *find, *put; /* first occurrence of a text in the document */
    const char *put_hex;    /* instead of put: bytes */
    const char *append;     /* behind the document */
    unsigned cut;           /* bytes to take off its end */
};

struct corpus_case {
    const char *id;
    enum corpus_verdict verdict;
    const char *base_id;
    const struct corpus_base *base;
    bool after_base; /* the base is read first, as a document of its own */
    const struct corpus_patch *patch;
    size_t patches;
    const char *rule; /* invalid: the one rule broken ... */
    const char *at;   /* ... and the pointer of the fault */
    struct ledger_text about;
    const char *file;
    unsigned line;
};

/* What a product of a kind declares (ICS). */
struct ics_item {
    const char *id; /* "alert.send" */
    struct ledger_text text;
    const char *need; /* "mandatory", "optional" */
};
struct ics_template {
    const char *id;
    const char *product_type;
    struct ledger_text name;
    const struct ics_item *item;
    size_t items;
    const char *file;
};

struct ledger {
    struct arena arena;
    const char *id, *version;
    char digest[65]; /* SHA-256 over names and texts of all its files */
    const struct requirement *requirement;
    size_t requirements;
    const struct ledger_test *test;
    size_t tests;
    const struct ledger_list *list;
    size_t lists;
    const struct corpus_base *base;
    size_t bases;
    const struct corpus_case *item;
    size_t items;
    const struct ics_template *template;
    size_t templates;
    struct index *index; /* of ids and rules (index.h); NULL: none */
};

/* ledger_load(dir, diag): the catalogue in ${dir}, or the embedded one (NULL).
 * NULL with errors in ${diag}. Caller: ledger_free. */
struct ledger *ledger_load(const char *dir, struct diag *diag);
void ledger_free(struct ledger *l);

/* By id; NULL when unknown. */
const struct requirement *ledger_requirement(const struct ledger *l,
                                             struct bytes rid);
const struct ledger_test *ledger_test(const struct ledger *l, struct bytes id);
const struct ledger_list *ledger_list(const struct ledger *l, struct bytes id);
const struct corpus_base *ledger_base(const struct ledger *l, struct bytes id);
const struct corpus_case *ledger_case(const struct ledger *l, struct bytes id);

/* ledger_covers(pattern, rule): a rules entry takes the rule id ${rule}; the
 * result grows with how closely it is named, 0: it does not. */
unsigned ledger_covers(const char *pattern, struct bytes rule);

/* ledger_owner(l, rule): the requirement whose entry names ${rule} most
 * closely, or NULL. ERR-free: lint makes it unique. */
const struct requirement *ledger_owner(const struct ledger *l,
                                       struct bytes rule);

/* Rules that a role judges itself, beside those of the checker; NULL-ended. */
extern const char *const ledger_own_rules[];

/* The step vocabulary, NULL-ended. */
extern const char *const ledger_ops[];

/* ledger_condition(text, holds, ctx): "ics.alert.send && ics.alert.attack";
 * NULL or "" is true; a name may be negated with "!". ${holds} answers for one
 * name. False too when the text is no condition (lint refuses it). */
bool ledger_condition(const char *text,
                      bool (*holds)(struct bytes name, void *ctx), void *ctx);
bool ledger_condition_valid(const char *text);

const char *ledger_authority_name(enum ledger_authority a);
const char *ledger_level_name(enum ledger_level v, bool zh); /* 应 / shall */
const char *ledger_status_name(enum ledger_status s);
const char *ledger_kind_name(enum ledger_kind k);
const char *ledger_maturity_name(enum ledger_maturity m);

#endif
