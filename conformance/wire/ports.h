/* SPDX-License-Identifier: Apache-2.0 */
/* Ports to listen on, of a range that the kernel does not give out by itself.
 * Products go on connecting for a moment after their test; whoever listens on that
 * port then would be charged with it. So no port is taken twice, and testers that
 * run side by side share none: each holds blocks of ports under a name that exists
 * once on a machine (in the abstract namespace of Unix sockets, which a dead
 * process leaves by itself and which, like ports, belongs to a network namespace). */
#ifndef HUTONG_CONFORMANCE_WIRE_PORTS_H
#define HUTONG_CONFORMANCE_WIRE_PORTS_H

#include <stdint.h>

#define PORTS_FIRST  20000u
#define PORTS_BLOCK  100u /* ports */
#define PORTS_BLOCKS 120u

struct ports {
    unsigned block, left; /* the block at work and what it still has */
    int held[PORTS_BLOCKS];
    unsigned helds;
};

/* ports_init(p, seed): where it begins is up to ${seed}. ports_take(p): a free port
 * on 127.0.0.1 that ${p} has not given yet; 0 when there is none. With every block
 * held by others it takes from one of theirs. Not for two threads at once.
 * ports_free(p): lets go of the blocks; zeroed memory is fine, too. */
void ports_init(struct ports *p, uint64_t seed);
unsigned ports_take(struct ports *p);
void ports_free(struct ports *p);

#endif
