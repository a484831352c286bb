/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen of a product: how often each place of the definitions occurred
 * and what broke which requirement, with samples. Judged later, against tests. */
#ifndef CONFORMANCE_ROLES_OBSERVE_H
#define CONFORMANCE_ROLES_OBSERVE_H

#include <signal.h>

#include "conformance/capture/capture.h"
#include "conformance/ledger/ledger.h"
#include "conformance/roles/input.h"
#include "formats/check/check.h"
#include "formats/json/reader.h"

#define OBSERVE_SAMPLES    8 /* kept of each requirement */
#define OBSERVE_KINDS      8
#define OBSERVE_INTERFACES 12
#define OBSERVE_SET_MAX    ((size_t)4 << 20) /* identifiers remembered of a set */

struct observe_sample {
    const char *file, *rule, *pointer; /* in the arena */
    const char *interface; /* static: where the document was seen, or NULL */
    const char *place;     /* in a capture, in the arena; or NULL */
    struct ledger_text text;
    char digest[65]; /* SHA-256 of the document */
    unsigned line, col;
};

struct observe_tally { /* of one requirement */
    uint64_t count;
    struct observe_sample sample[OBSERVE_SAMPLES];
    size_t samples;
};

struct observe_set; /* identifiers seen, with a digest of what they name */

struct observe_target {
    const char *name;
    char digest[65];
    uint64_t bytes, documents, unreadable, envelopes, records;
    enum capture_kind kind; /* CAPTURE_NONE: a file of documents */
    struct capture_counts capture;
    bool changed;      /* while it was read */
    bool failed;       /* could not be read */
    const char *error; /* in the arena, or NULL */
};

/* Rows that are looked up for every record; found once. */
enum observe_row {
    ROW_ALERT_ID,
    ROW_ASSET_ID,
    ROW_ASSET_NAME,
    ROW_ALERT_NAME,
    ROW_ALERT_TYPE,
    ROW_ASSET_TYPE,
    ROW_ASSET_SUBTYPE,
    ROW_PARENT_ID,
    ROW_THREAT_ID,
    ROW_THREAT_COMPONENT,
    ROW_THREAT_CREATE_TIME,
    ROW_BEHAVIOR_ID,
    ROW_BEHAVIOR_TYPE,
    ROW_BEHAVIOR_OCCUR_TIME,
    ROW_DIGEST_ALG,
    ROW_DIGEST_VALUE,
    ROW_SCHEMA,
    ROW_INFO_TYPE,
    ROW_MSG_ID,
    OBSERVE_ROWS
};

struct observe {
    const struct ledger *ledger; /* borrowed, as is the standard */
    const struct standard *standard;
    struct arena arena;
    struct checker *checker; /* owned, as is all that follows */
    struct check_state *state;
    struct json_reader reader;
    struct tape tape;
    struct findings findings;
    struct buf scratch;
    struct observe_tally *tally;             /* one a requirement */
    const struct std_row *row[OBSERVE_ROWS]; /* NULL where retired */
    uint64_t unowned; /* faults that no requirement names */
    struct observe_kind {
        const char *kind;
        uint64_t records;
        uint64_t *seen;    /* one a place of its shape */
    } kind[OBSERVE_KINDS]; /* the envelope is the first */
    size_t kinds;
    struct observe_kind *body; /* messages of the function interface, by part */
    size_t bodies;
    struct {              /* documents by where they were seen, files aside */
        const char *name; /* static */
        uint64_t documents, records, faults;
    } interface[OBSERVE_INTERFACES];
    size_t interfaces;
    struct observe_target *target;
    size_t targets;
    uint64_t documents, readable, envelopes, records;
    uint64_t first_exact, first_content; /* of the first record */
    bool varied_exact, varied_content;   /* another one differed */
    struct observe_set *alerts, *assets, *threats, *behaviors;
    struct observe_set *messages, *parents;
    struct observe_set *requests; /* operations by request_id */
    bool nomem;
    struct { /* findings of one row and rule have one owner */
        const struct std_row *row;
        int rule;
        const struct requirement *owner;
    } owner[256];
};

/* observe_new(l, s, err): nothing seen yet. NULL + err. */
struct observe *observe_new(const struct ledger *l, const struct standard *s,
                            struct err *err);
void observe_free(struct observe *o);

/* observe_reset(o): nothing seen, no targets; false: out of memory. */
bool observe_reset(struct observe *o);

/* observe_target(o, name): a target for documents; valid until the next one.
 * NULL: nomem, latched. */
struct observe_target *observe_target(struct observe *o, const char *name);

/* observe_document(o, target, doc): judge one document. */
void observe_document(struct observe *o, struct observe_target *target,
                      const struct input_document *doc);

/* observe_context(o, doc): a document of somebody else, which is not judged: only
 * which operation a request asks for is remembered, for the response to it. */
void observe_context(struct observe *o, const struct input_document *doc);

/* observe_end(o): what can only be told at the end (links between records). */
void observe_end(struct observe *o);

/* observe_boundary(o): observe_end, and what comes now is of another instance of
 * the product: its identifiers are not compared with those before. */
void observe_boundary(struct observe *o);

/* A fault: who owns it is looked up by its rule. */
struct observe_fault {
    const char *file, *rule, *pointer;
    const char *interface, *place; /* or NULL */
    struct ledger_text text;
    struct bytes document;
    size_t offset; /* in the document */
    unsigned line; /* where the document begins */
};
void observe_fault(struct observe *o, const struct observe_fault *f);

/* observe_seen(o, pattern): how often the places that a row key or "x.*" names
 * occurred; a kind's name: how many records of it. */
uint64_t observe_seen(const struct observe *o, const char *pattern);

/* observe_capture(o, target, in, stop, err): a capture of target->kind, document
 * by document, until its end or until *stop (may be NULL). ERR_CLOSED at the
 * end; else as input_raw and capture_feed. */
enum err_code observe_capture(struct observe *o, struct observe_target *target,
                              struct input *in,
                              const volatile sig_atomic_t *stop,
                              struct err *err) MUST_USE;

/* observe_interface(o, name): documents of an interface; "syslog" takes its
 * three forms, "http" also https. */
uint64_t observe_interface(const struct observe *o, struct bytes name);

/* ---- text (observe_text.c) */
/* observe_text(o, at, too_long): read at->document into o->tape; false after
 * saying what is wrong with it. A byte order mark is told and taken off. */
bool observe_text(struct observe *o, struct observe_fault *at, bool too_long);

/* ---- messages of the function interface (observe_message.c) */
/* observe_message(o, target, at): judge what is in o->tape when it is a request
 * or a response: an object without info_type and items that has the request_id
 * and params or code; or the answer of a data interface (accepted, results). A response is judged by the operation of the request with
 * its id, where that was seen. False: it is none. */
bool observe_message(struct observe *o, const struct observe_fault *at);
/* observe_body(o, target, doc, kind): judge a document that is the body ${kind}
 * (standard/interface.h). */
void observe_body(struct observe *o, struct observe_target *target,
                  const struct input_document *doc, const char *kind);
/* observe_function(o, item): messages that show an item of the function interface:
 * "client" (requests), "server" (responses), a class, "async" (tasks).
 * observe_answers(o): answers and refusals of a data interface. */
uint64_t observe_function(const struct observe *o, struct bytes item);
uint64_t observe_answers(const struct observe *o);
/* observe_findings(o, at): charge what the checker found. */
void observe_findings(struct observe *o, const struct observe_fault *at);

/* ---- sets (observe_set.c) */
struct observe_set *observe_set_new(void);
void observe_set_free(struct observe_set *s);

enum observe_put { PUT_NEW, PUT_SAME, PUT_OTHER, PUT_FULL };
/* observe_set_put(s, name, value): PUT_SAME when ${name} is there with this
 * value, PUT_OTHER when with another one (which stays). */
enum observe_put observe_set_put(struct observe_set *s, struct bytes name,
                                 uint64_t value);
/* observe_set_get(s, name, value): false when ${name} is not there. */
bool observe_set_get(const struct observe_set *s, struct bytes name,
                     uint64_t *value);
/* observe_set_lacking(s, other, value): how many names of ${s} are not in
 * ${other}; *value is that of one of them, the least. */
size_t observe_set_lacking(const struct observe_set *s,
                           const struct observe_set *other, uint64_t *value);

/* ---- cross-record (observe_record.c) */
/* observe_rows(o): find o->row. */
void observe_rows(struct observe *o);
/* observe_record(o, where, at, kind): count places, enter identifiers.
 * where->pointer: of the record in its document, NULL when it is all of it. */
void observe_record(struct observe *o, const struct observe_fault *where,
                    uint32_t at, size_t kind);
/* observe_places(o, at, root, seen): count the places of the value at ${at}. */
void observe_places(struct observe *o, uint32_t at, const struct shape *root,
                    uint64_t *seen);
/* observe_envelope(o, where): digest, schema, repeats of a msg_id. */
void observe_envelope(struct observe *o, const struct observe_fault *where);

#endif
