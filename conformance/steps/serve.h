/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the family http_serve: the tester's HTTP server of one session, every
 * request it got, and what its files share. One thread, as a session. */
#ifndef CONFORMANCE_STEPS_SERVE_H
#define CONFORMANCE_STEPS_SERVE_H

#include "conformance/steps/session.h"
#include "conformance/wire/http_serve.h"
#include "conformance/wire/intake.h"
#include "formats/json/reader.h"

#define SERVE_REQUESTS_MAX 4096
#define SERVE_NAMES_MAX    16

struct serve_request {
    struct http_serve_request r; /* slices of ${raw} */
    struct bytes raw;            /* in the arena */
    struct bytes body;           /* without chunks and compression */
    bool packed_badly;           /* Content-Encoding and content disagree */
    bool command;                /* of the function interface */
    struct intake_conn *conn;
    unsigned nth;       /* of its connection, from 1 */
    int64_t at_ms;      /* complete */
    int64_t ended_ms;   /* answered, or its connection was ended; 0: neither */
    unsigned status;    /* of the answer; 0: none, or a broken one */
    const char *key;    /* Idempotency-Key, or "" */
    const char *id;     /* msg_id or request_id of the body, or "" */
    const char *nonce;  /* of the body, or "" */
    const char *op;     /* "class/operation" of a command's body, or "" */
    const char *source; /* method and target, for cards */
    size_t items;       /* of an envelope */
    uint64_t content;   /* of them, or of params: a digest; 0 without any */
};

struct serve_conn {
    size_t need;    /* not complete before so many bytes */
    unsigned seen;  /* requests so far */
    bool broken;    /* cannot be read further */
    bool continued; /* 100 Continue was sent for what is coming */
};

struct serve_name {
    const char *name;
    size_t index;
};

struct serve {
    struct arena arena;
    struct intake *in;    /* NULL before serve.listen */
    struct intake *decoy; /* another host, or NULL */
    struct serve_request **request;
    size_t count, cap;
    size_t next;             /* first one that no step has taken */
    size_t current;          /* taken last; SIZE_MAX: none */
    struct serve_conn *conn; /* per connection, by its number - 1 */
    uint32_t stray;          /* faults of what was no complete request */
    struct serve_name name[SERVE_NAMES_MAX];
    size_t names;
    struct http_serve_request probe; /* while a request is incomplete */
    struct json_reader reader;
    struct tape tape;
    struct buf scratch, decoded, out;
    bool nomem;
};

extern const struct step_family step_family_http_serve;

/* serve_of(s): the session's; NULL: no memory (a fault of the tester). */
struct serve *serve_of(struct session *s);

/* serve_open(s, st): listen as the step says (serve.listen without starting the
 * product); without parameters soundly, with TLS when the product was told so. */
enum verdict serve_open(struct session *s, const struct ledger_step *st);

/* serve_pump(s, v, ms): wait up to ${ms} for something and enter the requests
 * that are complete. False: nothing happened. */
bool serve_pump(struct session *s, struct serve *v, unsigned ms);

/* serve_take(s, v, ms): the next request that no step has taken, waiting up to
 * ${ms}; it becomes the current one. NULL: none came. */
struct serve_request *serve_take(struct session *s, struct serve *v,
                                 unsigned ms);

/* serve_named(v, name): a request by the name that a step saved it under;
 * "last" or NULL: the current one. NULL: none. */
struct serve_request *serve_named(const struct serve *v, const char *name);

/* serve_answer_well(s, v, q): accept it as a sound receiver does. */
void serve_answer_well(struct session *s, struct serve *v,
                       struct serve_request *q);

/* serve_answer_status(s, v, q, status): plainly with that status.
 * serve_answer_code(s, v, q, status, code): and that code (standard.md 11.2). */
void serve_answer_status(struct session *s, struct serve *v,
                         struct serve_request *q, unsigned status);
void serve_answer_code(struct session *s, struct serve *v,
                       struct serve_request *q, unsigned status, int64_t code);

/* serve_member(v, q, pointer, out): text of a scalar of the body, by "a/b";
 * false when there is none or the body is no JSON. Borrowed until the next. */
bool serve_member(struct serve *v, const struct serve_request *q,
                  const char *path, struct bytes *out);

/* serve_document(s, q, good): enter what the request carries among the documents
 * that are judged with the definitions; a poll carries nothing. ${good}: the
 * product was not made to send it so (session_document). */
void serve_document(struct session *s, const struct serve_request *q,
                    bool good);

/* serve_type(v, q, path): the enum tape_type of a member, -1: absent. */
int serve_type(struct serve *v, const struct serve_request *q,
               const char *path);

/* serve_signature(v, q, key, why, size): the X-Interconn-Signature of a request is the
 * HMAC-SM3 with ${key} over method, path, query, digest, timestamp and nonce;
 * else false and a text. */
bool serve_signature(struct serve *v, const struct serve_request *q,
                     struct bytes key, char *why, size_t size);

/* Operations, by file. */
enum verdict serve_op_answer(struct session *s, const struct ledger_step *st);
enum verdict serve_op_serve(struct session *s, const struct ledger_step *st);
enum verdict serve_op_expect(struct session *s, const struct ledger_step *st);
enum verdict serve_op_none(struct session *s, const struct ledger_step *st);
enum verdict serve_op_repeat(struct session *s, const struct ledger_step *st);
enum verdict serve_op_refused(struct session *s, const struct ledger_step *st);
enum verdict serve_op_split(struct session *s, const struct ledger_step *st);
enum verdict serve_op_unique(struct session *s, const struct ledger_step *st);
enum verdict serve_op_pace(struct session *s, const struct ledger_step *st);
enum verdict serve_op_decoy(struct session *s, const struct ledger_step *st);
enum verdict serve_op_no_leak(struct session *s, const struct ledger_step *st);
extern const struct step_param serve_param_answer[], serve_param_serve[],
    serve_param_expect[], serve_param_none[], serve_param_repeat[],
    serve_param_refused[], serve_param_split[], serve_param_unique[],
    serve_param_pace[], serve_param_decoy[], serve_param_no_leak[];

#endif
