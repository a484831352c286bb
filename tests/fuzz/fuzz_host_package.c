/* SPDX-License-Identifier: Apache-2.0 */
/* LINK agent_host */
/* Package databases of the host inventory: the first byte picks the syntax. */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

#include "agent/host/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
berkeley(struct facts *f, struct bytes text)
{
    const struct fsroot none = {.fd = -1};
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
        __builtin_trap();
    (void)package_rpm_berkeley(&none, f, fd);
    close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct facts f = {.arena = &arena};
    struct bytes text;

    if (size == 0)
        return 0;
    arena_init(&arena, (size_t)32 << 20);
    text = bytes_of((const char *)data + 1, size - 1);
    if (data[0] % 4 == 0)
        package_dpkg(&f, text, data[0] & 0x80);
    else if (data[0] % 4 == 1)
        package_apk(&f, text);
    else if (data[0] % 4 == 3)
        berkeley(&f, text);
    else
        (void)package_rpm_header(&f, text);
    for (size_t i = 0; i < f.package_count; i++) {
        if (f.package[i].name == NULL)
            __builtin_trap();
        (void)package_upstream(bytes_str(f.package[i].version));
    }
    arena_free(&arena);
    return 0;
}
