/* SPDX-License-Identifier: Apache-2.0 */
/* Who answers for a run: in-toto statements (predicate test-result v0.1) about
 * its seal and report, each in a DSSE 1.0 envelope with one signature a key. The
 * tester's lies in the run folder as attestation.json; the reviewer's, as
 * review.json, is about the tester's too. The seal's digest covers every event,
 * the events every file. */
#ifndef CONFORMANCE_EVIDENCE_SIGN_H
#define CONFORMANCE_EVIDENCE_SIGN_H

#include "conformance/evidence/evidence.h"
#include "conformance/evidence/key.h"

enum sign_as { SIGN_TESTER, SIGN_REVIEWER, SIGN_AS_COUNT };

#define SIGN_KEYS_MAX 8
#define SIGN_SEEN_MAX (SIGN_AS_COUNT * SIGN_KEYS_MAX)

/* sign_file(as): name of the envelope in the run folder; sign_word(as): "tester",
 * "reviewer"; sign_as_of: the reverse. */
const char *sign_file(enum sign_as as);
const char *sign_word(enum sign_as as);
bool sign_as_of(const char *word, enum sign_as *out);

/* What the statement says beside the digests; both follow from report.json, and
 * a checker derives them again. */
struct sign_about {
    const char *result;         /* "PASSED", "WARNED" or "FAILED" */
    struct bytes configuration; /* JSON array of in-toto ResourceDescriptor */
};

/* sign_run(dir, key, keys, as, about, err): sign the run in ${dir}, which has to
 * be intact (the caller verifies it first), with 1 to SIGN_KEYS_MAX private
 * keys. ERR_EXISTS when that envelope is there already, ERR_NOT_FOUND when a
 * reviewer comes before the tester. */
enum err_code sign_run(const char *dir, const struct key *key, size_t keys,
                       enum sign_as as, const struct sign_about *about,
                       struct err *err) MUST_USE;

struct sign_seen { /* one signature */
    enum sign_as as;
    char id[KEY_ID_SIZE];  /* of the key that it names */
    const struct key *key; /* that it holds for; NULL: not among those given */
};

struct sign_result {
    struct sign_seen seen[SIGN_SEEN_MAX];
    size_t count;
    const char *file; /* the envelope that is not as written, or NULL */
    const char *why;  /* a word for it, English */
};

/* sign_check(dir, key, keys, about, out, err): every envelope in ${dir} is byte
 * for byte what we write, is about what lies there, and each of its signatures
 * whose key is given holds; every given key (0 to SIGN_KEYS_MAX public ones) has
 * one. ERR_AUTH with out->file when not; ERR_NOT_FOUND when keys are given and
 * nothing is signed. */
enum err_code sign_check(const char *dir, const struct key *key, size_t keys,
                         const struct sign_about *about,
                         struct sign_result *out, struct err *err) MUST_USE;

#endif
