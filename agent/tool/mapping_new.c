/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/mapping_new.h"

#include "agent/tool/normalize_input.h"
#include "formats/base/text.h"
#include "formats/codec/codec.h"
#include "formats/json/writer.h"

#define NEW_MAX_LEAVES 1000
#define NEW_MAX_DEPTH  24
#define NEW_MAX_VALUE  60

/* A name in a path; quoted when it is no bare word. */
static void
put_name(struct buf *out, struct bytes name)
{
    bool bare = name.len > 0;

    for (size_t i = 0; i < name.len; i++)
        bare &= (unsigned char)name.data[i] > ' ' &&
                strchr(".[]\"'{},:#", name.data[i]) == NULL;
    if (!bare)
        buf_char(out, '"');
    buf_bytes(out, name);
    if (!bare)
        buf_char(out, '"');
}

struct place {
    uint32_t at; /* next key or element */
    bool array;
    size_t path;
};

/* One line a leaf: its path for `keep`, its value as a comment. Of arrays the
 * first element shows the shape. */
static void
put_leaves(struct buf *out, const struct tape *t)
{
    struct place stack[NEW_MAX_DEPTH];
    struct buf path = {0}, value = {0}, scratch = {0};
    unsigned leaves = 0;
    size_t top = 0;

    if (t->node[0].type == TAPE_OBJECT && t->node[0].hash != 0)
        stack[top++] = (struct place){1, false, 0};
    while (top > 0 && leaves < NEW_MAX_LEAVES) {
        struct place *p = &stack[top - 1];
        uint32_t at = p->at;
        uint32_t v = p->array ? at : at + 1;

        if (at == 0) {
            top--;
            continue;
        }
        buf_cut(&path, p->path);
        if (p->array) {
            buf_str(&path, "[]");
            p->at = 0;
        } else {
            if (path.len > 0)
                buf_char(&path, '.');
            put_name(&path, tape_clean(t, &t->node[at], &scratch));
            p->at = t->node[at].next;
        }
        if ((t->node[v].type == TAPE_OBJECT || t->node[v].type == TAPE_ARRAY) &&
            t->node[v].hash != 0 && top < NEW_MAX_DEPTH) {
            stack[top++] =
                (struct place){v + 1, t->node[v].type == TAPE_ARRAY, path.len};
            continue;
        }
        buf_reset(&value);
        json_put_value(&value, t, v);
        buf_str(out, "#   ");
        text_visible(out, buf_view(&path));
        buf_str(out, "  = ");
        text_visible(out, text_utf8_cut(buf_view(&value), NEW_MAX_VALUE));
        buf_char(out, '\n');
        leaves++;
    }
    buf_free(&path);
    buf_free(&value);
    buf_free(&scratch);
}

static void
put_required(struct buf *out, const struct tape *t)
{
    struct buf scratch = {0};
    unsigned n = 0;

    for (uint32_t k = t->node[0].hash ? 1 : 0; k != 0 && n < 3;
         k = t->node[k].next, n++) {
        buf_str(out, n ? ", '" : "'");
        put_name(out, tape_clean(t, &t->node[k], &scratch));
        buf_char(out, '\'');
    }
    buf_free(&scratch);
}

static void
put_skeleton(struct buf *out, const char *id, const char *codec,
             const struct tape *t)
{
    buf_printf(out,
               "kind: mapping\n"
               "id: %s\n"
               "version: 0.1.0\n"
               "zh: %s\n"
               "en: %s\n"
               "from:\n"
               "  codec: %s\n"
               "  product: {vendor: VENDOR, name: PRODUCT}\n"
               "  # match: \"event_type == 'alert'\"\n"
               "  require: [",
               id, id, id, codec);
    put_required(out, t);
    buf_str(out,
            "]\n"
            "to: alert\n"
            "fields:\n"
            "  alert.general.alert_name: {path: NAME}\n"
            "  alert.general.alert_type: {const: \"10000\", why: \"say why, or "
            "use a lookup\"}\n"
            "  alert.general.alert_level:\n"
            "    path: SEVERITY\n"
            "    lookup: {1: low, 2: medium, 3: high}\n"
            "    range: 1..3\n"
            "    worst: 3\n"
            "    evidence: \"document and place that say what the numbers "
            "mean\"\n"
            "  alert.general.alert_time: {path: TIME, time: rfc3339}\n"
            "  alert.general.source.ip: {path: SOURCE_ADDRESS}\n"
            "  alert.general.target.ip: {path: TARGET_ADDRESS}\n"
            "# keep what no field reads; drop what is no part of the event, "
            "with a why\n"
            "keep: [\"*\"]\n"
            "\n# Paths of the sample:\n");
    put_leaves(out, t);
}

int
mapping_new(struct tool *t, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "json";
    const struct codec *codec = codec_find(name);
    struct json_reader reader;
    struct codec_context context = {.json = &reader};
    struct tape tape = {0};
    struct normalize_input in;
    struct normalize_frame f;
    struct buf out = {0};
    struct err err = {0};
    int status = TOOL_OK;

    if (codec == NULL)
        return tool_usage(t, "no codec \"%s\"", name);
    if (normalize_open(&in, argc > 2 ? argv[2] : "-", &err) != ERR_OK)
        return tool_fail(t, &err);
    json_reader_init(&reader, JSON_TOLERANT, NULL);
    if (normalize_try_document(&in, &err) != ERR_OK ||
        normalize_next(&in, &f, &err) != ERR_OK) {
        if (err.code == ERR_OK)
            (void)err_set(&err, ERR_SYNTAX, in.name, "the input is empty");
        status = tool_fail(t, &err);
    } else if (codec->decode(&context, f.data, &tape, &err) != ERR_OK) {
        status = tool_fail(t, &err);
    } else {
        put_skeleton(&out, argv[0], name, &tape);
        (void)tool_write(t, &out);
    }
    json_reader_free(&reader);
    tape_free(&tape);
    buf_free(&context.scratch);
    buf_free(&out);
    normalize_close(&in);
    return status;
}
