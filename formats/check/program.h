/* SPDX-License-Identifier: Apache-2.0 */
/* The rule program: one compact rule a place of a record, compiled from the
 * shapes of a standard. Internal to formats/check. */
#ifndef FORMATS_CHECK_PROGRAM_H
#define FORMATS_CHECK_PROGRAM_H

#include "formats/check/check.h"
#include "formats/check/codeset.h"
#include "formats/check/pattern.h"

#define PROGRAM_MEMBERS_MAX 256 /* members of one object place */
#define PROGRAM_SEEN_WORDS  (PROGRAM_MEMBERS_MAX / 64)

/* What a value at a place must be. */
enum place_op {
    OP_ANY,
    OP_STRING,
    OP_INTEGER,
    OP_NUMBER,
    OP_BOOLEAN,
    OP_TIME_TEXT,
    OP_TIME_NUMBER, /* epoch forms: a JSON integer */
    OP_CODE_TEXT,
    OP_CODE_NUMBER, /* the numeric alias, a JSON integer */
    OP_FREE,        /* an object of anything; containers from here on */
    OP_OBJECT,
    OP_ARRAY
};

/* A check beyond the type is wanted. */
enum place_flag {
    PLACE_LENGTH = 1,
    PLACE_RANGE = 2,
    PLACE_FORMAT = 4,
    PLACE_PATTERN = 8,
    PLACE_ORDER = 16, /* not after another time */
    PLACE_SLOT = 32,  /* other rules ask for this value */
    PLACE_GROUP = 64  /* the group of another code */
};

/* A value elsewhere in the record that a rule asks for, found on demand from
 * the instance of its scope: the record or the array element around it. */
struct slot {
    const struct place *source;
    const struct shape *const
        *path; /* members to step through from the scope */
    uint32_t steps;
};

struct condition {
    uint32_t slot;
    const struct std_when *when;
    const struct std_row *source;
};

struct member { /* of an object place, by place.bit */
    uint32_t hash, name_len;
    const char *name;
    const struct place *place;
    uint64_t seen; /* its bit in the bit sets */
};

struct object_rules {
    const struct member *member;
    uint32_t members;
    uint32_t guess; /* in check_state.guess: members + 1 of them */
    uint32_t words; /* of the bit sets below */
    uint64_t required[PROGRAM_SEEN_WORDS];    /* M members */
    uint64_t conditional[PROGRAM_SEEN_WORDS]; /* C members */
    uint64_t one_of[PROGRAM_SEEN_WORDS];      /* at least one of these */
    bool has_conditional, has_one_of, any_member, one_member;
    const char *const *names; /* members, NULL-ended, for "did you mean" */
};

struct place {
    const struct shape *shape;
    const struct std_row *row; /* of findings; NULL where only implied */
    uint8_t op;                /* enum place_op */
    uint8_t flags;             /* enum place_flag */
    uint16_t bit;              /* number within the parent object */
    uint32_t min_len, max_len; /* max_len UINT32_MAX: no limit */
    /* A string of so many bytes is right; least > most: not by that alone. */
    uint32_t quick_least, quick_most;
    double min, max;
    const struct codeset *codes;
    const struct pattern *pattern;
    const struct object_rules *object; /* OP_OBJECT */
    const struct condition *when;      /* presence C */
    const struct condition *allow;
    uint32_t other;             /* PLACE_ORDER: slot of the later time;
                                   PLACE_GROUP: of the code that has a group */
    uint32_t slot;              /* PLACE_SLOT */
    uint32_t first_slot, slots; /* a scope: the slots that start here */
};

struct program { /* one kind */
    const char *kind;
    const struct shape *root;
    struct place *place; /* by shape number */
    uint32_t places;
    struct slot *slot;
    uint32_t slots;
    bool closed; /* a body: neither `x_*` nor info_type at its root */
};

struct rule {
    const struct std_row *row;
    enum check_rule rule;
};

struct checker {
    struct arena arena;
    const struct standard *standard; /* borrowed */
    struct program *program;         /* one a kind, without the envelope */
    size_t programs;
    struct program *body; /* one a body of the interfaces */
    size_t bodies;
    struct program *envelope;      /* NULL when not defined */
    const struct place *items;     /* of the envelope, or NULL */
    const struct place *info_type; /* of the envelope, or NULL */
    const char **kinds;            /* NULL-ended, for "did you mean" */
    uint8_t severity[CHECK_RULE_COUNT];
    uint32_t slots;   /* most of any program */
    uint32_t guesses; /* of all objects */
    struct rule *rule;
    size_t rules, rule_cap;
    struct pattern **pattern; /* owned */
    size_t patterns;
};

/* program_compile(c, s, p, kind, err): fill ${p} from the shapes of ${kind} and
 * add its rules to ${c}. Texts and tables live in c->arena. */
enum err_code program_compile(struct checker *c, const struct standard *s,
                              struct program *p, const char *kind,
                              struct err *err) MUST_USE;

/* program_rule(c, row, rule): note that ${c} has this rule (once). */
enum err_code program_rule(struct checker *c, const struct std_row *row,
                           enum check_rule rule) MUST_USE;

#endif
