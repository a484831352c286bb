/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/fault.h"

#ifdef HUTONG_FAULTS
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/base/bytes.h"

bool
fault_armed(const char *name)
{
    const char *armed = getenv("HUTONG_CRASH");
    size_t len = strlen(name);

    return armed != NULL && strncmp(armed, name, len) == 0 &&
           (armed[len] == ':' || armed[len] == '\0');
}

void
fault_point(const char *name)
{
    /* One point is armed in a process, so one counter is enough. */
    static atomic_ulong passes;
    const char *armed;
    uint64_t count = 1;

    if (!fault_armed(name))
        return;
    armed = getenv("HUTONG_CRASH") + strlen(name);
    if (*armed == ':' &&
        !bytes_to_u64(bytes_str(armed + 1), UINT32_MAX, &count))
        return;
    if (atomic_fetch_add(&passes, 1) + 1 == count)
        _exit(137);
}
#else
typedef int fault_is_compiled_out; /* ISO C wants one declaration a file */
#endif
