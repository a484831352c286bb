/* SPDX-License-Identifier: Apache-2.0 */
/* A stored report under a binding. */
#include "conformance/bind/binding.h"
#include "conformance/report/render.h"
#include "formats/json/writer.h"

enum { MET, NOT_MET, NOT_ASSESSED, OUTCOMES };

struct judge {
    struct render r;
    const struct binding *b;
    struct json_writer w;
    size_t known; /* rows of the binding that the report has */
    size_t bound;
    size_t count[OUTCOMES];
};

/* The clause that the binding gives to requirement node ${q}, or NULL. Only
 * requirements of the standard itself can be bound. */
static const char *
clause_of(struct judge *j, uint32_t q)
{
    const struct binding_row *row;

    if (!bytes_starts(render_text(&j->r, q, "std"), BYTES("GB/T 44886")))
        return NULL;
    row = binding_find(j->b, render_text(&j->r, q, "rid"));
    return row != NULL ? row->clause : NULL;
}

static void
count_rows(struct judge *j)
{
    for (uint32_t q = render_first(&j->r, 0, "requirements"); q != 0;
         q = render_next(&j->r, q)) {
        struct bytes result;

        j->known += binding_find(j->b, render_text(&j->r, q, "rid")) != NULL;
        if (clause_of(j, q) == NULL)
            continue;
        result = render_text(&j->r, q, "result");
        j->bound++;
        j->count[bytes_is(result, "met")       ? MET
                 : bytes_is(result, "not_met") ? NOT_MET
                                               : NOT_ASSESSED]++;
    }
}

static void
put_key(struct judge *j, uint32_t key)
{
    struct buf scratch = {0};

    json_key_bytes(&j->w,
                   tape_clean(&j->r.tape, &j->r.tape.node[key], &scratch));
    j->w.out->failed |= !buf_ok(&scratch);
    buf_free(&scratch);
}

static void
put_value(struct judge *j, uint32_t value)
{
    struct buf text = {0};

    json_put_value(&text, &j->r.tape, value);
    json_raw(&j->w, buf_view(&text));
    j->w.out->failed |= !buf_ok(&text);
    buf_free(&text);
}

/* put(ctx, key, value): whether it wrote the member itself. */
typedef bool (*member_fn)(struct judge *j, uint32_t key, uint32_t value,
                          const void *ctx);

static void
copy_object(struct judge *j, uint32_t object, member_fn put, const void *ctx)
{
    const struct tape_node *n = &j->r.tape.node[object];

    json_object(&j->w);
    for (uint32_t key = n->type == TAPE_OBJECT && n->hash > 0 ? object + 1 : 0;
         key != 0; key = j->r.tape.node[key].next) {
        if (put(j, key, key + 1, ctx))
            continue;
        put_key(j, key);
        put_value(j, key + 1);
    }
}

static bool
key_is(const struct judge *j, uint32_t key, const char *name)
{
    return tape_is(&j->r.tape, &j->r.tape.node[key], bytes_str(name));
}

static bool
put_bound_member(struct judge *j, uint32_t key, uint32_t value, const void *ctx)
{
    const char *clause = ctx;

    (void)value;
    if (key_is(j, key, "claimed"))
        return true; /* of an earlier binding */
    if (!key_is(j, key, "clause") && !key_is(j, key, "axis"))
        return false;
    put_key(j, key);
    json_cstr(&j->w, key_is(j, key, "clause") ? clause : "conformance");
    return true;
}

static void
put_requirements(struct judge *j)
{
    json_array(&j->w);
    for (uint32_t q = render_first(&j->r, 0, "requirements"); q != 0;
         q = render_next(&j->r, q)) {
        const char *clause = clause_of(j, q);

        if (clause == NULL) {
            put_value(j, q);
        } else {
            copy_object(j, q, put_bound_member, clause);
            json_key(&j->w, "claimed");
            json_bool(&j->w, true);
            json_end_object(&j->w);
        }
        buf_char(j->w.out, '\n');
    }
    json_end_array(&j->w);
}

static void
put_count(struct judge *j, const char *name, size_t n)
{
    json_key(&j->w, name);
    json_u64(&j->w, n);
}

static bool
put_national_member(struct judge *j, uint32_t key, uint32_t value,
                    const void *ctx)
{
    (void)value;
    (void)ctx;
    if (key_is(j, key, "binding"))
        return true; /* of an earlier one */
    if (!key_is(j, key, "bound"))
        return false;
    put_count(j, "bound", j->bound);
    return true;
}

static bool
put_table(struct judge *j, uint32_t key, uint32_t value, const void *ctx)
{
    (void)ctx;
    if (!key_is(j, key, "national"))
        return false;
    put_key(j, key);
    copy_object(j, value, put_national_member, NULL);
    json_key(&j->w, "binding");
    json_object(&j->w);
    json_key(&j->w, "issuer");
    json_cstr(&j->w, j->b->issuer);
    json_key(&j->w, "date");
    json_cstr(&j->w, j->b->date);
    json_key(&j->w, "text_sm3");
    json_cstr(&j->w, j->b->text_sm3);
    put_count(j, "met", j->count[MET]);
    put_count(j, "not_met", j->count[NOT_MET]);
    put_count(j, "not_assessed", j->count[NOT_ASSESSED]);
    json_end_object(&j->w);
    json_end_object(&j->w);
    return true;
}

static bool
put_member(struct judge *j, uint32_t key, uint32_t value, const void *ctx)
{
    (void)ctx;
    buf_char(j->w.out, '\n'); /* white space between members */
    if (key_is(j, key, "requirements")) {
        put_key(j, key);
        put_requirements(j);
        return true;
    }
    if (!key_is(j, key, "tables"))
        return false;
    put_key(j, key);
    copy_object(j, value, put_table, NULL);
    json_end_object(&j->w);
    return true;
}

enum err_code
binding_judge(struct bytes json, const struct binding *b, struct buf *out,
              size_t *unknown, struct err *err)
{
    struct judge j = {.b = b};
    enum err_code code = render_open(&j.r, json, err);

    if (code == ERR_OK) {
        count_rows(&j);
        json_writer_init(&j.w, out);
        copy_object(&j, 0, put_member, NULL);
        json_end_object(&j.w);
        buf_char(out, '\n');
        *unknown = b->rows - j.known;
        if (!buf_ok(out))
            code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    render_close(&j.r);
    return code;
}
