/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/envelope.h"

#include <string.h>

#include "agent/sink/redact.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

/* One build in progress: what the member writers share. */
struct build {
    const struct envelope *e;
    const struct window *w;
    const uint32_t *item;
    uint32_t n;
    const struct window_group *group;
    const char *msg_id;
    struct buf *out;
    size_t items_start, items_end; /* of the exact items bytes, for digest */
    struct err *err;
    enum err_code code;
};

static void
put_schema(struct build *b)
{
    struct buf name = {0};

    buf_printf(&name, "interconn/%.*s", (int)b->group->info_type.len,
               b->group->info_type.data);
    json_put_string(b->out, buf_view(&name));
    buf_free(&name);
}

static void
put_version(struct build *b)
{
    const char *kind = b->group->info_type.data;
    const char *version = std_kind_version(b->e->standard, kind);

    json_put_string(b->out, bytes_str(version ? version : "0"));
}

static void
put_msg_id(struct build *b)
{
    json_put_string(b->out, bytes_str(b->msg_id));
}

static void
put_info_type(struct build *b)
{
    json_put_string(b->out, b->group->info_type);
}

static void
put_sent_time(struct build *b)
{
    const struct std_row *row = std_row(b->e->standard, "envelope.sent_time");
    struct stamp t = time_of_ns(b->w->created_ns);

    if (row != NULL && row->encoding == STD_ENC_TIME &&
        row->time_form != TIME_RFC3339) {
        bool number =
            row->time_form >= TIME_EPOCH && row->time_form <= TIME_EPOCH_NS;

        if (!number)
            buf_char(b->out, '"');
        b->code = time_write(row->time_form, b->out, &t);
        if (!number)
            buf_char(b->out, '"');
        return;
    }
    buf_char(b->out, '"');
    time_write_rfc3339(b->out, &t);
    buf_char(b->out, '"');
}

static void
put_product(struct build *b)
{
    const struct product_table *p = b->e->products;

    for (size_t i = 0; p->id[i] != NULL; i++)
        if (bytes_is(b->group->product, p->id[i])) {
            buf_str(b->out, p->json[i]);
            return;
        }
    /* An input that the configuration no longer has: its id is what is left. */
    {
        struct config_product lost = {.id = b->group->product.data,
                                      .name = b->group->product.data,
                                      .vendor = "unknown"};

        envelope_product(b->e->standard, &lost, b->out);
    }
}

static void
put_items(struct build *b)
{
    b->items_start = b->out->len;
    buf_char(b->out, '[');
    for (uint32_t i = 0; i < b->n; i++) {
        struct bytes item = window_item_bytes(b->w, b->item[i]);

        if (i != 0)
            buf_char(b->out, ',');
        if (!b->e->redact)
            buf_bytes(b->out, item);
        else if (b->code == ERR_OK) /* never send what could not be redacted */
            b->code = redact_item(item, b->out);
    }
    buf_char(b->out, ']');
    b->items_end = b->out->len;
}

static void
put_digest(struct build *b)
{
    struct bytes items =
        bytes_of(b->out->data + b->items_start, b->items_end - b->items_start);
    char hex[DIGEST_HEX_MAX];

    if (!buf_ok(b->out) || b->code != ERR_OK)
        return;
    b->code = digest_hex(b->e->digest, items, hex, b->err);
    if (b->code == ERR_OK)
        buf_printf(b->out, "{\"alg\":\"%s\",\"value\":\"%s\"}",
                   digest_text(b->e->digest), hex);
}

struct member {
    const char *key; /* row key */
    void (*put)(struct build *b);
};

static const struct member members[] = {
    {"envelope.schema", put_schema},
    {"envelope.schema_version", put_version},
    {"envelope.msg_id", put_msg_id},
    {"envelope.info_type", put_info_type},
    {"envelope.sent_time", put_sent_time},
    {"envelope.source_product", put_product},
    {"envelope.items", put_items},
    {"envelope.digest", put_digest},
};

static const struct member *
find_member(const char *key)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(members[i].key, key) == 0)
            return &members[i];
    return NULL;
}

/* RFC 4122 text of 16 bytes that a keyed hash made; version 8 says "custom". */
static void
uuid_text(uint8_t id[16], char out[ENVELOPE_MSG_ID_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    id[6] = (uint8_t)((id[6] & 0x0F) | 0x80);
    id[8] = (uint8_t)((id[8] & 0x3F) | 0x80);
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = digits[id[i] >> 4];
        out[n++] = digits[id[i] & 15];
    }
    out[n] = '\0';
}

static void
make_msg_id(const struct envelope *e, const struct window *w,
            const uint32_t *item, uint32_t n, char out[ENVELOPE_MSG_ID_LEN + 1])
{
    struct buf in = {0};
    uint8_t id[16] = {0};

    buf_str(&in, e->output);
    buf_char(&in, '\0');
    for (uint32_t i = 0; i < n; i++) {
        uint64_t s = w->item[item[i]].sequence;

        buf_add(&in, (const char *)&s, sizeof s);
    }
    hash_128(e->spool_uuid, in.data, in.len, id);
    buf_free(&in);
    uuid_text(id, out);
}

enum err_code
envelope_build(const struct envelope *e, const struct window *w,
               const uint32_t *item, uint32_t n, struct buf *body,
               char msg_id[ENVELOPE_MSG_ID_LEN + 1], struct err *err)
{
    const struct shape *root = std_shape(e->standard, "envelope");
    struct build b = {.e = e,
                      .w = w,
                      .item = item,
                      .n = n,
                      .group = &w->group[w->item[item[0]].group],
                      .msg_id = msg_id,
                      .out = body,
                      .err = err};
    bool any = false;

    if (root == NULL)
        return err_set(err, ERR_NOT_FOUND, NULL,
                       "the definitions have no envelope");
    make_msg_id(e, w, item, n, msg_id);
    buf_reset(body);
    buf_char(body, '{');
    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct shape *place = root->child[i];
        const struct member *m =
            place->row ? find_member(place->row->key) : NULL;

        if (m == NULL || (m->put == put_digest && !e->with_digest))
            continue;
        if (any)
            buf_char(body, ',');
        any = true;
        json_put_string(body, bytes_of(place->name, place->name_len));
        buf_char(body, ':');
        m->put(&b);
    }
    buf_char(body, '}');
    if (b.code != ERR_OK)
        return b.code;
    return buf_ok(body) ? ERR_OK
                        : err_set(err, ERR_NOMEM, NULL, "out of memory");
}

void
envelope_product(const struct standard *s, const struct config_product *p,
                 struct buf *out)
{
    const struct {
        const char *key, *value;
    } rows[] = {
        {"envelope.source_product.product_id", p->id},
        {"envelope.source_product.product_name", p->name},
        {"envelope.source_product.product_type", p->type},
        {"envelope.source_product.product_code", p->code},
        {"envelope.source_product.vendor", p->vendor},
        {"envelope.source_product.model", p->model},
        {"envelope.source_product.version", p->version},
        {"envelope.source_product.ip", p->ip},
        {"envelope.source_product.org", p->org},
    };
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct shape *place = std_place(s, rows[i].key);

        if (rows[i].value == NULL || place == NULL)
            continue;
        json_key_bytes(&w, bytes_of(place->name, place->name_len));
        json_cstr(&w, rows[i].value);
    }
    json_end_object(&w);
}
