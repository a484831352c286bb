/* SPDX-License-Identifier: Apache-2.0 */
/* What a product can be. A role is a row; its tests are data. */
#ifndef CONFORMANCE_ROLES_ROLE_H
#define CONFORMANCE_ROLES_ROLE_H

#include "formats/base/bytes.h"

enum role_shape {
    ROLE_FILES,  /* the product exported files; nothing runs */
    ROLE_SERVER, /* the product listens and answers; one instance for the run */
    ROLE_SENDER, /* the product connects to the tester; one instance a session */
    ROLE_BOTH,   /* both ends: input is given, output is received */
    ROLE_MANY    /* several products against each other */
};

struct role {
    const char *name; /* "http_server": --role, and the folder of its tests */
    const char *zh, *en; /* what the product is, for lists */
    enum role_shape shape;
    const char *scheme;   /* of {url}: "http" (https with certificates), "tcp",
                           "udp"; --set scheme=... overrides */
    const char *ics;      /* item of the declaration that claims it, or NULL */
    const char *liveness; /* id of the step list that probes it, or NULL:
                             only the process is looked at */
    bool content;  /* what it sent is judged by the tests of role files */
    bool commands; /* ... and is commands or answers to them, no information */
    bool stays;    /* it receives: its end is a fault (servers' always is) */
};

extern const struct role role_table[]; /* ends with name NULL */
const struct role *role_find(const char *name);

#endif
