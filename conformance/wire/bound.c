/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/wire/bound.h"

#include <stdio.h>

/* Lines "  sl  local_address ...", the address as hex with ":PORT". */
static bool
is_listed(const char *path, unsigned port, bool *known)
{
    FILE *f = fopen(path, "re");
    char line[512];
    bool found = false;

    if (f == NULL)
        return false;
    *known = true;
    while (!found && fgets(line, sizeof line, f) != NULL) {
        unsigned p;

        found =
            sscanf(line, " %*[0-9]: %*[0-9A-Fa-f]:%x", &p) == 1 && p == port;
    }
    (void)fclose(f);
    return found;
}

bool
wire_bound(unsigned port, bool *known)
{
    *known = false;
    return is_listed("/proc/net/udp", port, known) ||
           is_listed("/proc/net/udp6", port, known);
}
