/* SPDX-License-Identifier: Apache-2.0 */
/* What the collectors found out about one host. Absent stays absent: NULL, 0
 * or an empty list, never a placeholder. All memory is the arena's. */
#ifndef AGENT_HOST_FACTS_H
#define AGENT_HOST_FACTS_H

#include "agent/host/fsroot.h"

#define FACTS_MAX_DISKS      256
#define FACTS_MAX_INTERFACES 256
#define FACTS_MAX_ADDRESSES  64 /* of one interface and family */
#define FACTS_MAX_SOCKETS    4096
#define FACTS_MAX_PROCESSES  32768
#define FACTS_MAX_PACKAGES   65536

struct facts_dmi {
    const char *vendor, *product, *version, *serial, *uuid;
    const char *firmware; /* BIOS version */
    uint64_t chassis;     /* SMBIOS 3.3.4 chassis type; 0 unknown */
};

struct facts_cpu {
    const char *model, *arch;
    uint64_t cores;   /* physical where the kernel tells, else threads */
    uint64_t threads; /* logical processors */
    bool hypervisor;  /* the CPU says that it is virtual */
};

struct facts_disk {
    const char *name;
    uint64_t bytes;
};

struct facts_os {
    const char *id, *name, *pretty, *version, *kernel;
    const char *family; /* "linux" */
    const char *hostname;
    bool running; /* its /proc answers */
};

struct facts_list { /* texts; item is NULL when count is 0 */
    const char **item;
    size_t count, cap;
};

struct facts_interface {
    const char *name, *mac, *gateway;
    struct facts_list ipv4, ipv6; /* "192.0.2.5/24", "2001:db8::5/64" */
    bool physical;                /* has a device behind it */
};

struct facts_socket {     /* one listening endpoint */
    const char *protocol; /* "tcp" or "udp" */
    uint16_t port;
    bool local_only;     /* bound to loopback addresses alone */
    uint64_t inode;      /* 0: unknown */
    const char *process; /* comm of its lowest process, or NULL */
    uint64_t pid;        /* 0: unknown */
};

struct facts_process {
    uint64_t pid;
    const char *comm;
    const char *marker; /* product marker found in the command line, or NULL */
};

struct facts_package {
    const char *name, *version, *arch;
    const char *manager; /* "dpkg", "rpm", "apk" */
};

struct facts {
    struct arena *arena; /* borrowed */
    struct facts_dmi dmi;
    struct facts_cpu cpu;
    struct facts_os os;
    uint64_t memory_kb;
    const char *machine_id; /* 32 hex digits; secret, never written out */
    const char *container;  /* kind of container we run in, or NULL */
    struct facts_disk *disk;
    size_t disk_count, disk_cap;
    struct facts_interface *interface;
    size_t interface_count, interface_cap;
    struct facts_socket *socket;
    size_t socket_count, socket_cap;
    struct facts_process *process;
    size_t process_count, process_cap;
    struct facts_package *package;
    size_t package_count, package_cap;
    const char *unread_packages; /* a package database we cannot read */
    bool partial; /* memory, a limit or the deadline cut something off */
};

/* facts_grow(f, list, cap, count, size): room for one more element of ${size}
 * bytes in *list (moved within the arena), zeroed; NULL sets f->partial. */
void *facts_grow(struct facts *f, void *list, size_t *cap, size_t count,
                 size_t size);

/* facts_add(f, list, text): append ${text} unless it is there already; at most
 * FACTS_MAX_ADDRESSES. */
void facts_add(struct facts *f, struct facts_list *list, const char *text);

/* The collectors. Each fills its part; what cannot be read stays absent. */
void hardware_collect(const struct fsroot *r, struct facts *f);
void cpu_collect(const struct fsroot *r, struct facts *f);
void system_collect(const struct fsroot *r, struct facts *f);
void net_collect(const struct fsroot *r, struct facts *f);
void socket_collect(const struct fsroot *r, struct facts *f);
void process_collect(const struct fsroot *r, struct facts *f);
void package_collect(const struct fsroot *r, struct facts *f);

#endif
