/* SPDX-License-Identifier: Apache-2.0 */
/* See wake.h. An eventfd counter: many rings are one. */
#include "transport/wake.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum err_code
wake_init(struct wake *w, struct err *err)
{
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return w->fd < 0 ? err_errno(err, NULL, "eventfd") : ERR_OK;
}

void
wake_fini(struct wake *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

void
wake_ring(struct wake *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->fd, &one, sizeof(one));

    (void)n; /* the only failure is a full counter: it rings already */
}

bool
wake_take(struct wake *w)
{
    uint64_t count;

    return read(w->fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}
