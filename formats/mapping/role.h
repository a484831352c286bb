/* SPDX-License-Identifier: Apache-2.0 */
/* The rows whose values go along with a record outside of its JSON: what the
 * spool, filters and message keys ask for. */
#ifndef FORMATS_MAPPING_ROLE_H
#define FORMATS_MAPPING_ROLE_H

enum role { ROLE_NONE, ROLE_TIME, ROLE_LEVEL, ROLE_KEY };

struct role_row {
    const char *key; /* of the row */
    enum role role;
};

extern const struct role_row role_rows[]; /* ends with key NULL */

/* role_of(key): ROLE_NONE for all other rows. */
enum role role_of(const char *key);

#endif
