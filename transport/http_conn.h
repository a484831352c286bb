/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of http_server, and what the two files share. */
#ifndef TRANSPORT_HTTP_CONN_H
#define TRANSPORT_HTTP_CONN_H

#include <stdatomic.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "transport/http_server.h"

struct http_conn;

struct http_shared { /* what a connection needs of its server */
    struct event_base *base;
    struct http_server_options options; /* limits filled in */
    struct http_auth auth;
    struct http_conn *first; /* all connections */
    unsigned count;
    uint64_t reserved;             /* bytes of bodies that are being read */
    struct buf unpacked;           /* scratch: gzip bodies */
    struct http_response response; /* scratch */
    struct {
        atomic_uint_least64_t connections, turned_away, requests, refused,
            expired, unfinished;
    } counters;
};

/* http_conn_open(s, fd, address, tls): takes ${fd}; ${tls} (NULL: plain) is
 * referenced. Closes ${fd} when memory is short or a limit is reached. */
void http_conn_open(struct http_shared *s, evutil_socket_t fd,
                    const struct sockaddr *address, SSL_CTX *tls);

/* http_conn_all_written(s): no answer waits for its peer. */
bool http_conn_all_written(const struct http_shared *s);

/* http_conn_close_all(s): at once. */
void http_conn_close_all(struct http_shared *s);

#endif
