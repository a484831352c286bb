/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: their short names, what a launcher runs, and the sockets that they
 * hold. Command lines may carry passwords: they are searched for the markers of
 * the product table and never kept. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/host/product.h"
#include "agent/host/socket.h"

#define CMDLINE_BYTES   ((size_t)64 << 10)
#define MAX_DESCRIPTORS 4096

static bool
socket_inode(struct bytes link, uint64_t *out)
{
    if (!bytes_starts(link, BYTES("socket:[")) || link.len < 10)
        return false;
    link = bytes_from(link, 8);
    return link.data[link.len - 1] == ']' &&
           bytes_to_u64(bytes_upto(link, link.len - 1), UINT64_MAX, out);
}

/* Only root or the owner may look: for others there is simply no list. */
static void
collect_descriptors(const struct fsroot *r, struct facts *f,
                    const struct facts_process *p, struct buf *text)
{
    struct arena names = {0};
    char path[64];
    const char *const *fds;
    size_t count;

    snprintf(path, sizeof(path), "proc/%ju/fd", (uintmax_t)p->pid);
    fds = fsroot_list(r, path, MAX_DESCRIPTORS, &names, &count);
    for (size_t i = 0; i < count && !fsroot_late(r); i++) {
        char link[FSROOT_MAX_PATH];
        uint64_t inode;
        int n = snprintf(link, sizeof(link), "%s/%s", path, fds[i]);

        if (n > 0 && (size_t)n < sizeof(link) && fsroot_link(r, link, text) &&
            socket_inode(buf_view(text), &inode))
            socket_owner(f, inode, p);
    }
    arena_free(&names);
}

static void
collect_process(const struct fsroot *r, struct facts *f, uint64_t pid,
                struct buf *text)
{
    struct facts_process *p;
    char path[64];

    p = facts_grow(f, &f->process, &f->process_cap, f->process_count,
                   sizeof(*p));
    if (p == NULL)
        return;
    p->pid = pid;
    snprintf(path, sizeof(path), "proc/%ju/comm", (uintmax_t)pid);
    p->comm = fsroot_word(r, path, f->arena);
    if (p->comm == NULL)
        return; /* gone already */
    snprintf(path, sizeof(path), "proc/%ju/cmdline", (uintmax_t)pid);
    if (product_is_launcher(p->comm) &&
        fsroot_read(r, path, CMDLINE_BYTES, text))
        p->marker = product_marker(buf_view(text));
    f->process_count++;
    if (f->socket_count)
        collect_descriptors(r, f, p, text);
}

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void
process_collect(const struct fsroot *r, struct facts *f)
{
    struct arena names = {0};
    struct buf text = {0};
    size_t count, pids = 0;
    const char *const *list =
        fsroot_list(r, "proc", FACTS_MAX_PROCESSES, &names, &count);
    uint64_t *pid = arena_array(&names, count, sizeof(*pid));

    for (size_t i = 0; pid && i < count; i++) {
        if (bytes_to_u64(bytes_str(list[i]), UINT32_MAX, &pid[pids]))
            pids++;
    }
    if (pids)
        qsort(pid, pids, sizeof(*pid), by_number);
    for (size_t i = 0; i < pids; i++) {
        if (fsroot_late(r)) {
            f->partial = true;
            break;
        }
        collect_process(r, f, pid[i], &text);
    }
    arena_free(&names);
    buf_free(&text);
}
