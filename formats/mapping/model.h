/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping file as loaded: what it says, before any standard gives it a
 * meaning. Shared by the loader, the compiler, coverage and the lint. */
#ifndef FORMATS_MAPPING_MODEL_H
#define FORMATS_MAPPING_MODEL_H

#include "formats/base/yaml.h"
#include "formats/mapping/cond.h"
#include "formats/mapping/mapping.h"

#define MAPPING_MAX_PARTS  32 /* of first_of and concat */
#define MAPPING_MAX_NEST   4  /* first_of, concat and each inside each other */
#define MAPPING_MAX_LOOKUP 4096 /* entries of one lookup */
#define MAPPING_MAX_FIELDS 512

enum spec_kind {
    SPEC_NONE,
    SPEC_PATH,
    SPEC_CONST,
    SPEC_FIRST_OF,
    SPEC_CONCAT,
    SPEC_EACH,
    SPEC_EVENT /* what the agent knows: the event id or the receive time */
};
enum spec_event { EVENT_ID, EVENT_RECEIVED };
enum spec_case { CASE_KEEP, CASE_LOWER, CASE_UPPER };
enum spec_encode { ENCODE_NONE, ENCODE_BASE64 };
enum spec_number { NUMBER_NONE, NUMBER_DECIMAL, NUMBER_HEX };

struct lookup_entry {
    struct bytes from, to;
    unsigned line, col;
};

struct lookup {
    const char *name; /* NULL when written at its field */
    struct lookup_entry *entry;
    size_t count;
    const char *evidence; /* where the meaning of the codes is documented */
    bool ranged;          /* `range: A..B`, the documented whole numbers */
    int64_t from, to;
    struct bytes worst; /* the most severe key; empty: not said */
    unsigned line, col;
};

/* One value expression. Transforms apply in the order of the members. */
struct spec {
    enum spec_kind kind;
    struct path path;  /* PATH, EACH */
    struct bytes text; /* CONST */
    enum spec_event event;
    struct spec **part; /* FIRST_OF, CONCAT */
    size_t parts;
    const char *sep;   /* CONCAT */
    struct field *sub; /* EACH */
    size_t subs;
    struct cond *when;
    const char *regex; /* its first group that took part, else all */
    const char *split; /* separator, one or more bytes */
    const char *join;  /* several values to one text */
    enum spec_case letters;
    const struct lookup *lookup;
    bool miss_ok; /* a value that the lookup lacks means nothing */
    enum spec_number number;
    int64_t times, divide; /* 1 unless given */
    bool timed;
    enum time_form time;
    bool ip;
    enum spec_encode encode;
    struct bytes otherwise; /* `default`; data NULL when none */
    const char *why;
    const char *evidence;
    unsigned line, col;
};

/* A row of the standard and what fills it. In EACH the key is relative to the
 * element: "name" for "asset.general.network.interfaces[].name". */
struct field {
    const char *key;
    struct spec *spec;
    unsigned line, col;
};

struct keep { /* of `keep` and `drop` */
    struct path path;
    bool rest; /* "*" and "a.b.*": everything below that is not named */
    bool root; /* "*" alone: path is empty */
    const char *why;
    unsigned line, col;
};

struct mapping {
    struct arena arena; /* owns everything here */
    const char *file;
    const char *id, *version, *zh, *en;
    const char *codec;
    const char *product[6]; /* as product_names */
    const char *to;
    struct cond *match; /* NULL: every event */
    struct path *need;  /* paths that an event of this source always has */
    size_t needs;
    struct bytes *absent; /* texts that mean "no value" */
    size_t absents;
    bool raw; /* the input has no structure: always keep `raw` */
    struct field *field;
    size_t fields;
    struct keep *keep, *drop;
    size_t keeps, drops;
    struct lookup **lookup; /* named ones */
    size_t lookups;
};

/* The members of from.product, NULL-ended: vendor, name, type, code, model,
 * version. */
extern const char *const mapping_product_names[];

/* What loaders share. */
struct loading {
    struct yaml_file f;
    struct mapping *m;
};

/* spec_load(l, node, inherit, depth): the spec of a field, a part or an
 * element; NULL after an error. A plain text is a path that takes over the
 * transforms of ${inherit} (NULL: none). */
struct spec *spec_load(struct loading *l, struct yaml_node *node,
                       const struct spec *inherit, unsigned depth);

/* fields_load(l, map, out, count, depth): the members of a `fields` map. */
void fields_load(struct loading *l, struct yaml_node *map, struct field **out,
                 size_t *count, unsigned depth);

/* lookup_load(l, node): a table of scalars. */
struct lookup *lookup_load(struct loading *l, struct yaml_node *node);

/* path_load(l, node, text, out): parse, or report at ${node}. */
bool path_load(struct loading *l, const struct yaml_node *node,
               struct bytes text, struct path *out);

#endif
