/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of hashes in the order of arrival, and an open-addressed index of ring
 * places (linear probing; removal shifts back, so no tombstones gather). */
#include "agent/pipeline/recent.h"

#include <stdlib.h>
#include <sys/random.h>

#include "formats/base/hash.h"

#define KEY_BYTES 16

struct recent {
    uint8_t secret[KEY_BYTES];
    uint32_t max;   /* places of the ring; the index has twice as many */
    uint32_t start; /* oldest */
    uint32_t count;
    uint8_t (*ring)[KEY_BYTES];
    uint32_t *index; /* ring place + 1; 0: empty */
};

struct recent *
recent_new(uint32_t max)
{
    struct recent *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->max = max;
    s->ring = calloc(max, sizeof(*s->ring));
    s->index = calloc((size_t)max * 2, sizeof(*s->index));
    if (!s->ring || !s->index ||
        getrandom(s->secret, KEY_BYTES, 0) != KEY_BYTES) {
        recent_free(s);
        return NULL;
    }
    return s;
}

void
recent_free(struct recent *s)
{
    if (!s)
        return;
    free(s->ring);
    free(s->index);
    free(s);
}

static uint32_t
home(const struct recent *s, const uint8_t key[KEY_BYTES])
{
    uint32_t h;

    memcpy(&h, key, sizeof(h));
    return h & (2 * s->max - 1);
}

/* The place in the index of ${key}, or of the gap where it would go. */
static uint32_t
find(const struct recent *s, const uint8_t key[KEY_BYTES])
{
    uint32_t i = home(s, key);

    while (s->index[i] && memcmp(s->ring[s->index[i] - 1], key, KEY_BYTES) != 0)
        i = (i + 1) & (2 * s->max - 1);
    return i;
}

static void
take_out(struct recent *s, const uint8_t key[KEY_BYTES])
{
    uint32_t mask = 2 * s->max - 1, gap = find(s, key);

    for (uint32_t i = (gap + 1) & mask; s->index[i]; i = (i + 1) & mask) {
        uint32_t from = home(s, s->ring[s->index[i] - 1]);

        /* Only an entry whose way to its place leads over the gap may move. */
        if (((i - from) & mask) >= ((i - gap) & mask)) {
            s->index[gap] = s->index[i];
            gap = i;
        }
    }
    s->index[gap] = 0;
}

bool
recent_add(struct recent *s, struct bytes id)
{
    uint8_t key[KEY_BYTES];
    uint32_t place;

    hash_128(s->secret, id.data, id.len, key);
    if (s->index[find(s, key)])
        return false;
    if (s->count == s->max) {
        take_out(s, s->ring[s->start]);
        s->start = (s->start + 1) & (s->max - 1);
        s->count--;
    }
    place = (s->start + s->count) & (s->max - 1);
    memcpy(s->ring[place], key, KEY_BYTES);
    s->index[find(s, key)] = place + 1;
    s->count++;
    return true;
}

void
recent_undo(struct recent *s, uint32_t n)
{
    for (; n > 0 && s->count > 0; n--) {
        s->count--;
        take_out(s, s->ring[(s->start + s->count) & (s->max - 1)]);
    }
}

uint32_t
recent_count(const struct recent *s)
{
    return s->count;
}
