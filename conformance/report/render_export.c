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
put_line(struct render *r, const char *name, struct bytes text)
{
    if (text.len == 0)
        return;
    buf_printf(r->out, "%s: ", name);
    put_xml(r, text);
    buf_char(r->out, '\n');
}

/* The card: what was expected and seen, where, and how to see it again. */
static void
put_card(struct render *r, uint32_t t)
{
    static const char *const said[][3] = {{"sent", "发送", "sent"},
                                          {"expected", "预期", "expected"},
                                          {"observed", "实测", "observed"},
                                          {"difference", "差异", "difference"}};
    static const char *const plain[][3] = {
        {"at", "位置", "at"},
        {"replay", "重放", "replay"},
        {"curl", "curl", "curl"},
        {"evidence.path", "证据", "evidence"},
        {"evidence.sha256", "SHA-256", "SHA-256"}};

    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        put_line(r, said[i][r->zh ? 1 : 2], render_said(r, t, said[i][0]));
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        put_line(r, plain[i][r->zh ? 1 : 2], render_text(r, t, plain[i][0]));
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
}

static void
put_seconds(struct render *r, uint64_t ms)
{
    buf_printf(r->out, "%llu.%03u", (unsigned long long)(ms / 1000),
               (unsigned)(ms % 1000));
}

static void
put_case(struct render *r, uint32_t t)
{
    enum verdict v = render_verdict(r, t);
    const char *element = element_of(v);

    buf_str(r->out, "    <testcase classname=\"hutong-conform.");
    put_xml(r, render_text(r, t, "role"));
    buf_char(r->out, '"');
    put_attribute(r, "name", render_text(r, t, "id"));
    buf_str(r->out, " time=\"");
    put_seconds(r, render_u64(r, t, "duration_ms"));
    buf_str(r->out, "\">\n");
    if (element != NULL) {
        buf_printf(r->out, "      <%s", element);
        if (element[0] != 's') { /* the schema allows a skipped one text only */
            put_attribute(r, "message", render_said(r, t, "reason"));
            put_attribute(r, "type", bytes_str(verdict_name(v)));
        }
        buf_char(r->out, '>');
        put_line(r, verdict_word(v, r->zh), render_said(r, t, "reason"));
        put_card(r, t);
        buf_printf(r->out, "</%s>\n", element);
    }
    buf_str(r->out, "      <system-out>");
    put_xml(r, bytes_str(verdict_word(v, r->zh)));
    buf_str(r->out, ": ");
    put_xml(r, render_said(r, t, "purpose"));
    buf_str(r->out, "</system-out>\n    </testcase>\n");
}

static void
put_properties(struct render *r)
{
    static const char *const names[] = {
        "tool.version",       "catalogue.version", "catalogue.sha256",
        "definition.edition", "definition.sha256", "role",
        "product.vendor",     "product.name",      "product.version",
        "setting.seed",       "operator"};

    buf_str(r->out, "    <properties>\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bytes value = render_text(r, 0, names[i]);

        if (value.len == 0)
            continue;
        buf_str(r->out, "      <property");
        put_attribute(r, "name", bytes_str(names[i]));
        put_attribute(r, "value", value);
        buf_str(r->out, "/>\n");
    }
    buf_str(r->out, "    </properties>\n");
}

void
render_junit(struct render *r)
{
    uint64_t tests = 0, ms = 0, n[3] = {0};
    static const char kinds[] = "fes"; /* failure, error, skipped */

    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t)) {
        const char *element = element_of(render_verdict(r, t));
        const char *kind = element ? strchr(kinds, element[0]) : NULL;

        tests++;
        ms += render_u64(r, t, "duration_ms");
        if (kind != NULL)
            n[kind - kinds]++;
    }
    buf_str(r->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                    "  <testsuite name=\"hutong-conform\"");
    buf_printf(r->out,
               " tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" "
               "skipped=\"%llu\" time=\"",
               (unsigned long long)tests, (unsigned long long)n[0],
               (unsigned long long)n[1], (unsigned long long)n[2]);
    put_seconds(r, ms);
    buf_char(r->out, '"');
    put_attribute(r, "timestamp", bytes_upto(render_text(r, 0, "started"), 19));
    buf_str(r->out, ">\n");
    put_properties(r);
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

/* The tests that verify requirement ${rid}. */
static void
put_tests(struct render *r, struct bytes rid)
{
    struct buf ids = {0}, want = {0};

    buf_bytes(&want, rid); /* the next text takes its place */
    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t)) {
        for (uint32_t v = render_first(r, t, "verifies"); v;
             v = render_next(r, v)) {
            if (!tape_is(&r->tape, &r->tape.node[v], buf_view(&want)))
                continue;
            if (ids.len > 0)
                buf_char(&ids, ' ');
            buf_bytes(&ids, render_text(r, t, "id"));
        }
    }
    put_cell(r, buf_view(&ids), ",");
    r->out->failed |= !buf_ok(&ids) || !buf_ok(&want);
    buf_free(&ids);
    buf_free(&want);
}

void
render_csv(struct render *r)
{
    static const char *const columns[] = {"rid",    "std",       "part",
                                          "clause", "authority", "level",
                                          "axis",   "result",    "violations"};

    buf_str(r->out, "rid,std,part,clause,authority,level,axis,result,"
                    "violations,tests,text\r\n");
    for (uint32_t q = render_first(r, 0, "requirements"); q != 0;
         q = render_next(r, q)) {
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
            put_cell(r, render_text(r, q, columns[i]), ",");
        put_tests(r, render_text(r, q, "rid"));
        put_cell(r, render_said(r, q, "text"), "\r\n");
    }
}
