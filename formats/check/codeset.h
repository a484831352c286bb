/* SPDX-License-Identifier: Apache-2.0 */
/* What a document may hold of a code list under one value encoding (standard.h,
 * enum std_encoding), hashed by its text. */
#ifndef FORMATS_CHECK_CODESET_H
#define FORMATS_CHECK_CODESET_H

#include "formats/base/arena.h"
#include "formats/standard/standard.h"

struct codeset {
    const struct std_codes *codes;
    struct codeset_slot {
        uint32_t hash; /* 0: empty */
        uint32_t len;
        const char *text;
        const struct std_code *code;
        bool fits; /* it has the length and the pattern that its place wants */
    } * slot;
    uint32_t mask;
    const char *const *names; /* NULL-ended, for "did you mean" */
};

/* codeset_new(codes, encoding, arena): in ${arena}; NULL: nomem. Codes that the
 * encoding cannot write (no alias, no Chinese name) are left out. */
const struct codeset *codeset_new(const struct std_codes *codes,
                                  enum std_encoding encoding,
                                  struct arena *arena);

/* codeset_slot(s, text): where ${text} is listed, or NULL. */
static inline const struct codeset_slot *
codeset_slot(const struct codeset *s, struct bytes text)
{
    uint32_t h = hash_key(text.data, text.len);

    for (uint32_t i = h & s->mask; s->slot[i].hash != 0;
         i = (i + 1) & s->mask) {
        if (s->slot[i].hash == h && s->slot[i].len == text.len &&
            memcmp(s->slot[i].text, text.data, text.len) == 0)
            return &s->slot[i];
    }
    return NULL;
}

/* codeset_find(s, text): the code written as ${text}, or NULL. */
static inline const struct std_code *
codeset_find(const struct codeset *s, struct bytes text)
{
    const struct codeset_slot *at = codeset_slot(s, text);

    return at != NULL ? at->code : NULL;
}

#endif
