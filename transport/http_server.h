/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server for machines: strict requests (http_parse.h), TLS 1.3
 * or loopback, roles before bodies, absolute deadlines per phase, bounded
 * connections. One thread runs the loop and all handlers. */
#ifndef TRANSPORT_HTTP_SERVER_H
#define TRANSPORT_HTTP_SERVER_H

#include "transport/http_auth.h"
#include "transport/http_parse.h"
#include "transport/tls.h"

struct http_request {
    const struct http_parser *head; /* method, path, query, fields */
    struct bytes body;              /* whole, unpacked when it was gzip */
    unsigned roles;                 /* of the caller */
    const char *peer;               /* its address as text */
    const char *identity; /* subject of its verified certificate, or "" */
};

struct http_response {
    unsigned status; /* 500 until the handler sets it */
    const char
        *content_type;      /* NULL: "application/json" when there is a body */
    unsigned retry_after_s; /* with 429 and 503; 0: no field */
    struct buf body;        /* owned by the server, reused */
};

/* A handler runs in the server's thread and may block it for its work (a sync
 * to disk); the answer goes out when it returns. */
typedef void (*http_handler_fn)(void *arg, const struct http_request *rq,
                                struct http_response *rs);

struct http_route { /* a table of these ends with path NULL; static storage */
    enum http_method method;
    const char *path; /* exact, or what it starts with */
    bool prefix;
    bool gzip;                /* take Content-Encoding: gzip */
    unsigned role;            /* bits the caller must have, all of them */
    size_t max_body;          /* bytes, also after unpacking */
    const char *content_type; /* media type a body must have; NULL: any */
    http_handler_fn handler;
};

struct http_limits {       /* 0: the default */
    unsigned connections;  /* 512 */
    unsigned per_source;   /* 64 connections of one address */
    unsigned requests;     /* 1,000 on one connection */
    unsigned handshake_ms; /* 5,000: TLS */
    unsigned head_ms;      /* 10,000: from the first byte to the empty line */
    unsigned body_ms;      /* 30,000 */
    unsigned write_ms;     /* 60,000: until the answer is taken */
    unsigned idle_ms;      /* 60,000: between requests */
    unsigned drain_ms;     /* 1,000: reading on after an error */
    unsigned body_bytes;   /* 256 MiB: bodies of all connections together; a
                              chunked one counts as its route's limit */
};

struct http_counters {    /* since the start */
    uint64_t connections; /* accepted */
    uint64_t turned_away; /* over a connection limit */
    uint64_t requests;    /* answered by a handler */
    uint64_t refused;     /* answered by the server itself: 4xx, 503 */
    uint64_t expired;     /* ended by a deadline */
    uint64_t unfinished;  /* handshakes that failed */
};

struct http_server_options {
    const char *listen;          /* "127.0.0.1:8443", "[::]:8443"; port 0 is
                                      chosen by the kernel */
    const struct tls_files *tls; /* NULL: plain, on loopback only */
    struct http_auth_options auth;
    const struct http_route *routes; /* borrowed while the server lives */
    void *arg;                       /* for the handlers */
    unsigned (*busy)(void *arg);     /* before each body: seconds to answer 503
                                    with, 0 to go on; NULL: never busy */
    struct http_limits limits;
    int stop_fd; /* readable: end the loop, is not read; -1: none */
};

struct http_server;

/* http_server_open(o, out, err): bind and listen; does not serve yet. ERR_ARG
 * for the address (also plain HTTP beyond loopback), ERR_IO, as tls_server and
 * secret_load for files. */
enum err_code http_server_open(const struct http_server_options *o,
                               struct http_server **out,
                               struct err *err) MUST_USE;

/* http_server_run(s, timeout_ms): serve in this thread until http_server_stop,
 * stop_fd or, unless 0, the time. Can be called again. */
void http_server_run(struct http_server *s, unsigned timeout_ms);

/* http_server_start(s, err): serve in a thread of its own. */
enum err_code http_server_start(struct http_server *s,
                                struct err *err) MUST_USE;

/* http_server_stop(s): any thread, or a handler, or a signal handler. */
void http_server_stop(struct http_server *s);

/* http_server_reload(s, tls, err): new connections use these files; on failure
 * the old stay. Any thread. */
enum err_code http_server_reload(struct http_server *s,
                                 const struct tls_files *tls,
                                 struct err *err) MUST_USE;

unsigned http_server_port(const struct http_server *s);

/* http_server_counters(s): a snapshot, any thread. */
struct http_counters http_server_counters(const struct http_server *s);

/* http_server_close(s): stop, join, close all connections. NULL is allowed. */
void http_server_close(struct http_server *s);

#endif
