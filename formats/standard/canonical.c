/* SPDX-License-Identifier: Apache-2.0 */
/* The one text of the loaded definitions, overlays included: what digests are
 * taken over. Every property of every row, in a fixed order, one line a thing;
 * texts are quoted, so no content can imitate a line. */
#include <stdlib.h>

#include "formats/standard/internal.h"

static void
put_text(struct buf *out, const char *name, const char *s)
{
    if (s == NULL)
        return;
    buf_printf(out, " %s=\"", name);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_char(out, *s);
    }
    buf_char(out, '"');
}

static void
put_list(struct buf *out, const char *name, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++)
        put_text(out, name, *list);
}

static void
put_when(struct buf *out, const char *name, const struct std_when *w)
{
    if (w == NULL)
        return;
    put_text(out, name, w->key);
    put_list(out, w->prefix ? "prefix" : "in", w->values);
}

static void
put_flag(struct buf *out, const char *name, bool set)
{
    if (set)
        buf_printf(out, " %s", name);
}

static void
put_limits(struct buf *out, const struct std_row *r)
{
    if (r->min_len != 0)
        buf_printf(out, " min_len=%zu", r->min_len);
    if (r->max_len != 0)
        buf_printf(out, " max_len=%zu", r->max_len);
    if (r->has_min)
        buf_printf(out, " min=%.17g", r->min);
    if (r->has_max)
        buf_printf(out, " max=%.17g", r->max);
}

static void
put_row(struct buf *out, const struct std_row *r)
{
    buf_printf(out, "row %s", r->key);
    put_list(out, "at", r->at);
    buf_printf(out, " type=%s presence=%s", std_type_name(r->type),
               std_presence_name(r->presence));
    if (r->type == STD_ARRAY)
        buf_printf(out, " item=%s", std_type_name(r->item));
    put_when(out, "when", r->when);
    put_when(out, "allow", r->allow);
    if (r->format != STD_FORMAT_NONE)
        buf_printf(out, " format=%s", std_format_name(r->format));
    put_limits(out, r);
    put_text(out, "pattern", r->pattern);
    put_text(out, "codes", r->codes ? r->codes->id : NULL);
    buf_printf(out, " encoding=%s", std_encoding_name(r->encoding));
    if (r->type == STD_TIME)
        buf_printf(out, " time=%s", std_time_form_name(r->time_form));
    put_text(out, "not_after", r->not_after);
    put_text(out, "before", r->before);
    put_text(out, "group_of", r->group_of);
    put_text(out, "member_by", r->member_by);
    put_list(out, "one_of", r->one_of);
    put_flag(out, "one_member", r->one_member);
    put_flag(out, "any_member", r->any_member);
    put_flag(out, "prefix_ok", r->prefix_ok);
    put_flag(out, "personal", r->personal);
    put_flag(out, "free", r->free_object);
    put_flag(out, "provisional", r->provisional);
    put_text(out, "source", r->source);
    put_text(out, "clause", r->clause);
    put_text(out, "zh", r->zh);
    put_text(out, "en", r->en);
    put_text(out, "about_zh", r->about_zh);
    put_text(out, "about_en", r->about_en);
    buf_char(out, '\n');
}

static void
put_code(struct buf *out, const struct std_code *c)
{
    buf_str(out, "code");
    put_text(out, "code", c->code);
    put_text(out, "zh", c->name_zh);
    put_text(out, "en", c->name_en);
    if (c->alias != INT64_MIN)
        buf_printf(out, " alias=%lld", (long long)c->alias);
    put_text(out, "parent", c->parent);
    put_text(out, "group", c->group);
    put_list(out, "also", c->also);
    put_list(out, "alt", c->alt);
    put_text(out, "source", c->source);
    put_flag(out, "provisional", c->provisional);
    buf_char(out, '\n');
}

bool
canonical_build(struct standard *s)
{
    struct buf out = {0};

    buf_str(&out, "hutong-standard 1");
    put_text(&out, "edition", s->edition);
    buf_char(&out, '\n');
    for (size_t i = 0; i < s->kind_count; i++)
        buf_printf(&out, "kind %s %s\n", s->kind[i].name, s->kind[i].version);
    for (const struct codes_def *c = s->codes; c != NULL; c = c->next) {
        buf_printf(&out, "list %s", c->pub.id);
        put_text(&out, "zh", c->pub.name_zh);
        put_text(&out, "en", c->pub.name_en);
        buf_char(&out, '\n');
        for (size_t i = 0; i < c->pub.count; i++)
            put_code(&out, &c->pub.code[i]);
    }
    for (size_t i = 0; i < s->row_count; i++)
        put_row(&out, &s->draft[i]->row);
    if (buf_ok(&out))
        s->canonical = arena_copy(&s->arena, buf_view(&out));
    buf_free(&out);
    return s->canonical.data != NULL;
}
