/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/standard_json.h"

static void
text(struct json_writer *w, const char *key, const char *value)
{
    json_key(w, key);
    json_cstr(w, value);
}

static void
texts(struct json_writer *w, const char *key, const char *const *list)
{
    json_key(w, key);
    json_array(w);
    for (; *list != NULL; list++)
        json_cstr(w, *list);
    json_end_array(w);
}

void
standard_json_row(struct json_writer *w, const struct standard *s,
                  const struct std_row *r)
{
    struct buf b = {0};

    json_object(w);
    text(w, "key", r->key);
    text(w, "kind", r->kind);
    export_place(r, &b);
    json_key(w, "place");
    json_string(w, buf_view(&b));
    text(w, "name_zh", r->zh);
    text(w, "name_en", r->en);
    text(w, "about_zh", r->about_zh);
    text(w, "about_en", r->about_en);
    text(w, "type", std_type_name(r->type));
    if (r->type == STD_ARRAY)
        text(w, "item", std_type_name(r->item));
    text(w, "presence", std_presence_name(r->presence));
    for (int lang = STD_ZH; lang <= STD_EN; lang++) {
        buf_reset(&b);
        export_limits(s, r, (enum std_lang)lang, &b);
        json_key(w, lang == STD_ZH ? "constraint_zh" : "constraint_en");
        json_string(w, buf_view(&b));
    }
    text(w, "codes", r->codes ? r->codes->id : NULL);
    text(w, "encoding", std_encoding_name(r->encoding));
    text(w, "clause", r->clause);
    text(w, "source", r->source);
    json_key(w, "provisional");
    json_bool(w, r->provisional);
    json_end_object(w);
    if (b.failed)
        w->out->failed = true;
    buf_free(&b);
}

void
standard_json_code(struct json_writer *w, const char *list,
                   const struct std_code *c)
{
    json_object(w);
    if (list != NULL)
        text(w, "list", list);
    text(w, "code", c->code);
    json_key(w, "number");
    if (c->alias != INT64_MIN)
        json_i64(w, c->alias);
    else
        json_null(w);
    text(w, "parent", c->parent);
    text(w, "group", c->group);
    text(w, "name_zh", c->name_zh);
    text(w, "name_en", c->name_en);
    texts(w, "also", c->also);
    texts(w, "input_spellings", c->alt);
    text(w, "source", c->source);
    json_key(w, "provisional");
    json_bool(w, c->provisional);
    json_end_object(w);
}

void
standard_json_codes(struct json_writer *w, const struct std_codes *c)
{
    json_object(w);
    text(w, "list", c->id);
    text(w, "name_zh", c->name_zh);
    text(w, "name_en", c->name_en);
    json_key(w, "codes");
    json_array(w);
    for (size_t i = 0; i < c->count; i++)
        standard_json_code(w, NULL, &c->code[i]);
    json_end_array(w);
    json_end_object(w);
}
