/* SPDX-License-Identifier: Apache-2.0 */
/* Recognised products: what the packages and the processes together say. */
#include <stdlib.h>

#include "agent/host/document.h"
#include "agent/host/package.h"
#include "agent/host/product.h"

#define MAX_INSTANCES 8 /* packages of one product: PostgreSQL 13 and 15 */

struct found {
    const struct product *product;
    const struct facts_package *package[MAX_INSTANCES];
    size_t packages;
    const struct facts_process *process; /* the lowest */
};

static void
look(const struct facts *f, const struct product *p, struct found *out)
{
    *out = (struct found){.product = p};
    for (size_t i = 0; i < f->package_count; i++) {
        if (out->packages < MAX_INSTANCES &&
            product_has_package(p, f->package[i].name))
            out->package[out->packages++] = &f->package[i];
    }
    for (size_t i = 0; i < f->process_count && out->process == NULL; i++) {
        if (product_has_process(p, &f->process[i]))
            out->process = &f->process[i];
    }
}

/* MariaDB's server may be called "mysqld": a process that an installed product
 * explains is no evidence of another one. */
static bool
explained(const struct facts *f, const struct found *x)
{
    for (const struct product *p = product_table; p->id; p++) {
        struct found other;

        if (p == x->product || !product_has_process(p, x->process))
            continue;
        look(f, p, &other);
        if (other.packages > 0)
            return true;
    }
    return false;
}

static int
by_pid(const void *a, const void *b)
{
    uint64_t x = ((const struct facts_process *)a)->pid;
    uint64_t y = ((const struct facts_process *)b)->pid;

    return (x > y) - (x < y);
}

/* A process of ${x} holds the socket. */
static bool
owns(const struct facts *f, const struct found *x, const struct facts_socket *s)
{
    const struct facts_process key = {.pid = s->pid};
    const struct facts_process *p =
        s->pid
            ? bsearch(&key, f->process, f->process_count, sizeof(key), by_pid)
            : NULL;

    return p && product_has_process(x->product, p);
}

/* The port by which people know the product: one that the network reaches
 * before one that only this host does. */
static uint16_t
main_port(const struct facts *f, const struct found *x)
{
    uint16_t port = 0;

    for (size_t i = 0; i < f->socket_count; i++) {
        const struct facts_socket *s = &f->socket[i];

        if (!owns(f, x, s))
            continue;
        if (!s->local_only)
            return s->port;
        port = port ? port : s->port;
    }
    return port;
}

static void
write_ports(struct json_writer *w, const struct facts *f, const struct found *x)
{
    const uint16_t port = main_port(f, x);

    if (port == 0)
        return;
    document_number(w, "port", port);
    json_key(w, "ports");
    json_array(w);
    for (size_t i = 0; i < f->socket_count; i++) {
        if (owns(f, x, &f->socket[i]))
            document_port(w, &f->socket[i]);
    }
    json_end_array(w);
}

static void
write_package(struct json_writer *w, const struct facts_package *p)
{
    struct bytes version = package_upstream(bytes_str(p->version));

    if (version.len) {
        json_key(w, "version");
        json_string(w, version);
    }
    json_key(w, "package");
    json_object(w);
    document_text(w, "manager", p->manager);
    document_text(w, "name", p->name);
    document_text(w, "version", p->version);
    document_text(w, "arch", p->arch);
    json_end_object(w);
}

static void
write_one(struct document_context *c, const struct found *x,
          const struct facts_package *package)
{
    const struct product *p = x->product;
    /* With two versions installed nothing tells whose process it is. */
    const bool ours = x->process && x->packages <= 1;
    char id[HOST_ID_MAX];
    const char *label =
        arena_printf(c->facts->arena, "%s/%s/%s", p->type, p->id,
                     x->packages > 1 && package ? package->name : "");
    struct document_head head = {.type = p->type,
                                 .id = id,
                                 .parent = c->parent,
                                 .name = p->en,
                                 .name_zh = p->zh};
    struct json_writer w;

    if (label == NULL) {
        c->stopped = true;
        return;
    }
    identity_id(c->identity, "sw", label, id);
    document_begin(c, &w, &head);
    document_text(&w, "product", p->id);
    document_text(&w, "vendor", p->vendor);
    document_text(&w, "status", ours ? "running" : "unknown");
    if (package)
        write_package(&w, package);
    if (ours) {
        document_text(&w, "process", x->process->comm);
        write_ports(&w, c->facts, x);
    }
    document_end(c, &w, &head);
}

void
document_software(struct document_context *c)
{
    for (const struct product *p = product_table; p->id && !c->stopped; p++) {
        struct found x;

        look(c->facts, p, &x);
        for (size_t i = 0; i < x.packages && !c->stopped; i++)
            write_one(c, &x, x.package[i]);
        if (x.packages == 0 && x.process && !explained(c->facts, &x))
            write_one(c, &x, NULL);
    }
}
