/* SPDX-License-Identifier: Apache-2.0 */
/* Whether somebody on this machine has bound a datagram port: the only sign
 * that a receiver of datagrams is ready. */
#ifndef CONFORMANCE_WIRE_BOUND_H
#define CONFORMANCE_WIRE_BOUND_H

#include <stdbool.h>

/* wire_bound(port): as the kernel's tables say (/proc/net/udp, udp6); *known is
 * false where there are none. Nothing is bound for the question. Any thread. */
bool wire_bound(unsigned port, bool *known);

#endif
