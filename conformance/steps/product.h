/* SPDX-License-Identifier: Apache-2.0 */
/* A product that the tester starts: a command with placeholders, in a process
 * group of its own, ended by that group; what it prints goes into a file. */
#ifndef CONFORMANCE_STEPS_PRODUCT_H
#define CONFORMANCE_STEPS_PRODUCT_H

#include <sys/types.h>

#include "formats/base/buf.h"

#define PRODUCT_READY_MS 10000
#define PRODUCT_END_MS   2000 /* between SIGTERM and SIGKILL */
#define PRODUCT_REST_MS  500  /* for what SIGKILL leaves to the kernel */

struct product {
    pid_t pid;           /* of the group; 0: not running */
    unsigned generation; /* how often it was started */
    bool ended;          /* by itself */
    int status;          /* then: wait status */
    char store[300];     /* its {store} file, or "" */
    char log[300];       /* what it printed */
};

struct product_slot { /* a placeholder and its text */
    const char *name, *value;
};

/* product_command(cmd, slot, out, err): fill {name} in, quoted for the shell;
 * "{{" is a brace. ${slot} ends with name NULL. ERR_ARG: unknown placeholder. */
enum err_code product_command(const char *cmd, const struct product_slot *slot,
                              struct buf *out, struct err *err) MUST_USE;

/* product_start(p, command, err): run it by /bin/sh in the folder that we are in
 * ourselves, so that relative paths mean what they mean to the user; what it
 * prints is appended to p->log. ERR_IO. The process becomes the reaper of what
 * its products leave behind. */
enum err_code product_start(struct product *p, const char *command,
                            struct err *err) MUST_USE;

/* product_alive(p): looks without waiting; p->ended and status once it is gone,
 * and then the rest of its group is gone too. */
bool product_alive(struct product *p);

/* product_failed(p): looks without waiting, too, and leaves the rest of the group
 * alone: the leader is gone, and not with exit status 0, with which one ends that
 * has put the product into the background. */
bool product_failed(struct product *p);

/* product_signal(p, number): to the whole group. product_end(p): SIGTERM, then
 * SIGKILL; returns when all of the group is gone, and with it its ports. */
void product_signal(struct product *p, int number);
void product_end(struct product *p);

#endif
