/* SPDX-License-Identifier: Apache-2.0 */
/* Which key may come next: what the core compares a key with first. */
#include "formats/json/read.h"

const char read_guess_mask[32] = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                                 "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";

/* set(g, key): ${g} guesses ${key}, which is at most READ_GUESS_MAX bytes. */
static void
set(struct read_guess *g, struct bytes key)
{
    char text[16] = "";

    if (key.len > 0)
        memcpy(text, key.data, key.len);
    text[key.len] = '"';
    text[key.len + 1] = ':';
    memcpy(g->text, text, sizeof text);
    g->length = (uint32_t)key.len;
    g->hash = hash_key(key.data, key.len);
}

void
read_guess_init(struct read_memory *m)
{
    /* The empty key, everywhere: a guess like any other, mostly wrong. */
    set(&m->start, BYTES(""));
    m->start.next = &m->start;
    for (uint32_t i = 0; i < READ_GUESS_SLOTS; i++)
        m->guess[i] = m->start;
}

/* slot(before, key): a key stands for itself and the one before it: src_ip of
 * an alert is followed by another key than src_ip of a flow. */
static uint32_t
slot(uint32_t before, uint32_t key)
{
    uint32_t mixed = (key ^ (before << 16 | before >> 16)) * 0x9E3779B1U;

    return (uint32_t)((uint64_t)mixed * READ_GUESS_SLOTS >> 32);
}

struct read_guess *
read_learn(struct read *r, struct read_guess *g, const struct tape_node *n)
{
    struct read_guess *learnt = &r->m->guess[slot(g->hash, n->hash)];

    if (n->flags != 0 || n->length > READ_GUESS_MAX)
        return g;
    if (learnt->hash != n->hash)
        set(learnt, bytes_of(r->base + n->offset, n->length));
    g->next = learnt;
    return learnt;
}
