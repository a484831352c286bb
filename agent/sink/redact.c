/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sink/redact.h"

#include "formats/json/reader.h"
#include "formats/json/writer.h"

/* Copy the object at ${at} without its member ${left_out}. */
static void
copy_without(const struct tape *t, uint32_t at, const char *left_out,
             struct buf *out)
{
    bool any = false;

    buf_char(out, '{');
    for (uint32_t k = t->node[at].hash ? at + 1 : 0; k != 0;
         k = t->node[k].next) {
        if (tape_is(t, &t->node[k], bytes_str(left_out)))
            continue;
        if (any)
            buf_char(out, ',');
        any = true;
        json_put_text(out, t, &t->node[k]);
        buf_char(out, ':');
        if (at == 0 && t->node[k + 1].type == TAPE_OBJECT &&
            tape_is(t, &t->node[k], BYTES("general")))
            copy_without(t, k + 1, "raw", out); /* one level, not input depth */
        else
            json_put_value(out, t, k + 1);
    }
    buf_char(out, '}');
}

enum err_code
redact_item(struct bytes item, struct buf *out)
{
    struct json_reader reader;
    struct tape tape = {0};
    enum err_code code;

    json_reader_init(&reader, JSON_STRICT, NULL);
    code = json_read(&reader, item, &tape, NULL);
    if (code == ERR_OK && tape.node[0].type != TAPE_OBJECT)
        code = ERR_SYNTAX;
    if (code == ERR_OK) {
        copy_without(&tape, 0, "x_source", out);
        code = buf_ok(out) ? ERR_OK : ERR_NOMEM;
    }
    json_reader_free(&reader);
    tape_free(&tape);
    return code;
}
