/* SPDX-License-Identifier: Apache-2.0 */
/* LINK agent_host */
/* Every file of the inventory with the same hostile text: the input, cut at
 * form feeds, fills the files below a root in turn. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/host/host.h"

static const char *const files[] = {
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/version",
    "proc/net/tcp",
    "proc/net/udp6",
    "proc/net/route",
    "proc/net/ipv6_route",
    "proc/net/fib_trie",
    "proc/net/if_inet6",
    "etc/os-release",
    "etc/machine-id",
    "etc/hostname",
    "proc/7/comm",
    "sys/class/net/e/type",
    "sys/class/net/e/address",
    "sys/block/s/size",
    "sys/class/dmi/id/sys_vendor",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One root for the whole run, in memory where the machine lets us (17 files
 * are written an input), removed by nobody. */
static const char *
root(void)
{
    static char memory[] = "/dev/shm/hutong-fuzz-XXXXXX";
    static char disk[] = "/tmp/hutong-fuzz-XXXXXX";
    static const char *dir;

    if (dir == NULL)
        dir = mkdtemp(memory);
    if (dir == NULL)
        dir = mkdtemp(disk);
    if (dir == NULL)
        abort();
    return dir;
}

static void
fill(const char *path, const char *data, size_t size)
{
    char full[256];
    int fd;

    snprintf(full, sizeof(full), "%s/%s", root(), path);
    for (char *p = strchr(full + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(full, 0700);
        *p = '/';
    }
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) < 0)
        abort();
    close(fd);
}

static bool
look(void *ctx, const struct host_document *d)
{
    (void)ctx;
    if (d->json.len < 2 || d->json.data[0] != '{')
        abort();
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct host_options o = {.root = root()};
    struct bytes rest = {(const char *)data, size};
    struct err err;

    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        const size_t n = bytes_find(rest, '\f');

        fill(files[i], n ? rest.data : "", n);
        rest = bytes_from(rest, n + 1);
    }
    (void)!host_collect(&o, look, NULL, NULL, &err);
    return 0;
}
