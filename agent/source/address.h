/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses to listen on and addresses of peers, as numbers only: no name is
 * ever resolved. */
#ifndef AGENT_SOURCE_ADDRESS_H
#define AGENT_SOURCE_ADDRESS_H

#include <sys/socket.h>

#include "formats/base/bytes.h"
#include "formats/base/err.h"

#define ADDRESS_TEXT 128

struct address {
    struct sockaddr_storage sa;
    socklen_t len;
    bool both; /* "*": IPv6 and IPv4 in one socket */
};

/* address_parse(text, out, err): "192.0.2.1:514", "[2001:db8::1]:514", "*:514";
 * port 0: the kernel chooses. ERR_SYNTAX with the reason. */
enum err_code address_parse(struct bytes text, struct address *out,
                            struct err *err) MUST_USE;

/* address_text(sa, out): as written above; an IPv4 address mapped into IPv6 is
 * written as IPv4. */
void address_text(const struct sockaddr_storage *sa, char out[ADDRESS_TEXT]);

/* address_peer(sa, out): the address without the port, IPv4 mapped. */
void address_peer(const struct sockaddr_storage *sa, uint8_t out[16]);

/* address_bind(a, type, out, err): a bound, non-blocking socket of ${type}
 * (SOCK_STREAM, SOCK_DGRAM) in *out; the caller's. */
enum err_code address_bind(const struct address *a, int type, int *out,
                           struct err *err) MUST_USE;

#endif
