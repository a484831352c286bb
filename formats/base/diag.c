/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the problems of hand-written data and prints them with their place.
 * Texts live in an arena of the collector, so nothing is borrowed. */
#include "formats/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/base/messages.h"

#define DIAG_TEXT_MAX 512 /* bytes of one message; longer ones are cut */
#define DIAG_WORD_MAX 64  /* words beyond are never "near" anything */

void
diag_init(struct diag *d)
{
    *d = (struct diag){.last = NULL};
    arena_init(&d->arena, 0);
    d->last = &d->first;
}

void
diag_free(struct diag *d)
{
    arena_free(&d->arena);
    d->first = NULL;
    d->last = &d->first;
    d->errors = d->warnings = 0;
}

void
diag_add(struct diag *d, enum diag_level level, const char *file, unsigned line,
         unsigned col, const char *fmt, ...)
{
    unsigned seen = d->errors + d->warnings;
    struct diag_item *it;
    char text[DIAG_TEXT_MAX];
    va_list ap;

    if (level == DIAG_ERROR)
        d->errors++;
    else
        d->warnings++;
    if (seen >= DIAG_MAX)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    it = arena_alloc(&d->arena, sizeof *it);
    if (it == NULL)
        return; /* still counted */
    it->level = level;
    it->line = line;
    it->col = col;
    it->file = arena_str(&d->arena, bytes_str(file ? file : ""));
    it->text = arena_str(&d->arena, bytes_str(text));
    if (it->file == NULL || it->text == NULL)
        return;
    *d->last = it;
    d->last = &it->next;
}

/* Keys of hostile files end up in messages: no control character may reach a
 * terminal. */
static void
put_visible(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else
            buf_char(out, *s);
    }
}

static void
put_text(const char *text, const struct messages *m, struct buf *out)
{
    struct buf zh = {0};

    if (m != NULL && messages_zh(m, bytes_str(text), &zh) &&
        buf_cstr(&zh) != NULL)
        text = zh.data;
    put_visible(out, text);
    buf_free(&zh);
}

void
diag_print(const struct diag *d, struct buf *out)
{
    diag_print_zh(d, NULL, out);
}

void
diag_print_zh(const struct diag *d, const struct messages *m, struct buf *out)
{
    const char *warning = m ? ": 警告：" : ": warning: ";
    unsigned all = d->errors + d->warnings;
    unsigned shown = 0;

    for (const struct diag_item *it = d->first; it != NULL; it = it->next) {
        put_visible(out, it->file);
        if (it->line != 0)
            buf_printf(out, ":%u:%u", it->line, it->col);
        buf_str(out, it->level == DIAG_WARNING ? warning : ": ");
        put_text(it->text, m, out);
        buf_char(out, '\n');
        shown++;
    }
    if (shown < all)
        buf_printf(out, m ? "……另有 %u 条\n" : "... and %u more\n",
                   all - shown);
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* Edit distance with one row (insert, delete, replace), plus the swap of two
 * neighbours, the most common slip, which needs the row before. */
static unsigned
edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned row[3][DIAG_WORD_MAX + 1];

    for (size_t j = 0; j <= nb; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *cur = row[i % 3];
        const unsigned *up = row[(i - 1) % 3];
        const unsigned *up2 = row[(i + 1) % 3];

        cur[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned change = a[i - 1] == b[j - 1] ? 0 : 1;

            cur[j] = min3(up[j] + 1, cur[j - 1] + 1, up[j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && up2[j - 2] + 1 < cur[j])
                cur[j] = up2[j - 2] + 1;
        }
    }
    return row[na % 3][nb];
}

const char *
diag_nearest(struct bytes word, const char *const *names)
{
    unsigned best = word.len <= 4 ? 2 : 3; /* one more than allowed */
    const char *found = NULL;

    if (word.len == 0 || word.len > DIAG_WORD_MAX)
        return NULL;
    for (; *names != NULL; names++) {
        size_t n = strlen(*names);
        unsigned d;

        /* Each byte more or less is an edit: most names need no table. */
        if (n > DIAG_WORD_MAX || n + best <= word.len || word.len + best <= n)
            continue;
        d = edit_distance(word.data, word.len, *names, n);
        if (d < best && d < n) {
            best = d;
            found = *names;
        }
    }
    return found;
}
