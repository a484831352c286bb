/* SPDX-License-Identifier: Apache-2.0 */
/* Growing lists inside an arena. */
#include "agent/host/facts.h"

void *
facts_grow(struct facts *f, void *list, size_t *cap, size_t count, size_t size)
{
    size_t want = *cap ? *cap * 2 : 8;
    char *old;
    char *bigger;

    /* ${list} is the address of a typed pointer: copied, not aliased. */
    memcpy(&old, list, sizeof(old));
    if (count < *cap)
        return old + count * size;
    bigger = arena_array(f->arena, want, size);
    if (bigger == NULL) {
        f->partial = true;
        return NULL;
    }
    if (count)
        memcpy(bigger, old, count * size);
    memcpy(list, &bigger, sizeof(bigger));
    *cap = want;
    return bigger + count * size;
}

void
facts_add(struct facts *f, struct facts_list *list, const char *text)
{
    const char **slot;

    if (text == NULL)
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i], text) == 0)
            return;
    }
    if (list->count == FACTS_MAX_ADDRESSES) {
        f->partial = true;
        return;
    }
    slot = facts_grow(f, &list->item, &list->cap, list->count, sizeof(*slot));
    if (slot) {
        *slot = text;
        list->count++;
    }
}
