/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/steps/phrase.h"

#define HOLES_MAX 6
#define DEPTH_MAX 4 /* of texts within texts */

/* Where ${part} begins in ${text}; its length when it does not. */
static size_t
find(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (memcmp(text.data + i, part.data, part.len) == 0)
            return i;
    }
    return text.len;
}

static size_t
next_hole(struct bytes pattern)
{
    size_t any = bytes_find(pattern, '*'), number = bytes_find(pattern, '#');

    return any < number ? any : number;
}

static bool
is_number(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] == '\0' || !strchr("0123456789abcdefx.-", b.data[i]))
            return false;
    }
    return b.len > 0;
}

/* ${text} is ${pattern}; what its holes were. The last fixed part is looked for at
 * the end, the others from the left. */
static bool
fits(struct bytes pattern, struct bytes text, struct bytes hole[HOLES_MAX],
     size_t *holes)
{
    size_t n = next_hole(pattern);

    *holes = 0;
    if (!bytes_starts(text, bytes_upto(pattern, n)))
        return false;
    text = bytes_from(text, n);
    while (n < pattern.len && *holes < HOLES_MAX) {
        bool number = pattern.data[n] == '#';
        struct bytes part;
        size_t at;

        pattern = bytes_from(pattern, n + 1);
        n = next_hole(pattern);
        part = bytes_upto(pattern, n);
        if (n < pattern.len)
            at = find(text, part);
        else
            at = text.len >= part.len ? text.len - part.len : text.len;
        if (at == 0 || !bytes_starts(bytes_from(text, at), part) ||
            (number && !is_number(bytes_upto(text, at))))
            return false;
        hole[(*holes)++] = bytes_upto(text, at);
        text = bytes_from(text, at + part.len);
    }
    return text.len == 0 && n == pattern.len;
}

static bool say(struct bytes en, unsigned depth, struct buf *out);

static void
fill(const char *zh, const struct bytes *hole, size_t holes, unsigned depth,
     struct buf *out)
{
    for (; *zh != '\0'; zh++) {
        bool known = zh[1] > '0' && zh[1] <= '0' + (char)holes;

        if (zh[0] == '%' && known)
            (void)say(hole[*++zh - '1'], depth + 1, out);
        else if (zh[0] == '$' && known)
            buf_bytes(out, hole[*++zh - '1']);
        else
            buf_char(out, *zh);
    }
}

/* Texts within texts go only so deep, whatever a product sent. */
static bool
say(struct bytes en, unsigned depth, struct buf *out)
{
    struct bytes hole[HOLES_MAX];
    size_t holes = 0;

    for (const struct phrase *p = phrase_table;
         p->en != NULL && depth < DEPTH_MAX; p++) {
        if (!fits(bytes_str(p->en), en, hole, &holes))
            continue;
        fill(p->zh, hole, holes, depth, out);
        return true;
    }
    buf_bytes(out, en);
    return false;
}

bool
phrase_zh(struct bytes en, struct buf *out)
{
    return say(en, 0, out);
}

const char *
phrase_text(const char *en, struct arena *arena)
{
    struct buf b = {0};
    const char *zh = NULL;

    if (en != NULL && phrase_zh(bytes_str(en), &b) && buf_ok(&b))
        zh = arena_str(arena, buf_view(&b));
    buf_free(&b);
    return zh;
}
