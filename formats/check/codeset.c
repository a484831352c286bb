/* SPDX-License-Identifier: Apache-2.0 */
/* Code lists, hashed by the spelling of one value encoding. */
#include "formats/check/codeset.h"

#include <inttypes.h>

static const char *
spelling(const struct std_code *code, enum std_encoding encoding,
         struct arena *arena)
{
    switch (encoding) {
    case STD_ENC_ALIAS:
        return code->alias == INT64_MIN
                   ? NULL
                   : arena_printf(arena, "%" PRId64, code->alias);
    case STD_ENC_NAME_ZH:
        return code->name_zh;
    case STD_ENC_PLAIN:
    case STD_ENC_TIME:
        break;
    }
    return code->code;
}

static void
put(struct codeset *s, const char *text, const struct std_code *code)
{
    uint32_t len = (uint32_t)strlen(text), h = hash_key(text, len);
    uint32_t i = h & s->mask;

    while (s->slot[i].hash != 0)
        i = (i + 1) & s->mask;
    s->slot[i] = (struct codeset_slot){h, len, text, code, false};
}

const struct codeset *
codeset_new(const struct std_codes *codes, enum std_encoding encoding,
            struct arena *arena)
{
    struct codeset *s = arena_alloc(arena, sizeof(*s));
    const char **names = arena_array(arena, codes->count + 1, sizeof(*names));
    size_t slots = 4, n = 0, spellings = codes->count;

    for (size_t i = 0; i < codes->count; i++) {
        for (const char *const *a = codes->code[i].also; *a != NULL; a++)
            spellings++;
    }
    while (slots < spellings * 2)
        slots *= 2;
    if (s == NULL || names == NULL)
        return NULL;
    s->codes = codes;
    s->names = names;
    s->mask = (uint32_t)slots - 1;
    s->slot = arena_array(arena, slots, sizeof(*s->slot));
    if (s->slot == NULL)
        return NULL;
    for (size_t i = 0; i < codes->count; i++) {
        const char *text = spelling(&codes->code[i], encoding, arena);

        if (text == NULL && encoding == STD_ENC_ALIAS &&
            codes->code[i].alias != INT64_MIN)
            return NULL;
        if (text == NULL)
            continue;
        put(s, text, &codes->code[i]);
        names[n++] = text;
        if (encoding != STD_ENC_PLAIN)
            continue;
        for (const char *const *a = codes->code[i].also; *a != NULL; a++)
            put(s, *a, &codes->code[i]);
    }
    return s;
}
