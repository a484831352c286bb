/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAPI 3.1: paths of the data interfaces and of every operation; a request's
 * params and a response's data follow the operation; the schemas are those of the
 * JSON Schema export. Headers and statuses are the interface file's. */
#include <stdio.h>

#include "formats/standard/export_json.h"
#include "formats/standard/interface.h"

#define REFS "#/components/schemas/"

struct api {
    struct schema_out x;
    const struct std_interface *i;
    struct buf text; /* owned; one made text at a time */
};

static struct bytes
made(struct api *a)
{
    if (!buf_ok(&a->text))
        a->x.w.out->failed = true;
    return buf_view(&a->text);
}

static void
put(struct api *a, const char *key, const char *value)
{
    json_key(&a->x.w, key);
    json_cstr(&a->x.w, value);
}

static void
put_both(struct api *a, const char *key, const char *zh, const char *en)
{
    buf_reset(&a->text);
    buf_printf(&a->text, "%s / %s", zh, en);
    json_key(&a->x.w, key);
    json_string(&a->x.w, made(a));
}

static void
open_at(struct api *a, const char *key)
{
    json_key(&a->x.w, key);
    json_object(&a->x.w);
}

static void
shut(struct api *a, unsigned n)
{
    while (n-- > 0)
        json_end_object(&a->x.w);
}

static void
put_ref(struct api *a, const char *where, const char *name)
{
    buf_reset(&a->text);
    buf_printf(&a->text, "%s%s", where, name);
    json_key(&a->x.w, "$ref");
    json_string(&a->x.w, made(a));
}

/* "content": JSON of a schema; the schema object is left open: shut(a, 3). */
static void
open_json(struct api *a)
{
    open_at(a, "content");
    open_at(a, "application/json");
    open_at(a, "schema");
}

static const char *
member(const struct api *a, const char *key)
{
    const struct shape *s = std_place(a->x.s, key);

    return s ? s->name : key;
}

/* ---- responses */

static bool
has_status(const struct std_answer *n, unsigned status)
{
    for (const unsigned *s = n->status; *s != 0; s++) {
        if (*s == status)
            return true;
    }
    return false;
}

/* What the codes of a status mean, as one line. */
static void
put_status_text(struct api *a, unsigned status)
{
    size_t n = 0;

    buf_reset(&a->text);
    for (size_t k = 0; k < a->i->answer_count; k++) {
        const struct std_code *c = a->i->answer[k].code;

        if (has_status(&a->i->answer[k], status))
            buf_printf(&a->text, "%s%lld %s / %s", n++ ? "; " : "",
                       (long long)c->alias, c->name_zh, c->name_en);
    }
    json_key(&a->x.w, "description");
    json_string(&a->x.w, made(a));
}

static void
put_status_name(struct api *a, unsigned status)
{
    buf_reset(&a->text);
    buf_printf(&a->text, "%u", status);
    json_key_bytes(&a->x.w, made(a));
}

static bool
is_first(const struct api *a, size_t answer, const unsigned *status)
{
    for (size_t k = 0; k <= answer; k++) {
        for (const unsigned *s = a->i->answer[k].status; *s != 0; s++) {
            if (*s == *status)
                return s == status;
        }
    }
    return true;
}

/* Each status above 399 that some code has: ${one} writes it. */
static void
each_refusal(struct api *a, void (*one)(struct api *a, unsigned status))
{
    for (size_t k = 0; k < a->i->answer_count; k++) {
        for (const unsigned *s = a->i->answer[k].status; *s != 0; s++) {
            if (*s >= 400 && is_first(a, k, s))
                one(a, *s);
        }
    }
}

static void
define_refusal(struct api *a, unsigned status)
{
    static const char *const kinds[] = {STD_RESPONSE, STD_REFUSAL};

    buf_reset(&a->text);
    buf_printf(&a->text, "refused_%u", status);
    json_key_bytes(&a->x.w, made(a));
    json_object(&a->x.w);
    put_status_text(a, status);
    if (status == 429 || status == 503) {
        open_at(a, "headers");
        open_at(a, "Retry-After");
        open_at(a, "schema");
        schema_type(&a->x, "integer");
        schema_size(&a->x, "minimum", 0);
        shut(a, 3);
    }
    open_json(a);
    json_key(&a->x.w, "anyOf");
    json_array(&a->x.w);
    for (size_t k = 0; k < 2; k++) {
        json_object(&a->x.w);
        put_ref(a, REFS, kinds[k]);
        shut(a, 1);
    }
    json_end_array(&a->x.w);
    shut(a, 4);
}

static void
use_refusal(struct api *a, unsigned status)
{
    char name[24];

    put_status_name(a, status);
    json_object(&a->x.w);
    (void)snprintf(name, sizeof name, "refused_%u", status);
    put_ref(a, "#/components/responses/", name);
    shut(a, 1);
}

/* A response whose body is ${kind}; its data is ${data}, or NULL: as it is. */
static void
put_response(struct api *a, unsigned status, const char *kind, const char *data)
{
    put_status_name(a, status);
    json_object(&a->x.w);
    put_status_text(a, status);
    open_json(a);
    if (data == NULL) {
        put_ref(a, REFS, kind);
        shut(a, 4);
        return;
    }
    json_key(&a->x.w, "allOf");
    json_array(&a->x.w);
    json_object(&a->x.w);
    put_ref(a, REFS, kind);
    shut(a, 1);
    json_object(&a->x.w);
    open_at(a, "properties");
    open_at(a, member(a, STD_RESPONSE ".data"));
    put_ref(a, REFS, data);
    shut(a, 3);
    json_end_array(&a->x.w);
    shut(a, 4);
}

/* ---- operations */

static void
put_tags(struct api *a, const char *tag)
{
    json_key(&a->x.w, "tags");
    json_array(&a->x.w);
    json_cstr(&a->x.w, tag);
    json_end_array(&a->x.w);
}

static void
put_parameter(struct api *a, const char *in, const char *name,
              const char *about, bool required)
{
    json_object(&a->x.w);
    put(a, "name", name);
    put(a, "in", in);
    put(a, "description", about);
    json_key(&a->x.w, "required");
    json_bool(&a->x.w, required);
    open_at(a, "schema");
    schema_type(&a->x, "string");
    shut(a, 2);
}

/* A member of the request that the path fixes. */
static void
put_fixed(struct api *a, const char *key, const struct std_code *code)
{
    open_at(a, member(a, key));
    put(a, "const", code->code);
    shut(a, 1);
}

static void
put_request(struct api *a, const struct std_operation *o)
{
    open_at(a, "requestBody");
    json_key(&a->x.w, "required");
    json_bool(&a->x.w, true);
    open_json(a);
    json_key(&a->x.w, "allOf");
    json_array(&a->x.w);
    json_object(&a->x.w);
    put_ref(a, REFS, STD_REQUEST);
    shut(a, 1);
    json_object(&a->x.w);
    open_at(a, "properties");
    put_fixed(a, STD_REQUEST ".class", o->class);
    put_fixed(a, STD_REQUEST ".operation", o->name);
    open_at(a, member(a, STD_REQUEST ".params"));
    put_ref(a, REFS, o->params);
    shut(a, 3);
    json_end_array(&a->x.w);
    shut(a, 4);
}

static void
put_operation(struct api *a, const struct std_operation *o)
{
    struct buf path = {0};

    std_operation_path(a->x.s, o, &path);
    json_key_bytes(&a->x.w, bytes_from(buf_view(&path), strlen(a->i->base)));
    buf_free(&path);
    json_object(&a->x.w);
    open_at(a, "post");
    buf_reset(&a->text);
    buf_printf(&a->text, "%s_%s", o->class->code, o->name->code);
    json_key(&a->x.w, "operationId");
    json_string(&a->x.w, made(a));
    put_both(a, "summary", o->name->name_zh, o->name->name_en);
    put_both(a, "description", o->about_zh, o->about_en);
    put_tags(a, o->class->code);
    put(a, "x-clause", o->clause);
    put(a, "x-source", o->source);
    json_key(&a->x.w, "x-provisional");
    json_bool(&a->x.w, o->provisional);
    json_key(&a->x.w, "x-effect");
    json_bool(&a->x.w, o->effect);
    put(a, "x-records", o->records);
    put_request(a, o);
    open_at(a, "responses");
    put_response(a, 200, STD_RESPONSE, o->result);
    if (o->async)
        put_response(a, 202, STD_RESPONSE, NULL);
    each_refusal(a, use_refusal);
    shut(a, 3);
}

static void
put_task(struct api *a)
{
    static const struct {
        const char *method, *id, *zh, *en;
    } calls[] = {{"get", "task_get", "查询任务", "ask for a task"},
                 {"delete", "task_cancel", "取消任务", "cancel a task"}};

    open_at(a, a->i->task_path);
    for (size_t k = 0; k < 2; k++) {
        open_at(a, calls[k].method);
        put(a, "operationId", calls[k].id);
        put_both(a, "summary", calls[k].zh, calls[k].en);
        put_tags(a, "task");
        json_key(&a->x.w, "parameters");
        json_array(&a->x.w);
        put_parameter(a, "path", "task_id", "任务标识 / task id", true);
        json_end_array(&a->x.w);
        open_at(a, "responses");
        put_response(a, 200, STD_RESPONSE, STD_TASK);
        each_refusal(a, use_refusal);
        shut(a, 2);
    }
    shut(a, 1);
}

/* ---- data interfaces */

static void
put_envelope_of(struct api *a, const char *kind)
{
    const struct shape *info = std_place(a->x.s, STD_ENVELOPE ".info_type");
    const struct std_code *c = info && info->row->codes
                                   ? std_code(info->row->codes, bytes_str(kind))
                                   : NULL;

    json_key(&a->x.w, "allOf");
    json_array(&a->x.w);
    json_object(&a->x.w);
    put_ref(a, REFS, STD_ENVELOPE);
    shut(a, 1);
    if (c != NULL) {
        json_object(&a->x.w);
        open_at(a, "properties");
        open_at(a, info->name);
        json_key(&a->x.w, "enum");
        json_array(&a->x.w);
        schema_code(&a->x, c, info->row->encoding);
        json_end_array(&a->x.w);
        shut(a, 3);
    }
    json_end_array(&a->x.w);
}

static void
put_data_answer(struct api *a, const char *status, const char *about)
{
    open_at(a, status);
    put(a, "description", about);
    open_json(a);
    put_ref(a, REFS, STD_ANSWER);
    shut(a, 4);
}

static void
put_send(struct api *a, const struct std_data *d)
{
    open_at(a, "post");
    buf_reset(&a->text);
    buf_printf(&a->text, "send_%s", d->kind);
    json_key(&a->x.w, "operationId");
    json_string(&a->x.w, made(a));
    put_both(a, "summary", std_kind_name(a->x.s, d->kind, true),
             std_kind_name(a->x.s, d->kind, false));
    put_tags(a, "data");
    json_key(&a->x.w, "parameters");
    json_array(&a->x.w);
    put_parameter(a, "header", "Idempotency-Key",
                  "信封的消息标识 / msg_id of the envelope", true);
    json_end_array(&a->x.w);
    open_at(a, "requestBody");
    json_key(&a->x.w, "required");
    json_bool(&a->x.w, true);
    open_json(a);
    put_envelope_of(a, d->kind);
    shut(a, 4);
    open_at(a, "responses");
    put_data_answer(a, "202", "已持久保存 / stored durably");
    put_data_answer(a, "207", "逐条结果不同 / items fared differently");
    each_refusal(a, use_refusal);
    shut(a, 2);
}

static void
put_query(struct api *a, const struct std_data *d)
{
    open_at(a, "get");
    buf_reset(&a->text);
    buf_printf(&a->text, "query_%s", d->kind);
    json_key(&a->x.w, "operationId");
    json_string(&a->x.w, made(a));
    buf_reset(&a->text);
    buf_printf(&a->text, "查询%s（可选） / query %s (optional)",
               std_kind_name(a->x.s, d->kind, true),
               std_kind_name(a->x.s, d->kind, false));
    json_key(&a->x.w, "summary");
    json_string(&a->x.w, made(a));
    put_tags(a, "data");
    json_key(&a->x.w, "parameters");
    json_array(&a->x.w);
    put_parameter(a, "query", "since", "起始时间 / from this time on", false);
    put_parameter(a, "query", "limit", "至多条数 / items at most", false);
    put_parameter(a, "query", "cursor",
                  "上一页的游标 / cursor of the page before", false);
    json_end_array(&a->x.w);
    open_at(a, "responses");
    open_at(a, "200");
    put(a, "description", "一页 / one page");
    open_json(a);
    put_envelope_of(a, d->kind);
    shut(a, 4);
    each_refusal(a, use_refusal);
    shut(a, 2);
}

static void
put_paths(struct api *a)
{
    open_at(a, "paths");
    for (size_t k = 0; k < a->i->data_count; k++) {
        open_at(a, a->i->data[k].path);
        put_send(a, &a->i->data[k]);
        put_query(a, &a->i->data[k]);
        shut(a, 1);
    }
    for (size_t k = 0; k < a->i->operation_count; k++)
        put_operation(a, &a->i->operation[k]);
    put_task(a);
    shut(a, 1);
}

/* ---- the rest of the document */

static void
put_info(struct api *a)
{
    put(a, "openapi", "3.1.0");
    open_at(a, "info");
    put_both(a, "title", a->i->zh, a->i->en);
    put(a, "version", a->i->version);
    buf_reset(&a->text);
    buf_printf(&a->text,
               "定义 %s，标识符、路径和代码均为暂定，不表示符合 GB/T 44886。 / "
               "Definitions %s: identifiers, paths and codes are provisional; "
               "nothing here claims conformity to GB/T 44886.",
               std_edition(a->x.s), std_edition(a->x.s));
    json_key(&a->x.w, "description");
    json_string(&a->x.w, made(a));
    open_at(a, "license");
    put(a, "name", "Apache-2.0");
    put(a, "identifier", "Apache-2.0");
    shut(a, 2);
    json_key(&a->x.w, "servers");
    json_array(&a->x.w);
    json_object(&a->x.w);
    buf_reset(&a->text);
    buf_printf(&a->text, "https://{host}%s", a->i->base);
    json_key(&a->x.w, "url");
    json_string(&a->x.w, made(a));
    open_at(a, "variables");
    open_at(a, "host");
    put(a, "default", "localhost");
    put(a, "description", "产品的地址和端口 / address and port of the product");
    shut(a, 3);
    json_end_array(&a->x.w);
}

static void
put_tag(struct api *a, const char *name, const char *zh, const char *en)
{
    json_object(&a->x.w);
    put(a, "name", name);
    put_both(a, "description", zh, en);
    shut(a, 1);
}

/* Tags, and the token or certificate that every call needs. */
static void
put_access(struct api *a)
{
    static const char *const schemes[][2] = {
        {"token", NULL}, {"certificate", NULL}, {"token", "signature"}};

    json_key(&a->x.w, "tags");
    json_array(&a->x.w);
    put_tag(a, "data", "数据接口", "data interfaces");
    for (size_t k = 0; k < a->i->role_count; k++) {
        const struct std_role *r = &a->i->role[k];

        put_tag(a, r->class->code, r->class->name_zh, r->class->name_en);
    }
    put_tag(a, "task", "任务", "tasks");
    json_end_array(&a->x.w);
    json_key(&a->x.w, "security");
    json_array(&a->x.w);
    for (size_t k = 0; k < 3; k++) {
        json_object(&a->x.w);
        for (size_t i = 0; i < 2 && schemes[k][i] != NULL; i++) {
            json_key(&a->x.w, schemes[k][i]);
            json_array(&a->x.w);
            json_end_array(&a->x.w);
        }
        shut(a, 1);
    }
    json_end_array(&a->x.w);
}

static void
put_schemes(struct api *a)
{
    open_at(a, "securitySchemes");
    open_at(a, "token");
    put(a, "type", "http");
    put(a, "scheme", "bearer");
    shut(a, 1);
    open_at(a, "certificate");
    put(a, "type", "mutualTLS");
    shut(a, 1);
    open_at(a, "signature");
    put(a, "type", "apiKey");
    put(a, "in", "header");
    put(a, "name", a->i->signature_header);
    buf_reset(&a->text);
    buf_str(&a->text, "alg, key_id, value over ");
    for (const char *const *p = a->i->signature_over; *p != NULL; p++)
        buf_printf(&a->text, "%s%s", p == a->i->signature_over ? "" : "\\n",
                   *p);
    json_key(&a->x.w, "description");
    json_string(&a->x.w, made(a));
    shut(a, 2);
}

static void
put_schemas(struct api *a)
{
    open_at(a, "schemas");
    a->x.named = true;
    open_at(a, STD_ENVELOPE);
    schema_envelope(&a->x);
    shut(a, 1);
    for (size_t k = 0; k < std_kind_count(a->x.s); k++) {
        buf_reset(&a->text);
        buf_printf(&a->text, "record_%s", std_kind(a->x.s, k));
        json_key_bytes(&a->x.w, made(a));
        json_object(&a->x.w);
        schema_record(&a->x, std_kind(a->x.s, k));
        shut(a, 1);
    }
    for (size_t k = 0; k < std_body_count(a->x.s); k++) {
        open_at(a, std_body(a->x.s, k));
        schema_body(&a->x, std_body(a->x.s, k));
        shut(a, 1);
    }
    schema_defs(&a->x);
    shut(a, 1);
}

enum err_code
export_openapi(const struct standard *s, struct buf *out, struct err *err)
{
    struct api a = {.x = {.s = s, .refs = REFS}, .i = std_interface(s)};

    if (a.i == NULL || std_place(s, STD_ENVELOPE ".info_type") == NULL ||
        std_place(s, STD_ENVELOPE ".items") == NULL)
        return err_set(err, ERR_NOT_FOUND, "interface",
                       "no interface is defined");
    json_writer_init(&a.x.w, out);
    json_object(&a.x.w);
    put_info(&a);
    put_access(&a);
    put_paths(&a);
    open_at(&a, "components");
    put_schemas(&a);
    open_at(&a, "responses");
    each_refusal(&a, define_refusal);
    shut(&a, 1);
    put_schemes(&a);
    shut(&a, 2);
    buf_free(&a.x.scratch);
    buf_free(&a.text);
    if (!buf_ok(out))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    return ERR_OK;
}
