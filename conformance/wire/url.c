/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/wire/url.h"

static bool
put(char *to, size_t size, struct bytes from)
{
    if (from.len + 1 > size)
        return false;
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}

static bool
read_authority(struct bytes a, struct wire_url *out)
{
    size_t end = 0;
    uint64_t port;

    if (a.len > 0 && a.data[0] == '[') {
        end = bytes_find(a, ']');
        if (end == a.len ||
            !put(out->host, sizeof out->host, bytes_of(a.data + 1, end - 1)))
            return false;
        end++;
    } else {
        end = bytes_find(a, ':');
        if (!put(out->host, sizeof out->host, bytes_upto(a, end)))
            return false;
    }
    a = bytes_from(a, end);
    if (a.len == 0)
        return out->host[0] != '\0';
    if (a.data[0] != ':' || !bytes_to_u64(bytes_from(a, 1), 65535, &port))
        return false;
    out->port = (unsigned)port;
    return out->host[0] != '\0';
}

bool
wire_url(const char *text, struct wire_url *out)
{
    struct bytes all = bytes_str(text), rest;
    size_t n = bytes_find(all, ':');

    *out = (struct wire_url){0};
    if (n == 0 || n == all.len ||
        !put(out->scheme, sizeof out->scheme, bytes_upto(all, n)))
        return false;
    for (char *p = out->scheme; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
        if (*p < 'a' || *p > 'z')
            return false;
    }
    rest = bytes_from(all, n);
    if (!bytes_starts(rest, BYTES("://")) || strpbrk(text, "@?# \r\n"))
        return false;
    rest = bytes_from(rest, 3);
    out->port = strcmp(out->scheme, "http") == 0    ? 80
                : strcmp(out->scheme, "https") == 0 ? 443
                                                    : 0;
    n = bytes_find(rest, '/');
    if (!read_authority(bytes_upto(rest, n), out))
        return false;
    rest = bytes_from(rest, n);
    while (rest.len > 0 && rest.data[rest.len - 1] == '/')
        rest.len--;
    return put(out->path, sizeof out->path, rest);
}
