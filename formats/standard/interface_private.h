/* SPDX-License-Identifier: Apache-2.0 */
/* An interface file while and after it is loaded; for interface*.c only. */
#ifndef FORMATS_STANDARD_INTERFACE_PRIVATE_H
#define FORMATS_STANDARD_INTERFACE_PRIVATE_H

#include "formats/standard/interface.h"
#include "formats/standard/internal.h"

struct std_interface_load {
    struct std_interface pub;
    struct std_operation *operation;
    struct std_answer *answer;
    struct std_role *role;
    const char **classes, **names; /* of the operations, as shipped */
    const char **codes;            /* of the answers, as shipped */
    const char **granted;          /* classes of the roles, as shipped */
    const char *file;
};

#endif
