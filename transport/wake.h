/* SPDX-License-Identifier: Apache-2.0 */
/* A sticky bell between threads: an eventfd that a blocking send polls beside
 * its sockets. */
#ifndef TRANSPORT_WAKE_H
#define TRANSPORT_WAKE_H

#include "formats/base/err.h"

#include <stdbool.h>

struct wake {
    int fd; /* poll it for reading; -1 when closed */
};

/* wake_init(w, err): ERR_IO when the system has no descriptor left. */
enum err_code wake_init(struct wake *w, struct err *err) MUST_USE;
void wake_fini(struct wake *w);

/* wake_ring(w): any thread, also from a signal handler. */
void wake_ring(struct wake *w);

/* wake_take(w): true when it was rung since the last take; silences it. */
bool wake_take(struct wake *w);

#endif
