/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for a terminal: columns as wide as their widest cell, Chinese
 * characters two columns wide, cells made safe to print. */
#ifndef AGENT_TOOL_TABLE_H
#define AGENT_TOOL_TABLE_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

#define TABLE_MAX_COLUMNS 8

struct table {
    struct arena arena; /* owned: cells */
    size_t columns;     /* 1..TABLE_MAX_COLUMNS */
    struct table_row *first, *last;
    size_t width[TABLE_MAX_COLUMNS]; /* terminal columns */
    bool failed;                     /* memory ran out; rows are missing */
};

void table_init(struct table *t, size_t columns);
void table_free(struct table *t);

/* table_row(t, cells): copy one row of t->columns texts; NULL is empty. */
void table_row(struct table *t, const char *const *cells);

/* table_print(t, head, out): the rows, under the first one underlined when
 * ${head}. */
void table_print(const struct table *t, bool head, struct buf *out);

/* table_width(b): terminal columns of UTF-8 ${b}: 2 for wide East Asian
 * characters, 0 for combining marks, else 1. */
size_t table_width(struct bytes b);

#endif
