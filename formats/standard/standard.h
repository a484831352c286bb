/* SPDX-License-Identifier: Apache-2.0 */
/* The standard as data: rows with a stable key, loaded from YAML, changed by
 * overlays, compiled into one immutable shape per information kind. A row's key
 * (kind + path of its concept, frozen in data/keys.txt) is its identity; where
 * and how it is written is `at` and `encoding`. Only this module knows how
 * definitions are stored; mapping, check, export and the tester ask here. */
#ifndef FORMATS_STANDARD_STANDARD_H
#define FORMATS_STANDARD_STANDARD_H

#include "formats/base/diag.h"
#include "formats/base/hash.h"
#include "formats/base/time.h"

enum std_type {
    STD_STRING,
    STD_INTEGER, /* a JSON number without a fractional part: 1.0 and 1e2 are
                    integers, as in JSON Schema */
    STD_NUMBER,
    STD_BOOLEAN,
    STD_TIME,
    STD_ENUM,
    STD_OBJECT, /* has members */
    STD_ARRAY,  /* has one element place */
    STD_ANY     /* free JSON value ("free object" of the tables: STD_ANY with
                   std_row.free_object) */
};

/* The kind whose shape is the envelope. std_shape, std_row and the rest know
 * it; std_kind does not list it, because no record has this kind. The same holds
 * for the bodies of interface messages (interface.h). */
#define STD_ENVELOPE "envelope"

enum std_presence {
    STD_E, /* given if the source has it; absence is never a finding */
    STD_C, /* mandatory under std_row.when */
    STD_M  /* mandatory when its parent is present */
};

/* Syntax of a string beyond its length. The comments are the exact language:
 * the checker and the patterns of the exported JSON Schema both accept it and
 * nothing else. Letters and digits are ASCII. */
enum std_format {
    STD_FORMAT_NONE,
    STD_FORMAT_IP,       /* the language of IPV4 or of IPV6 */
    STD_FORMAT_IPV4,     /* 4 decimals 0..255 without leading zeros; "/" 0..32
                             without leading zeros allowed where prefix_ok */
    STD_FORMAT_IPV6,     /* RFC 4291 section 2.2, forms 1 to 3: groups of 1..4
                             hex digits of either case, at most one "::" (which
                             stands for one or more groups), an IPV4 without
                             prefix for the last two groups; no zone; "/" 0..128
                             without leading zeros allowed where prefix_ok.
                             RFC 5952 is what we write */
    STD_FORMAT_MAC,      /* 6 pairs of hex digits of either case, ":" between */
    STD_FORMAT_HOSTNAME, /* RFC 1123: labels of 1..63 letters, digits and "-"
                             (not first, not last), "." between, no dot at the
                             end; 253 in all; a dotted quad is one too */
    STD_FORMAT_URI,      /* a scheme (letter, then letters, digits, "+-.") and
                             ":", or "/"; then only characters of RFC 3986:
                             unreserved, gen-delims, sub-delims, "%" with two hex
                             digits. Structure behind that is not judged */
    STD_FORMAT_UUID,     /* 8-4-4-4-12 hex digits of either case */
    STD_FORMAT_HEX,      /* pairs of hex digits of either case, at least one */
    STD_FORMAT_BASE64,   /* RFC 4648 section 4 with padding; may be empty; the
                             unused bits are zero; no line breaks */
    STD_FORMAT_COUNT
};

/* How a value is written; a row's default follows its type. Overlays may pick
 * another one: `encoding: number` for an enum writes its numeric alias. What a
 * document may hold: PLAIN the code or one of its `also`; ALIAS the integer
 * only; NAME_ZH the Chinese name only. */
enum std_encoding {
    STD_ENC_PLAIN,
    STD_ENC_ALIAS,   /* coded row: the code's numeric alias, as JSON integer */
    STD_ENC_NAME_ZH, /* coded row: the Chinese name */
    STD_ENC_TIME     /* every STD_TIME row, in std_row.time_form: RFC3339 (the
                        default; time_rfc3339_strict), EPOCH and EPOCH_MS (JSON
                        integers from 0 to the end of 2199), DATETIME
                        ("2026-11-22 10:00:00", optional fraction of 1..9
                        digits), COMPACT ("20261122100000") */
};

struct std_code { /* one code of a list */
    const char *code;
    const char *name_zh, *name_en;
    int64_t alias;           /* numeric alias; INT64_MIN when none */
    const char *parent;      /* category of a subcategory, or NULL */
    const char *group;       /* the code of another list under which this one
                                  falls, as that list ships it, or NULL; rows
                                  compare it by group_of */
    const char *const *also; /* NULL-ended: spellings that a document may hold
                                as well, because the text leaves them open
                                (01999 for 01010); never NULL */
    const char *const *alt;  /* NULL-ended: spellings that mappings may name
                                (2007 letter codes); a document may not hold
                                them; never NULL */
    const char *source;
    bool provisional;
};

struct std_codes { /* a code list, e.g. "event_codes" */
    const char *id;
    const char *name_zh, *name_en;
    const struct std_code *code; /* in file order */
    size_t count;
};

/* A condition: the value at ${key} is one of (or starts with one of) ${values}.
 * Values are codes, whatever the encoding of ${key} is. For presence, a value
 * that is absent or has another JSON type makes it false; for `allow` it makes
 * it true (nothing to contradict). */
struct std_when {
    const char *key;           /* row key in the same record, never in an array,
                                  of type string or enum */
    bool prefix;               /* compare prefixes, e.g. event category "02" */
    const char *const *values; /* NULL-ended */
};

struct std_row {
    const char *key;       /* "alert.general.alert_level"; array elements as
                        "asset.general.network.interfaces[].name". Every array
                        row "x" is followed by the row "x[]" of its elements,
                        which carries what holds for one element (format,
                        pattern, length, one_of); the array row itself only
                        limits the count */
    const char *kind;      /* "alert" */
    const char *const *at; /* NULL-ended JSON member names from the record's
                                  root; "[]" steps into an array */
    const char *zh, *en;   /* names */
    const char *about_zh, *about_en; /* description, may be "" */
    enum std_type type;
    enum std_type item; /* arrays: type of the element */
    enum std_presence presence;
    const struct std_when *when; /* presence C */
    enum std_format format;
    bool prefix_ok, personal, free_object;
    size_t min_len, max_len; /* strings: code points; arrays: elements;
                                  max_len 0: no limit */
    bool has_min, has_max;
    double min, max;     /* numbers */
    const char *pattern; /* PCRE2/ECMA common subset, anchored; or NULL */
    const struct std_codes *codes; /* enum or code list, or NULL */
    enum std_encoding encoding;
    enum time_form time_form;
    const char *clause; /* NULL while unknown */
    const char *source; /* S seen, I deduced from something seen, R+ R R-
                                  recalled (high, medium, low), P proposed; T
                                  read in the text (overlays) */
    bool provisional;
    const char *not_after;     /* time rows: key of the row whose time must not
                                  be earlier (first_seen <= last_seen) */
    const char *before;        /* time rows: key of the row whose time must be
                                  later (valid_from < valid_until) */
    const char *group_of;      /* coded rows: key of a coded row; this value
                                  must be the group of that row's code */
    bool one_member;           /* objects: exactly one member allowed */
    bool any_member;           /* objects: at least one member required */
    const char *const *one_of; /* objects: at least one of these members, by
                                  row key; NULL: no such rule */
    const char *member_by;     /* object "extension": key of the row whose value
                                  selects the member. For display: the rule
                                  itself is in each member's `allow` */
    const struct std_when *allow; /* member allowed only when this holds; a row
                                  that an overlay moved out of an object with
                                  such a rule keeps it */
    const char *file;             /* for messages */
    unsigned line;
};

/* One place in a record, compiled: what plans write and checkers walk. */
struct shape {
    const struct std_row *row; /* NULL where only an `at` implies the place */
    const char *name;          /* member name; "" at root and array elements */
    uint32_t name_len;
    uint32_t hash;   /* hash_key(name) */
    uint32_t number; /* preorder number within the kind, root 0 */
    enum std_type type;
    const struct shape *parent;
    const struct shape *const *child; /* object: members in definition order;
                                         array: the one element place */
    uint32_t child_count;
    const uint16_t *index; /* open addressing: child number + 1, 0 empty */
    uint32_t index_mask;   /* slots - 1; slots are a power of two */
};

struct standard;

/* Building the standard: a loader collects files, then compiles; the result is
 * immutable and may be shared by threads. Files of kind `definition`, `codes`
 * and `interface` make the base, kind `overlay` changes it (DESIGN section 4) in the order
 * added. An overlay names the edition it is made for (`over`) and has any of
 *   rows:  {<row key>: {id, at, type, encoding, time_form, presence, when,
 *          allow, codes, clause, provisional, retire, ... }}
 *   codes: {<list>: {<code>: {code, alias}}}    how a code is written
 *   add:   [rows as in a definition]     lists: [as in a codes file]
 *   edition: its own name     issuer, digest, date: needed for provisional:
 *          false
 * `at` may move a row anywhere but into or out of an array, so a flat record is
 * possible; containers without members vanish. */
struct std_loader;
struct std_loader *std_loader_new(struct diag *diag); /* borrow; NULL: nomem */
void std_loader_add(struct std_loader *l, const char *file, struct bytes yaml);
/* std_loader_finish: frees the loader; NULL when diag has errors. The result
 * owns everything it points to. */
struct standard *std_loader_finish(struct std_loader *l);
/* std_embedded: the embedded definitions (hutong_data), without overlays; NULL
 * and diag errors when they are broken (a lint test prevents it). */
struct embed_file;
struct standard *std_embedded(const struct embed_file *files,
                              struct diag *diag);
void std_free(struct standard *s);

/* Questions. Results are borrowed from ${s}. */
const char *std_edition(const struct standard *s); /* "provisional-2026" */
size_t std_kind_count(const struct standard *s);
const char *std_kind(const struct standard *s, size_t i); /* "alert" ... */
/* version of the definition file of a kind, e.g. "0.1.0" */
const char *std_kind_version(const struct standard *s, const char *kind);
/* name of a kind in Chinese or English, e.g. "告警信息"; NULL when unknown */
const char *std_kind_name(const struct standard *s, const char *kind, bool zh);
/* the root place of a record of ${kind} (object), or NULL. The members common
 * to all records (info_type, x_event_id, x_source, raw policy) are not in it:
 * they are fixed by DESIGN section 3. */
const struct shape *std_shape(const struct standard *s, const char *kind);
uint32_t std_shape_count(const struct standard *s, const char *kind);
const struct std_row *std_row(const struct standard *s, const char *key);
/* place of a row, by its key; NULL when retired or unknown */
const struct shape *std_place(const struct standard *s, const char *key);
/* true for a row that an overlay retired, or a container that an overlay left
 * without members: the key is right, but nothing is written there */
bool std_retired(const struct standard *s, const char *key);
size_t std_row_count(const struct standard *s); /* rows in definition order */
const struct std_row *std_row_at(const struct standard *s, size_t i);
const struct std_codes *std_codes(const struct standard *s, const char *id);
size_t std_codes_count(const struct standard *s);
const struct std_codes *std_codes_at(const struct standard *s, size_t i);
/* a code by its text, an alternative spelling or (digits) its alias */
const struct std_code *std_code(const struct std_codes *c, struct bytes text);
/* overlays in effect: 0 means the shipped definitions alone */
size_t std_overlay_count(const struct standard *s);
/* true when a trusted overlay cleared `provisional` with issuer, digest, date;
 * false: a verdict must say 用户声明 (DESIGN section 4) */
bool std_trusted(const struct standard *s);
/* text over which the definition digest is taken: canonical, with overlays */
struct bytes std_canonical(const struct standard *s);

/* shape_child(s, hash, name, len): the member of object place ${s}, or NULL. */
static inline const struct shape *
shape_child(const struct shape *s, uint32_t hash, const char *name, size_t len)
{
    if (s->index == NULL)
        return NULL;
    for (uint32_t i = hash & s->index_mask; s->index[i] != 0;
         i = (i + 1) & s->index_mask) {
        const struct shape *c = s->child[s->index[i] - 1];

        if (c->hash == hash && c->name_len == len &&
            memcmp(c->name, name, len) == 0)
            return c;
    }
    return NULL;
}

#endif
