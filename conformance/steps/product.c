/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* close_range */
#include "conformance/steps/product.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/wire/conn.h"

/* 'it'\''s': nothing in a value is the shell's */
static void
put_quoted(struct buf *out, const char *value)
{
    buf_char(out, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *value);
    }
    buf_char(out, '\'');
}

static const struct product_slot *
slot_of(const struct product_slot *slot, struct bytes name)
{
    for (; slot->name != NULL; slot++) {
        if (bytes_is(name, slot->name))
            return slot;
    }
    return NULL;
}

enum err_code
product_command(const char *cmd, const struct product_slot *slot,
                struct buf *out, struct err *err)
{
    struct bytes rest = bytes_str(cmd);

    while (rest.len > 0) {
        size_t n = bytes_find(rest, '{'), end;
        const struct product_slot *found;

        buf_bytes(out, bytes_upto(rest, n));
        rest = bytes_from(rest, n);
        if (rest.len == 0)
            break;
        if (bytes_starts(rest, BYTES("{{"))) {
            buf_char(out, '{');
            rest = bytes_from(rest, 2);
            continue;
        }
        end = bytes_find(rest, '}');
        found = slot_of(slot,
                        bytes_upto(bytes_from(rest, 1), end > 0 ? end - 1 : 0));
        if (end == rest.len || found == NULL)
            return err_set(err, ERR_ARG, "--exec", "unknown placeholder %.*s",
                           (int)(end < 60 ? end + 1 : 60), rest.data);
        put_quoted(out, found->value);
        rest = bytes_from(rest, end + 1);
    }
    return buf_ok(out) ? ERR_OK
                       : err_set(err, ERR_NOMEM, NULL, "out of memory");
}

/* In the child: only calls that are safe behind a fork of a threaded program. */
static void
become(const char *command, int log)
{
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    (void)setpgid(0, 0);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(126);
    (void)close_range(3, ~0u, 0); /* a port held here would be one in use */
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

enum err_code
product_start(struct product *p, const char *command, struct err *err)
{
    int log = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    if (log < 0)
        return err_errno(err, p->log, "cannot be written");
    p->ended = false;
    p->status = 0;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* whatever the shell leaves */
    pid = fork();
    if (pid == 0)
        become(command, log);
    (void)close(log);
    if (pid < 0)
        return err_errno(err, "--exec", "cannot be started");
    (void)setpgid(pid, pid); /* whoever comes first */
    p->pid = pid;
    p->generation++;
    return ERR_OK;
}

/* Whether anybody of a process group is left after at most ${ms}. The leader is
 * the shell of --exec: the product itself may end later than that, and holds its
 * port until it has. */
static bool
group_lives(pid_t group, unsigned ms)
{
    const struct wire_until until = {wire_now_ms() + ms, NULL};

    while (kill(-group, 0) == 0) {
        while (waitpid(-group, NULL, WNOHANG) > 0)
            ; /* we are the parent of orphans, see product_start */
        if (wire_left(&until) == 0)
            return true;
        wire_sleep(5, &until);
    }
    return false;
}

static void
end_group(pid_t group)
{
    (void)kill(-group, SIGKILL);
    (void)group_lives(group, PRODUCT_REST_MS);
}

/* The leader's end, if it has come. */
static bool
has_ended(struct product *p)
{
    int status;
    pid_t got;

    if (p->ended)
        return true;
    do
        got = waitpid(p->pid, &status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    p->ended = true;
    p->status = got == p->pid ? status : 0;
    return true;
}

bool
product_alive(struct product *p)
{
    if (p->pid == 0)
        return false;
    if (!has_ended(p))
        return true;
    end_group(p->pid); /* what it left behind */
    p->pid = 0;
    return false;
}

bool
product_failed(struct product *p)
{
    return p->pid != 0 && has_ended(p) && p->status != 0;
}

void
product_signal(struct product *p, int number)
{
    if (p->pid > 0)
        (void)kill(-p->pid, number);
}

void
product_end(struct product *p)
{
    const struct wire_until until = {wire_now_ms() + PRODUCT_END_MS, NULL};
    bool ended;

    if (p->pid == 0)
        return;
    product_signal(p, SIGTERM);
    product_signal(p, SIGCONT);
    while (!(ended = has_ended(p)) && wire_left(&until) > 0)
        wire_sleep(10, &until);
    if (!ended || group_lives(p->pid, wire_left(&until)))
        end_group(p->pid);
    while (!ended && waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    p->ended = false;
}
