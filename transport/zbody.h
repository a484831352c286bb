/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of ZeroMQ messages in buffers that are used again. A batch is copied
 * once (it is borrowed, and libzmq may still hold it after a timeout), but into
 * memory that stays mapped: fresh memory for each half megabyte costs more than
 * the copy. */
#ifndef TRANSPORT_ZBODY_H
#define TRANSPORT_ZBODY_H

#include <zmq.h>

#include "formats/base/bytes.h"

struct zbody;

/* zbody_new(): NULL when out of memory. zbody_free(p): only after the contexts
 * of all its messages were terminated; NULL is allowed. */
struct zbody *zbody_new(void);
void zbody_free(struct zbody *p);

/* zbody_message(p, body, msg): initialise ${msg} with a copy of ${body}; false
 * when out of memory. One thread; libzmq's threads give buffers back. */
bool zbody_message(struct zbody *p, struct bytes body, zmq_msg_t *msg);

#endif
