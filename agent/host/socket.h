/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets and, where permitted, the processes behind them. */
#ifndef AGENT_HOST_SOCKET_H
#define AGENT_HOST_SOCKET_H

#include "agent/host/facts.h"

/* socket_owner(f, inode, p): remember that ${p} holds the socket ${inode}; the
 * first process told stays. The sockets are sorted by inode. */
void socket_owner(struct facts *f, uint64_t inode,
                  const struct facts_process *p);

/* socket_merge(f): one entry per protocol, port and process, sorted; after it
 * inodes are gone. */
void socket_merge(struct facts *f);

#endif
