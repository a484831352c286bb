/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed hash behind asset ids. */
#include "agent/host/identity.h"

#include <stdio.h>

#include "formats/base/hash.h"
#include "formats/base/text.h"

/* Keys the ids to this use; changing a byte changes every asset id. */
static const uint8_t purpose[16] = "hutong asset id";

static void
from_text(const char *basis, const char *text, struct identity *out)
{
    hash_128(purpose, text, strlen(text), out->key);
    out->basis = basis;
}

static const char *
first_mac(const struct facts *f)
{
    for (int physical = 1; physical >= 0; physical--) {
        for (size_t i = 0; i < f->interface_count; i++) {
            if (f->interface[i].mac &&
                f->interface[i].physical == (physical == 1))
                return f->interface[i].mac;
        }
    }
    return NULL;
}

bool
identity_make(const struct facts *f, struct identity *out)
{
    const char *mac = first_mac(f);
    uint8_t outer[16];

    if (f->machine_id && text_unhex(bytes_str(f->machine_id), out->key, 16))
        out->basis = "machine_id";
    else if (f->dmi.uuid)
        from_text("dmi_uuid", f->dmi.uuid, out);
    else if (mac)
        from_text("mac", mac, out);
    else if (f->os.hostname)
        from_text("hostname", f->os.hostname, out);
    else
        return false;
    if (f->container && f->os.hostname) {
        memcpy(outer, out->key, sizeof(outer));
        hash_128(outer, f->os.hostname, strlen(f->os.hostname), out->key);
    }
    return true;
}

void
identity_id(const struct identity *i, const char *prefix, const char *label,
            char out[HOST_ID_MAX])
{
    uint8_t mixed[16], id[16];
    int n;

    /* Two steps, so that an id is never a plain keyed hash of a short label
     * under the machine id itself, which other programs may use as a key. */
    hash_128(i->key, purpose, sizeof(purpose), mixed);
    hash_128(mixed, label, strlen(label), id);
    n = snprintf(out, HOST_ID_MAX, "%s-", prefix);
    for (size_t k = 0; k < 16 && n > 0 && n + 2 < HOST_ID_MAX; k++)
        n += snprintf(out + n, HOST_ID_MAX - (size_t)n, "%02x", id[k]);
}
