/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/window.h"

#include <string.h>

void
window_reset(struct window *w)
{
    buf_reset(&w->bytes);
    arena_reset(&w->keys);
    w->first = w->last = 0;
    w->items = w->groups = w->texts = 0;
    w->filtered = 0;
    w->full = false;
}

void
window_free(struct window *w)
{
    buf_free(&w->bytes);
    arena_free(&w->keys);
}

static bool
wanted(const struct config_output *o, const struct spool_meta *m)
{
    /* Records without a level (assets) are never below a level. */
    if (o->min_level != 0 && m->level != 0 && m->level < o->min_level)
        return false;
    if (o->kinds == NULL)
        return true;
    for (size_t i = 0; o->kinds[i] != NULL; i++)
        if (bytes_is(m->info_type, o->kinds[i]))
            return true;
    return false;
}

static struct window_group *
find_group(struct window *w, const struct spool_meta *m)
{
    struct window_group *g;

    for (uint32_t i = 0; i < w->groups; i++) {
        g = &w->group[i];
        if (bytes_eq(g->info_type, m->info_type) &&
            bytes_eq(g->product, m->product))
            return g;
    }
    if (w->groups == WINDOW_MAX_GROUPS)
        return NULL;
    g = &w->group[w->groups];
    g->info_type = arena_copy(&w->keys, m->info_type);
    g->product = arena_copy(&w->keys, m->product);
    g->count = 0;
    if (g->info_type.data == NULL || g->product.data == NULL)
        return NULL;
    w->groups++;
    return g;
}

/* Input, mapping and product are the same in almost every record: copied once a
 * window. */
static bool
intern(struct window *w, struct bytes *s)
{
    struct bytes copy;

    if (s->len == 0)
        return true;
    for (uint32_t i = 0; i < w->texts; i++)
        if (bytes_eq(w->text[i], *s)) {
            *s = w->text[i];
            return true;
        }
    copy = arena_copy(&w->keys, *s);
    if (copy.data == NULL)
        return false;
    if (w->texts < WINDOW_MAX_TEXTS)
        w->text[w->texts++] = copy;
    *s = copy;
    return true;
}

static bool
add_item(struct window *w, const struct spool_record *r, struct window_group *g)
{
    struct window_item *it = &w->item[w->items];
    size_t before = w->bytes.len;

    it->sequence = r->sequence;
    it->meta = r->meta;
    it->offset = w->bytes.len;
    it->length = r->item.len;
    buf_bytes(&w->bytes, r->item);
    it->key_offset = w->bytes.len;
    buf_bytes(&w->bytes, r->meta.key);
    if (!buf_ok(&w->bytes) || !intern(w, &it->meta.info_type) ||
        !intern(w, &it->meta.input) || !intern(w, &it->meta.product) ||
        !intern(w, &it->meta.source) || !intern(w, &it->meta.mapping) ||
        !intern(w, &it->meta.reason)) {
        w->bytes.failed = false;
        buf_cut(&w->bytes, before);
        return false;
    }
    it->group = (uint32_t)(g - w->group);
    g->item[g->count++] = w->items++;
    return true;
}

bool
window_add(struct window *w, const struct config_output *o,
           const struct spool_record *r)
{
    struct window_group *g;

    if (wanted(o, &r->meta)) {
        if (w->items == o->batch_items || w->items == WINDOW_MAX_ITEMS ||
            (w->items != 0 && w->bytes.len + r->item.len > o->batch_bytes))
            goto no_room;
        g = find_group(w, &r->meta);
        if (g == NULL || !add_item(w, r, g))
            goto no_room;
    } else {
        w->filtered++;
    }
    if (w->first == 0)
        w->first = r->sequence;
    w->last = r->sequence;
    return true;
no_room:
    w->full = true;
    return false;
}

struct bytes
window_item_bytes(const struct window *w, uint32_t i)
{
    return bytes_of(w->bytes.data + w->item[i].offset, w->item[i].length);
}

struct spool_meta
window_item_meta(const struct window *w, uint32_t i)
{
    struct spool_meta m = w->item[i].meta;

    m.key.data = w->bytes.data + w->item[i].key_offset;
    return m;
}
