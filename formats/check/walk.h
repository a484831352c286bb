/* SPDX-License-Identifier: Apache-2.0 */
/* The walk of one record over its program, and how it reports. Internal to
 * formats/check. */
#ifndef FORMATS_CHECK_WALK_H
#define FORMATS_CHECK_WALK_H

#include "formats/check/program.h"

#define WALK_DEPTH (TAPE_MAX_DEPTH + 1)

struct frame { /* one open object or array */
    const struct place *place;
    uint32_t node;                     /* the container */
    uint32_t next;                     /* next key or element, 0: none left */
    uint32_t at;                       /* key or element in hand */
    uint32_t index;                    /* number in an array; in an object one
                          more than the last member's place.bit */
    uint64_t seen[PROGRAM_SEEN_WORDS]; /* members met, by place.bit */
};

struct slot_state {
    uint32_t base;  /* the instance of the scope */
    uint32_t value; /* 0: absent; WALK_UNRESOLVED: not looked for yet */
};
#define WALK_UNRESOLVED UINT32_MAX

struct check_state {
    struct frame frame[WALK_DEPTH];
    struct slot_state *slot;
    uint16_t *guess; /* by object and member before: the member that came next
                        in the record before, by place.bit */
    struct buf text, other; /* unescaped texts in hand */
    struct pattern_scratch *pattern;
};

struct walk {
    const struct checker *c;
    struct check_state *st;
    const struct tape *t;
    struct findings *out;
    const struct program *p;
    unsigned depth;   /* open frames */
    const char *base; /* pointer of the record, e.g. "/items/3" */
    enum err_code rc;
};

/* walk_record(w, at): the object at node ${at} against w->p; w->rc tells. */
void walk_record(struct walk *w, uint32_t at);

/* document.c: the record at node ${at} of kind ${kind} (NULL: as its info_type
 * says); findings and w->rc tell. */
enum err_code record_check(struct walk *w, uint32_t at, const char *kind);

struct report {
    enum check_rule rule;
    const struct std_row *row, *other;
    uint32_t node;       /* gives the offset */
    const char *member;  /* the finding is about this absent member of the
                           innermost container */
    bool outer;          /* ... or about that container itself; else about its
                           member in hand */
    struct bytes detail; /* any text, made visible and cut */
    const char *hint, *wanted;
};

/* report_add(w, r): store the finding, or only count it beyond the maximum. */
void report_add(struct walk *w, const struct report *r);

/* report_pointer(out, cap, name): append "/name" (RFC 6901) to the NUL-ended
 * pointer ${out}; cut with "..." when it does not fit. */
void report_pointer(char *out, size_t cap, struct bytes name);

#endif
