/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/source.h"

const struct source *
source_find(const char *kind)
{
    for (size_t i = 0; source_table[i] != NULL; i++)
        if (kind != NULL && strcmp(source_table[i]->kind, kind) == 0)
            return source_table[i];
    return NULL;
}
