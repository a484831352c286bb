/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces with their addresses and gateways. MAC and IPv6 always
 * from files; IPv4 from the kernel where we look at this machine, else worked
 * out of the routing tables, which is all that files have. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "agent/host/facts.h"

#define ROUTE_BYTES   ((size_t)1 << 20)
#define MAX_ROUTES    4096
#define ARP_LOOPBACK  772  /* ARPHRD_LOOPBACK in sys/class/net/X/type */
#define ROUTE_UP      0x1U /* RTF_UP, RTF_GATEWAY */
#define ROUTE_GATEWAY 0x2U
/* if_inet6 flags of addresses not (or not any more) in use: duplicate
 * detection failed, tentative. */
#define ADDRESS_BAD 0x48U

struct route {
    const char *interface;
    uint32_t network, gateway, mask; /* as in memory: network byte order */
};

static bool
hex32(struct bytes b, uint32_t *out)
{
    uint32_t v = 0;

    if (b.len == 0 || b.len > 8)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];
        uint32_t d;

        if (c >= '0' && c <= '9')
            d = (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            d = (uint32_t)((c | 0x20) - 'a') + 10;
        else
            return false;
        v = v << 4 | d;
    }
    *out = v;
    return true;
}

static bool
hex_address6(struct bytes b, struct in6_addr *out)
{
    if (b.len != 32)
        return false;
    for (size_t i = 0; i < 16; i++) {
        uint32_t byte;

        if (!hex32(bytes_of(b.data + 2 * i, 2), &byte))
            return false;
        out->s6_addr[i] = (uint8_t)byte;
    }
    return true;
}

static unsigned
mask_bits(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

static struct facts_interface *
find(struct facts *f, struct bytes name)
{
    for (size_t i = 0; i < f->interface_count; i++) {
        if (bytes_is(name, f->interface[i].name))
            return &f->interface[i];
    }
    return NULL;
}

/* ---- names and MAC addresses: sys/class/net */

static bool
is_mac(const char *s)
{
    bool any = false;

    if (s == NULL || strlen(s) != 17)
        return false;
    for (size_t i = 0; i < 17; i++) {
        if (i % 3 == 2 ? s[i] != ':'
                       : strchr("0123456789abcdefABCDEF", s[i]) == NULL)
            return false;
        any = any || (s[i] != '0' && s[i] != ':');
    }
    return any;
}

static void
collect_interface(const struct fsroot *r, struct facts *f, const char *name)
{
    const char *base = arena_printf(f->arena, "sys/class/net/%s", name);
    const char *path;
    struct facts_interface *i;
    const char *mac;
    uint64_t type;

    if (base == NULL)
        return;
    path = arena_printf(f->arena, "%s/type", base);
    /* bonding_masters and other plain files have no type. */
    if (path == NULL || !fsroot_number(r, path, UINT32_MAX, &type) ||
        type == ARP_LOOPBACK || strlen(name) >= IF_NAMESIZE)
        return;
    i = facts_grow(f, &f->interface, &f->interface_cap, f->interface_count,
                   sizeof(*i));
    if (i == NULL)
        return;
    i->name = fsroot_clean(f->arena, bytes_str(name), IF_NAMESIZE);
    path = arena_printf(f->arena, "%s/address", base);
    mac = path ? fsroot_word(r, path, f->arena) : NULL;
    i->mac = is_mac(mac) ? mac : NULL;
    path = arena_printf(f->arena, "%s/device", base);
    i->physical = path && fsroot_exists(r, path);
    if (i->name)
        f->interface_count++;
}

/* ---- IPv6: proc/net/if_inet6 "address index prefix scope flags name" */

static void
collect_ipv6(const struct fsroot *r, struct facts *f, struct buf *text)
{
    struct bytes rest, line, field[6];
    char shown[INET6_ADDRSTRLEN];

    if (!fsroot_read(r, "proc/net/if_inet6", ROUTE_BYTES, text))
        return;
    rest = buf_view(text);
    while (fsroot_line(&rest, &line)) {
        struct facts_interface *i;
        struct in6_addr a;
        uint32_t prefix, flags;
        size_t n = 0;

        while (n < 6 && fsroot_field(&line, &field[n]))
            n++;
        if (n < 6 || !hex_address6(field[0], &a) || !hex32(field[2], &prefix) ||
            prefix > 128 || !hex32(field[4], &flags) || flags & ADDRESS_BAD)
            continue;
        i = find(f, field[5]);
        if (i && inet_ntop(AF_INET6, &a, shown, sizeof(shown)))
            facts_add(f, &i->ipv6,
                      arena_printf(f->arena, "%s/%u", shown, prefix));
    }
}

/* ---- routes */

/* "Iface Destination Gateway Flags RefCnt Use Metric Mask ..." */
static struct route *
read_routes(const struct fsroot *r, struct facts *f, struct buf *text,
            size_t *count)
{
    struct route *routes = arena_array(f->arena, MAX_ROUTES, sizeof(*routes));
    struct bytes rest, line, field[8];

    *count = 0;
    if (routes == NULL || !fsroot_read(r, "proc/net/route", ROUTE_BYTES, text))
        return routes;
    rest = buf_view(text);
    while (fsroot_line(&rest, &line) && *count < MAX_ROUTES) {
        struct route *to = &routes[*count];
        struct facts_interface *i;
        uint32_t flags;
        size_t n = 0;

        while (n < 8 && fsroot_field(&line, &field[n]))
            n++;
        if (n < 8 || !hex32(field[1], &to->network) ||
            !hex32(field[2], &to->gateway) || !hex32(field[3], &flags) ||
            !hex32(field[7], &to->mask) || !(flags & ROUTE_UP))
            continue;
        i = find(f, field[0]);
        if (i == NULL)
            continue;
        to->interface = i->name;
        if (!(flags & ROUTE_GATEWAY))
            to->gateway = 0;
        ++*count;
    }
    return routes;
}

static void
gateways4(struct facts *f, const struct route *routes, size_t count)
{
    char shown[INET_ADDRSTRLEN];

    for (size_t k = 0; k < count; k++) {
        const struct route *to = &routes[k];
        struct facts_interface *i = find(f, bytes_str(to->interface));
        struct in_addr a = {.s_addr = to->gateway};

        /* The kernel lists the lowest metric first. */
        if (to->mask == 0 && to->gateway != 0 && i->gateway == NULL &&
            inet_ntop(AF_INET, &a, shown, sizeof(shown)))
            i->gateway = arena_str(f->arena, bytes_str(shown));
    }
}

/* proc/net/ipv6_route: "dest prefix source prefix nexthop metric ref use flags
 * name"; a default route with a next hop is a gateway. */
static void
gateways6(const struct fsroot *r, struct facts *f, struct buf *text)
{
    struct bytes rest, line, field[10];
    char shown[INET6_ADDRSTRLEN];

    if (!fsroot_read(r, "proc/net/ipv6_route", ROUTE_BYTES, text))
        return;
    rest = buf_view(text);
    while (fsroot_line(&rest, &line)) {
        struct facts_interface *i;
        struct in6_addr hop;
        uint32_t flags;
        size_t n = 0;

        while (n < 10 && fsroot_field(&line, &field[n]))
            n++;
        if (n < 10 || !bytes_is(field[1], "00") ||
            !hex_address6(field[4], &hop) || !hex32(field[8], &flags) ||
            (flags & (ROUTE_UP | ROUTE_GATEWAY)) != (ROUTE_UP | ROUTE_GATEWAY))
            continue;
        i = find(f, field[9]);
        if (i && i->gateway == NULL &&
            inet_ntop(AF_INET6, &hop, shown, sizeof(shown)))
            i->gateway = arena_str(f->arena, bytes_str(shown));
    }
}

/* ---- IPv4 */

static void
add_ipv4(struct facts *f, struct facts_interface *i, uint32_t address,
         unsigned prefix)
{
    struct in_addr a = {.s_addr = address};
    char shown[INET_ADDRSTRLEN];

    if (inet_ntop(AF_INET, &a, shown, sizeof(shown)))
        facts_add(f, &i->ipv4, arena_printf(f->arena, "%s/%u", shown, prefix));
}

static bool
ipv4_from_kernel(struct facts *f)
{
    struct ifaddrs *all;

    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct facts_interface *i;
        struct sockaddr_in address, mask;

        if (a->ifa_addr == NULL || a->ifa_netmask == NULL ||
            a->ifa_addr->sa_family != AF_INET)
            continue;
        /* ifa_name may be an alias label "eth0:1" of the interface. */
        i = find(f, bytes_upto(bytes_str(a->ifa_name),
                               bytes_find(bytes_str(a->ifa_name), ':')));
        memcpy(&address, a->ifa_addr, sizeof(address));
        memcpy(&mask, a->ifa_netmask, sizeof(mask));
        if (i)
            add_ipv4(f, i, address.sin_addr.s_addr,
                     mask_bits(mask.sin_addr.s_addr));
    }
    freeifaddrs(all);
    return true;
}

/* A local address belongs to the interface of its narrowest connected route.
 * An address without one (a /32 service address) is not guessed at. */
static void
place_ipv4(struct facts *f, const struct route *routes, size_t count,
           uint32_t address)
{
    const struct route *best = NULL;

    for (size_t k = 0; k < count; k++) {
        const struct route *to = &routes[k];

        if (to->gateway == 0 && to->mask != 0 &&
            (address & to->mask) == to->network &&
            (best == NULL || mask_bits(to->mask) > mask_bits(best->mask)))
            best = to;
    }
    if (best)
        add_ipv4(f, find(f, bytes_str(best->interface)), address,
                 mask_bits(best->mask));
}

/* proc/net/fib_trie: "|-- 192.0.2.5" followed by "/32 host LOCAL". */
static void
ipv4_from_files(const struct fsroot *r, struct facts *f,
                const struct route *routes, size_t count, struct buf *text)
{
    struct bytes rest, line;
    struct in_addr a = {0};
    char shown[INET_ADDRSTRLEN];

    if (!fsroot_read(r, "proc/net/fib_trie", ROUTE_BYTES, text))
        return;
    rest = buf_view(text);
    while (fsroot_line(&rest, &line)) {
        line = bytes_trim(line);
        if (bytes_starts(line, BYTES("|-- "))) {
            line = bytes_upto(bytes_from(line, 4), sizeof(shown) - 1);
            memcpy(shown, line.data, line.len);
            shown[line.len] = '\0';
            if (inet_pton(AF_INET, shown, &a) != 1)
                a.s_addr = 0;
        } else if (bytes_is(line, "/32 host LOCAL") && a.s_addr != 0 &&
                   (ntohl(a.s_addr) >> 24) != 127) {
            place_ipv4(f, routes, count, a.s_addr);
        }
    }
}

/* A bridge or tunnel without an address of its own is wiring, not a place
 * where this host can be reached. */
static void
drop_wiring(struct facts *f)
{
    size_t kept = 0;

    for (size_t k = 0; k < f->interface_count; k++) {
        struct facts_interface *i = &f->interface[k];
        bool address = i->ipv4.count > 0;

        for (size_t n = 0; n < i->ipv6.count; n++)
            address = address || strncmp(i->ipv6.item[n], "fe80:", 5) != 0;
        if (address || (i->physical && i->mac))
            f->interface[kept++] = *i;
    }
    f->interface_count = kept;
}

void
net_collect(const struct fsroot *r, struct facts *f)
{
    struct buf text = {0};
    const char *const *names;
    struct route *routes;
    size_t count, route_count;

    names =
        fsroot_list(r, "sys/class/net", FACTS_MAX_INTERFACES, f->arena, &count);
    for (size_t i = 0; i < count; i++)
        collect_interface(r, f, names[i]);
    collect_ipv6(r, f, &text);
    routes = read_routes(r, f, &text, &route_count);
    if (routes) {
        gateways4(f, routes, route_count);
        if (!r->live || !ipv4_from_kernel(f))
            ipv4_from_files(r, f, routes, route_count, &text);
    }
    gateways6(r, f, &text);
    drop_wiring(f);
    buf_free(&text);
}
