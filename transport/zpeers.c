/* SPDX-License-Identifier: Apache-2.0 */
/* See zpeers.h. */
#include "transport/zpeers.h"

#include <zmq.h>

int
zpeers_events(void)
{
    return ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |
           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
}

/* The stranger of that number, or a place for it; NULL: there is none. */
static struct zpeers_stranger *
find(struct zpeers *p, uint32_t fd, bool add)
{
    for (size_t i = 0; i < p->strangers; i++) {
        if (p->stranger[i].fd == fd)
            return &p->stranger[i];
    }
    if (!add || p->strangers == ZPEERS_STRANGERS)
        return NULL;
    return &p->stranger[p->strangers++];
}

/* A number that is known already is of one whose end was not told. */
static void
arrive(struct zpeers *p, uint32_t fd)
{
    struct zpeers_stranger *s = find(p, fd, true);

    if (s)
        *s = (struct zpeers_stranger){.fd = fd, .given = p->handing};
}

static void
leave(struct zpeers *p, uint32_t fd)
{
    struct zpeers_stranger *s = find(p, fd, false);

    if (s) {
        p->lost |= s->given;
        *s = p->stranger[--p->strangers];
    } else {
        p->lost = true;
        p->count -= p->count > 0;
    }
}

bool
zpeers_take(struct zpeers *p, uint16_t event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
    case ZMQ_EVENT_CONNECTED:
        arrive(p, value);
        return false;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: /* of one of the strangers */
        p->count++;
        p->strangers = 0;
        p->refused = ZPEERS_WELCOME;
        return false;
    case ZMQ_EVENT_DISCONNECTED:
        leave(p, value);
        return true;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        p->refused = ZPEERS_BROKEN;
        return false;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        p->refused = ZPEERS_CREDENTIALS;
        return false;
    default:
        p->refused = ZPEERS_SECURITY;
        return false;
    }
}

void
zpeers_handing(struct zpeers *p, bool on)
{
    p->handing = on;
    if (!on)
        return;
    p->lost = false;
    for (size_t i = 0; i < p->strangers; i++)
        p->stranger[i].given = true;
}

const char *
zpeers_absent(const struct zpeers *p, bool bound, bool *refused)
{
    static const struct {
        const char *calling, *bound;
        bool refused;
    } rows[] = {
        [ZPEERS_WELCOME] = {"no peer is connected", "no peer is connected",
                            false},
        [ZPEERS_BROKEN] = {"the peer ended the connection within the handshake",
                           "no peer is connected", false},
        [ZPEERS_CREDENTIALS] = {"the peer refused the handshake (credentials)",
                                "no peer is connected, and the last to try "
                                "was refused (credentials)",
                                true},
        [ZPEERS_SECURITY] = {"the peer refused the handshake (security set-up)",
                             "no peer is connected, and the last to try was "
                             "refused (security set-up)",
                             true},
    };

    *refused = false;
    if (p->count > 0)
        return "the peer takes nothing";
    *refused = rows[p->refused].refused && !bound;
    return bound ? rows[p->refused].bound : rows[p->refused].calling;
}
