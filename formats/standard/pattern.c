/* SPDX-License-Identifier: Apache-2.0 */
/* The subset of regular expressions that PCRE2, ECMA 262 (JSON Schema) and
 * Python read alike: anchored at both ends, no class letters (their meaning
 * differs for Unicode), no dot (its line ends differ), no groups with options
 * but (?:...). */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "formats/standard/internal.h"

static const char *
scan(const char *p)
{
    bool set = false;

    for (; *p != '\0'; p++) {
        if (*p == '\\') {
            p++;
            if (*p == '\0' || strchr(".*+?()[]{}|^$/\\-", *p) == NULL)
                return "a backslash may only stand before punctuation";
        } else if (set) {
            set = *p != ']';
        } else if (*p == '[') {
            set = true;
            p += p[1] == '^';
            if (p[1] == ']' || p[1] == '[')
                return "escape brackets inside a set";
        } else if (*p == '.') {
            return "write a set instead of a dot";
        } else if (*p == '(' && p[1] == '?' && p[2] != ':') {
            return "only plain and (?:...) groups";
        }
    }
    return NULL;
}

const char *
pattern_fault(const char *pattern)
{
    size_t n = strlen(pattern);
    const char *fault;
    PCRE2_SIZE at;
    pcre2_code *code;
    int error;

    if (n < 2 || pattern[0] != '^' || pattern[n - 1] != '$' ||
        pattern[n - 2] == '\\')
        return "must begin with ^ and end with $";
    fault = scan(pattern);
    if (fault != NULL)
        return fault;
    code = pcre2_compile((PCRE2_SPTR)pattern, n,
                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
    if (code == NULL)
        return "not a regular expression";
    pcre2_code_free(code);
    return NULL;
}
