/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/verdict/fault.h"

#include <stdlib.h>
#include <string.h>

const struct fault_row fault_table[] = {
    {"always-true-compare", "a violated requirement is never a fail", NULL},
    {"swapped-expectation", "violated and clean are exchanged", NULL},
    {"ignored-twin", "a negative pass needs no positive twin", NULL},
    {"ignored-liveness", "a negative pass needs no living peer", NULL},
    {"ignored-attribution", "any refusal will do", NULL},
    {"ignored-dependency", "a test runs whatever its needs came to", NULL},
    {"verdict-betters", "a later observation may better a verdict", NULL},
    {"repeat-takes-first", "repeats that disagree are not unstable", NULL},
    {"exit-always-0", "the exit status is always 0", NULL},
    {"nothing-is-green", "a run without a pass is passed", NULL},
    {"error-charged", "a fault of the tester is the product's", NULL},
    {"preflight-ignored", "an untestable product keeps its passes", NULL},
    {"first-record-only", "only the first record of an envelope is read", NULL},
    {"lost-pointer", "a fault does not say where", NULL},
    {"wrong-owner", "a fault is charged to another requirement", NULL},
    {"digest-unchecked", "the digest of the items is not computed", NULL},
    {"frozen-unseen", "a frozen sample is not noticed", NULL},
    {"place-always-seen", "what did not occur counts as exercised", NULL},
    {"patch-skipped", "documents of the corpus are not changed", NULL},
    {"status-any", "every status of an HTTP answer is right", "HTTP-0001"},
    {"store-unread", "what a product stored is not looked at", "HTTP-0002"},
    {"timeout-dropped", "a step waits beyond the end of its test", NULL},
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
