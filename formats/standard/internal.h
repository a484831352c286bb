/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of formats/standard only: drafts of rows while they are
 * loaded, and what an opaque struct standard holds afterwards. */
#ifndef FORMATS_STANDARD_INTERNAL_H
#define FORMATS_STANDARD_INTERNAL_H

#include "formats/base/yaml.h"
#include "formats/standard/export.h"
#include "formats/standard/standard.h"

#define STD_MAX_ROWS  4096 /* of all definitions and overlays */
#define STD_MAX_STEPS 12   /* members from the root of a record to a place */
#define STD_MAX_CODES 4096 /* of one list */
#define STD_MAX_KINDS 128  /* with the bodies of the interfaces */

/* The properties of a row that a file can set, in the order of row_prop[] in
 * row.c. Overlays may set some; two overlays setting one is a conflict. */
enum prop {
    PROP_ID,
    PROP_AT,
    PROP_ZH,
    PROP_EN,
    PROP_ABOUT,
    PROP_TYPE,
    PROP_ITEM,
    PROP_FREE,
    PROP_PRESENCE,
    PROP_WHEN,
    PROP_ALLOW,
    PROP_FORMAT,
    PROP_PREFIX,
    PROP_MIN_LEN,
    PROP_MAX_LEN,
    PROP_MIN,
    PROP_MAX,
    PROP_PATTERN,
    PROP_CODES,
    PROP_ENCODING,
    PROP_TIME_FORM,
    PROP_PERSONAL,
    PROP_NOT_AFTER,
    PROP_BEFORE,
    PROP_GROUP_OF,
    PROP_ONE_MEMBER,
    PROP_ANY_MEMBER,
    PROP_ONE_OF,
    PROP_MEMBER_BY,
    PROP_SOURCE,
    PROP_CLAUSE,
    PROP_PROVISIONAL,
    PROP_COUNT
};

struct overlay;
struct std_interface_load;

/* A row while files are loaded; `row` becomes public as it is. */
struct draft {
    struct std_row row;
    const char *id;                /* JSON member name */
    const char *const *given_at;   /* explicit place, or NULL: below parent */
    const char *codes_id;          /* resolved into row.codes */
    struct std_when *when, *allow; /* row.when, row.allow */
    const struct overlay *by[PROP_COUNT]; /* who set it; NULL: the base */
    const struct overlay *added_by, *retired_by;
    struct draft *parent;  /* by key; NULL at the root of the record */
    struct draft *element; /* arrays: the draft of "key[]" */
    struct draft *next;    /* definition order */
    struct shape *place;   /* set by shape.c */
    unsigned col;
    bool gone; /* retired, or a container that an overlay emptied */
};

struct overlay {
    const char *id, *version;
    struct yaml_file f;
    struct yaml_node *root;
    bool may_clear; /* names issuer, digest and date */
    struct overlay *next;
};

struct kind_def {
    const char *name, *version;
    const char *zh, *en;
    const char *file;
    bool body; /* of a message of the interfaces, no kind of record */
    struct shape *root;
    uint32_t shape_count;
};

/* One spelling of a code: slot of an open-addressing table. */
struct code_slot {
    struct bytes text; /* data NULL: empty */
    const struct std_code *code;
};

/* What overlays did to a code. */
struct code_change {
    const char *shipped, *parent; /* its code and parent before */
    const struct overlay *code_by, *alias_by;
};

struct codes_def {
    struct std_codes pub;       /* first: std_code() gets this */
    struct std_code *code;      /* pub.code */
    struct code_change *change; /* one a code */
    struct code_slot *slot;
    size_t mask;
    const char *file;
    unsigned line;
    struct codes_def *next;
};

struct standard {
    struct arena arena; /* everything below */
    const char *edition;
    struct kind_def kind[STD_MAX_KINDS];
    size_t kind_count;
    struct draft *
        *draft;       /* rows in effect in definition order, then the gone */
    size_t row_count; /* in effect */
    uint32_t *index;  /* by key: number + 1, open addressing */
    size_t index_mask;
    struct codes_def *codes;
    size_t codes_count;
    size_t overlay_count;
    struct std_interface_load *interface; /* NULL: no such file */
    struct bytes canonical;
};

struct std_loader {
    struct diag *diag;
    unsigned errors_before;
    struct standard *s;
    struct draft *first, **last;
    size_t count;
    struct draft **table; /* by key, open addressing over STD_MAX_ROWS * 2 */
    struct codes_def **last_codes;
    struct overlay *overlays, **last_overlay;
    bool nomem;
};

/* Every helper below reports into l->diag; NULL or false means reported. */

/* load_alloc: zeroed, from the arena of the result. */
void *load_alloc(struct std_loader *l, size_t count, size_t size);
const char *load_printf(struct std_loader *l, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* draft_error: at the draft's line. */
void draft_error(struct std_loader *l, const struct draft *d, const char *fmt,
                 ...) PRINTF_LIKE(3, 4);

/* load.c: the draft with ${key}, or NULL */
struct draft *draft_find(const struct std_loader *l, const char *key);
/* row.c: a full row from ${map}; appended with its element row. ${by} NULL for
 * the base. */
void row_load(struct std_loader *l, const struct yaml_file *f,
              struct yaml_node *map, const char *kind,
              const struct overlay *by);
/* row.c: set the properties of ${map} that ${allowed} (a bit a prop) permits. */
void row_set(struct std_loader *l, const struct yaml_file *f,
             struct yaml_node *map, struct draft *d, uint64_t allowed,
             const struct overlay *by);
/* names.c: the words of enumerations, NULL-ended, by their values */
extern const char *const std_type_words[];
extern const char *const std_presence_words[];
extern const char *const std_format_words[];
extern const char *const std_encoding_words[];
/* load.c: a new draft with ${key} appended; NULL when taken or full. */
struct draft *draft_new(struct std_loader *l, const struct yaml_file *f,
                        const struct yaml_node *n, const char *key,
                        const char *kind);

/* interface.c: a file of kind interface; interface_resolve.c: its names */
void interface_load(struct std_loader *l, const struct yaml_file *f,
                    struct yaml_node *root);
void interface_resolve(struct std_loader *l);

/* codes.c */
void codes_load(struct std_loader *l, const struct yaml_file *f,
                struct yaml_node *lists);
/* codes.c: the table of spellings, again after a change */
void codes_index(struct std_loader *l, struct codes_def *c);
/* overlay_codes.c: the `codes` of one overlay */
void overlay_codes(struct std_loader *l, struct overlay *o);
/* overlay.c: apply all, in order */
void overlay_head(struct std_loader *l, const struct yaml_file *f,
                  struct yaml_node *root);
void overlays_apply(struct std_loader *l);
/* resolve.c: parents, places, code lists, conditions; row by row checks */
void rows_resolve(struct std_loader *l);
/* resolve.c: what needs the finished places: inherited rules, one_of */
void rows_check_places(struct std_loader *l);
/* shape.c: one tree a kind */
void shapes_build(struct std_loader *l);
/* canonical.c */
bool canonical_build(struct standard *s);

/* pattern.c: NULL, or what is wrong with ${pattern} */
const char *pattern_fault(const char *pattern);

#endif
