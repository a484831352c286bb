/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/verdict/fault.h"

#include <stdlib.h>
#include <string.h>

const struct fault_row fault_table[] = {
    {"always-true-compare", "a violated requirement is never a fail", false},
    {"swapped-expectation", "violated and clean are exchanged", false},
    {"ignored-twin", "a negative pass needs no positive twin", false},
    {"ignored-liveness", "a negative pass needs no living peer", false},
    {"ignored-attribution", "any refusal will do", false},
    {"ignored-dependency", "a test runs whatever its needs came to", false},
    {"verdict-betters", "a later observation may better a verdict", false},
    {"repeat-takes-first", "repeats that disagree are not unstable", false},
    {"exit-always-0", "the exit status is always 0", false},
    {"nothing-is-green", "a run without a pass is passed", false},
    {"error-charged", "a fault of the tester is the product's", false},
    {"preflight-ignored", "an untestable product keeps its passes", false},
    {"first-record-only", "only the first record of an envelope is read",
     false},
    {"lost-pointer", "a fault does not say where", false},
    {"wrong-owner", "a fault is charged to another requirement", false},
    {"digest-unchecked", "the digest of the items is not computed", false},
    {"frozen-unseen", "a frozen sample is not noticed", false},
    {"place-always-seen", "what did not occur counts as exercised", false},
    {"patch-skipped", "documents of the corpus are not changed", false},
    {"status-any", "every status of an HTTP answer is right", true},
    {"store-unread", "what a product stored is not looked at", true},
    {"timeout-dropped", "a step waits beyond the end of its test", true},
    {0},
};

bool
fault_built(void)
{
#ifdef HUTONG_FAULTS
    return true;
#else
    return false;
#endif
}

#ifdef HUTONG_FAULTS
bool
fault_on(const char *name)
{
    const char *seeded = getenv(FAULT_VARIABLE);

    return seeded != NULL && strcmp(seeded, name) == 0;
}
#endif
