/* SPDX-License-Identifier: Apache-2.0 */
/* The operating system: os-release(5), the kernel, the host name, the machine
 * id, and whether all this is inside a container. */
#include "agent/host/facts.h"

#define MACHINE_ID_DIGITS 32

/* The value of one os-release line: shell quoting, undone in place of a copy. */
static const char *
release_value(struct arena *a, struct bytes v)
{
    char quote = v.len ? v.data[0] : '\0';
    char *text;
    size_t n = 0;

    if (v.len > 512)
        return NULL;
    text = arena_alloc(a, v.len + 1);
    if (text == NULL)
        return NULL;
    if (quote == '"' || quote == '\'') {
        v = bytes_from(v, 1);
        if (v.len && v.data[v.len - 1] == quote)
            v.len--;
    } else {
        quote = '\0';
    }
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '\\' && quote != '\'' && i + 1 < v.len)
            i++;
        text[n++] = v.data[i];
    }
    return fsroot_clean(a, bytes_of(text, n), 128);
}

static void
collect_release(const struct fsroot *r, struct facts *f)
{
    const struct {
        const char *key;
        const char **slot;
    } wanted[] = {{"ID", &f->os.id},
                  {"NAME", &f->os.name},
                  {"PRETTY_NAME", &f->os.pretty},
                  {"VERSION_ID", &f->os.version}};
    struct buf text = {0};
    struct bytes rest, line, key, value;

    if (fsroot_read(r, "etc/os-release", FSROOT_SMALL_FILE, &text) ||
        fsroot_read(r, "usr/lib/os-release", FSROOT_SMALL_FILE, &text)) {
        rest = buf_view(&text);
        while (fsroot_line(&rest, &line)) {
            if (!fsroot_pair(line, '=', &key, &value) || value.len == 0)
                continue;
            for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
                if (bytes_is(key, wanted[i].key))
                    *wanted[i].slot = release_value(f->arena, value);
            }
        }
    }
    buf_free(&text);
}

static void
collect_kernel(const struct fsroot *r, struct facts *f)
{
    const char *type = fsroot_word(r, "proc/sys/kernel/ostype", f->arena);
    const char *banner = fsroot_word(r, "proc/version", f->arena);
    struct bytes rest = bytes_str(banner), word;

    f->os.kernel = fsroot_word(r, "proc/sys/kernel/osrelease", f->arena);
    /* "Linux version 6.1.0-37-amd64 (...) ..." */
    if (bytes_starts(rest, BYTES("Linux version "))) {
        rest = bytes_from(rest, sizeof("Linux version ") - 1);
        if (f->os.kernel == NULL && fsroot_field(&rest, &word))
            f->os.kernel = fsroot_clean(f->arena, word, 64);
        type = type ? type : "Linux";
    }
    /* os-release(5) and a Linux /proc exist on Linux alone. */
    if (f->os.kernel || f->os.id || type)
        f->os.family = "linux";
    if (f->os.name == NULL && type)
        f->os.name = type;
    f->os.running = fsroot_exists(r, "proc/uptime");
}

static void
collect_machine_id(const struct fsroot *r, struct facts *f)
{
    const char *id = fsroot_word(r, "etc/machine-id", f->arena);

    if (id == NULL || strlen(id) != MACHINE_ID_DIGITS)
        id = fsroot_word(r, "var/lib/dbus/machine-id", f->arena);
    if (id && strlen(id) == MACHINE_ID_DIGITS &&
        strspn(id, "0123456789abcdef") == MACHINE_ID_DIGITS &&
        strspn(id, "0") != MACHINE_ID_DIGITS)
        f->machine_id = id;
}

/* Files that container engines leave, best known first. */
static void
collect_container(const struct fsroot *r, struct facts *f)
{
    static const struct {
        const char *path, *kind;
    } marks[] = {
        {".dockerenv", "docker"},
        {"run/.containerenv", "podman"},
        {"run/secrets/kubernetes.io", "kubernetes"},
        {"var/run/secrets/kubernetes.io", "kubernetes"},
    };

    /* systemd writes what the manager told it: "lxc", "systemd-nspawn"... */
    f->container = fsroot_word(r, "run/systemd/container", f->arena);
    for (size_t i = 0; !f->container && i < sizeof(marks) / sizeof(*marks); i++)
        f->container = fsroot_exists(r, marks[i].path) ? marks[i].kind : NULL;
}

void
system_collect(const struct fsroot *r, struct facts *f)
{
    collect_release(r, f);
    collect_kernel(r, f);
    collect_machine_id(r, f);
    collect_container(r, f);
    f->os.hostname = fsroot_word(r, "proc/sys/kernel/hostname", f->arena);
    if (f->os.hostname == NULL)
        f->os.hostname = fsroot_word(r, "etc/hostname", f->arena);
    if (f->os.hostname && strcmp(f->os.hostname, "(none)") == 0)
        f->os.hostname = NULL;
}
