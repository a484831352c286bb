/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled mapping: what one walk over a source tape looks for, and the
 * operations that write a record in the definition's order. Immutable after
 * plan_compile; everything lives in the plan's arena. */
#ifndef FORMATS_MAPPING_PLAN_H
#define FORMATS_MAPPING_PLAN_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "formats/mapping/model.h"
#include "formats/mapping/role.h"
#include "formats/mapping/trie.h"

#define PLAN_WORDS       4 /* of 64 slots each that presence masks cover */
#define PLAN_MAX_GUARDS  32
#define PLAN_MAX_LIST    4096 /* values of all "[]" paths open at one time */
#define PLAN_MAX_REPAIRS 32   /* named in one record; later ones are counted */
#define PLAN_REGEX_STEPS 100000
#define PLAN_SELECTOR    64 /* bytes of a selector's code */

/* What a row takes, as far as writing needs it. */
enum conv {
    CONV_TEXT,
    CONV_INTEGER,
    CONV_NUMBER,
    CONV_BOOLEAN,
    CONV_TIME,
    CONV_CODE,
    CONV_ANY
};

/* Which slots are filled, or which ones something looks at. Slots beyond the
 * words count as always filled. */
struct slot_set {
    uint64_t word[PLAN_WORDS];
};

struct rendered { /* a JSON value made at compile time */
    struct bytes json;
    const struct std_code *code; /* when the row has codes */
    struct bytes plain;          /* the text that selects: the code */
};

struct table_cell {
    uint32_t hash; /* 0: empty */
    struct bytes from;
    struct rendered to;
};

struct table { /* open addressing, at most half full */
    struct table_cell *cell;
    uint32_t mask;
};

struct target {
    const struct std_row *row;
    const char *key; /* row key, for repairs and explanations */
    enum conv conv;
    enum std_format format;
    bool prefix_ok;
    bool array;              /* several values between brackets */
    size_t max_items;        /* 0: no limit */
    size_t min_len, max_len; /* code points; max 0: no limit */
    bool has_min, has_max;
    bool proves; /* what is written breaks no rule about this value alone */
    double min, max;
    enum std_encoding encoding;
    enum time_form time_form;
    const struct table *codes; /* CONV_CODE: every accepted spelling */
};

static inline bool
in_range(const struct target *t, double v)
{
    return (!t->has_min || v >= t->min) && (!t->has_max || v <= t->max);
}

/* Compiled transforms and source of one spec. */
struct expr {
    const struct spec *spec;
    uint32_t slot;           /* PATH, EACH */
    const struct step *rest; /* steps behind the slot, from the first "[]" */
    uint32_t rests;
    bool direct; /* one value, copied or converted as it is */
    bool quick;  /* one value as it is or by one lookup; perhaps a default */
    bool skips;  /* nothing when its slot is not filled */
    bool plain;  /* no transform at all */
    struct test *when;
    pcre2_code *regex;
    const struct table *lookup;
    struct rendered value;     /* CONST */
    struct rendered otherwise; /* json.data NULL: none */
    struct expr **part;
    size_t parts;
    const struct prog *sub; /* EACH */
};

/* A condition with its slots. */
struct test {
    const struct cond *cond;
    uint32_t slot, value_slot;
    struct test *left, *right;
};

/* How a field is written, most frequent cases apart. */
enum writing {
    WRITE_VALUE,    /* evaluate */
    WRITE_PICK,     /* the first path of a few; most often nothing is wrong */
    WRITE_FIXED,    /* name and value are one fragment */
    WRITE_SELECTED, /* evaluated before writing */
    WRITE_RAW       /* the input */
};

struct pfield {
    struct bytes name; /* rendered: "alert_name": */
    enum writing writing;
    struct bytes fixed;       /* WRITE_FIXED: rendered name and value */
    struct expr *const *pick; /* WRITE_PICK: the first that gives a value */
    size_t picks;
    struct target target;
    struct expr *expr;
    const uint32_t *uses; /* slots that the value may come from */
    uint32_t use_count;
    struct slot_set needs; /* none filled: no value, unless ${always} */
    bool beyond;           /* a use is no member of ${needs} */
    uint32_t guard;        /* number + 1; 0: always allowed */
    uint32_t selector;     /* number + 1: evaluated before writing */
    enum role role;
    bool fallback_id; /* the event id when the source gives nothing */
    bool always;      /* may give a value when none of ${uses} is there */
    bool sure;        /* an outline says enough of it */
    bool told;        /* its value is in the outline */
};

enum op_kind { OP_OPEN, OP_CLOSE, OP_FIELD };
struct op {
    enum op_kind kind;
    struct bytes name; /* OPEN: rendered name and brace */
    const struct pfield *field;
};

/* Of 64 operations each that op_set covers. */
#define PLAN_OP_WORDS PLAN_OUTLINE_MEMBERS

/* Which operations of a program have anything to write. */
struct op_set {
    uint64_t word[PLAN_OP_WORDS];
};

struct prog {
    struct trie trie;
    uint32_t *slot; /* its slots in the state, to clear */
    uint32_t slots;
    uint32_t outer; /* slot of the root's array around it, 0 at the root */
    struct op *op;
    size_t ops;
    size_t op_words;      /* in use; 0: too many operations, all are run */
    struct op_set always; /* to run whatever is filled */
    struct op_set *wakes; /* by slot: to run when it is filled */
    struct pfield *field;
    size_t fields;
};

/* A member of the record that is allowed only for some values of a selector
 * (std_row.allow, std_row.member_by). */
struct guard {
    uint32_t selector;
    const struct std_when *allow; /* or NULL */
    const struct bytes *value; /* the selector's value must be one of these */
    size_t values;
    bool prefix; /* ... or begin with it */
};

struct plan {
    struct arena arena;
    const struct mapping *mapping;
    const struct standard *standard;
    struct prog root;
    uint32_t slots;    /* of all programs, 0 not used */
    bool json;         /* tapes lie over JSON text */
    struct bytes head; /* {"info_type":"alert" */
    struct test *match;
    uint32_t *need_slot; /* slots of mapping.need */
    struct guard guard[PLAN_MAX_GUARDS];
    size_t guards;
    const struct pfield *selector[PLAN_MAX_GUARDS];
    size_t selectors;
    pcre2_code **regex; /* all, to free */
    size_t regexes, regex_cap;
};

/* What a value gave. */
enum outcome { OUT_ABSENT, OUT_DONE, OUT_FAILED };

/* Where values go, and what writing one found out. */
struct sink {
    struct buf *out;
    const struct time_context *time;
    const struct std_code *code; /* of the last code written */
    struct bytes plain;          /* its text */
    struct stamp stamp;          /* of the last time written */
    bool cut;                    /* a value was longer than its row allows */
    bool guessed;                /* a time got its year or offset from us */
};

enum repair {
    REPAIR_CONVERSION, /* a value did not fit its row and was left out */
    REPAIR_CUT,        /* a value was longer than its row or the limits */
    REPAIR_GUESSED,    /* the time had no year or no offset */
    REPAIR_LEFT_OUT,   /* a kept source value that no record can hold */
    REPAIR_RAW_BASE64  /* `raw` is base64: the input is no UTF-8 */
};

/* What a walk found for x_source, in the source's order. */
enum entry_kind {
    ENTRY_SPAN, /* members that the mapping keeps: copy the input from ${key} to
                   ${slot} */
    ENTRY_KEEP, /* one that takes a closer look */
    ENTRY_SLOT, /* a member that fields read: kept only where none took it */
    ENTRY_OPEN, /* an object of which some members are listed */
    ENTRY_CLOSE
};

struct entry {
    enum entry_kind kind;
    uint32_t key, slot;
};

enum slot_fate {
    SLOT_USED = 1,
    SLOT_KEEP_UNLESS_USED = 2,
    SLOT_KEEP_ALWAYS = 4
};

struct plan_state {
    const struct plan *plan;
    bool verbatim;    /* members may be copied as they stand: JSON, nothing
                      repaired, no line feed between the tokens */
    bool as_it_stood; /* this event's x_source holds only such members */
    struct slot_set filled; /* the bits of the slots below */
    uint32_t *slot;         /* tape index or 0 */
    struct slot_set used;   /* the slot's value was written */
    /* Into x_source after all: its row does not go with the record's category
     * and no other took it; or its conversion failed. */
    struct slot_set keep_unless_used, keep_always;
    uint8_t
        *beyond; /* enum slot_fate: the three for slots that no set covers */
    uint32_t list[PLAN_MAX_LIST];
    size_t listed;
    struct buf clean, work, text; /* scratch */
    struct buf selected;          /* selector values, rendered */
    struct {
        size_t from, len;
        char code[PLAN_SELECTOR];
        size_t code_len;
        bool done;
    } selector[PLAN_MAX_GUARDS];
    bool allowed[PLAN_MAX_GUARDS];
    struct {
        enum repair kind;
        const char *key;
    } repair[PLAN_MAX_REPAIRS];
    size_t repairs;
    struct entry *entry; /* room for four times the nodes of the tape */
    size_t entries, entry_cap;
    bool nomem; /* a scratch buffer could not grow */
    pcre2_match_data *match_data;
    pcre2_match_context *match;
    struct coverage *coverage; /* NULL: off */
};

/* What evaluation needs at hand. */
struct run {
    const struct plan *plan;
    struct plan_state *st;
    const struct plan_input *in;
    const struct tape *t;
    struct plan_meta *meta;
    struct sink sink;
};

/* ---- compile_row.c: rows as targets, values rendered for them */

/* target_of(p, place, out, why): NULL when a value can be written there. */
const char *target_of(struct plan *p, const struct shape *place,
                      struct target *out);
/* render(p, target, spec, text, out): ${text} as the row wants it. */
bool render(struct plan *p, const struct target *t, const struct spec *how,
            struct bytes text, struct rendered *out);
const struct table *table_new(struct plan *p, size_t entries);
bool table_add(const struct table *t, struct bytes from,
               const struct rendered *to);
const struct table_cell *table_find(const struct table *t, struct bytes text);

/* ---- value.c: one value to JSON */

/* put_text(k, t, how, clean): convert and append. Appends nothing unless
 * OUT_DONE. */
enum outcome put_text(struct sink *k, const struct target *t,
                      const struct spec *how, struct bytes clean);
/* put_node(k, t, how, tape, n, scratch): the same for a source value. */
enum outcome put_node(struct sink *k, const struct target *t,
                      const struct spec *how, const struct tape *tape,
                      uint32_t n, struct buf *scratch);
/* value_copies(t, n): a short string or number without a format goes as it
 * stands, escapes and all. */
bool value_copies(const struct target *t, const struct tape_node *n);
/* text_of(tape, n, scratch, out): a scalar's text; false for others. */
bool text_of(const struct tape *tape, uint32_t n, struct buf *scratch,
             struct bytes *out);

/* ---- eval.c: expressions */

enum outcome eval_field(struct run *r, const struct pfield *f);
/* fill_meta(r, f): what the spool wants to know of a value that was written. */
void fill_meta(struct run *r, const struct pfield *f);
/* eval_test.c: whether a condition holds */
bool eval_test(struct run *r, const struct test *t);
void note_repair(struct plan_state *st, enum repair kind, const char *key);
/* note_memory(st): a scratch buffer forgets its failure when it is used again,
 * the state does not. */
static inline void
note_memory(struct plan_state *st)
{
    st->nomem |= st->clean.failed || st->work.failed || st->text.failed;
}
/* note_fate(st, set, f, fate): the sources of ${f} have this fate; ${set} is the
 * state's for it. */
static inline void
note_fate(struct plan_state *st, struct slot_set *set, const struct pfield *f,
          enum slot_fate fate)
{
    for (size_t i = 0; i < PLAN_WORDS; i++)
        set->word[i] |= f->needs.word[i];
    for (uint32_t i = 0; f->beyond && i < f->use_count; i++)
        st->beyond[f->uses[i]] |= (uint8_t)fate;
}
/* note_used(st, f): a value of ${f} was written; its sources need not be kept. */
static inline void
note_used(struct plan_state *st, const struct pfield *f)
{
    note_fate(st, &st->used, f, SLOT_USED);
}
const char *repair_name(enum repair kind);

/* ---- pick.c */

/* eval_pick(r, f): write name and value of a WRITE_PICK field, if there is any;
 * false and nothing written: it takes eval_field to know. */
bool eval_pick(struct run *r, const struct pfield *f);

/* ---- walk.c */

/* prog_walk(r, p, at, keep): fill the slots of ${p} from the object at ${at};
 * ${keep}: also list in the state what x_source may keep. */
void prog_walk(struct run *r, const struct prog *p, uint32_t at, bool keep);

/* ---- kept.c */

/* kept_write(r): the members of x_source. */
void kept_write(struct run *r);

/* ---- run.c */

/* prog_run(r, p, at): write the members of one element of an array, without
 * its braces; true when there was any. */
bool prog_run(struct run *r, const struct prog *p, uint32_t at);
/* plan_reset(st, t): forget the event before; false: no memory for ${t}. */
bool plan_reset(struct plan_state *st, const struct tape *t);
/* plan_select(r): evaluate the selectors, decide the guards. */
void plan_select(struct run *r);
/* field_allowed(r, f): the record's category takes this field. */
static inline bool
field_allowed(const struct run *r, const struct pfield *f)
{
    return f->guard == 0 || r->st->allowed[f->guard - 1];
}

#endif
