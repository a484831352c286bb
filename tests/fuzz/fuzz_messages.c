/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_base data */
/* Any bytes as a message, said by the catalogue of the program; and, before a NUL,
 * as a catalogue of their own. What has no row comes back byte for byte. */
#include "formats/base/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
speak(const struct messages *m, struct bytes en)
{
    struct buf out = {0};

    if (!messages_zh(m, en, &out) && !bytes_eq(buf_view(&out), en))
        __builtin_trap();
    buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct messages *own; /* read once: the program's */
    struct bytes in = {(const char *)data, size};
    size_t n = bytes_find(in, '\0');
    struct messages *m;
    struct diag diag;

    if (own == NULL)
        own = messages_embedded(hutong_data);
    if (own == NULL)
        __builtin_trap();
    speak(own, in);
    if (n == in.len)
        return 0;
    diag_init(&diag);
    m = messages_load("f", bytes_upto(in, n), &diag);
    if ((m == NULL) != (diag.errors > 0))
        __builtin_trap();
    speak(m, bytes_from(in, n + 1));
    messages_free(m);
    diag_free(&diag);
    return 0;
}
