/* SPDX-License-Identifier: Apache-2.0 */
/* Where rpm databases are, and their SQLite form: table Packages(hnum, blob), each blob a
 * header: two big-endian counts, an index of 16-byte entries, a data store. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/host/package.h"

#define MAX_INDEX   65536
#define ENTRY_BYTES 16
#define TYPE_INT32  4
#define TYPE_STRING 6
#define STEP_TICKS  10000 /* virtual machine steps between looks at the clock */

enum { TAG_NAME = 1000, TAG_VERSION, TAG_RELEASE, TAG_EPOCH, TAG_ARCH = 1022 };

struct header {
    struct bytes name, version, release, arch;
    uint32_t epoch;
    bool has_epoch;
};

static uint32_t
big32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;

    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 |
           (uint32_t)u[3];
}

static void
take_entry(struct header *h, const char *entry, struct bytes data)
{
    const uint32_t tag = big32(entry), type = big32(entry + 4);
    const struct {
        uint32_t tag;
        struct bytes *slot;
    } texts[] = {{TAG_NAME, &h->name},
                 {TAG_VERSION, &h->version},
                 {TAG_RELEASE, &h->release},
                 {TAG_ARCH, &h->arch}};
    struct bytes value = bytes_from(data, big32(entry + 8));

    if (tag == TAG_EPOCH && type == TYPE_INT32 && value.len >= 4) {
        h->epoch = big32(value.data);
        h->has_epoch = true;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        size_t n = bytes_find(value, '\0');

        /* A string that runs to the end of the store has lost its NUL. */
        if (tag == texts[i].tag && type == TYPE_STRING && n < value.len)
            *texts[i].slot = bytes_upto(value, n);
    }
}

bool
package_rpm_header(struct facts *f, struct bytes blob)
{
    struct facts_package p = {.manager = "rpm"};
    struct header h = {0};
    uint32_t entries, store;
    struct bytes data;
    const char *version;

    if (blob.len < 8)
        return false;
    entries = big32(blob.data);
    store = big32(blob.data + 4);
    if (entries == 0 || entries > MAX_INDEX ||
        (uint64_t)entries * ENTRY_BYTES + store > blob.len - 8)
        return false;
    data =
        bytes_upto(bytes_from(blob, 8 + (size_t)entries * ENTRY_BYTES), store);
    for (uint32_t i = 0; i < entries; i++)
        take_entry(&h, blob.data + 8 + (size_t)i * ENTRY_BYTES, data);
    p.name = fsroot_clean(f->arena, h.name, 128);
    version = fsroot_clean(f->arena, h.version, 96);
    if (p.name == NULL)
        return false;
    p.arch = fsroot_clean(f->arena, h.arch, 32);
    if (version && h.release.len)
        p.version = arena_printf(
            f->arena, "%s-%s", version,
            h.release.len ? fsroot_clean(f->arena, h.release, 96) : "");
    else
        p.version = version;
    if (p.version && h.has_epoch)
        p.version =
            arena_printf(f->arena, "%" PRIu32 ":%s", h.epoch, p.version);
    return package_add(f, &p);
}

static int
too_late(void *root)
{
    return fsroot_late(root);
}

/* immutable: no locks, no journal, nothing is written beside the database. */
static sqlite3 *
open_database(const struct fsroot *r, int fd)
{
    char uri[64];
    sqlite3 *db = NULL;

    snprintf(uri, sizeof(uri), "file:/proc/self/fd/%d?immutable=1", fd);
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        NULL) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)PACKAGE_RPM_BYTES);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_progress_handler(db, STEP_TICKS, too_late, (void *)(uintptr_t)r);
    return db;
}

static void
read_database(struct facts *f, sqlite3 *db)
{
    sqlite3_stmt *rows = NULL;
    int state = SQLITE_ERROR;

    if (sqlite3_prepare_v2(db, "SELECT blob FROM Packages ORDER BY hnum", -1,
                           &rows, NULL) == SQLITE_OK) {
        while ((state = sqlite3_step(rows)) == SQLITE_ROW) {
            const char *data = sqlite3_column_blob(rows, 0);
            int size = sqlite3_column_bytes(rows, 0);

            if (size <= 0 || data == NULL ||
                !package_rpm_header(f, bytes_of(data, (size_t)size)))
                f->partial = true; /* the others are still good */
        }
    }
    if (state != SQLITE_DONE)
        f->partial = true;
    sqlite3_finalize(rows);
}

static bool
read_sqlite(const struct fsroot *r, struct facts *f, int fd)
{
    sqlite3 *db = open_database(r, fd);

    if (db)
        read_database(f, db);
    else
        f->partial = true;
    sqlite3_close(db);
    return true;
}

static bool
not_supported(const struct fsroot *r, struct facts *f, int fd)
{
    (void)r, (void)f, (void)fd;
    return false;
}

void
package_rpm(const struct fsroot *r, struct facts *f)
{
    static const struct {
        const char *path;
        bool (*read)(const struct fsroot *, struct facts *, int);
    } forms[] = {
        {"usr/lib/sysimage/rpm/rpmdb.sqlite", read_sqlite},
        {"var/lib/rpm/rpmdb.sqlite", read_sqlite},
        {"var/lib/rpm/Packages", package_rpm_berkeley},
        {"usr/lib/sysimage/rpm/Packages.db", not_supported},
        {"var/lib/rpm/Packages.db", not_supported},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        int fd = fsroot_file(r, forms[i].path);
        bool understood;

        if (fd < 0)
            continue;
        understood = forms[i].read(r, f, fd);
        close(fd);
        if (understood)
            return;
        if (f->unread_packages == NULL)
            f->unread_packages = forms[i].path;
    }
}
