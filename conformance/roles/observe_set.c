/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers by their 128-bit keyed hash: a name costs 24 bytes. */
#include <stdlib.h>
#include <sys/mman.h>

#include "conformance/roles/observe.h"

struct slot {
    uint8_t name[16]; /* all zero: empty */
    uint64_t value;
};

#define SMALL_PAGE ((uintptr_t)4096)
#define LARGE_PAGE ((uintptr_t)2 << 20)

struct observe_set {
    struct slot *slot; /* owned; a power of two of them */
    size_t mask, count;
};

static void
name_of(struct bytes name, uint8_t out[16])
{
    static const uint8_t key[16] = "hutong-conform";

    hash_128(key, name.len ? name.data : "", name.len, out);
    out[0] |= 1; /* never empty */
}

struct observe_set *
observe_set_new(void)
{
    struct observe_set *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->mask = 1023;
    s->slot = calloc(s->mask + 1, sizeof *s->slot);
    if (s->slot != NULL)
        return s;
    free(s);
    return NULL;
}

void
observe_set_free(struct observe_set *s)
{
    if (s == NULL)
        return;
    free(s->slot);
    free(s);
}

static struct slot *
find(const struct observe_set *s, const uint8_t name[16])
{
    uint64_t h;
    size_t i;

    memcpy(&h, name + 8, sizeof h);
    for (i = h & s->mask; s->slot[i].name[0] != 0; i = (i + 1) & s->mask) {
        if (memcmp(s->slot[i].name, name, 16) == 0)
            break;
    }
    return &s->slot[i];
}

/* Slots all over a table are touched in no order: its first touch costs much less
 * in large pages. Advice only; without them all is as it was. */
static struct slot *
new_slots(size_t n)
{
    struct slot *p = calloc(n, sizeof *p);
    uintptr_t from = (uintptr_t)p, to = from + n * sizeof *p;

    if (p != NULL && to - from >= LARGE_PAGE) {
        from = (from + SMALL_PAGE - 1) & ~(SMALL_PAGE - 1);
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
    return p;
}

static bool
is_loaded(const struct observe_set *s)
{
    return s->count * 4 >= s->mask * 3;
}

static bool
grow(struct observe_set *s)
{
    struct observe_set bigger = {.mask = 2 * s->mask + 1};

    if (s->count >= OBSERVE_SET_MAX)
        return false;
    bigger.slot = new_slots(bigger.mask + 1);
    if (bigger.slot == NULL)
        return false;
    for (size_t i = 0; i <= s->mask; i++) {
        if (s->slot[i].name[0] != 0)
            *find(&bigger, s->slot[i].name) = s->slot[i];
    }
    free(s->slot);
    s->slot = bigger.slot;
    s->mask = bigger.mask;
    return true;
}

enum observe_put
observe_set_put(struct observe_set *s, struct bytes name, uint64_t value)
{
    struct slot new = {.value = value}, *at;

    name_of(name, new.name);
    at = find(s, new.name);
    if (at->name[0] != 0)
        return at->value == value ? PUT_SAME : PUT_OTHER;
    if (is_loaded(s)) {
        if (!grow(s))
            return PUT_FULL;
        at = find(s, new.name);
    }
    *at = new;
    s->count++;
    return PUT_NEW;
}

size_t
observe_set_lacking(const struct observe_set *s,
                    const struct observe_set *other, uint64_t *value)
{
    size_t n = 0;

    for (size_t i = 0; i <= s->mask; i++) {
        if (s->slot[i].name[0] == 0 ||
            find(other, s->slot[i].name)->name[0] != 0)
            continue;
        if (n++ == 0 || s->slot[i].value < *value)
            *value = s->slot[i].value;
    }
    return n;
}

bool
observe_set_get(const struct observe_set *s, struct bytes name, uint64_t *value)
{
    uint8_t key[16];
    const struct slot *at;

    name_of(name, key);
    at = find(s, key);
    if (at->name[0] == 0)
        return false;
    *value = at->value;
    return true;
}
