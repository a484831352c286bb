/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the HTTP server's peers, IPv4 and IPv6. */
#ifndef TRANSPORT_HTTP_PEER_H
#define TRANSPORT_HTTP_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HTTP_PEER_TEXT INET6_ADDRSTRLEN

/* http_peer_same(a, b): the same host, whatever the ports. */
bool http_peer_same(const struct sockaddr_storage *a, const struct sockaddr *b);

/* http_peer_set(a, out, text): a copy, and the address without the port. */
void http_peer_set(const struct sockaddr *a, struct sockaddr_storage *out,
                   char text[HTTP_PEER_TEXT]);

#endif
