/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's one pass, included once per instruction set. The file that
 * includes it defines CORE_NAME, CORE_TARGET (function attribute), CORE_WIDTH
 * (bytes of a vector), CORE_SPECIAL and CORE_NONDIGIT (simd.h). Everything an
 * ordinary document needs is inlined into one loop whose state lives in
 * registers; the rest is called (read.h). */

#define CORE_INLINE static inline __attribute__((always_inline)) CORE_TARGET
#define LIKELY(x)   __builtin_expect(!!(x), 1)

struct core {
    const char *p;          /* next byte */
    struct tape_node *node; /* the tape's nodes */
    uint32_t count;         /* nodes in use */
    uint32_t room;          /* nodes there is room for */
    uint32_t depth;         /* open containers */
    uint32_t serial;        /* of the next object */
    bool object;            /* the innermost container is one */
    struct frame f;         /* the innermost container */
};

/* core_find(r, p): the first special byte from ${p} on, or r->end. */
CORE_INLINE const char *
core_find(const struct read *r, const char *p)
{
    const char *last = r->room - CORE_WIDTH;
    uint32_t mask;

    for (; LIKELY(p <= last); p += CORE_WIDTH) {
        mask = CORE_SPECIAL(p);
        if (LIKELY(mask != 0))
            return p + simd_ctz(mask);
    }
    /* The end: load what can be loaded and shift out what was seen. */
    if (p >= r->end)
        return r->end;
    mask = CORE_SPECIAL(last) >> (p - last);
    return mask != 0 ? p + simd_ctz(mask) : r->end;
}

/* core_peek(r, k): the next byte that is no space; 0 at the end. */
CORE_INLINE unsigned char
core_peek(const struct read *r, struct core *k)
{
    if (k->p < r->end && (unsigned char)*k->p > ' ')
        return (unsigned char)*k->p;
    k->p = read_space(k->p, r->end);
    return k->p < r->end ? (unsigned char)*k->p : 0;
}

CORE_INLINE uint32_t
core_offset(const struct read *r, const char *p)
{
    return (uint32_t)(p - r->base);
}

/* core_nodes(r, k, n): room for ${n} more nodes. */
CORE_INLINE bool
core_nodes(struct read *r, struct core *k, uint32_t n)
{
    if (LIKELY(k->count + n <= k->room))
        return true;
    r->t->count = k->count;
    if (!read_nodes(r, k->p))
        return false;
    k->node = r->t->node;
    k->room = r->t->cap < r->limits.nodes ? r->t->cap : r->limits.nodes;
    return k->count + n <= k->room ||
           read_fail(r, k->p, ERR_LIMIT, "too many values");
}

/* core_string(r, k, n): the string at k->p into ${n}. */
CORE_INLINE bool
core_string(struct read *r, struct core *k, struct tape_node *n)
{
    const char *start = k->p + 1;
    const char *e = core_find(r, start);

    n->offset = core_offset(r, start);
    n->length = (uint32_t)(e - start);
    if (LIKELY(e < r->end && *e == '"' &&
               n->length <= r->limits.string_bytes)) {
        k->p = e + 1;
        return true;
    }
    e = read_string(r, start, e, n);
    if (e == NULL)
        return false;
    k->p = e + 1;
    return true;
}

/* core_number(r, k, n): the number at k->p into ${n}. */
CORE_INLINE bool
core_number(struct read *r, struct core *k, struct tape_node *n)
{
    const char *d = k->p + (*k->p == '-');
    const char *e;

    if (LIKELY(d <= r->room - CORE_WIDTH)) {
        uint32_t mask = CORE_NONDIGIT(d);
        unsigned len = mask != 0 ? simd_ctz(mask) : CORE_WIDTH;
        unsigned char c = len < CORE_WIDTH ? (unsigned char)d[len] : 'e';

        /* Up to 15 digits are inside +-(2^53-1). */
        if (LIKELY(len - 1 < 15 && c != '.' && (c | 0x20) != 'e' &&
                   (*d != '0' || len == 1))) {
            n->offset = core_offset(r, k->p);
            n->length = (uint32_t)(d + len - k->p);
            n->type = TAPE_INTEGER;
            k->p = d + len;
            return true;
        }
    }
    e = read_number(r, k->p, n);
    if (e == NULL)
        return false;
    k->p = e;
    return true;
}

/* core_word(r, k, n, word, type): true, false or null. */
CORE_INLINE bool
core_word(struct read *r, struct core *k, struct tape_node *n, const char *word,
          enum tape_type type)
{
    size_t len = strlen(word);

    if ((size_t)(r->end - k->p) < len || memcmp(k->p, word, len) != 0)
        return read_unexpected(r, k->p, "a value");
    n->offset = core_offset(r, k->p);
    n->length = (uint32_t)len;
    n->type = (uint8_t)type;
    k->p += len;
    return true;
}

enum core_step { CORE_FAIL, CORE_LEAF, CORE_OPENED, CORE_MORE, CORE_DONE };

/* core_open(r, k, n, type): the container at k->p becomes the innermost. */
CORE_INLINE enum core_step
core_open(struct read *r, struct core *k, struct tape_node *n,
          enum tape_type type)
{
    if (k->depth >= r->limits.depth) {
        const char *e = read_deep(r, k->p, n);

        if (e == NULL)
            return CORE_FAIL;
        k->p = e;
        return CORE_LEAF;
    }
    n->offset = core_offset(r, k->p);
    n->type = (uint8_t)type;
    r->m->frame[k->depth++] = k->f;
    k->f =
        (struct frame){.node = (uint32_t)(n - k->node), .serial = k->serial++};
    k->object = type == TAPE_OBJECT;
    k->p++;
    return CORE_OPENED;
}

/* core_value(r, k): the value at k->p, or the beginning of a container. */
CORE_INLINE enum core_step
core_value(struct read *r, struct core *k)
{
    unsigned char c = core_peek(r, k);
    struct tape_node *n;
    bool ok;

    if (!core_nodes(r, k, 1))
        return CORE_FAIL;
    n = &k->node[k->count];
    *n = (struct tape_node){.type = TAPE_STRING, .depth = (uint16_t)k->depth};
    if (!k->object) { /* an element; at the root this does no harm */
        if (k->f.last != 0)
            k->node[k->f.last].next = k->count;
        k->f.last = k->count;
        k->f.count++;
    }
    k->count++;
    if (c == '"')
        ok = core_string(r, k, n);
    else if ((unsigned)c - '0' <= 9 || c == '-')
        ok = core_number(r, k, n);
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
    else
        ok = read_unexpected(r, k->p, "a value");
    return ok ? CORE_LEAF : CORE_FAIL;
}

/* core_enter(r, k, i): key node ${i} into the key table. */
CORE_INLINE enum read_key
core_enter(struct read *r, const struct core *k, uint32_t i, const char *p)
{
    struct keyset *set = r->set;
    uint32_t hash = k->node[i].hash;
    struct keyset_slot *s = &set->slot[keyset_start(set, k->f.serial, hash)];

    if (LIKELY(s->stamp < set->base && set->room > 0 &&
               k->f.count < r->limits.keys)) {
        *s = (struct keyset_slot){set->base + k->f.serial, hash, i};
        set->room--;
        return READ_KEY_NEW;
    }
    return read_key(r, &k->f, i, p);
}

/* core_key(r, k): the key at k->p and its colon. */
CORE_INLINE bool
core_key(struct read *r, struct core *k)
{
    const char *start;
    struct tape_node *n;
    uint32_t i;

    if (core_peek(r, k) != '"')
        return read_unexpected(r, k->p, "a key");
    if (!core_nodes(r, k, 2))
        return false;
    start = k->p;
    i = k->count++;
    n = &k->node[i];
    *n = (struct tape_node){.type = TAPE_KEY, .depth = (uint16_t)k->depth};
    if (!core_string(r, k, n))
        return false;
    if (LIKELY(n->flags == 0))
        n->hash = hash_key(r->base + n->offset, n->length);
    else
        n->hash = read_hash(r, n);
    if (n->hash == 0)
        return false;
    if (core_peek(r, k) != ':')
        return read_unexpected(r, k->p, "a colon");
    k->p++;
    switch (core_enter(r, k, i, start)) {
    case READ_KEY_NEW:
        if (k->f.last != 0)
            k->node[k->f.last].next = i;
        k->f.last = i;
        k->f.count++;
        return true;
    case READ_KEY_DROP:
        k->f.drop = i;
        k->f.flags = r->t->flags;
        return true;
    case READ_KEY_FAIL:
    default:
        return false;
    }
}

/* core_close(r, k): the innermost container ends at k->p. */
CORE_INLINE void
core_close(const struct read *r, struct core *k)
{
    struct tape_node *n = &k->node[k->f.node];

    k->p++;
    n->length = core_offset(r, k->p) - n->offset;
    n->hash = k->f.count;
    k->f = r->m->frame[--k->depth];
    k->object = k->depth > 0 && k->node[k->f.node].type == TAPE_OBJECT;
}

/* core_between(r, k, first): what stands before the next value: closing
 * brackets, a comma, a key. ${first}: a container was just opened. */
CORE_INLINE enum core_step
core_between(struct read *r, struct core *k, bool first)
{
    for (;;) {
        unsigned char c;

        if (!first && k->f.drop != 0) {
            k->count = k->f.drop;
            k->f.drop = 0;
            r->t->flags = k->f.flags;
        }
        if (k->depth == 0)
            return CORE_DONE;
        c = core_peek(r, k);
        if (c == (k->object ? '}' : ']')) {
            core_close(r, k);
            first = false;
            continue;
        }
        if (!first && c != ',') {
            (void)read_unexpected(r, k->p,
                                  k->object ? "',' or '}'" : "',' or ']'");
            return CORE_FAIL;
        }
        k->p += !first;
        return !k->object || core_key(r, k) ? CORE_MORE : CORE_FAIL;
    }
}

CORE_TARGET bool
CORE_NAME(struct read *r)
{
    struct core k = {
        .p = r->base,
        .node = r->t->node,
        .room = r->t->cap < r->limits.nodes ? r->t->cap : r->limits.nodes,
    };

    for (;;) {
        enum core_step step = core_value(r, &k);

        if (step == CORE_FAIL)
            return false;
        step = core_between(r, &k, step == CORE_OPENED);
        if (step == CORE_FAIL)
            return false;
        if (step == CORE_DONE)
            break;
    }
    r->t->count = k.count;
    if (core_peek(r, &k) != 0 || k.p < r->end)
        return read_unexpected(r, k.p, "the end");
    return true;
}
