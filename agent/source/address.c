/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "agent/source/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

static enum err_code
bad(struct err *err, struct bytes text, const char *why)
{
    char where[ERR_WHERE_MAX];

    (void)snprintf(where, sizeof where, "%.*s",
                   (int)(text.len < 90 ? text.len : 90), text.data);
    return err_set(err, ERR_SYNTAX, where, "%s", why);
}

static bool
parse_ipv6(const char *host, uint16_t port, struct address *out)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sa;

    if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
        return false;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    out->len = sizeof *in6;
    return true;
}

static bool
parse_ipv4(const char *host, uint16_t port, struct address *out)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&out->sa;

    if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
        return false;
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    out->len = sizeof *in;
    return true;
}

enum err_code
address_parse(struct bytes text, struct address *out, struct err *err)
{
    char host[INET6_ADDRSTRLEN];
    struct bytes h = text;
    struct address a = {0};
    uint64_t port;
    bool good;

    while (h.len != 0 && h.data[h.len - 1] != ':')
        h.len--;
    if (h.len < 2 || !bytes_to_u64(bytes_from(text, h.len), UINT16_MAX, &port))
        return bad(err, text,
                   "an address and a port are wanted, such as "
                   "0.0.0.0:514, [::]:514 or *:514");
    h.len--;
    a.both = bytes_is(h, "*");
    if (a.both)
        h = BYTES("[::]");
    if (h.len >= sizeof host + 1)
        return bad(err, text, "the address is too long");
    if (h.data[0] == '[' && h.data[h.len - 1] == ']') {
        (void)snprintf(host, sizeof host, "%.*s", (int)h.len - 2, h.data + 1);
        good = parse_ipv6(host, (uint16_t)port, &a);
    } else {
        (void)snprintf(host, sizeof host, "%.*s", (int)h.len, h.data);
        good = parse_ipv4(host, (uint16_t)port, &a);
    }
    if (!good)
        return bad(err, text,
                   "is not a numeric IPv4 address or an IPv6 "
                   "address in brackets");
    *out = a;
    return ERR_OK;
}

void
address_peer(const struct sockaddr_storage *sa, uint8_t out[16])
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

    memset(out, 0, 16);
    if (sa->ss_family == AF_INET6) {
        memcpy(out, &in6->sin6_addr, 16);
    } else if (sa->ss_family == AF_INET) {
        out[10] = out[11] = 0xFF;
        memcpy(out + 12, &in->sin_addr, 4);
    }
}

void
address_text(const struct sockaddr_storage *sa, char out[ADDRESS_TEXT])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    char host[INET6_ADDRSTRLEN] = "?";
    uint8_t a[16];
    /* The port is at the same place in both. */
    unsigned port = ntohs(((const struct sockaddr_in *)sa)->sin_port);

    address_peer(sa, a);
    if (memcmp(a, mapped, sizeof mapped) == 0) {
        (void)inet_ntop(AF_INET, a + 12, host, sizeof host);
        (void)snprintf(out, ADDRESS_TEXT, "%s:%u", host, port);
    } else {
        (void)inet_ntop(AF_INET6, a, host, sizeof host);
        (void)snprintf(out, ADDRESS_TEXT, "[%s]:%u", host, port);
    }
}

enum err_code
address_bind(const struct address *a, int type, int *out, struct err *err)
{
    char text[ADDRESS_TEXT];
    int on = 1;
    int v6only = !a->both;
    int fd;

    address_text(&a->sa, text);
    fd = socket(a->sa.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(err, text, "cannot make a socket");
    if (a->sa.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    if (type == SOCK_STREAM)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len) != 0) {
        enum err_code code = err_errno(err, text, "cannot listen there");

        close(fd);
        return code;
    }
    *out = fd;
    return ERR_OK;
}
