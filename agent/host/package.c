/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg and apk keep text; this finds the databases and reads those two. */
#include "agent/host/package.h"

#define DPKG     "var/lib/dpkg/"
#define MAX_DIR  4096
#define MAX_NAME 128

bool
package_add(struct facts *f, const struct facts_package *p)
{
    struct facts_package *slot;

    if (f->package_count == FACTS_MAX_PACKAGES) {
        f->partial = true;
        return false;
    }
    slot = facts_grow(f, &f->package, &f->package_cap, f->package_count,
                      sizeof(*slot));
    if (slot == NULL)
        return false;
    *slot = *p;
    f->package_count++;
    return true;
}

struct bytes
package_upstream(struct bytes version)
{
    size_t colon = bytes_find(version, ':');

    if (colon < version.len)
        version = bytes_from(version, colon + 1);
    for (size_t i = version.len; i > 1; i--) {
        if (version.data[i - 1] == '-')
            return bytes_upto(version, i - 1);
    }
    return version;
}

struct stanza {
    struct bytes name, version, arch;
    bool installed;
};

static bool
keep(struct facts *f, const struct stanza *s, const char *manager)
{
    struct facts_package p = {.manager = manager};

    if (!s->installed || s->name.len == 0)
        return true;
    p.name = fsroot_clean(f->arena, s->name, MAX_NAME);
    p.version = fsroot_clean(f->arena, s->version, MAX_NAME);
    p.arch = fsroot_clean(f->arena, s->arch, 32);
    return p.name == NULL || package_add(f, &p);
}

void
package_dpkg(struct facts *f, struct bytes text, bool status_d)
{
    const struct stanza empty = {.installed = status_d};
    struct stanza s = empty;
    struct bytes line, key, value;

    while (fsroot_line(&text, &line)) {
        if (bytes_trim(line).len == 0) {
            if (!keep(f, &s, "dpkg"))
                return;
            s = empty;
            continue;
        }
        /* Continuation lines belong to long fields, which we do not read. */
        if (line.data[0] == ' ' || line.data[0] == '\t' ||
            !fsroot_pair(line, ':', &key, &value))
            continue;
        if (bytes_is(key, "Package"))
            s.name = value;
        else if (bytes_is(key, "Version"))
            s.version = value;
        else if (bytes_is(key, "Architecture"))
            s.arch = value;
        else if (bytes_is(key, "Status")) /* "want flag status" */
            s.installed =
                value.len > 10 &&
                bytes_is(bytes_from(value, value.len - 10), " installed");
    }
    keep(f, &s, "dpkg");
}

void
package_apk(struct facts *f, struct bytes text)
{
    const struct stanza empty = {.installed = true};
    struct stanza s = empty;
    struct bytes line;

    while (fsroot_line(&text, &line)) {
        if (line.len == 0) {
            if (!keep(f, &s, "apk"))
                return;
            s = empty;
        } else if (line.len > 2 && line.data[1] == ':') {
            struct bytes value = bytes_from(line, 2);

            if (line.data[0] == 'P')
                s.name = value;
            else if (line.data[0] == 'V')
                s.version = value;
            else if (line.data[0] == 'A')
                s.arch = value;
        }
    }
    keep(f, &s, "apk");
}

/* Distroless images: one file a package, and its md5sums beside it. */
static void
collect_status_d(const struct fsroot *r, struct facts *f, struct buf *text)
{
    const char *const *names;
    size_t count;

    names = fsroot_list(r, DPKG "status.d", MAX_DIR, f->arena, &count);
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(f->arena, DPKG "status.d/%s", names[i]);

        if (strstr(names[i], ".md5sums") == NULL && path &&
            fsroot_read(r, path, FSROOT_SMALL_FILE, text))
            package_dpkg(f, buf_view(text), true);
    }
}

void
package_collect(const struct fsroot *r, struct facts *f)
{
    struct buf text = {0};

    if (fsroot_read(r, DPKG "status", PACKAGE_DB_BYTES, &text))
        package_dpkg(f, buf_view(&text), false);
    collect_status_d(r, f, &text);
    if (fsroot_read(r, "lib/apk/db/installed", PACKAGE_DB_BYTES, &text))
        package_apk(f, buf_view(&text));
    buf_free(&text);
    package_rpm(r, f);
}
