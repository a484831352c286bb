/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of assertions that several operations and lint use. */
#ifndef CONFORMANCE_STEPS_ASSERT_H
#define CONFORMANCE_STEPS_ASSERT_H

#include "formats/base/yaml.h"
#include "formats/json/tape.h"

/* assert_match(pattern, text): the whole of ${text}; false too when the pattern
 * is none or takes too many steps. assert_pattern: it is one. */
bool assert_match(const char *pattern, struct bytes text);
bool assert_pattern(const char *pattern);

/* assert_within(text, part): ${part} occurs in ${text}. */
bool assert_within(struct bytes text, struct bytes part);

/* assert_find(t, pointer, at): the value that a JSON pointer (RFC 6901) names;
 * "" is the document. False: not there. */
bool assert_find(const struct tape *t, struct bytes pointer, uint32_t *at);

/* assert_fault(test): what is wrong with an entry of a STEP_TESTS list; NULL:
 * nothing. */
const char *assert_fault(const struct yaml_node *test);

/* assert_time(t, at, bound, upper): the RFC 3339 time at node ${at} of ${t} lies
 * not before (${upper}: not after) ${bound}, "POINTER+Ns": the time at POINTER of
 * the same document and N seconds. Whole seconds are compared; false when either
 * is no time. */
bool assert_time(const struct tape *t, uint32_t at, struct bytes bound,
                 bool upper);

/* assert_time_form(bound): it has the form that assert_time reads. */
bool assert_time_form(struct bytes bound);

#endif
