/* SPDX-License-Identifier: Apache-2.0 */
/* The device: SMBIOS strings as the kernel shows them, the device tree of ARM
 * and RISC-V boards, memory, disks. */
#include "agent/host/facts.h"

#define DMI "sys/class/dmi/id/"
#define DT  "sys/firmware/devicetree/base/"

#define SECTOR_BYTES 512 /* sysfs counts in these, whatever the device has */

/* What firmware makers leave in fields that nobody filled. Compared without
 * case. */
static const char *const placeholders[] = {
    "to be filled by o.e.m.",
    "to be filled by oem",
    "default string",
    "not specified",
    "not applicable",
    "not available",
    "system manufacturer",
    "system product name",
    "system version",
    "system serial number",
    "none",
    "n/a",
    "na",
    "unknown",
    "o.e.m.",
    "oem",
    "empty",
    "undefined",
    "invalid",
    "type1productconfigid",
    "0123456789",
    "123456789",
    "1234567890",
    "chassis serial number",
};

static bool
same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;

        if (x != *b)
            return false;
    }
    return *a == *b;
}

/* One character again and again: "0000000", "........", "FFFFFFFF-FFFF-...". */
static bool
one_character(const char *s)
{
    const char *first = s;

    for (; *s; s++) {
        if (*s != '-' && *s != ' ' && *s != *first)
            return false;
    }
    return true;
}

static const char *
dmi_word(const struct fsroot *r, struct facts *f, const char *path)
{
    const char *s = fsroot_word(r, path, f->arena);

    if (s == NULL || one_character(s))
        return NULL;
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(*placeholders); i++) {
        if (same_word(s, placeholders[i]))
            return NULL;
    }
    return s;
}

static void
collect_dmi(const struct fsroot *r, struct facts *f)
{
    struct facts_dmi *d = &f->dmi;

    d->vendor = dmi_word(r, f, DMI "sys_vendor");
    d->product = dmi_word(r, f, DMI "product_name");
    d->version = dmi_word(r, f, DMI "product_version");
    d->serial = dmi_word(r, f, DMI "product_serial"); /* root only */
    d->uuid = dmi_word(r, f, DMI "product_uuid");     /* root only */
    d->firmware = dmi_word(r, f, DMI "bios_version");
    if (!fsroot_number(r, DMI "chassis_type", 255, &d->chassis))
        d->chassis = 0;
    if (d->product == NULL)
        d->product = dmi_word(r, f, DT "model");
    if (d->serial == NULL)
        d->serial = dmi_word(r, f, DT "serial-number");
}

static void
collect_memory(const struct fsroot *r, struct facts *f)
{
    struct buf text = {0};
    struct bytes rest, line, key, value;

    if (fsroot_read(r, "proc/meminfo", FSROOT_SMALL_FILE, &text)) {
        rest = buf_view(&text);
        while (fsroot_line(&rest, &line)) {
            if (!fsroot_pair(line, ':', &key, &value) ||
                !bytes_is(key, "MemTotal"))
                continue;
            if (!bytes_to_u64(bytes_upto(value, bytes_find(value, ' ')),
                              UINT64_MAX / 1024, &f->memory_kb))
                f->memory_kb = 0;
            break;
        }
    }
    buf_free(&text);
}

/* A disk has a device behind it (loop, ram, zram, device mapper and software
 * RAID have none), some size, and stays where it is. */
static void
collect_disk(const struct fsroot *r, struct facts *f, const char *name)
{
    const char *base = arena_printf(f->arena, "sys/block/%s", name);
    const char *path;
    struct facts_disk *d;
    uint64_t sectors, removable;

    if (base == NULL ||
        (path = arena_printf(f->arena, "%s/device", base)) == NULL ||
        !fsroot_exists(r, path) ||
        (path = arena_printf(f->arena, "%s/size", base)) == NULL ||
        !fsroot_number(r, path, UINT64_MAX / SECTOR_BYTES, &sectors) ||
        sectors == 0)
        return;
    path = arena_printf(f->arena, "%s/removable", base);
    if (path && fsroot_number(r, path, 1, &removable) && removable)
        return;
    d = facts_grow(f, &f->disk, &f->disk_cap, f->disk_count, sizeof(*d));
    if (d == NULL)
        return;
    d->name = fsroot_clean(f->arena, bytes_str(name), 64);
    d->bytes = sectors * SECTOR_BYTES;
    if (d->name)
        f->disk_count++;
}

void
hardware_collect(const struct fsroot *r, struct facts *f)
{
    const char *const *names;
    size_t count;

    collect_dmi(r, f);
    collect_memory(r, f);
    names = fsroot_list(r, "sys/block", FACTS_MAX_DISKS, f->arena, &count);
    for (size_t i = 0; i < count; i++)
        collect_disk(r, f, names[i]);
}
