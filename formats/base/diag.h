/* SPDX-License-Identifier: Apache-2.0 */
/* Problems in hand-written data: all of a file at once, each with its place,
 * printed as `file:line:col: problem; did you mean X?`. */
#ifndef FORMATS_BASE_DIAG_H
#define FORMATS_BASE_DIAG_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag_item {
    enum diag_level level;
    const char *file; /* as given to the loader */
    unsigned line;    /* from 1; 0 when the whole file is meant */
    unsigned col;     /* from 1, in bytes */
    const char *text; /* English, no full stop */
    struct diag_item *next;
};

#define DIAG_MAX 200 /* later problems are only counted */

struct diag {
    struct arena arena; /* holds items and texts */
    struct diag_item *first, **last;
    unsigned errors, warnings; /* counts, also of those not stored */
};

void diag_init(struct diag *d);
void diag_free(struct diag *d);

/* diag_add(d, level, file, line, col, fmt, ...): copy and store. */
void diag_add(struct diag *d, enum diag_level level, const char *file,
              unsigned line, unsigned col, const char *fmt, ...)
    PRINTF_LIKE(6, 7);

/* diag_print(d, out): one line an item, in the order added. diag_print_zh: in
 * Chinese where ${m} (messages.h) has it; ${m} may be NULL, then as diag_print. */
struct messages;
void diag_print(const struct diag *d, struct buf *out);
void diag_print_zh(const struct diag *d, const struct messages *m,
                   struct buf *out);

/* diag_nearest(word, names): the name of the NULL-ended ${names} within edit
 * distance 2 (1 for words of up to 4 bytes), or NULL: "did you mean". */
const char *diag_nearest(struct bytes word, const char *const *names);

#endif
