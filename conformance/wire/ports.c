/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/wire/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of a block, bound: a socket to keep, or -1. */
static int
hold(unsigned block)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int n = snprintf(a.sun_path + 1, sizeof a.sun_path - 1,
                     "hutong-conform/ports/%u", block);
    socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, size) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* The next block that nobody holds; of a full round the next one, held or not. */
static void
next_block(struct ports *p)
{
    int fd = -1;

    for (unsigned i = 0; i < PORTS_BLOCKS && fd < 0 && p->helds < PORTS_BLOCKS;
         i++) {
        p->block = (p->block + 1) % PORTS_BLOCKS;
        fd = hold(p->block);
    }
    if (fd >= 0)
        p->held[p->helds++] = fd;
    else
        p->block = (p->block + 1) % PORTS_BLOCKS;
    p->left = PORTS_BLOCK;
}

void
ports_init(struct ports *p, uint64_t seed)
{
    *p = (struct ports){.block = (unsigned)(seed % PORTS_BLOCKS)};
}

/* Nobody listens at ${port}. It is bound only, never listened at: who connects
 * meanwhile is refused, not held by a queue that ends with a reset. */
static bool
is_free(unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    bool is = fd >= 0 &&
              setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
              bind(fd, (const struct sockaddr *)&a, sizeof a) == 0;

    if (fd >= 0)
        (void)close(fd);
    return is;
}

unsigned
ports_take(struct ports *p)
{
    for (unsigned i = 0; i < PORTS_BLOCK * PORTS_BLOCKS; i++) {
        unsigned port;

        if (p->left == 0)
            next_block(p);
        port = PORTS_FIRST + p->block * PORTS_BLOCK + (PORTS_BLOCK - p->left);
        p->left--;
        if (is_free(port))
            return port;
    }
    return 0;
}

void
ports_free(struct ports *p)
{
    while (p->helds > 0)
        (void)close(p->held[--p->helds]);
}
