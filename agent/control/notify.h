/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager wants to know (sd_notify's protocol): one datagram to
 * the socket named by NOTIFY_SOCKET; nothing when it is not set. */
#ifndef AGENT_CONTROL_NOTIFY_H
#define AGENT_CONTROL_NOTIFY_H

void notify_ready(void);    /* READY=1 */
void notify_stopping(void); /* STOPPING=1 */

#endif
