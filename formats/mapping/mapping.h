/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping file to plan, plan to record. A mapping says which source path means
 * which row of the standard (by row key, so a renamed field is no change here);
 * compiled once against a standard, then run per event: one walk over the
 * source tape, one pass over the target in the definition's order. */
#ifndef FORMATS_MAPPING_MAPPING_H
#define FORMATS_MAPPING_MAPPING_H

#include "formats/base/time.h"
#include "formats/json/tape.h"
#include "formats/standard/standard.h"

struct mapping;    /* the loaded file, immutable */
struct plan;       /* compiled against one standard, immutable */
struct plan_state; /* scratch of one thread */

/* mapping_load(file, yaml, diag): NULL when diag got errors. */
struct mapping *mapping_load(const char *file, struct bytes yaml,
                             struct diag *diag);
void mapping_free(struct mapping *m);
const char *mapping_id(const struct mapping *m);
const char *mapping_version(const struct mapping *m);
const char *mapping_codec(const struct mapping *m); /* "json", "cef", ... */
const char *mapping_kind(const struct mapping *m);  /* "alert", "asset" */
const char *mapping_product(const struct mapping *m, const char *field);
/* field: vendor, name, type, code; NULL when absent */

/* plan_compile(m, s, diag): NULL when diag got errors (unknown row key, wrong
 * lookup target, const without why, ...). Borrows both. */
struct plan *plan_compile(const struct mapping *m, const struct standard *s,
                          struct diag *diag);
void plan_free(struct plan *p);
const struct mapping *plan_mapping(const struct plan *p);

/* What a run needs beside the source. */
struct plan_input {
    const struct tape *source;
    uint32_t at;           /* root of the event in the tape, usually 0 */
    struct bytes event_id; /* 32 hex digits; alert_id when the source has none
                                of its own */
    struct time_context time;
    bool keep_raw;       /* add `raw` even when not needed */
    struct bytes raw;    /* the frame; used with keep_raw or repairs */
    struct bytes tenant; /* label, or empty */
};

enum plan_result {
    PLAN_RECORD, /* a record was appended */
    PLAN_SKIP,   /* the mapping's `match` says: not ours (e.g. event_type) */
    PLAN_REJECT  /* cannot be mapped; err says why (dead letter) */
};

/* What a record looks like: which members it has, and the values that rules of
 * other rows ask for, or that no conversion proves (a pattern). Of two records
 * of one plan with the same outline, both ${sure}, both have findings of the
 * checker or none has: every other value went through a conversion that lets
 * through only what its row allows. */
#define PLAN_OUTLINE_MEMBERS 8 /* words of 64 members */
#define PLAN_OUTLINE_TOLD    48
struct plan_outline {
    uint64_t member[PLAN_OUTLINE_MEMBERS];
    char told[PLAN_OUTLINE_TOLD]; /* values as written, one behind the other;
                                     then zeros */
    uint32_t told_len;
    bool sure; /* it tells everything, and the record was made without repairs
                  from a JSON source without any */
};

struct plan_meta {           /* for the spool, so that nothing re-parses JSON */
    const char *kind;        /* "alert" */
    struct stamp event_time; /* row of role event time; sec 0 when absent */
    char level[16];          /* alert_level code, "" when none */
    char key[64];            /* alert_id or asset_id, cut */
    uint32_t repairs;        /* TAPE_REPAIRS met in the source */
    uint32_t conversions_failed; /* values left out: lookup miss, bad time */
    size_t source_at; /* where in the record `,"x_source":{` begins when its
                         members are copies of a source without repairs, so
                         that reading it back would only read the source
                         again; else 0 */
    struct plan_outline outline;
};

/* plan_run(p, st, in, out, meta, err): append one record (DESIGN section 3, one
 * line, no newline) to ${out}. A value that cannot be converted is left out,
 * kept in x_source and counted. PLAN_SKIP and PLAN_REJECT leave ${out} as it
 * was. No malloc in the steady state. */
enum plan_result plan_run(const struct plan *p, struct plan_state *st,
                          const struct plan_input *in, struct buf *out,
                          struct plan_meta *meta, struct err *err);

/* plan_looks_like(p, st, t, at): how sure it is that the event at ${at} comes
 * from this mapping's source: 0 no, 30 the source but nothing that `match`
 * wants, 100 an event of ours. Uses the state's scratch. For recognition. */
unsigned plan_looks_like(const struct plan *p, struct plan_state *st,
                         const struct tape *t, uint32_t at);

struct plan_state *plan_state_new(const struct plan *p); /* NULL: nomem */
void plan_state_free(struct plan_state *st);

/* Coverage: what happened to every source path seen since the state was made.
 * plan_coverage calls fn once a path. Paths are "a.b[].c". */
enum path_fate { PATH_MAPPED, PATH_KEPT, PATH_DROPPED, PATH_UNKNOWN };
typedef void (*coverage_fn)(void *ctx, const char *path, enum path_fate fate,
                            uint64_t count, const char *why);
void plan_coverage_enable(struct plan_state *st, bool on);
void plan_coverage(const struct plan_state *st, coverage_fn fn, void *ctx);

/* plan_explain(p, st, in, out, zh, err): a field-by-field account of one event
 * as JSON: where each source field went, kept, dropped and why, unknown; for
 * each written leaf the path or const it came from; which M rows are missing. */
enum err_code plan_explain(const struct plan *p, struct plan_state *st,
                           const struct plan_input *in, struct buf *out,
                           bool zh, struct err *err) MUST_USE;

/* mapping_lint(m, s, diag): the semantic lint of DESIGN section 7: severity
 * direction, constants where the source varies, swapped or invented addresses,
 * lookups without evidence or not covering the documented range. */
void mapping_lint(const struct mapping *m, const struct standard *s,
                  struct diag *diag);

#endif
