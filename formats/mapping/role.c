/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/role.h"

#include <stddef.h>
#include <string.h>

const struct role_row role_rows[] = {
    {"alert.general.alert_time", ROLE_TIME},
    {"alert.general.alert_level", ROLE_LEVEL},
    {"alert.general.alert_id", ROLE_KEY},
    {"asset.general.basic.last_seen", ROLE_TIME},
    {"asset.general.basic.asset_id", ROLE_KEY},
    {"threat.general.create_time", ROLE_TIME},
    {"threat.general.threat_id", ROLE_KEY},
    {NULL, ROLE_NONE},
};

enum role
role_of(const char *key)
{
    for (const struct role_row *r = role_rows; r->key != NULL; r++)
        if (strcmp(r->key, key) == 0)
            return r->role;
    return ROLE_NONE;
}
