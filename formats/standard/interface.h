/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces as data: paths, operations of the function interface, answer
 * codes with their HTTP status, roles and security. What is in a message is a
 * body: a kind of its own with rows like any other, which std_shape, std_row,
 * export and the checker know, but which is no kind of record. Everything is
 * borrowed from the standard and immutable. */
#ifndef FORMATS_STANDARD_INTERFACE_H
#define FORMATS_STANDARD_INTERFACE_H

#include "formats/standard/standard.h"

/* Bodies that every interface file has; an operation's own are named by it. */
#define STD_REQUEST  "command.request"
#define STD_RESPONSE "command.response"
#define STD_TASK     "command.task" /* data of the answer about a task */
#define STD_ANSWER   "data.answer"  /* of a data interface that took items */
#define STD_REFUSAL  "data.refusal" /* ... that refuses the whole */

struct std_operation {
    const struct std_code *class; /* of interface_classes */
    const struct std_code *name;  /* of operations */
    const char *about_zh, *about_en;
    const char *params;  /* body: what `params` of a request must be */
    const char *result;  /* body: what `data` of a response with code ok is */
    const char *records; /* kind of the records in result's `items`, or NULL */
    bool effect;         /* changes something: idempotent by request_id */
    bool async;          /* may be answered with accepted and a task */
    const char *clause;  /* NULL while unknown */
    const char *source;
    bool provisional;
};

struct std_answer {              /* one code that a response may hold */
    const struct std_code *code; /* of interface_codes; its alias is written */
    const unsigned *status;      /* HTTP statuses that go with it, ended by 0 */
    const char *clause, *source;
    bool provisional;
};

struct std_data {      /* one kind of information on the data interfaces */
    const char *kind;  /* of record */
    const char *path;  /* behind the base: "/data/alert" */
    const char *topic; /* Kafka: "interconn.alert.v1" */
    const char *msgid; /* syslog MSGID, ZeroMQ topic: "alert" */
    const char *key;   /* row whose value is the Kafka key */
    const char *clause, *source;
    bool provisional;
};

struct std_role { /* who may command a class */
    const struct std_code *class;
    bool explicit_grant; /* not included in a general grant */
};

struct std_interface {
    const char *id, *version, *zh, *en;
    const char *base;         /* "/interconn/v1", before every path */
    const char *command_path; /* "/command/{class}/{operation}" */
    const char *task_path;    /* "/task/{task_id}" */
    const struct std_data *data;
    size_t data_count;
    const struct std_operation *operation; /* in file order */
    size_t operation_count;
    const struct std_answer *answer;
    size_t answer_count;
    const struct std_role *role;
    size_t role_count;
    const char *tls_min;                     /* least version of TLS: "1.3" */
    const char *token_scheme;                /* of Authorization: "Bearer" */
    const char *signature_header;            /* of a signed request */
    const char *const *signature_algorithms; /* NULL-ended, lower case */
    const char *const *signature_over;       /* NULL-ended: lines, in order */
    unsigned window_s; /* a timestamp may be off by so many seconds */
    size_t body_max;   /* bytes of a request that must be taken */
};

/* std_interface(s): NULL when no interface file was loaded. */
const struct std_interface *std_interface(const struct standard *s);

/* std_operation(s, class, name): as the paths spell them (overlays included),
 * or NULL. */
const struct std_operation *
std_operation(const struct standard *s, struct bytes class, struct bytes name);

/* std_answer(s, number): the code with this number, or NULL. */
const struct std_answer *std_answer(const struct standard *s, int64_t number);

/* std_operation_path(s, o, out): append "/interconn/v1/command/respond/block". */
void std_operation_path(const struct standard *s, const struct std_operation *o,
                        struct buf *out);

/* std_body_count, std_body(s, i): the bodies in definition order; NULL behind
 * the last. std_is_body: ${kind} is one. */
size_t std_body_count(const struct standard *s);
const char *std_body(const struct standard *s, size_t i);
bool std_is_body(const struct standard *s, const char *kind);

#endif
