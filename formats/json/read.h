/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the reader: what one read holds, and the paths that read_core.c
 * takes seldom. */
#ifndef FORMATS_JSON_READ_H
#define FORMATS_JSON_READ_H

#include "formats/json/keyset.h"
#include "formats/json/reader.h"

/* An open container. */
struct frame {
    uint32_t node;   /* of the container */
    uint32_t last;   /* its last member so far; TAPE_MAX_NODES or more: none */
    uint32_t count;  /* members so far */
    uint32_t serial; /* for the keyset */
    uint32_t drop;   /* key that goes away with its value, or 0 */
    uint32_t flags;  /* the tape's flags before that key */
    char close;
};

/* A stream of documents repeats its keys in the same order. So each key is
 * first compared with the one that followed last time: when it is that, its
 * end and hash are known, and the next token can begin before this one is
 * looked at. A wrong guess costs a comparison; a guess is never believed. */
#define READ_GUESS_MAX   14U /* bytes of a key; with its quote and colon 16 */
#define READ_GUESS_SLOTS 1024U

struct read_guess {
    uint64_t text[2]; /* the key, quote and colon, then zeros */
    uint32_t length;  /* of the key */
    uint32_t hash;
    struct read_guess *next; /* what followed last time */
};

/* 14 - length from here begin two words that cover a guess's text. */
extern const char read_guess_mask[32];

/* What a reader keeps between documents. */
struct read_memory {
    struct read_guess start; /* before the first key of a document */
    struct read_guess guess[READ_GUESS_SLOTS];
    struct keyset *set; /* owned */
    struct buf scratch; /* owned: a key unescaped */
    struct buf copy;    /* owned: a document that does not end in a bracket */
    /* The document classified (simd.h), a bit a byte: finding the end of a
     * string or number is a shift and a count. Owned; one block. */
    uint64_t *special, *nondigit;
    size_t words;          /* of each */
    struct tape_node none; /* takes the `next` that a first member has not */
    struct frame frame[TAPE_MAX_DEPTH + 1];
};

struct read {
    const char *base; /* the document, or a copy with a NUL behind it */
    size_t start;     /* 3 behind a byte order mark, else 0 */
    size_t end;       /* bytes without the spaces behind it */
    size_t last;      /* last byte that may be read: the closing bracket at
                         end - 1, or the NUL at end */
    size_t wide;      /* up to here 16 bytes may be read */
    const uint64_t *special, *nondigit; /* as in m */
    struct tape *t;
    struct read_memory *m;
    struct keyset *set;
    struct json_limits limits;
    uint32_t serial; /* of the next container */
    bool strict;
    struct err *err;
    enum err_code code; /* of the first fault */
    /* The object that a call of read_key is about. */
    uint32_t object, object_count, object_serial;
};

/* What may follow the digits of an integer and makes it another number. */
extern const bool read_number_goes_on[256];

/* read_run(r): the document into r->t; false after read_fail. */
bool read_run(struct read *r);

/* In all of these a place is an index from r->base. */

/* read_fail(r, at, code, text): note the fault; always false. */
bool read_fail(struct read *r, size_t at, enum err_code code, const char *text)
    __attribute__((cold, noinline));

/* read_unexpected(r, at, want): ERR_SYNTAX, with what is there instead. */
bool read_unexpected(struct read *r, size_t at, const char *want)
    __attribute__((cold, noinline));

/* read_nodes(r, at, count): room for ${count} nodes in all: how many there is
 * room for, or 0 after a fault. */
uint32_t read_nodes(struct read *r, size_t at, uint32_t count)
    __attribute__((noinline));

/* read_space(base, i): the first byte from ${i} on that is no JSON space. */
size_t read_space(const char *base, size_t i) __attribute__((noinline));

/* read_string(r, start, n): any string, from behind its quote. Sets offset,
 * length and flags of ${n}, whose type says whether it is a key. Returns what
 * is behind the closing quote, or 0 after a fault. */
size_t read_string(struct read *r, size_t start, struct tape_node *n)
    __attribute__((noinline));

/* read_number(r, at, n): any number; sets all of ${n} but depth and next.
 * Returns what is behind it, or 0 after a fault. */
size_t read_number(struct read *r, size_t at, struct tape_node *n)
    __attribute__((noinline));

/* read_deep(r, at, n): the container lies too deep: a fault when strict, else a
 * null in its place. Returns what is behind it, or 0 after a fault. */
size_t read_deep(struct read *r, size_t at, struct tape_node *n)
    __attribute__((cold, noinline));

/* read_hash(r, n): the hash of key node ${n} unescaped; 0 after a fault. */
uint32_t read_hash(struct read *r, const struct tape_node *n)
    __attribute__((noinline));

/* read_learn(r, g, n): the key ${n}, which was not guessed behind ${g}, may
 * follow it the next time. Returns where to guess on from. */
struct read_guess *read_learn(struct read *r, struct read_guess *g,
                              const struct tape_node *n)
    __attribute__((noinline));

/* read_guess_init(m): nothing is guessed yet. */
void read_guess_init(struct read_memory *m);

enum read_key { READ_KEY_NEW, READ_KEY_DROP, READ_KEY_FAIL };

/* read_key(r, node, at): the rare cases of entering the key at ${at} into
 * r->object: a place taken, a duplicate, too many keys. ${node} is its written
 * node. */
enum read_key read_key(struct read *r, uint32_t node, size_t at)
    __attribute__((noinline));

#endif
