/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/codec/codec.h"

const struct codec *
codec_find(const char *name)
{
    for (size_t i = 0; codec_table[i] != NULL; i++)
        if (name != NULL && strcmp(codec_table[i]->name, name) == 0)
            return codec_table[i];
    return NULL;
}
