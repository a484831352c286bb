/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_bind */
/* A text that somebody calls the standard, and a file that somebody calls a
 * binding. */
#include "conformance/bind/binding.h"
#include "formats/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {(const char *)data, size};
    struct sentences s = {0};
    struct binding *b;
    struct diag diag;
    struct err err;

    if (sentences_read(&s, in, &err) == ERR_OK) {
        for (size_t i = 0; i < s.count; i++) {
            struct buf again = {0};
            const struct sentence *e = &s.item[i];

            /* of a normal form: text, in which nothing is left to leave out */
            if (e->text.len == 0 || text_utf8_valid(e->text) != e->text.len ||
                strlen(e->sm3) != 64)
                __builtin_trap();
            sentence_normalise(e->text, &again);
            if (again.len > e->text.len)
                __builtin_trap();
            buf_free(&again);
        }
    }
    sentences_free(&s);
    diag_init(&diag);
    b = binding_parse("fuzz", in, &diag);
    for (size_t i = 0; b != NULL && i < b->rows; i++) {
        if (binding_find(b, bytes_str(b->row[i].rid)) != &b->row[i])
            __builtin_trap();
    }
    binding_free(b);
    diag_free(&diag);
    return 0;
}
