/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_bind conformance_report */
/* A stored report in every form, under a binding and compared with itself: it
 * was on a disk that others can write, so it is any bytes. */
#include <stdlib.h>

#include "conformance/bind/binding.h"
#include "conformance/report/badge.h"
#include "conformance/report/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct binding *
a_binding(void)
{
    static struct binding *b;
    struct diag diag;

    if (b != NULL)
        return b;
    diag_init(&diag);
    b = binding_parse("fuzz",
                      BYTES("{kind: binding, version: 1, rows: [{rid: "
                            "ALERT-0003, clause: '5.1'}]}"),
                      &diag);
    diag_free(&diag);
    if (b == NULL)
        __builtin_trap();
    return b;
}

/* What comes out of the JSON forms is JSON again. */
static void
is_json(const struct buf *b)
{
    struct json_reader reader;
    const struct json_limits limits = {.depth = 40,
                                       .keys = 1 << 16,
                                       .string_bytes = 1 << 24,
                                       .nodes = TAPE_MAX_NODES,
                                       .bytes = TAPE_MAX_INPUT};
    struct tape t = {0};

    json_reader_init(&reader, JSON_STRICT, &limits);
    if (json_read(&reader, buf_view(b), &t, NULL) != ERR_OK)
        __builtin_trap();
    tape_free(&t);
    json_reader_free(&reader);
}

static void
compared(struct bytes json)
{
    struct compare c = {0};
    struct err err;

    buf_bytes(&c.a.json, json);
    buf_bytes(&c.b.json, json);
    if (compare_open(&c, &err) != ERR_OK)
        __builtin_trap();
    compare_close(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes json = {(const char *)data, size};
    struct buf out = {0};
    struct err err;
    size_t unknown;
    enum err_code code = report_render(json, REPORT_TEXT, true, &out, &err);

    for (int f = REPORT_TEXT; f < REPORT_FORMATS; f++) {
        if (f == REPORT_HTML && size % 8 != 0)
            continue; /* long and slow */
        buf_reset(&out);
        if (report_render(json, (enum report_format)f, size % 2 != 0, &out,
                          &err) != code)
            __builtin_trap(); /* a report is one in every form or in none */
        if (code == ERR_OK && f == REPORT_SARIF)
            is_json(&out);
    }
    buf_reset(&out);
    if (badge_svg(json, true, &out, &err) != code)
        __builtin_trap();
    buf_reset(&out);
    if (binding_judge(json, a_binding(), &out, &unknown, &err) != code)
        __builtin_trap();
    if (code == ERR_OK) {
        is_json(&out);
        compared(json);
    }
    buf_free(&out);
    return 0;
}
