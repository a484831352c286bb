/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pipe2 */
#include "conformance/selftest/pool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "transport/clock.h"

#define GRACE_MS 8000 /* from SIGTERM to SIGKILL: products are ended in it */
#define TICK_MS  200
#define SWEEP_MS 5000 /* for what the killed left behind to end */

struct running {
    struct pool_job *job; /* NULL: free */
    pid_t pid;
    int fd;
    int64_t began, asked; /* asked to end at; 0: not yet */
};

/* ${parent} may be gone before the child asks to be told. */
static void
end_with(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
}

static void
become(struct pool_job *j, int out, pid_t parent)
{
    int null = open("/dev/null", O_RDWR);
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    end_with(parent);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDERR_FILENO);
    }
    (void)dup2(out, STDOUT_FILENO);
    if (j->variable != NULL)
        (void)putenv((char *)(uintptr_t)j->variable);
    (void)execv(j->argv[0], (char *const *)(uintptr_t)j->argv);
    _exit(127);
}

static bool
start(struct running *r, struct pool_job *j)
{
    int pipes[2];
    pid_t pid, self = getpid();

    j->status = -1;
    buf_init(&j->out, POOL_OUTPUT_MAX);
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    pid = fork();
    if (pid == 0)
        become(j, pipes[1], self);
    (void)close(pipes[1]);
    if (pid < 0) {
        (void)close(pipes[0]);
        return false;
    }
    *r = (struct running){
        .job = j, .pid = pid, .fd = pipes[0], .began = clock_ms()};
    return true;
}

static void
finish(struct running *r)
{
    int status = 0;

    (void)close(r->fd);
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        ;
    r->job->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->job->took_ms = (unsigned)(clock_ms() - r->began);
    r->job = NULL;
}

/* ---- what a job that was killed could not end itself */

/* Parent of process ${name} of /proc; -1: it is none, or is gone. */
static pid_t
parent_of(const char *name)
{
    char path[64], text[512];
    const char *p;
    ssize_t n;
    long parent;
    int fd;

    if (name[0] < '1' || name[0] > '9')
        return -1;
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    p = strrchr(text, ')'); /* the name before it may hold anything */
    if (p == NULL || strlen(p) < 4)
        return -1;
    parent = strtol(p + 4, NULL, 10); /* behind ") S " */
    return (pid_t)parent;
}

static bool
is_job(const struct running *r, unsigned width, pid_t pid)
{
    for (unsigned i = 0; i < width; i++) {
        if (r[i].job != NULL && r[i].pid == pid)
            return true;
    }
    return false;
}

/* Kill and reap children that are no jobs: we are the reaper of orphans, so they
 * are products that lost their tester. How many there were. */
static size_t
end_orphans(const struct running *r, unsigned width)
{
    DIR *d = opendir("/proc");
    const struct dirent *e;
    size_t n = 0;

    while (d != NULL && (e = readdir(d)) != NULL) {
        pid_t pid;

        if (parent_of(e->d_name) != getpid())
            continue;
        pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (is_job(r, width, pid))
            continue;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        n++;
    }
    if (d != NULL)
        (void)closedir(d);
    return n;
}

/* Until there are none: the orphans of an orphan come when it has gone. */
static void
sweep(const struct running *r, unsigned width)
{
    int64_t end = clock_ms() + SWEEP_MS;

    while (end_orphans(r, width) > 0 && clock_ms() < end)
        ;
}

/* ---- running */

/* Some of what it prints; true when that is over. */
static bool
take(struct running *r)
{
    char block[65536];
    ssize_t n = read(r->fd, block, sizeof block);

    if (n > 0)
        buf_add(&r->job->out, block, (size_t)n);
    return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

static void
hurry(struct running *r, bool stop)
{
    int64_t now = clock_ms();

    if (r->asked == 0 && (stop || now - r->began > r->job->limit_ms)) {
        r->asked = now;
        r->job->late = !stop;
        (void)kill(-r->pid, SIGTERM);
    } else if (r->asked > 0 && now - r->asked > GRACE_MS) {
        (void)kill(-r->pid, SIGKILL);
    }
}

/* By a signal: what it started may hold its end of the pipe. */
static bool
was_killed(const struct running *r)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           info.si_pid == r->pid && info.si_code != CLD_EXITED;
}

static void
watch(struct running *r, unsigned width, bool stop,
      void (*done)(void *ctx, const struct pool_job *j), void *ctx)
{
    struct pollfd fds[POOL_WIDTH_MAX];
    struct running *who[POOL_WIDTH_MAX];
    nfds_t n = 0;

    for (unsigned i = 0; i < width; i++) {
        if (r[i].job == NULL)
            continue;
        hurry(&r[i], stop);
        if (was_killed(&r[i]))
            sweep(r, width);
        who[n] = &r[i];
        fds[n++] = (struct pollfd){.fd = r[i].fd, .events = POLLIN};
    }
    if (n == 0 || poll(fds, n, TICK_MS) <= 0)
        return;
    for (nfds_t i = 0; i < n; i++) {
        struct pool_job *j = who[i]->job;

        if (fds[i].revents == 0 || !take(who[i]))
            continue;
        finish(who[i]);
        if (done != NULL)
            done(ctx, j);
    }
}

enum err_code
pool_run(struct pool_job *jobs, size_t n, unsigned width,
         const volatile sig_atomic_t *stop,
         void (*done)(void *ctx, const struct pool_job *j), void *ctx,
         struct err *err)
{
    struct running r[POOL_WIDTH_MAX] = {{0}};
    size_t next = 0, busy = 1;
    enum err_code code = ERR_OK;

    if (width == 0 || width > POOL_WIDTH_MAX)
        width = 1;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    while (busy > 0 || next < n) {
        bool ending = code != ERR_OK || (stop != NULL && *stop != 0);

        if (ending)
            n = next;
        for (unsigned i = 0; i < width && next < n && code == ERR_OK; i++) {
            if (r[i].job == NULL && !start(&r[i], &jobs[next++]))
                code = err_errno(err, jobs[next - 1].argv[0], "start");
        }
        watch(r, width, ending, done, ctx);
        busy = 0;
        for (unsigned i = 0; i < width; i++)
            busy += r[i].job != NULL;
    }
    sweep(r, width);
    return code;
}
