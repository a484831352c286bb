/* SPDX-License-Identifier: Apache-2.0 */
/* A product's declaration (ICS and IXIT): what it is, what it claims to
 * support. Tests are selected by it; without one the data speak for
 * themselves. */
#ifndef CONFORMANCE_LEDGER_ICS_H
#define CONFORMANCE_LEDGER_ICS_H

#include "conformance/ledger/ledger.h"

struct ics {
    struct arena arena;
    const struct ics_template *template; /* borrowed from the ledger */
    const char *vendor, *name, *version; /* of the product */
    const char *const *supports;         /* NULL-ended item ids */
    char digest[65];                     /* SHA-256 of the file */
};

/* ics_load(l, path, diag): the declaration in ${path}; every mandatory item of
 * its template must be supported, and nothing outside it. NULL with errors. */
struct ics *ics_load(const struct ledger *l, const char *path,
                     struct diag *diag);
/* ics_parse: the same from text; ${file} is for messages. */
struct ics *ics_parse(const struct ledger *l, const char *file,
                      struct bytes text, struct diag *diag);
void ics_free(struct ics *c);

/* ics_supports(c, item): the item is claimed. */
bool ics_supports(const struct ics *c, struct bytes item);

/* ics_form(t, zh, out): a declaration of ${t} to be filled in, as YAML. */
void ics_form(const struct ics_template *t, bool zh, struct buf *out);

const struct ics_template *ics_template(const struct ledger *l,
                                        struct bytes id);

#endif
