/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's one pass. Everything an ordinary document needs is inlined into
 * one loop whose state lives in registers; the rest is called (read.h).
 *
 * No bounds are checked where none can be passed: the last byte of what is
 * scanned is a closing bracket or a NUL (reader.c sees to that), is marked in
 * both maps, and no token but a bracket can take it; so only core_close looks
 * whether there is more. */
#include "formats/base/simd.h"
#include "formats/json/read.h"

#define CORE      static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

/* All scalars, and never passed to a function that is not inlined: else the
 * compiler keeps it in memory, and reading takes twice as long. */
struct core {
    const char *base;       /* as r->base */
    size_t i;               /* next byte */
    struct tape_node *n;    /* next node */
    uint32_t count;         /* its index */
    uint32_t room;          /* nodes there is room for */
    uint32_t depth;         /* open containers */
    char close;             /* of the innermost: '}', ']', or 0 at the root */
    struct tape_node *last; /* its last member; its `next` may be written */
    /* The rest of struct frame. */
    uint32_t f_node, f_count, f_serial, f_drop, f_flags;
    struct read_guess *guess; /* the last key; its `next` is tried first */
};

/* core_at(r, k, c, want): ${c} is the next byte behind spaces; else a fault. */
CORE bool
core_at(struct read *r, struct core *k, char c, const char *want)
{
    if (LIKELY(k->base[k->i] == c))
        return true;
    k->i = read_space(k->base, k->i);
    return k->base[k->i] == c || read_unexpected(r, k->i, want);
}

/* core_last(r, k): the node of k->last, or TAPE_MAX_NODES when there is none:
 * `none` lies in other memory, so its distance means nothing. */
CORE uint32_t
core_last(const struct read *r, const struct core *k)
{
    return k->last == &r->m->none ? TAPE_MAX_NODES
                                  : (uint32_t)(k->last - r->t->node);
}

/* core_nodes(r, k, want): room for ${want} more nodes, which are at most two. */
CORE bool
core_nodes(struct read *r, struct core *k, uint32_t want)
{
    uint32_t last;

    if (LIKELY(k->count + 2 <= k->room))
        return true;
    last = core_last(r, k);
    k->room = read_nodes(r, k->i, k->count + want);
    k->n = r->t->node + k->count;
    k->last = last < TAPE_MAX_NODES ? r->t->node + last : &r->m->none;
    return k->room != 0;
}

/* core_put(k, n, type, start, length): all of ${n}. */
CORE void
core_put(const struct core *k, struct tape_node *n, enum tape_type type,
         size_t start, size_t length)
{
    n->offset = (uint32_t)start;
    n->length = (uint32_t)length;
    n->next = 0;
    n->hash = 0;
    n->type = (uint8_t)type;
    n->flags = 0;
    n->depth = (uint16_t)k->depth;
}

/* core_slow(k, i): what read_string and read_number gave. */
CORE bool
core_slow(struct core *k, size_t i)
{
    k->i = i;
    return i != 0;
}

/* core_string(r, k, n, type): the string at k->i; true when it is plain and
 * short, else k->i is 0 after a fault. */
CORE bool
core_string(struct read *r, struct core *k, struct tape_node *n,
            enum tape_type type)
{
    size_t start = k->i + 1;
    uint64_t bits = simd_bits(r->special, start);

    if (LIKELY(bits != 0)) {
        size_t end = start + simd_ctz(bits);

        if (LIKELY(k->base[end] == '"')) {
            core_put(k, n, type, start, end - start);
            k->i = end + 1;
            return true;
        }
    }
    core_put(k, n, type, start, 0);
    k->i = read_string(r, start, n);
    return false;
}

/* core_number(r, k, digits, n): the number at k->i. */
CORE bool
core_number(struct read *r, struct core *k, size_t digits, struct tape_node *n)
{
    uint64_t bits = simd_bits(r->nondigit, digits);

    if (LIKELY(bits != 0)) {
        size_t length = simd_ctz(bits);
        size_t end = digits + length;

        /* Up to 15 digits are inside +-(2^53-1). */
        if (LIKELY(length - 1 < 15 &&
                   !read_number_goes_on[(unsigned char)k->base[end]] &&
                   (k->base[digits] != '0' || length == 1))) {
            core_put(k, n, TAPE_INTEGER, k->i, end - k->i);
            k->i = end;
            return true;
        }
    }
    core_put(k, n, TAPE_INTEGER, k->i, 0);
    return core_slow(k, read_number(r, k->i, n));
}

/* core_word(r, k, n, word, type): true, false or null. */
CORE bool
core_word(struct read *r, struct core *k, struct tape_node *n, const char *word,
          enum tape_type type)
{
    size_t len = strlen(word);

    if (r->end - k->i < len || memcmp(k->base + k->i, word, len) != 0)
        return read_unexpected(r, k->i, "a value");
    core_put(k, n, type, k->i, len);
    k->i += len;
    return true;
}

enum core_step { CORE_FAIL, CORE_LEAF, CORE_OPENED };

/* core_open(r, k, n, type): the container at k->i becomes the innermost. */
CORE enum core_step
core_open(struct read *r, struct core *k, struct tape_node *n,
          enum tape_type type)
{
    struct frame *f = &r->m->frame[k->depth];

    core_put(k, n, type, k->i, 0);
    if (k->depth >= r->limits.depth)
        return core_slow(k, read_deep(r, k->i, n)) ? CORE_LEAF : CORE_FAIL;
    f->last = core_last(r, k);
    f->node = k->f_node;
    f->count = k->f_count;
    f->serial = k->f_serial;
    f->drop = k->f_drop;
    f->flags = k->f_flags;
    f->close = k->close;
    k->depth++;
    k->last = &r->m->none;
    k->f_node = k->count - 1;
    k->f_count = 0;
    k->f_serial = r->serial++;
    k->f_drop = 0;
    k->close = type == TAPE_OBJECT ? '}' : ']';
    k->i++;
    return CORE_OPENED;
}

/* core_close(r, k): the innermost container ends at k->i. */
CORE bool
core_close(struct read *r, struct core *k)
{
    struct tape_node *node = r->t->node;
    const struct frame *f = &r->m->frame[--k->depth];
    struct tape_node *n = &node[k->f_node];

    k->i++;
    n->length = (uint32_t)k->i - n->offset;
    n->hash = k->f_count;
    k->last = f->last < TAPE_MAX_NODES ? node + f->last : &r->m->none;
    k->f_node = f->node;
    k->f_count = f->count;
    k->f_serial = f->serial;
    k->f_drop = f->drop;
    k->f_flags = f->flags;
    k->close = f->close;
    return k->i < r->end || k->depth == 0 ||
           read_unexpected(r, k->i, "',' or a closing bracket");
}

/* core_link(k, n, i): node ${i} is the next member of the innermost. */
CORE void
core_link(struct core *k, struct tape_node *n, uint32_t i)
{
    k->last->next = i;
    k->last = n;
    k->f_count++;
}

/* core_value(r, k): the value at k->i, or the beginning of a container. */
CORE enum core_step
core_value(struct read *r, struct core *k)
{
    struct tape_node *n = k->n++;
    char c;
    bool ok;

    k->count++;
    c = k->base[k->i];
    if (c <= ' ') {
        k->i = read_space(k->base, k->i);
        c = k->base[k->i];
    }
    if (c == '"')
        ok = core_string(r, k, n, TAPE_STRING) || k->i != 0;
    else if ((unsigned char)(c - '0') <= 9)
        ok = core_number(r, k, k->i, n);
    else if (c == '{')
        return core_open(r, k, n, TAPE_OBJECT);
    else if (c == '[')
        return core_open(r, k, n, TAPE_ARRAY);
    else if (c == 't')
        ok = core_word(r, k, n, "true", TAPE_TRUE);
    else if (c == 'f')
        ok = core_word(r, k, n, "false", TAPE_FALSE);
    else if (c == 'n')
        ok = core_word(r, k, n, "null", TAPE_NULL);
    else if (c == '-')
        ok = core_number(r, k, k->i + 1, n);
    else
        ok = read_unexpected(r, k->i, "a value");
    return ok ? CORE_LEAF : CORE_FAIL;
}

/* core_enter(r, k, hash, start): the key just read, whose quote is at
 * ${start}, into the key table. */
CORE enum read_key
core_enter(struct read *r, const struct core *k, uint32_t hash, size_t start)
{
    struct keyset *set = r->set;
    struct keyset_slot *s = &set->slot[keyset_start(set, k->f_serial, hash)];

    if (LIKELY(s->stamp < set->base && k->f_count < r->limits.keys &&
               set->room > 0)) {
        s->stamp = set->base + k->f_serial;
        s->node = k->count - 1;
        set->room--;
        return READ_KEY_NEW;
    }
    r->object = k->f_node;
    r->object_count = k->f_count;
    r->object_serial = k->f_serial;
    return read_key(r, k->count - 1, start);
}

/* core_guessed(r, k, n): the key at k->i and its colon, when it is what it was
 * last time. */
CORE bool
core_guessed(const struct read *r, struct core *k, struct tape_node *n)
{
    struct read_guess *g = k->guess->next;
    const char *mask = read_guess_mask + READ_GUESS_MAX - g->length;
    size_t start = k->i + 1;
    const char *p = k->base + start;

    if (start > r->wide)
        return false;
    if ((((hash_load(p, 8) ^ g->text[0]) & hash_load(mask, 8)) |
         ((hash_load(p + 8, 8) ^ g->text[1]) & hash_load(mask + 8, 8))) != 0)
        return false;
    core_put(k, n, TAPE_KEY, start, g->length);
    n->hash = g->hash;
    k->i = start + g->length + 2;
    k->guess = g;
    return true;
}

/* core_other(r, k, n): the key at k->i and its colon, whatever it is. */
CORE bool
core_other(struct read *r, struct core *k, struct tape_node *n)
{
    size_t start = k->i + 1;

    if (core_string(r, k, n, TAPE_KEY))
        n->hash = hash_key(k->base + start, k->i - start - 1);
    else if (k->i == 0 || (n->hash = read_hash(r, n)) == 0)
        return false;
    k->guess = read_learn(r, k->guess, n);
    if (!core_at(r, k, ':', "a colon"))
        return false;
    k->i++;
    return true;
}

/* core_key(r, k): the key at k->i and its colon. */
CORE bool
core_key(struct read *r, struct core *k)
{
    struct tape_node *n;
    size_t start;

    if (!core_at(r, k, '"', "a key") || !core_nodes(r, k, 2))
        return false;
    start = k->i;
    n = k->n++;
    k->count++;
    if (!LIKELY(core_guessed(r, k, n)) && !core_other(r, k, n))
        return false;
    switch (core_enter(r, k, n->hash, start)) {
    case READ_KEY_NEW:
        core_link(k, n, k->count - 1);
        return true;
    case READ_KEY_DROP:
        k->f_drop = k->count - 1;
        k->f_flags = r->t->flags;
        return true;
    case READ_KEY_FAIL:
    default:
        return false;
    }
}

/* core_member(r, k): what stands before the value of a member: its key; or, in
 * an array, nothing. */
CORE bool
core_member(struct read *r, struct core *k)
{
    if (LIKELY(k->close == '}'))
        return core_key(r, k);
    if (!core_nodes(r, k, 1))
        return false;
    core_link(k, k->n, k->count);
    return true;
}

/* core_drop(r, k): the value of a key that goes away is read. */
CORE void
core_drop(struct read *r, struct core *k)
{
    k->count = k->f_drop;
    k->n = r->t->node + k->count;
    k->f_drop = 0;
    r->t->flags = k->f_flags;
}

/* core_next(r, k): behind a value: closing brackets, and the comma before the
 * next member. When the root is complete, k->close is 0. */
CORE bool
core_next(struct read *r, struct core *k)
{
    while (k->close != 0) {
        if (k->f_drop != 0)
            core_drop(r, k);
        if (LIKELY(k->base[k->i] == ',')) {
            k->i++;
            break;
        }
        k->i = read_space(k->base, k->i);
        if (k->base[k->i] == ',')
            continue;
        if (k->base[k->i] != k->close)
            return read_unexpected(
                r, k->i, k->close == '}' ? "',' or '}'" : "',' or ']'");
        if (!core_close(r, k))
            return false;
    }
    return true;
}

/* core_opened(r, k): behind an opening bracket: true when members follow. */
CORE bool
core_opened(struct core *k)
{
    if (k->base[k->i] <= ' ')
        k->i = read_space(k->base, k->i);
    return k->base[k->i] != k->close;
}

bool
read_run(struct read *r)
{
    struct core k = {.base = r->base,
                     .i = r->start,
                     .n = r->t->node,
                     .last = &r->m->none,
                     .guess = &r->m->start};

    if (!core_nodes(r, &k, 1))
        return false;
    for (;;) {
        enum core_step step = core_value(r, &k);

        if (step == CORE_FAIL)
            return false;
        if (step == CORE_LEAF || !core_opened(&k)) {
            if (!core_next(r, &k))
                return false;
            if (k.close == 0)
                break;
        }
        if (!core_member(r, &k))
            return false;
    }
    r->t->count = k.count;
    if (k.i == r->end)
        return true;
    return read_unexpected(r, read_space(r->base, k.i), "the end");
}
