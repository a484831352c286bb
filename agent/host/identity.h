/* SPDX-License-Identifier: Apache-2.0 */
/* Asset ids that stay the same over runs and users and do not give away what
 * they are made of (machine-id(5) asks for keyed hashes). */
#ifndef AGENT_HOST_IDENTITY_H
#define AGENT_HOST_IDENTITY_H

#include "agent/host/facts.h"
#include "agent/host/host.h"

struct identity {
    uint8_t key[16];   /* secret of this host */
    const char *basis; /* "machine_id", "dmi_uuid", "mac", "hostname" */
};

/* identity_make(f, out): from the first that is there: machine id (any user
 * may read it), SMBIOS UUID, first MAC address, host name. A container adds
 * its host name, because images share machine ids. False: nothing is there. */
bool identity_make(const struct facts *f, struct identity *out);

/* identity_id(i, prefix, label, out): "<prefix>-<32 hex digits>". */
void identity_id(const struct identity *i, const char *prefix,
                 const char *label, char out[HOST_ID_MAX]);

#endif
