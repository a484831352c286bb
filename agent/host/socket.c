/* SPDX-License-Identifier: Apache-2.0 */
/* proc/net/{tcp,tcp6,udp,udp6}: who listens. */
#include "agent/host/socket.h"

#include <stdlib.h>

#define TABLE_BYTES ((size_t)4 << 20) /* TCP lists its listeners first */

#define STATE_LISTEN      "0A"
#define STATE_UNCONNECTED "07"

static const struct table {
    const char *path, *protocol, *state;
} tables[] = {
    {"proc/net/tcp", "tcp", STATE_LISTEN},
    {"proc/net/tcp6", "tcp", STATE_LISTEN},
    {"proc/net/udp", "udp", STATE_UNCONNECTED},
    {"proc/net/udp6", "udp", STATE_UNCONNECTED},
};

static bool
hex_port(struct bytes b, uint16_t *out)
{
    uint32_t v = 0;

    if (b.len == 0 || b.len > 4)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        const char *digits = "0123456789ABCDEF";
        const char *at = b.data[i] ? strchr(digits, b.data[i]) : NULL;

        if (at == NULL)
            return false;
        v = v << 4 | (uint32_t)(at - digits);
    }
    *out = (uint16_t)v;
    return true;
}

/* Addresses are printed as 32-bit words in memory order, so loopback reads
 * 0100007F on little-endian machines and 7F000001 on big-endian ones. */
static bool
is_loopback(struct bytes address)
{
    const uint32_t word = 1;
    const bool little = *(const unsigned char *)&word == 1;
    struct bytes last = address;

    if (address.len == 32) {
        if (bytes_is(address, little ? "00000000000000000000000001000000"
                                     : "00000000000000000000000000000001"))
            return true;
        if (!bytes_starts(address, little ? BYTES("0000000000000000FFFF0000")
                                          : BYTES("00000000000000000000FFFF")))
            return false;
        last = bytes_from(address, 24);
    }
    if (last.len != 8)
        return false;
    return bytes_is(little ? bytes_from(last, 6) : bytes_upto(last, 2), "7F");
}

/* Unconnected UDP sockets above this are mostly clients that wait for an
 * answer (resolvers); reported, they would be different at every look. */
static uint64_t
ephemeral_start(const struct fsroot *r, struct arena *a)
{
    struct bytes rest =
        bytes_str(fsroot_word(r, "proc/sys/net/ipv4/ip_local_port_range", a));
    struct bytes word;
    uint64_t low;

    if (fsroot_field(&rest, &word) && bytes_to_u64(word, 65535, &low))
        return low;
    return 32768; /* the kernel's default */
}

/* "sl local remote st tx:rx tr:when retrnsmt uid timeout inode ..." */
static void
take_line(struct facts *f, const struct table *t, struct bytes line,
          uint64_t udp_limit)
{
    struct bytes field[10], address, port;
    struct facts_socket *s;
    uint64_t inode;
    uint16_t number;
    size_t n = 0;

    while (n < 10 && fsroot_field(&line, &field[n]))
        n++;
    if (n < 10 || !bytes_is(field[3], t->state) ||
        !fsroot_pair(field[1], ':', &address, &port) ||
        !hex_port(port, &number) || number == 0 ||
        !bytes_to_u64(field[9], UINT64_MAX, &inode))
        return;
    if (t->protocol[0] == 'u' && number >= udp_limit)
        return;
    if (f->socket_count == FACTS_MAX_SOCKETS) {
        f->partial = true;
        return;
    }
    s = facts_grow(f, &f->socket, &f->socket_cap, f->socket_count, sizeof(*s));
    if (s == NULL)
        return;
    *s = (struct facts_socket){.protocol = t->protocol,
                               .port = number,
                               .local_only = is_loopback(address),
                               .inode = inode};
    f->socket_count++;
}

static int
by_inode(const void *a, const void *b)
{
    uint64_t x = ((const struct facts_socket *)a)->inode;
    uint64_t y = ((const struct facts_socket *)b)->inode;

    return (x > y) - (x < y);
}

void
socket_collect(const struct fsroot *r, struct facts *f)
{
    struct buf text = {0};
    uint64_t limit = ephemeral_start(r, f->arena);

    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        struct bytes rest, line;

        if (!fsroot_read(r, tables[i].path, TABLE_BYTES, &text))
            continue;
        rest = buf_view(&text);
        while (fsroot_line(&rest, &line))
            take_line(f, &tables[i], line, limit);
    }
    buf_free(&text);
    if (f->socket_count)
        qsort(f->socket, f->socket_count, sizeof(*f->socket), by_inode);
}

void
socket_owner(struct facts *f, uint64_t inode, const struct facts_process *p)
{
    const struct facts_socket key = {.inode = inode};
    struct facts_socket *s;

    if (inode == 0 || f->socket_count == 0)
        return;
    s = bsearch(&key, f->socket, f->socket_count, sizeof(*f->socket), by_inode);
    if (s && s->process == NULL) {
        s->process = p->comm;
        s->pid = p->pid;
    }
}

static int
by_place(const void *a, const void *b)
{
    const struct facts_socket *x = a, *y = b;
    int order = strcmp(x->protocol, y->protocol);

    if (order == 0)
        order = (x->port > y->port) - (x->port < y->port);
    if (order == 0)
        order =
            strcmp(x->process ? x->process : "", y->process ? y->process : "");
    if (order == 0)
        order = (x->pid > y->pid) - (x->pid < y->pid);
    return order;
}

void
socket_merge(struct facts *f)
{
    size_t kept = 0;

    if (f->socket_count)
        qsort(f->socket, f->socket_count, sizeof(*f->socket), by_place);
    for (size_t i = 0; i < f->socket_count; i++) {
        struct facts_socket *last = kept ? &f->socket[kept - 1] : NULL;
        struct facts_socket s = f->socket[i];

        if (last && last->protocol == s.protocol && last->port == s.port &&
            strcmp(last->process ? last->process : "",
                   s.process ? s.process : "") == 0) {
            last->local_only = last->local_only && s.local_only;
            continue;
        }
        s.inode = 0;
        f->socket[kept++] = s;
    }
    f->socket_count = kept;
}
