/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix of role interop, as text and as JSON. */
#include "conformance/steps/interop.h"
#include "formats/json/writer.h"

static const char *const results[] = {
    [INTEROP_PASS] = "pass", [INTEROP_LOSS] = "loss", [INTEROP_FAIL] = "fail"};

void
interop_text(const struct interop *m, bool zh, struct buf *out)
{
    static const char *const names[] = {[INTEROP_PASS] = "通过",
                                        [INTEROP_LOSS] = "有丢失",
                                        [INTEROP_FAIL] = "不通过"};

    buf_str(out, zh ? "互通矩阵（发送方 -> 接收方）\n"
                    : "interoperability matrix (producer -> consumer)\n");
    for (size_t i = 0; i < m->cells; i++) {
        const struct interop_cell *c = &m->cell[i];

        buf_printf(out, "  %-8s %-7s %s -> %s: ",
                   zh ? names[c->result] : results[c->result],
                   c->producer->scheme, c->producer->id, c->consumer->id);
        buf_printf(out,
                   zh ? "发送 %zu，存储 %zu，丢失 %zu，重复 %zu，改变 %zu"
                      : "sent %zu, stored %zu, lost %zu, doubled %zu, "
                        "changed %zu",
                   c->sent, c->stored, c->lost, c->doubled, c->changed);
        buf_printf(out, "%s%s\n", c->why[0] ? "; " : "", c->why);
    }
    if (m->cells == 0)
        buf_str(out, zh ? "  没有可配对的产品\n"
                        : "  no two products can be paired\n");
}

static void
put_cell(struct json_writer *w, const struct interop_cell *c)
{
    const struct {
        const char *name;
        size_t value;
    } numbers[] = {{"sent", c->sent},
                   {"stored", c->stored},
                   {"lost", c->lost},
                   {"doubled", c->doubled},
                   {"changed", c->changed}};

    json_object(w);
    json_key(w, "producer");
    json_cstr(w, c->producer->id);
    json_key(w, "consumer");
    json_cstr(w, c->consumer->id);
    json_key(w, "transport");
    json_cstr(w, c->transport);
    json_key(w, "scheme");
    json_cstr(w, c->producer->scheme);
    json_key(w, "result");
    json_cstr(w, results[c->result]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_key(w, numbers[i].name);
        json_u64(w, numbers[i].value);
    }
    if (c->why[0] != '\0') {
        json_key(w, "why");
        json_cstr(w, c->why);
    }
    json_end_object(w);
}

void
interop_json(const struct interop *m, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "products");
    json_array(&w);
    for (size_t i = 0; i < m->products; i++) {
        json_object(&w);
        json_key(&w, "id");
        json_cstr(&w, m->product[i].id);
        json_key(&w, "role");
        json_cstr(&w, m->product[i].role->name);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_key(&w, "cells");
    json_array(&w);
    for (size_t i = 0; i < m->cells; i++)
        put_cell(&w, &m->cell[i]);
    json_end_array(&w);
    json_end_object(&w);
    buf_char(out, '\n');
}
