/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/window.h"

#include <string.h>

void
window_reset(struct window *w)
{
    buf_reset(&w->bytes);
    arena_reset(&w->keys);
    w->first = w->last = 0;
    w->items = w->groups = 0;
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

/* The strings of the metadata, one after the other; rebuilt on demand because
 * the buffer may move. */
static struct bytes *
meta_string(struct spool_meta *m, size_t i)
{
    struct bytes *const all[] = {&m->info_type, &m->input,   &m->product,
                                 &m->source,    &m->mapping, &m->key,
                                 &m->reason};

    return i < sizeof all / sizeof all[0] ? all[i] : NULL;
}

static bool
add_item(struct window *w, const struct spool_record *r, struct window_group *g)
{
    struct window_item *it = &w->item[w->items];
    struct spool_meta m = r->meta;
    size_t before = w->bytes.len;

    it->sequence = r->sequence;
    it->offset = w->bytes.len;
    it->length = r->item.len;
    buf_bytes(&w->bytes, r->item);
    it->meta_offset = w->bytes.len;
    for (size_t i = 0; meta_string(&m, i) != NULL; i++)
        buf_bytes(&w->bytes, *meta_string(&m, i));
    if (!buf_ok(&w->bytes)) {
        w->bytes.failed = false;
        buf_cut(&w->bytes, before);
        return false;
    }
    it->meta = m;
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
    size_t at = w->item[i].meta_offset;

    for (size_t k = 0; meta_string(&m, k) != NULL; k++) {
        struct bytes *s = meta_string(&m, k);

        s->data = w->bytes.data + at;
        at += s->len;
    }
    return m;
}
