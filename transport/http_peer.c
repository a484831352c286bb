/* SPDX-License-Identifier: Apache-2.0 */
/* See http_peer.h. */
#include "transport/http_peer.h"

#include <arpa/inet.h>
#include <string.h>

bool
http_peer_same(const struct sockaddr_storage *a, const struct sockaddr *b)
{
    if (a->ss_family != b->sa_family)
        return false;
    if (b->sa_family == AF_INET)
        return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
                      &((const struct sockaddr_in *)b)->sin_addr,
                      sizeof(struct in_addr)) == 0;
    return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)b)->sin6_addr,
                  sizeof(struct in6_addr)) == 0;
}

void
http_peer_set(const struct sockaddr *a, struct sockaddr_storage *out,
              char text[HTTP_PEER_TEXT])
{
    const void *address;
    size_t size;

    if (a->sa_family == AF_INET) {
        address = &((const struct sockaddr_in *)a)->sin_addr;
        size = sizeof(struct sockaddr_in);
    } else {
        address = &((const struct sockaddr_in6 *)a)->sin6_addr;
        size = sizeof(struct sockaddr_in6);
    }
    memcpy(out, a, size);
    (void)inet_ntop(a->sa_family, address, text, HTTP_PEER_TEXT);
}
