/* SPDX-License-Identifier: Apache-2.0 */
/* Reports for other programs: JUnit XML, CSV of the requirements. */
#include "conformance/report/render.h"
#include "formats/base/text.h"

/* Text of an XML document: markup escaped, what XML 1.0 cannot hold made
 * visible. */
static void
put_xml(struct render *r, struct bytes b)
{
    static const struct {
        char c;
        const char *as;
    } marks[] = {{'&', "&amp;"},
                 {'<', "&lt;"},
                 {'>', "&gt;"},
                 {'"', "&quot;"},
                 {'\'', "&apos;"}};
    struct buf shown = {0};

    text_visible(&shown, b);
    for (size_t i = 0; i < shown.len; i++) {
        const char *as = NULL;

        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
            if (shown.data[i] == marks[k].c)
                as = marks[k].as;
        }
        if (as != NULL)
            buf_str(r->out, as);
        else
            buf_char(r->out, shown.data[i]);
    }
    if (!buf_ok(&shown))
        r->out->failed = true;
    buf_free(&shown);
}

static void
put_attribute(struct render *r, const char *name, struct bytes value)
{
    buf_printf(r->out, " %s=\"", name);
    put_xml(r, value);
    buf_char(r->out, '"');
}

/* The element of a verdict within a testcase, or NULL for a pass: a failure is
 * the product's, an error is the tester's; what was not decided is skipped. */
static const char *
element_of(enum verdict v)
{
    switch (v) {
    case VERDICT_PASS:
    case VERDICT_INFO:
    case VERDICT_WARN:
        return NULL;
    case VERDICT_FAIL:
        return "failure";
    case VERDICT_NONE:
    case VERDICT_NOT_APPLICABLE:
    case VERDICT_INCONC:
    case VERDICT_BLOCKED:
    case VERDICT_UNSTABLE:
        return "skipped";
    case VERDICT_ERROR:
    case VERDICT_COUNT:
        break;
    }
    return "error";
}

static void
put_case(struct render *r, uint32_t t)
{
    enum verdict v = VERDICT_ERROR;
    const char *element;

    (void)verdict_of(render_text(r, t, "verdict"), &v);
    element = element_of(v);
    buf_str(r->out, "    <testcase");
    put_attribute(r, "classname", BYTES("hutong-conform.files"));
    put_attribute(r, "name", render_text(r, t, "id"));
    buf_str(r->out, " time=\"0\">\n");
    if (element != NULL) {
        buf_printf(r->out, "      <%s", element);
        put_attribute(r, "message", render_said(r, t, "reason"));
        if (element[0] != 's')
            put_attribute(r, "type", bytes_str(verdict_name(v)));
        buf_char(r->out, '>');
        for (uint32_t s = render_first(r, t, "samples"); s != 0;
             s = render_next(r, s)) {
            put_xml(r, render_text(r, s, "file"));
            buf_char(r->out, ':');
            put_xml(r, render_text(r, s, "line"));
            buf_char(r->out, ' ');
            put_xml(r, render_text(r, s, "pointer"));
            buf_char(r->out, ' ');
            put_xml(r, render_said(r, s, "text"));
            buf_char(r->out, '\n');
        }
        buf_printf(r->out, "</%s>\n", element);
    }
    buf_str(r->out, "      <system-out>");
    put_xml(r, bytes_str(verdict_word(v, r->zh)));
    buf_str(r->out, ": ");
    put_xml(r, render_said(r, t, "purpose"));
    buf_str(r->out, "</system-out>\n    </testcase>\n");
}

static uint64_t
count_of(struct render *r, const char *verdict)
{
    return render_u64(r, render_get(r, 0, "summary.verdicts"), verdict);
}

void
render_junit(struct render *r)
{
    uint64_t tests = 0, skipped;

    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t))
        tests++;
    skipped = count_of(r, "not_applicable") + count_of(r, "inconc") +
              count_of(r, "blocked") + count_of(r, "unstable");
    buf_str(r->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                    "  <testsuite name=\"hutong-conform\"");
    buf_printf(
        r->out,
        " tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" "
        "skipped=\"%llu\" time=\"0\"",
        (unsigned long long)tests, (unsigned long long)count_of(r, "fail"),
        (unsigned long long)count_of(r, "error"), (unsigned long long)skipped);
    put_attribute(r, "timestamp", bytes_upto(render_text(r, 0, "started"), 19));
    buf_str(r->out, ">\n");
    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t))
        put_case(r, t);
    buf_str(r->out, "  </testsuite>\n</testsuites>\n");
}

/* A cell: always quoted; a leading =, +, - or @ would be a formula. */
static void
put_cell(struct render *r, struct bytes b, const char *end)
{
    buf_char(r->out, '"');
    if (b.len > 0 && strchr("=+-@", b.data[0]) != NULL)
        buf_char(r->out, '\'');
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] == '"')
            buf_char(r->out, '"');
        buf_char(r->out, b.data[i]);
    }
    buf_printf(r->out, "\"%s", end);
}

void
render_csv(struct render *r)
{
    static const char *const columns[] = {"rid",       "std",       "clause",
                                          "authority", "level",     "axis",
                                          "result",    "violations"};

    buf_str(r->out, "rid,std,clause,authority,level,axis,result,violations,"
                    "text\r\n");
    for (uint32_t q = render_first(r, 0, "requirements"); q != 0;
         q = render_next(r, q)) {
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
            put_cell(r, render_text(r, q, columns[i]), ",");
        put_cell(r, render_said(r, q, "text"), "\r\n");
    }
}
