/* SPDX-License-Identifier: Apache-2.0 */
/* A run of a role: which tests apply, what each of them came to. */
#ifndef CONFORMANCE_ROLES_RUN_H
#define CONFORMANCE_ROLES_RUN_H

#include <signal.h>

#include "conformance/ledger/ics.h"
#include "conformance/roles/observe.h"
#include "conformance/verdict/verdict.h"

struct run_attempt {
    enum verdict verdict;
    uint64_t duration_ms;
};

/* What the reader of a report holds in the hand about one test. Everything may
 * be NULL or 0: what is there is shown. Of a text with one language only, that
 * one is shown in both. All of it lives as long as the run. */
struct run_card {
    uint64_t duration_ms;              /* of all attempts together */
    const struct run_attempt *attempt; /* in order, when repeated */
    size_t attempts;
    struct ledger_text sent;     /* what the tester did, one line */
    struct ledger_text expected; /* ... and waited for */
    struct ledger_text observed; /* ... and got */
    const char *at;              /* first difference: JSON pointer, byte offset,
                                      protocol element */
    struct ledger_text difference; /* ... and what differs there */
    const char *evidence; /* path of the transcript in the run folder */
    const char *evidence_sha256;
    const char *replay; /* a command line that repeats the test */
    const char *curl;   /* ... for HTTP, the request without the tester */
};

struct run_result { /* of one test */
    const struct ledger_test *test;
    enum verdict verdict;
    enum verdict own; /* before a file of expected deviations changed it, else
                         NONE: what its requirements came to */
    struct ledger_text reason; /* static or in the observation's arena */
    uint64_t violations;       /* of the requirements it verifies */
    struct run_card card;
};

/* Under which circumstances a run took place; as above, NULL or 0: not shown. */
struct run_setting {
    const char
        *environment;      /* one line: system, processors, library versions */
    const char *target;    /* URL or command of the product, redacted */
    const char *seed;      /* as text, for --seed */
    uint64_t wait_ms;      /* calibrated: how long an answer is waited for */
    uint64_t probe_p99_us; /* ... from the probes' 99th percentile */
    unsigned probes, jobs, repeats;
    const struct ledger_text *deviation; /* from the defaults: --insecure ... */
    size_t deviations;
    const struct ledger_text *note; /* what was not seen, and why */
    size_t notes;
};

struct run {
    const struct ledger *ledger; /* borrowed, as are the next two */
    const struct standard *standard;
    const struct ics *ics; /* or NULL */
    /* holds(ctx, name): names of conditions that are neither ics.* nor known
     * here, such as target.tls; NULL: false. */
    bool (*holds)(void *ctx, struct bytes name);
    void *holds_ctx;
    const char *only; /* prefixes of test ids, "A,B"; NULL: all tests */
    const volatile sig_atomic_t *stop; /* set by a signal; or NULL */
    /* progress(ctx, r): called now and then while reading; may be NULL */
    void (*progress)(void *ctx, const struct run *r);
    void *ctx;
    struct observe *observe;   /* owned */
    struct run_result *result; /* owned; in the catalogue's order */
    size_t results;
    size_t *place; /* owned; of each test of the ledger: 1 + where its result
                      is, 0: not selected (run_select) */
    size_t named;  /* of them, asked for: 0 is "nothing selected" */
    size_t count[VERDICT_COUNT];
    struct run_setting setting;
    void *network; /* of the command, in network roles; or NULL */
    bool partial;  /* what is declared and not seen here may travel elsewhere */
    bool interrupted;
    enum verdict_exit exit;
};

/* run_open(r, role, err): begin: ledger, standard, ics, only, stop and progress
 * are set, the rest is zero. ERR_NOMEM and broken definitions fail. */
enum err_code run_open(struct run *r, const char *role,
                       struct err *err) MUST_USE;

/* run_file(r, path): observe a file. One that cannot be read is a fault of the
 * tester's surroundings: every verdict becomes error. */
void run_file(struct run *r, const char *path);

/* run_judge(r): every selected test against what was observed. */
void run_judge(struct run *r);
void run_free(struct run *r);

/* What a product sent, kept for run_content: every octet as it came, for a line
 * end within a text may be what is wrong with it, and a digest is made over it.
 * run_content_add(out, document): append a document; an empty one is none.
 * run_content_context(out, document): what the tester asked for before; it is not
 * judged (observe_context).
 * run_content_boundary(out): another instance of the product begins. */
void run_content_add(struct buf *out, struct bytes document);
void run_content_context(struct buf *out, struct bytes document);
void run_content_boundary(struct buf *out);

/* run_content(r, documents, err): what run_content_add put into ${documents} is
 * judged by the tests of role files; their results stand behind the others, and
 * counts and exit of ${r} take them in. Where no instance of the product sent two
 * different documents, or one that was asked refused nothing in the tests of ${r},
 * a negative test is not passed by them. ERR_NOMEM. */
enum err_code run_content(struct run *r, struct bytes documents,
                          struct err *err) MUST_USE;

/* run_select(r, role, err): fill r->result with the tests of ${role} that
 * r->only names, what they need and the preflight. ERR_NOMEM. */
enum err_code run_select(struct run *r, const char *role,
                         struct err *err) MUST_USE;

/* run_result_of(r, t): where the result of ${t}, a test of r->ledger, stands;
 * NULL when it was not selected, or for NULL. Borrowed. */
struct run_result *run_result_of(const struct run *r,
                                 const struct ledger_test *t);

/* run_applies(r, t): the test's condition and those of what it verifies hold:
 * by the declaration, or without one by what was observed (NULL: nothing is
 * known, all is supposed to hold). */
bool run_applies(const struct run *r, const struct ledger_test *t);

/* run_worst(r, rid): how a requirement came out: the worst verdict of the tests
 * that verify it, whatever deviations were expected; NONE when none was
 * selected. */
enum verdict run_worst(const struct run *r, const char *rid);

/* run_note(r, a, zh, en): one more note of the setting; the texts, of ${a} like
 * the list, may be NULL when memory was short: no note then. */
void run_note(struct run *r, struct arena *a, const char *zh, const char *en);

/* ---- inside: steps (steps.c) */
/* step_run(r, res): the steps of a test, in order; only worsens. */
void step_run(struct run *r, struct run_result *res);

#endif
