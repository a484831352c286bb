/* SPDX-License-Identifier: Apache-2.0 */
/* The one tree (DESIGN section 6): flat nodes over borrowed input. Every codec
 * fills it, every plan and checker reads it. A reused tape allocates nothing.
 *
 * Layout: node 0 is the root. A container is followed by its members: in an
 * object key, value, key, value; in an array value, value. ${next} leads from a
 * key to the object's next key and from an array element to the next element
 * (0: last one). The first member of a non-empty container at i is i + 1, the
 * value of the key at i is i + 1. */
#ifndef FORMATS_JSON_TAPE_H
#define FORMATS_JSON_TAPE_H

#include "formats/base/buf.h"
#include "formats/base/hash.h"

enum tape_type {
    TAPE_NULL,
    TAPE_FALSE,
    TAPE_TRUE,
    TAPE_INTEGER, /* JSON number without fraction and exponent */
    TAPE_NUMBER,  /* any other JSON number */
    TAPE_STRING,
    TAPE_ARRAY,
    TAPE_OBJECT,
    TAPE_KEY
};

/* Flags of a node; the tape's own ${flags} is the union of the repairs. */
enum tape_flag {
    TAPE_SIDE = 1,      /* text lies in the side buffer, not in the input */
    TAPE_ESCAPED = 2,   /* text has JSON escapes and is valid between quotes as
                          it stands; else it is clean UTF-8 */
    TAPE_QUOTE = 4,     /* clean text that needs escaping in JSON output (has
                          a control, a quote or a backslash) */
    TAPE_REPAIRED = 16, /* the text was no JSON string: undecodable bytes or a
                           lone surrogate became U+FFFD, a raw control or a bad
                           escape became an escape; reader.h says how */
    TAPE_CUT = 32,      /* a string, number or key was longer than the limit and
                           was cut; an object's members above the limit were
                           left out; a container too deep became null */
    TAPE_DUPLICATE = 64, /* on the key that stays: a later duplicate of it was
                            left out with its value */
    TAPE_BIGNUM = 128    /* integer beyond +-(2^53-1), or a number beyond
                            double: keep as text */
};
#define TAPE_REPAIRS (TAPE_REPAIRED | TAPE_CUT | TAPE_DUPLICATE | TAPE_BIGNUM)

struct tape_node {
    uint32_t offset; /* of the text (without quotes); of a container's opening
                        byte in the input (0 for codecs without one) */
    uint32_t length; /* bytes of text; of a container: up to and with its
                        closing byte (0 for codecs without one) */
    uint32_t next;   /* see above */
    uint32_t hash;   /* key: hash_key() of the unescaped text; container:
                        number of members; else 0 */
    uint8_t type;    /* enum tape_type */
    uint8_t flags;   /* enum tape_flag */
    uint16_t depth;  /* containers around it; a key's value has the key's */
};

#define TAPE_MAX_NODES ((uint32_t)1 << 20)
#define TAPE_MAX_INPUT ((size_t)64 << 20)
#define TAPE_MAX_DEPTH 64

struct keyset;

struct tape {
    const char *input; /* borrowed until the next read */
    size_t input_len;
    struct buf side;        /* owned: decoded, unescaped or repaired text */
    struct tape_node *node; /* owned */
    uint32_t count;         /* nodes in use */
    uint32_t cap;           /* nodes allocated */
    uint32_t flags;         /* union of the repairs of all nodes */
    bool failed;            /* memory or a limit; latched by the builder */
    uint32_t depth;         /* builder: open containers */
    uint32_t open[TAPE_MAX_DEPTH]; /* builder: their nodes */
    uint32_t last[TAPE_MAX_DEPTH]; /* builder: last member of each, or 0 */
    struct keyset *keys;           /* builder: owned; NULL until a key came */
    enum err_code why;             /* builder: the first failure */
};

/* tape_free(t): release everything; {0} is a valid empty tape. */
void tape_free(struct tape *t);

/* tape_reset(t, input): empty, over new borrowed ${input}. Memory is kept. */
void tape_reset(struct tape *t, struct bytes input);

/* ---- building, for codecs that are not JSON. Each appends one node; the
 * caller nests correctly (an object takes key, value pairs). Failure latches
 * t->failed; tape_done tells. Keys given twice: the first stays, the second is
 * dropped with its value by tape_key returning false (the caller skips the
 * value) and TAPE_DUPLICATE is set. */
void tape_object(struct tape *t);
void tape_array(struct tape *t);
void tape_close(struct tape *t); /* the innermost open container */
bool tape_key(struct tape *t, struct bytes key); /* clean text */
/* The text must lie in t->input or t->side (tape finds out which by address),
 * be clean UTF-8, and stay there; TAPE_QUOTE is computed. */
void tape_text(struct tape *t, struct bytes text, unsigned flags);
/* A JSON number token in t->input or t->side. */
void tape_number(struct tape *t, enum tape_type type, struct bytes text);
void tape_simple(struct tape *t, enum tape_type type); /* null, true, false */
/* tape_own(t, text): copy ${text} into the side buffer; pass the result to
 * tape_text at once (the buffer may move with the next tape_own). */
struct bytes tape_own(struct tape *t, struct bytes text);
/* tape_done(t): all closed and nothing failed. ERR_NOMEM, ERR_LIMIT, ERR_ARG
 * (not closed, or nothing built). */
enum err_code tape_done(const struct tape *t) MUST_USE;

/* tape_grow(t): room for more nodes; false at TAPE_MAX_NODES or without memory.
 * For the reader. */
bool tape_grow(struct tape *t);

/* ---- reading */

/* tape_raw(t, n): the text as it stands (escaped or clean). */
static inline struct bytes
tape_raw(const struct tape *t, const struct tape_node *n)
{
    const char *base = (n->flags & TAPE_SIDE) ? t->side.data : t->input;

    return (struct bytes){n->length ? base + n->offset : base, n->length};
}

/* tape_clean(t, n, scratch): the unescaped text: tape_raw where that is clean,
 * else written to ${scratch} (reset first). Lone surrogates become U+FFFD. */
struct bytes tape_clean(const struct tape *t, const struct tape_node *n,
                        struct buf *scratch);

/* tape_is(t, n, s): unescaped text of a string or key equals ${s}. */
bool tape_is(const struct tape *t, const struct tape_node *n, struct bytes s);

/* tape_get(t, object, key): index of the value, or 0 when absent or when
 * ${object} is no object. Linear; for cold paths. */
uint32_t tape_get(const struct tape *t, uint32_t object, struct bytes key);

/* tape_path(t, path): "a.b.c" from the root by tape_get, 0 when absent. Keys
 * that contain dots cannot be named. For cold paths (recognition). */
uint32_t tape_path(const struct tape *t, struct bytes path);

/* tape_end(t, i): index behind the subtree of the value at ${i}. */
uint32_t tape_end(const struct tape *t, uint32_t i);

#endif
