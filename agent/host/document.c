/* SPDX-License-Identifier: Apache-2.0 */
/* The device and the operating system as documents. */
#include "agent/host/document.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/hash.h"

static const uint8_t content_key[16] = "hutong content ";

void
document_text(struct json_writer *w, const char *key, const char *s)
{
    if (s == NULL)
        return;
    json_key(w, key);
    json_cstr(w, s);
}

void
document_number(struct json_writer *w, const char *key, uint64_t v)
{
    if (v == 0)
        return;
    json_key(w, key);
    json_u64(w, v);
}

void
document_port(struct json_writer *w, const struct facts_socket *s)
{
    json_object(w);
    json_key(w, "port");
    json_u64(w, s->port);
    document_text(w, "protocol", s->protocol);
    document_text(w, "process", s->process);
    document_text(w, "reach", s->local_only ? "loopback" : "network");
    json_end_object(w);
}

void
document_begin(struct document_context *c, struct json_writer *w,
               const struct document_head *head)
{
    buf_reset(&c->json);
    json_writer_init(w, &c->json);
    json_object(w);
    document_text(w, "type", head->type);
    document_text(w, "asset_id", head->id);
    document_text(w, "parent_id", head->parent);
    document_text(w, "name", head->name);
    document_text(w, "name_zh", head->name_zh);
}

void
document_end(struct document_context *c, struct json_writer *w,
             const struct document_head *head)
{
    struct host_document d = {.type = head->type};
    struct buf when = {0};

    /* The time comes last: what is before it is the content. */
    hash_128(content_key, c->json.data, c->json.len, d.content);
    time_write_rfc3339(&when, &c->now);
    json_key(w, "observed_at");
    json_string(w, buf_view(&when));
    json_end_object(w);
    snprintf(d.id, sizeof(d.id), "%s", head->id);
    d.json = buf_view(&c->json);
    if (!buf_ok(&c->json) || !buf_ok(&when) || !c->fn(c->ctx, &d))
        c->stopped = true;
    else
        c->written++;
    buf_free(&when);
}

/* ---- parts */

static void
write_list(struct json_writer *w, const char *key, const struct facts_list *l)
{
    if (l->count == 0)
        return;
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < l->count; i++)
        json_cstr(w, l->item[i]);
    json_end_array(w);
}

static void
write_interfaces(struct json_writer *w, const struct facts *f)
{
    if (f->interface_count == 0)
        return;
    json_key(w, "interfaces");
    json_array(w);
    for (size_t k = 0; k < f->interface_count; k++) {
        const struct facts_interface *i = &f->interface[k];

        json_object(w);
        document_text(w, "name", i->name);
        document_text(w, "mac", i->mac);
        write_list(w, "ipv4", &i->ipv4);
        write_list(w, "ipv6", &i->ipv6);
        document_text(w, "gateway", i->gateway);
        json_end_object(w);
    }
    json_end_array(w);
}

static void
write_cpu(struct json_writer *w, const struct facts_cpu *cpu)
{
    if (!cpu->model && !cpu->arch && !cpu->threads)
        return;
    json_key(w, "cpu");
    json_object(w);
    document_text(w, "model", cpu->model);
    document_text(w, "arch", cpu->arch);
    document_number(w, "cores", cpu->cores);
    document_number(w, "threads", cpu->threads);
    json_end_object(w);
}

static void
write_disks(struct json_writer *w, const struct facts *f)
{
    if (f->disk_count == 0)
        return;
    json_key(w, "disks");
    json_array(w);
    for (size_t k = 0; k < f->disk_count; k++) {
        const uint64_t tenths = (f->disk[k].bytes + 50000000) / 100000000;
        char size[32];
        int n = snprintf(size, sizeof(size), "%" PRIu64 ".%u", tenths / 10,
                         (unsigned)(tenths % 10));

        json_object(w);
        document_text(w, "name", f->disk[k].name);
        json_key(w, "size_gb"); /* 10^9 bytes, as on the label */
        json_raw(w, bytes_of(size, n > 0 ? (size_t)n : 0));
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- what kind of device */

/* How virtual machines name themselves in SMBIOS. */
static const char *const virtual_words[] = {
    "QEMU",
    "KVM",
    "VMware",
    "VirtualBox",
    "Xen",
    "OpenStack",
    "Bochs",
    "Virtual Machine",
    "Amazon EC2",
    "Alibaba Cloud",
    "Google Compute Engine",
    "Tencent Cloud",
    "HUAWEICLOUD",
    "BHYVE",
    "Parallels",
    "oVirt",
};

static bool
is_virtual(const struct facts *f)
{
    if (f->cpu.hypervisor)
        return true;
    for (size_t i = 0; i < sizeof(virtual_words) / sizeof(*virtual_words);
         i++) {
        if ((f->dmi.vendor && strstr(f->dmi.vendor, virtual_words[i])) ||
            (f->dmi.product && strstr(f->dmi.product, virtual_words[i])))
            return true;
    }
    return false;
}

static const char *
subtype(const struct facts *f)
{
    /* SMBIOS 3.7.0, 7.4.1 chassis types; the others say nothing useful. */
    static const struct {
        uint8_t from, to;
        const char *kind;
    } chassis[] = {
        {3, 10, "terminal"},  {13, 16, "terminal"}, {17, 17, "server"},
        {23, 23, "server"},   {25, 25, "server"},   {28, 29, "server"},
        {30, 32, "terminal"}, {33, 33, "iot"},      {35, 36, "terminal"},
    };

    if (f->container)
        return "container";
    if (is_virtual(f))
        return "virtual";
    for (size_t i = 0; i < sizeof(chassis) / sizeof(*chassis); i++) {
        if (f->dmi.chassis >= chassis[i].from &&
            f->dmi.chassis <= chassis[i].to)
            return chassis[i].kind;
    }
    return NULL;
}

/* A kernel takes any text for a host name; a name that others can use follows
 * RFC 1123 (with the underscore that people use all the same). */
static const char *
network_name(const char *s)
{
    const size_t n = s ? strlen(s) : 0;

    if (n == 0 || n > 253 || s[0] == '-' || s[0] == '.' ||
        strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789.-_") != n)
        return NULL;
    return s;
}

static const char *
status(const struct facts *f)
{
    return f->os.running ? "running" : "unknown";
}

void
document_device(struct document_context *c)
{
    const struct facts *f = c->facts;
    char id[HOST_ID_MAX];
    struct document_head head = {.type = "device", .id = id};
    struct json_writer w;

    identity_id(c->identity, "dev", "device", id);
    head.name = f->os.hostname   ? f->os.hostname
                : f->dmi.product ? f->dmi.product
                                 : id;
    document_begin(c, &w, &head);
    document_text(&w, "subtype", subtype(f));
    document_text(&w, "container", f->container);
    document_text(&w, "status", status(f));
    document_text(&w, "vendor", f->dmi.vendor);
    document_text(&w, "model", f->dmi.product);
    document_text(&w, "version", f->dmi.version);
    document_text(&w, "serial", f->dmi.serial);
    document_text(&w, "firmware", f->dmi.firmware);
    document_text(&w, "hostname", network_name(f->os.hostname));
    write_cpu(&w, &f->cpu);
    document_number(&w, "memory_mb", f->memory_kb / 1024);
    write_disks(&w, f);
    write_interfaces(&w, f);
    document_text(&w, "identity", c->identity->basis);
    document_end(c, &w, &head);
    snprintf(c->parent, sizeof(c->parent), "%s", id);
}

static void
write_ports(struct json_writer *w, const struct facts *f)
{
    if (f->socket_count == 0)
        return;
    json_key(w, "ports");
    json_array(w);
    for (size_t i = 0; i < f->socket_count; i++)
        document_port(w, &f->socket[i]);
    json_end_array(w);
}

void
document_system(struct document_context *c)
{
    const struct facts *f = c->facts;
    char id[HOST_ID_MAX];
    struct document_head head = {
        .type = "operating_system", .id = id, .parent = c->parent};
    struct json_writer w;

    if (c->stopped || f->os.family == NULL)
        return;
    identity_id(c->identity, "os", "operating_system", id);
    head.name = f->os.pretty ? f->os.pretty : f->os.name;
    if (head.name == NULL)
        head.name = f->os.family;
    document_begin(c, &w, &head);
    document_text(&w, "status", status(f));
    document_text(&w, "family", f->os.family);
    document_text(&w, "distribution", f->os.id);
    document_text(&w, "os_name", f->os.name);
    document_text(&w, "version", f->os.version);
    document_text(&w, "kernel", f->os.kernel);
    document_text(&w, "hostname", network_name(f->os.hostname));
    write_interfaces(&w, f);
    write_ports(&w, f);
    document_number(&w, "packages", f->package_count);
    document_text(&w, "packages_unread", f->unread_packages);
    document_end(c, &w, &head);
    snprintf(c->parent, sizeof(c->parent), "%s", id);
}
