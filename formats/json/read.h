/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the reader: what one read holds, and its rare paths, which are
 * shared by the cores (read_core.h, compiled once per instruction set). */
#ifndef FORMATS_JSON_READ_H
#define FORMATS_JSON_READ_H

#include "formats/json/keyset.h"
#include "formats/json/reader.h"

/* An open container. */
struct frame {
    uint32_t node;   /* of the container */
    uint32_t last;   /* its last member so far, or 0 */
    uint32_t count;  /* members so far */
    uint32_t serial; /* for the keyset */
    uint32_t drop;   /* key that goes away with its value, or 0 */
    uint32_t flags;  /* the tape's flags before that key */
};

/* What a reader keeps between documents. */
struct read_memory {
    struct keyset *set; /* owned */
    struct buf scratch; /* owned: a key unescaped */
    struct frame frame[TAPE_MAX_DEPTH + 1];
};

struct read {
    const char *base; /* what is scanned: the input, or a padded copy */
    const char *end;  /* of the document in it */
    const char *room; /* end of what may be loaded; at least 64 from base */
    struct tape *t;
    struct read_memory *m;
    struct keyset *set;
    struct json_limits limits;
    bool strict;
    struct bytes in; /* as given; for places */
    struct err *err;
    enum err_code code; /* of the first fault */
};

/* The cores: the document into r->t; false after read_fail. */
bool read_base(struct read *r);
bool read_avx2(struct read *r);

/* read_fail(r, p, code, text): note the fault at ${p}; always false. */
bool read_fail(struct read *r, const char *p, enum err_code code,
               const char *text) __attribute__((cold, noinline));

/* read_unexpected(r, p, want): ERR_SYNTAX, with what is there instead. */
bool read_unexpected(struct read *r, const char *p, const char *want)
    __attribute__((cold, noinline));

/* read_nodes(r): room for more nodes, or a fault at ${p}. */
bool read_nodes(struct read *r, const char *p) __attribute__((cold, noinline));

/* read_space(p, end): the first byte that is no JSON space. */
const char *read_space(const char *p, const char *end)
    __attribute__((noinline));

/* read_string(r, start, at, n): a string with anything special in it, from
 * behind its quote; ${at} is the first special byte. Sets offset, length and
 * flags of ${n}, whose type says whether it is a key. Returns the closing quote
 * or NULL after a fault. */
const char *read_string(struct read *r, const char *start, const char *at,
                        struct tape_node *n) __attribute__((noinline));

/* read_number(r, p, n): any number at ${p}; sets all of ${n} but depth and
 * next; returns its end, or NULL after a fault. */
const char *read_number(struct read *r, const char *p, struct tape_node *n)
    __attribute__((noinline));

/* read_deep(r, p, n): the container at ${p} lies too deep: a fault when strict,
 * else a null in its place. Returns its end, or NULL after a fault. */
const char *read_deep(struct read *r, const char *p, struct tape_node *n)
    __attribute__((cold, noinline));

/* read_hash(r, n): the hash of key node ${n} unescaped; 0 after a fault. */
uint32_t read_hash(struct read *r, const struct tape_node *n)
    __attribute__((noinline));

enum read_key { READ_KEY_NEW, READ_KEY_DROP, READ_KEY_FAIL };

/* read_key(r, f, node): the rare cases of entering a key: a place taken, a
 * duplicate, too many keys. ${node} is the written node of the key. */
enum read_key read_key(struct read *r, const struct frame *f, uint32_t node,
                       const char *p) __attribute__((noinline));

#endif
