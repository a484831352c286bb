/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/table.h"

#include "formats/base/text.h"

struct table_row {
    struct table_row *next;
    struct bytes cell[TABLE_MAX_COLUMNS];
};

struct range {
    uint32_t first, last;
};

/* Wide and fullwidth blocks of Unicode's EastAsianWidth, in order. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};
static const struct range marks[] = {
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};

static bool
in_ranges(uint32_t cp, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cp >= r[i].first && cp <= r[i].last)
            return true;
    }
    return false;
}

/* The code point at the start of valid UTF-8 ${b} and its bytes. */
static uint32_t
code_point(struct bytes b, size_t *len)
{
    static const unsigned char mask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned char c = (unsigned char)b.data[0];
    uint32_t cp;

    *len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (*len > b.len)
        *len = 1;
    cp = c & mask[*len];
    for (size_t i = 1; i < *len; i++)
        cp = cp << 6 | ((unsigned char)b.data[i] & 0x3F);
    return cp;
}

size_t
table_width(struct bytes b)
{
    size_t width = 0, len;

    for (; b.len != 0; b = bytes_from(b, len)) {
        uint32_t cp = code_point(b, &len);

        if (in_ranges(cp, marks, sizeof marks / sizeof *marks))
            continue;
        width += in_ranges(cp, wide, sizeof wide / sizeof *wide) ? 2 : 1;
    }
    return width;
}

void
table_init(struct table *t, size_t columns)
{
    *t = (struct table){.columns = columns};
}

void
table_free(struct table *t)
{
    arena_free(&t->arena);
}

void
table_row(struct table *t, const char *const *cells)
{
    struct table_row *r = arena_alloc(&t->arena, sizeof *r);
    struct buf safe = {0};

    if (r == NULL) {
        t->failed = true;
        return;
    }
    for (size_t i = 0; i < t->columns; i++) {
        size_t width;

        buf_reset(&safe);
        text_visible(&safe, bytes_str(cells[i]));
        r->cell[i] = arena_copy(&t->arena, buf_view(&safe));
        width = table_width(r->cell[i]);
        if (width > t->width[i])
            t->width[i] = width;
        t->failed = t->failed || r->cell[i].data == NULL;
    }
    buf_free(&safe);
    if (t->last == NULL)
        t->first = r;
    else
        t->last->next = r;
    t->last = r;
}

static void
fill(struct buf *out, const char *with, size_t n)
{
    while (n-- > 0)
        buf_str(out, with);
}

void
table_print(const struct table *t, bool head, struct buf *out)
{
    for (const struct table_row *r = t->first; r != NULL; r = r->next) {
        size_t used = t->columns; /* no spaces behind the last text */

        while (used > 1 && r->cell[used - 1].len == 0)
            used--;
        for (size_t i = 0; i < used; i++) {
            buf_bytes(out, r->cell[i]);
            if (i + 1 < used)
                fill(out, " ", t->width[i] - table_width(r->cell[i]) + 2);
        }
        buf_char(out, '\n');
        if (!head || r != t->first)
            continue;
        for (size_t i = 0; i < t->columns; i++) {
            fill(out, "─", t->width[i]);
            buf_str(out, i + 1 < t->columns ? "  " : "\n");
        }
    }
}
