/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/messages.h"

#include <stdlib.h>
#include <string.h>

#include "formats/base/arena.h"
#include "formats/base/yaml.h"

#define DEPTH_MAX 4 /* of messages within messages */
#define HEADS_MAX 8 /* "a: " before a message, as many are tried */

/* piece[0] slot piece[1] slot ... piece[slots]; first and last may be empty. */
struct row {
    const char *zh;
    struct bytes piece[MESSAGES_SLOTS_MAX + 1];
    bool number[MESSAGES_SLOTS_MAX]; /* the slot holds a number */
    unsigned slots;
    size_t fixed; /* bytes of all pieces */
    struct row *next;
};

struct messages {
    struct arena arena;
    struct row *by_byte[256]; /* rows by their first byte, file order */
    struct row *open;         /* rows that begin with a slot */
};

/* ---- loading */

/* The conversion behind a '%': its length; *number says what it prints. */
static size_t
conversion(const char *s, bool *number)
{
    size_t n = strspn(s, "-+ #0123456789.*hlzjt");

    if (s[n] == '\0' || strchr("sducxoi", s[n]) == NULL)
        return 0;
    *number = s[n] != 's' && s[n] != 'c';
    return n + 1;
}

static bool
split(struct row *r, const char *en)
{
    *r = (struct row){.slots = 0};
    while (true) {
        size_t n = strcspn(en, "%");

        r->piece[r->slots] = bytes_of(en, n);
        r->fixed += n;
        en += n;
        if (*en == '\0')
            return r->fixed > 0;
        if (r->slots == MESSAGES_SLOTS_MAX)
            return false;
        for (bool first = true; *en == '%'; first = false) {
            bool number;

            n = conversion(en + 1, &number);
            if (n == 0)
                return false;
            r->number[r->slots] = first && number;
            en += n + 1;
        }
        r->slots++;
    }
}

/* The slot that begins at ${zh}, from 0; *len is its length. -1: none. */
static int
slot_at(const char *zh, size_t *len, bool *say)
{
    if (zh[0] != '{' || zh[1] < '1' || zh[1] > '0' + MESSAGES_SLOTS_MAX)
        return -1;
    *say = zh[2] == '~';
    *len = *say ? 4 : 3;
    return zh[*len - 1] == '}' ? zh[1] - '1' : -1;
}

/* Each slot of the English stands once in the Chinese. */
static bool
agrees(const struct row *r)
{
    unsigned seen = 0;

    for (const char *p = r->zh; *p != '\0'; p++) {
        size_t len;
        bool say;
        int slot = slot_at(p, &len, &say);

        if (slot < 0)
            continue;
        if (slot >= (int)r->slots || (seen & 1u << slot) != 0)
            return false;
        seen |= 1u << slot;
    }
    return seen == (1u << r->slots) - 1;
}

static bool
same(const struct row *a, const struct row *b)
{
    if (a->slots != b->slots || a->fixed != b->fixed)
        return false;
    for (unsigned i = 0; i <= a->slots; i++)
        if (!bytes_eq(a->piece[i], b->piece[i]))
            return false;
    return memcmp(a->number, b->number, sizeof a->number) == 0;
}

static void
add_row(struct messages *m, const struct yaml_file *f, struct yaml_node *n)
{
    static const char *const known[] = {"en", "zh", NULL};
    struct row *r = arena_alloc(&m->arena, sizeof *r), **at;
    const char *en, *zh;

    if (n->type != YAML_MAP) {
        yaml_error(f, n, "a message is a map of en and zh");
        return;
    }
    if (!yaml_need(f, n, "en") || !yaml_need(f, n, "zh"))
        return;
    en = yaml_str(f, n, "en", "");
    zh = yaml_str(f, n, "zh", "");
    yaml_unused(f, n, known);
    if (r == NULL || en == NULL || zh == NULL) {
        yaml_error(f, n, "out of memory");
        return;
    }
    if (!split(r, en)) {
        yaml_error(f, n, "en is a format with fixed text and at most %d slots",
                   MESSAGES_SLOTS_MAX);
        return;
    }
    r->zh = zh;
    if (!agrees(r))
        yaml_error(f, n, "the slots of zh are not those of en");
    at = r->piece[0].len > 0 ? &m->by_byte[(unsigned char)r->piece[0].data[0]]
                             : &m->open;
    for (; *at != NULL; at = &(*at)->next)
        if (same(*at, r))
            yaml_error(f, n, "this message stands here twice");
    *at = r;
}

struct messages *
messages_load(const char *file, struct bytes in, struct diag *diag)
{
    static const char *const known[] = {"messages", "parts", "errno", NULL};
    struct messages *m = calloc(1, sizeof *m);
    unsigned errors = diag->errors;
    struct yaml_file f = {.name = file, .diag = diag};
    struct yaml_node *root;

    if (m == NULL) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "out of memory");
        return NULL;
    }
    arena_init(&m->arena, 0);
    f.arena = &m->arena;
    root = yaml_parse(file, in, &m->arena, diag);
    if (root != NULL && root->type != YAML_MAP)
        yaml_error(&f, root, "the file must hold a map");
    for (size_t i = 0; diag->errors == errors && known[i] != NULL; i++) {
        struct yaml_node *list = yaml_list(&f, root, known[i]);

        for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
            add_row(m, &f, n);
    }
    if (diag->errors == errors)
        yaml_unused(&f, root, known);
    if (diag->errors == errors)
        return m;
    messages_free(m);
    return NULL;
}

struct messages *
messages_embedded(const struct embed_file *files)
{
    struct messages *m = NULL;
    struct diag diag;

    diag_init(&diag);
    for (; files->name != NULL; files++)
        if (strcmp(files->name, MESSAGES_FILE) == 0)
            m = messages_load(
                files->name,
                bytes_of(files->start, (size_t)(files->end - files->start)),
                &diag);
    diag_free(&diag);
    return m;
}

const struct messages *
messages_once(struct messages **m, const struct embed_file *files)
{
    if (*m == NULL)
        *m = messages_embedded(files);
    return *m;
}

void
messages_free(struct messages *m)
{
    if (m == NULL)
        return;
    arena_free(&m->arena);
    free(m);
}

/* ---- saying */

/* Where ${part} begins in ${text}; its length when it does not. */
static size_t
find(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (memcmp(text.data + i, part.data, part.len) == 0)
            return i;
    return text.len;
}

static bool
is_number(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.data[i] == '\0' ||
            strchr("0123456789abcdefx-", b.data[i]) == NULL)
            return false;
    return b.len > 0;
}

static bool
ends(struct bytes text, struct bytes part)
{
    return text.len >= part.len &&
           bytes_eq(bytes_from(text, text.len - part.len), part);
}

/* ${text} is a message of ${r}; what its slots were. The last piece is looked for
 * at the end, the others from the left: each slot is as short as can be. */
static bool
fits(const struct row *r, struct bytes text, struct bytes *slot)
{
    if (r->fixed > text.len || !bytes_starts(text, r->piece[0]) ||
        !ends(text, r->piece[r->slots]))
        return false;
    if (r->slots == 0)
        return text.len == r->fixed;
    text = bytes_from(text, r->piece[0].len);
    text = bytes_upto(text, text.len - r->piece[r->slots].len);
    for (unsigned i = 0; i < r->slots; i++) {
        struct bytes part = r->piece[i + 1];
        bool last = i + 1 == r->slots;
        size_t at = last ? text.len : find(text, part);

        if (!last && at == text.len)
            return false;
        slot[i] = bytes_upto(text, at);
        if (r->number[i] && !is_number(slot[i]))
            return false;
        text = bytes_from(text, last ? at : at + part.len);
    }
    return true;
}

static void
best_of(const struct row *rows, struct bytes text, const struct row **best,
        struct bytes *slot)
{
    struct bytes cut[MESSAGES_SLOTS_MAX] = {{0}};

    for (; rows != NULL; rows = rows->next) {
        if ((*best != NULL && rows->fixed <= (*best)->fixed) ||
            !fits(rows, text, cut))
            continue;
        *best = rows;
        memcpy(slot, cut, sizeof cut);
    }
}

static const struct row *
row_of(const struct messages *m, struct bytes text, struct bytes *slot)
{
    const struct row *best = NULL;

    if (text.len > 0)
        best_of(m->by_byte[(unsigned char)text.data[0]], text, &best, slot);
    best_of(m->open, text, &best, slot);
    return best;
}

static bool say(const struct messages *m, struct bytes en, unsigned depth,
                struct buf *out);

static void
fill(const struct messages *m, const struct row *r, const struct bytes *slot,
     unsigned depth, struct buf *out)
{
    for (const char *p = r->zh; *p != '\0';) {
        size_t len = 1;
        bool nested = false;
        int i = slot_at(p, &len, &nested);

        if (i < 0)
            buf_char(out, *p++);
        else if (nested)
            (void)say(m, slot[i], depth + 1, out);
        else
            buf_bytes(out, slot[i]);
        if (i >= 0)
            p += len;
    }
}

/* "a: b" where b is a message: formats without words of their own make these. */
static bool
say_behind_head(const struct messages *m, struct bytes en, unsigned depth,
                struct buf *out)
{
    struct bytes slot[MESSAGES_SLOTS_MAX];
    size_t head = 0;

    for (unsigned i = 0; i < HEADS_MAX; i++) {
        size_t at = find(bytes_from(en, head), BYTES(": "));
        const struct row *r;

        if (head + at == en.len)
            return false;
        head += at + 2;
        r = row_of(m, bytes_from(en, head), slot);
        if (r == NULL)
            continue;
        buf_bytes(out, bytes_upto(en, head - 2));
        buf_str(out, "：");
        fill(m, r, slot, depth, out);
        return true;
    }
    return false;
}

/* Messages within messages go only so deep, whatever a slot holds. */
static bool
say(const struct messages *m, struct bytes en, unsigned depth, struct buf *out)
{
    struct bytes slot[MESSAGES_SLOTS_MAX];
    const struct row *r = depth < DEPTH_MAX ? row_of(m, en, slot) : NULL;

    if (r != NULL) {
        fill(m, r, slot, depth, out);
        return true;
    }
    if (depth < DEPTH_MAX && say_behind_head(m, en, depth, out))
        return true;
    buf_bytes(out, en);
    return false;
}

bool
messages_zh(const struct messages *m, struct bytes en, struct buf *out)
{
    if (m != NULL && en.len <= MESSAGES_TEXT_MAX)
        return say(m, en, 0, out);
    buf_bytes(out, en);
    return false;
}
