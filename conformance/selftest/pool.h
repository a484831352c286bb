/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of our own program, several at a time, with what they print. */
#ifndef CONFORMANCE_SELFTEST_POOL_H
#define CONFORMANCE_SELFTEST_POOL_H

#include <signal.h>

#include "formats/base/buf.h"

#define POOL_OUTPUT_MAX ((size_t)64 << 20)
#define POOL_WIDTH_MAX  64

struct pool_job {
    const char *const *argv; /* NULL-ended; argv[0] is a path; borrowed */
    const char *variable;    /* "NAME=VALUE" for its environment, or NULL */
    unsigned limit_ms;       /* then it is ended */
    /* set by pool_run */
    struct buf out; /* standard output; owned by the caller */
    int status;     /* exit status; 128 + signal; -1: not started */
    bool late;      /* ended for its limit */
    unsigned took_ms;
};

/* pool_run(jobs, n, width, stop, done, ctx): all of them, ${width} at a time,
 * until *stop (may be NULL). done(ctx, job) after each, may be NULL. One
 * thread. Nothing that a job started outlives this call: a job is asked to end
 * (SIGTERM) and killed when it does not, and what it leaves behind becomes ours
 * (PR_SET_CHILD_SUBREAPER) and is killed. So the caller must have no children of
 * its own. Jobs get SIGTERM, too, when the calling thread dies. ERR_IO when
 * nothing can be started. */
enum err_code pool_run(struct pool_job *jobs, size_t n, unsigned width,
                       const volatile sig_atomic_t *stop,
                       void (*done)(void *ctx, const struct pool_job *j),
                       void *ctx, struct err *err) MUST_USE;

#endif
