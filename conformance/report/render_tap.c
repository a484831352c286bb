/* SPDX-License-Identifier: Apache-2.0 */
/* TAP version 14, for `prove` and other harnesses. */
#include "conformance/report/render.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

/* A description or reason: '#' would begin a directive, a line break another
 * test. */
static void
put_description(struct render *r, struct bytes b)
{
    struct buf shown = {0};

    text_visible(&shown, b);
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.data[i] == '#' || shown.data[i] == '\\')
            buf_char(r->out, '\\');
        buf_char(r->out, shown.data[i]);
    }
    r->out->failed |= !buf_ok(&shown);
    buf_free(&shown);
}

/* A member of the YAML block; JSON strings are YAML too, when they are visible
 * text. */
static void
put_member(struct render *r, const char *name, struct bytes value)
{
    struct buf shown = {0};

    if (value.len == 0)
        return;
    text_visible(&shown, value);
    buf_printf(r->out, "  %s: ", name);
    json_put_string(r->out, buf_view(&shown));
    buf_char(r->out, '\n');
    r->out->failed |= !buf_ok(&shown);
    buf_free(&shown);
}

static void
put_block(struct render *r, uint32_t t, enum verdict v)
{
    static const char *const said[] = {"reason", "sent", "expected", "observed",
                                       "difference"};
    static const char *const plain[] = {"at", "replay", "curl"};

    buf_str(r->out, "  ---\n");
    put_member(r, "verdict", bytes_str(verdict_name(v)));
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        put_member(r, said[i], render_said(r, t, said[i]));
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        put_member(r, plain[i], render_text(r, t, plain[i]));
    buf_printf(r->out, "  duration_ms: %llu\n  ...\n",
               (unsigned long long)render_u64(r, t, "duration_ms"));
}

static void
put_point(struct render *r, uint32_t t, uint64_t n)
{
    enum verdict v = render_verdict(r, t);
    bool ok = v <= VERDICT_WARN && v != VERDICT_NONE;

    buf_printf(r->out, "%s %llu - ", ok ? "ok" : "not ok",
               (unsigned long long)n);
    put_description(r, render_text(r, t, "id"));
    buf_char(r->out, ' ');
    put_description(r, render_said(r, t, "purpose"));
    if (v == VERDICT_NOT_APPLICABLE) {
        buf_str(r->out, " # SKIP ");
        put_description(r, render_said(r, t, "reason"));
    }
    buf_char(r->out, '\n');
    if (v != VERDICT_PASS && v != VERDICT_NOT_APPLICABLE)
        put_block(r, t, v);
}

void
render_tap(struct render *r)
{
    uint64_t n = 0;

    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t))
        n++;
    buf_printf(r->out, "TAP version 14\n1..%llu\n", (unsigned long long)n);
    n = 0;
    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t))
        put_point(r, t, ++n);
    if (!bytes_is(render_text(r, 0, "complete"), "true"))
        buf_printf(r->out, "Bail out! %s\n",
                   r->zh ? "运行中断，只看到一部分"
                         : "the run was interrupted: only a part was seen");
}
