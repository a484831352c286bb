/* SPDX-License-Identifier: Apache-2.0 */
/* The products that the inventory recognises, by package or by process: data,
 * with its provenance. A new one is one row in product.c. */
#ifndef AGENT_HOST_PRODUCT_H
#define AGENT_HOST_PRODUCT_H

#include "agent/host/facts.h"

#define PRODUCT_NAMES 6

struct product {
    const char *id;   /* stable: part of the asset id */
    const char *type; /* "database", "middleware", "application" */
    const char *zh, *en;
    const char *vendor; /* maker or project; NULL when there is no one name */
    /* Package names, NULL-ended; a '#' at the end stands for a version: digits
     * and dots ("postgresql-#"). */
    const char *packages[PRODUCT_NAMES];
    /* Process names (comm: at most 15 bytes), NULL-ended. */
    const char *processes[PRODUCT_NAMES];
    /* Text in the command line of a launcher (java, beam.smp), or NULL. */
    const char *marker;
    /* D: the first package is one of Debian 12 or its backports; V: packages
     * of the maker's own repository, recalled; R: recalled, not tried. */
    char source;
};

/* The table ends with a row whose id is NULL. */
extern const struct product product_table[];

/* product_has_package(p, name), product_has_process(p, name, marker): does
 * ${p} list it? ${marker} may be NULL. */
bool product_has_package(const struct product *p, const char *name);
bool product_has_process(const struct product *p,
                         const struct facts_process *process);

/* product_is_launcher(comm): its command line says what really runs. */
bool product_is_launcher(const char *comm);

/* product_marker(cmdline): the marker of the table that occurs in ${cmdline},
 * static storage, or NULL. */
const char *product_marker(struct bytes cmdline);

#endif
