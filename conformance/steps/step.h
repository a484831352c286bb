/* SPDX-License-Identifier: Apache-2.0 */
/* The step vocabulary of network tests. A test is a list of steps; a step is an
 * operation with parameters (data), an operation is C. Operations come in
 * families (http, zmq ...): a family is one family_<word>.c and one word in
 * FAMILIES (CMakeLists.txt). The vocabulary is closed: what a test file may say
 * is what the tables here list, and lint refuses the rest. */
#ifndef CONFORMANCE_STEPS_STEP_H
#define CONFORMANCE_STEPS_STEP_H

#include "conformance/ledger/ledger.h"
#include "conformance/verdict/verdict.h"
#include "formats/base/yaml.h"

struct session;

enum step_type {
    STEP_TEXT, /* ${...} is expanded (session_text) */
    STEP_INT,
    STEP_BOOL,
    STEP_WAIT, /* milliseconds, or "auto": the calibrated wait of this run */
    STEP_LIST, /* of texts */
    STEP_MAP,  /* of names and texts: header lines, frames by name */
    STEP_BODY, /* how to make bytes: session_body says which members */
    STEP_TESTS /* list of {at: JSON pointer, <operator>: value}: session_assert */
};

struct step_param {
    const char *name;
    enum step_type type;
    bool required;
    const char *const
        *names; /* STEP_TEXT: the NULL-ended closed list, or NULL */
};

struct step_op {
    const char *name;               /* "http.send"; unique over all families */
    const struct step_param *param; /* ends with name NULL */
    /* run(s, step): what this step comes to. PASS goes on with the next step;
     * anything else ends the steps (not `after` and `restore`). Blocks at most
     * until session_left(s) is 0. Called in the thread of the session. */
    enum verdict (*run)(struct session *s, const struct ledger_step *step);
    /* negative(step): as written, the step wants the product to refuse, so that
     * its test needs a positive twin; NULL: never. For lint. */
    bool (*negative)(const struct ledger_step *step);
};

struct step_family {
    const char *name;         /* the word */
    const struct step_op *op; /* ends with name NULL */
    size_t state_bytes; /* of this family in a session, zeroed; may be 0 */
    /* fini(state): close what the steps opened; NULL when there is nothing. Runs
     * at the end of every session, however it ended; within 1 s. */
    void (*fini)(void *state);
};

extern const struct step_family *const step_family_table[]; /* NULL-ended */

/* step_arg(st, name): a parameter as it stands in the file, or NULL; marks
 * nothing, so any thread may ask. step_text(n): the text of a scalar, else NULL
 * (also for NULL). step_member(n, name): of a map. */
const struct yaml_node *step_arg(const struct ledger_step *st,
                                 const char *name);
const struct yaml_node *step_member(const struct yaml_node *map,
                                    const char *name);
const char *step_text(const struct yaml_node *n);

/* step_op_find(name, family): the operation, its family in *family when that is
 * not NULL; NULL when unknown. */
const struct step_op *step_op_find(const char *name,
                                   const struct step_family **family);

/* step_lint(l, diag): every step of every test: operation known, parameters
 * known, required ones there, of the right type, seeds and cases they name
 * exist, ${names} that nothing sets. Errors into ${diag} with file:line. */
void step_lint(const struct ledger *l, struct diag *diag);

#endif
