/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of blocks, each a state of the spool: 8 bytes of the number of its
 * first id (they are counted from 0 for ever), then its ids. Only blocks that
 * changed are put again. */
#include "agent/pipeline/repeats.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/pipeline/recent.h"
#include "formats/base/hash.h"

#define ID_BYTES   16
#define BLOCK_IDS  ((uint32_t)256)
#define BLOCKS     (REPEATS_MAX / BLOCK_IDS)
#define STATE_NAME 32

struct repeats {
    struct spool *spool;
    struct recent *recent;
    uint8_t (*ring)[ID_BYTES]; /* REPEATS_MAX */
    uint64_t next;             /* number of the next id */
    uint64_t stored;           /* numbers below are in the spool's states */
    struct buf value;          /* scratch */
};

static struct bytes
state_name(uint32_t block, char name[STATE_NAME])
{
    int n = snprintf(name, STATE_NAME, "repeats/%u", block);

    return bytes_of(name, n > 0 ? (size_t)n : 0);
}

static struct bytes
ring_id(const struct repeats *r, uint64_t number)
{
    return bytes_of((const char *)r->ring[number % REPEATS_MAX], ID_BYTES);
}

/* ---- load */

struct stored_block {
    uint64_t first;
    struct bytes ids;
};

static int
by_first(const void *a, const void *b)
{
    const struct stored_block *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Blocks that are not what this module writes are left out. */
static size_t
read_blocks(struct repeats *r, struct stored_block block[BLOCKS])
{
    size_t n = 0;

    for (uint32_t i = 0; i < BLOCKS; i++) {
        char name[STATE_NAME];
        struct bytes v;

        if (!spool_state_get(r->spool, state_name(i, name), &v) || v.len < 8 ||
            (v.len - 8) % ID_BYTES != 0 ||
            v.len - 8 > (size_t)BLOCK_IDS * ID_BYTES)
            continue;
        block[n].first = bytes_get_le(v.data, 8);
        block[n].ids = bytes_from(v, 8);
        if (block[n].first % BLOCK_IDS == 0 &&
            block[n].first / BLOCK_IDS % BLOCKS == i &&
            block[n].first < UINT64_MAX / 2)
            n++;
    }
    qsort(block, n, sizeof block[0], by_first);
    return n;
}

static void
load(struct repeats *r)
{
    struct stored_block block[BLOCKS];
    size_t n = read_blocks(r, block);

    for (size_t i = 0; i < n; i++) {
        size_t ids = block[i].ids.len / ID_BYTES;

        for (size_t k = 0; k < ids; k++) {
            uint64_t number = block[i].first + k;

            memcpy(r->ring[number % REPEATS_MAX],
                   block[i].ids.data + k * ID_BYTES, ID_BYTES);
            (void)recent_add(r->recent, ring_id(r, number));
            r->next = number + 1;
        }
    }
    r->stored = r->next;
}

struct repeats *
repeats_open(struct spool *s, struct err *err)
{
    struct repeats *r = calloc(1, sizeof *r);

    if (r != NULL) {
        r->spool = s;
        r->recent = recent_new(REPEATS_MAX);
        r->ring = calloc(REPEATS_MAX, sizeof *r->ring);
    }
    if (r == NULL || r->recent == NULL || r->ring == NULL) {
        repeats_free(r);
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    load(r);
    return r;
}

void
repeats_free(struct repeats *r)
{
    if (r == NULL)
        return;
    recent_free(r->recent);
    free(r->ring);
    buf_free(&r->value);
    free(r);
}

/* ---- use */

bool
repeats_add(struct repeats *r, const char *scope, char kind, struct bytes id)
{
    uint8_t *place = r->ring[r->next % REPEATS_MAX];
    uint8_t hash[ID_BYTES];

    buf_reset(&r->value);
    buf_str(&r->value, scope);
    buf_char(&r->value, '\0');
    buf_char(&r->value, kind);
    buf_bytes(&r->value, id);
    if (!buf_ok(&r->value))
        return true; /* without memory a repeat may pass; nothing is lost */
    hash_128(spool_uuid(r->spool), r->value.data, r->value.len, hash);
    if (!recent_add(r->recent, bytes_of((const char *)hash, ID_BYTES)))
        return false;
    memcpy(place, hash, ID_BYTES);
    r->next++;
    return true;
}

void
repeats_undo(struct repeats *r)
{
    if (r->next == 0)
        return;
    recent_undo(r->recent, 1);
    r->next--;
    if (r->stored > r->next)
        r->stored = r->next;
}

enum err_code
repeats_store(struct repeats *r, struct err *err)
{
    uint64_t first = r->stored - r->stored % BLOCK_IDS;

    if (r->next - first > REPEATS_MAX) { /* more came than there is room for */
        first = r->next - REPEATS_MAX + BLOCK_IDS - 1;
        first -= first % BLOCK_IDS;
    }
    for (; r->stored != r->next && first < r->next; first += BLOCK_IDS) {
        uint64_t left = r->next - first;
        char name[STATE_NAME], number[8];
        enum err_code code;

        buf_reset(&r->value);
        bytes_put_le(number, first, sizeof number);
        buf_add(&r->value, number, sizeof number);
        for (uint64_t i = 0; i < left && i < BLOCK_IDS; i++)
            buf_bytes(&r->value, ring_id(r, first + i));
        if (!buf_ok(&r->value))
            return err_set(err, ERR_NOMEM, NULL, "out of memory");
        code = spool_state(
            r->spool, state_name((uint32_t)(first / BLOCK_IDS % BLOCKS), name),
            buf_view(&r->value), err);
        if (code != ERR_OK)
            return code;
    }
    r->stored = r->next;
    return ERR_OK;
}
