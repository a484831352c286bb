/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform report: a stored run in another form. */
#include <getopt.h>
#include <stdio.h>

#include "conformance/evidence/verify.h"
#include "conformance/ledger/folder.h"
#include "conformance/report/badge.h"
#include "conformance/report/render.h"
#include "conformance/tool/about.h"
#include "conformance/tool/bind.h"
#include "conformance/tool/command.h"
#include "conformance/tool/pdf.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

/* Forms that are no rendering of the report alone. */
enum form { FORM_RENDERED, FORM_PDF, FORM_BADGE };

struct options {
    enum report_format format;
    enum form form;
    const char *dir, *out, *binding;
};

struct made { /* the stored report and what is known about its folder */
    struct buf json, proof;
    struct verify_result intact;
};

static void
put_signatures(const char *dir, struct json_writer *w)
{
    struct sign_about about;
    struct sign_result seen = {0};
    struct buf store = {0};
    struct err err;

    /* Who signed is shown, not judged: that wants keys, and `verify`. */
    if (about_read(dir, &store, &about, &err) == ERR_OK)
        (void)!sign_check(dir, NULL, 0, &about, &seen, &err);
    buf_free(&store);
    json_key(w, "signatures");
    json_array(w);
    for (size_t i = 0; i < seen.count; i++) {
        json_object(w);
        json_key(w, "as");
        json_cstr(w, sign_word(seen.seen[i].as));
        json_key(w, "keyid");
        json_cstr(w, seen.seen[i].id);
        json_end_object(w);
    }
    json_end_array(w);
}

static enum err_code
put_digest(const char *name, struct bytes text, struct json_writer *w,
           struct err *err)
{
    char hex[DIGEST_HEX_MAX];
    enum err_code code = digest_hex(DIGEST_SHA256, text, hex, err);

    json_key(w, name);
    json_cstr(w, code == ERR_OK ? hex : NULL);
    return code;
}

static enum err_code
read_run(const char *dir, struct made *m, struct err *err)
{
    struct buf seal = {0};
    struct json_writer w;
    char path[1024];
    enum err_code code;

    (void)snprintf(path, sizeof path, "%s/report.json", dir);
    code = folder_slurp(path, RENDER_BYTES_MAX, &m->json, err);
    if (code != ERR_OK)
        return code;
    if (verify_run(dir, &m->intact, err) != ERR_OK) /* a report on its own */
        m->intact.what = VERIFY_MISSING;
    json_writer_init(&w, &m->proof);
    json_object(&w);
    code = put_digest("report_sha256", buf_view(&m->json), &w, err);
    (void)snprintf(path, sizeof path, "%s/" EVIDENCE_SEAL, dir);
    if (code == ERR_OK && folder_slurp(path, 4096, &seal, err) == ERR_OK)
        code = put_digest("seal", buf_view(&seal), &w, err);
    json_key(&w, "intact");
    json_bool(&w, m->intact.what == VERIFY_INTACT);
    put_signatures(dir, &w);
    json_end_object(&w);
    buf_free(&seal);
    if (code == ERR_OK && !buf_ok(&m->proof))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    return code;
}

static int
write_out(const struct command_context *c, const char *path, struct buf *out)
{
    struct err err = {0};
    FILE *f;
    bool ok;

    if (path == NULL)
        return command_write(out) ? EXIT_PASSED : EXIT_TOOL;
    f = fopen(path, "we");
    if (f == NULL) {
        (void)err_errno(&err, path, "create");
        return command_fail(c, EXIT_TOOL, &err);
    }
    ok = fwrite(out->data, 1, out->len, f) == out->len;
    ok = fclose(f) == 0 && ok;
    if (ok)
        return EXIT_PASSED;
    (void)err_set(&err, ERR_IO, path, "cannot be written");
    return command_fail(c, EXIT_TOOL, &err);
}

/* A badge speaks for a run that nobody looks at: only an intact one has one. */
static int
refuse(const struct command_context *c, const struct verify_result *r)
{
    (void)fprintf(stderr, "hutong-conform: %s: %s; %s\n", r->file,
                  verify_word(r->what, c->zh),
                  command_say(c, "不生成徽标", "no badge is made"));
    return EXIT_FAILED;
}

static int
make(const struct command_context *c, const struct options *o,
     const struct made *m)
{
    struct buf out = {0};
    struct err err = {0};
    enum err_code code;
    int status;

    if (o->form == FORM_BADGE && m->intact.what != VERIFY_INTACT)
        return refuse(c, &m->intact);
    if (o->form == FORM_BADGE)
        code = badge_svg(buf_view(&m->json), c->zh, &out, &err);
    else
        code = report_page(buf_view(&m->json), buf_view(&m->proof), o->format,
                           c->zh, &out, &err);
    if (code != ERR_OK)
        status = command_fail(c, EXIT_USAGE, &err);
    else if (o->form != FORM_PDF)
        status = write_out(c, o->out, &out);
    else if (pdf_print(buf_view(&out), o->out, &err) != ERR_OK)
        status = command_fail(c, EXIT_TOOL, &err);
    else
        status = EXIT_PASSED;
    buf_free(&out);
    return status;
}

/* The stored report under a binding, in its place; nothing is run again. */
static int
rejudge(const struct command_context *c, const char *path, struct made *m)
{
    struct binding *b = bind_load(c, path);
    struct buf judged = {0};
    struct err err = {0};
    size_t unknown = 0;
    int code = EXIT_PASSED;

    if (b == NULL)
        return EXIT_USAGE;
    if (binding_judge(buf_view(&m->json), b, &judged, &unknown, &err) !=
        ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    } else {
        struct buf old = m->json;

        m->json = judged;
        judged = old;
    }
    if (code == EXIT_PASSED && unknown > 0 && !c->quiet)
        (void)fprintf(stderr, "hutong-conform: %zu %s\n", unknown,
                      command_say(c, "项绑定的要求不在此报告中",
                                  "bound requirements are not in this report"));
    buf_free(&judged);
    binding_free(b);
    return code;
}

static bool
take_format(const char *name, struct options *o)
{
    o->form = FORM_RENDERED;
    if (report_format_of(name, &o->format))
        return true;
    o->form = strcmp(name, "pdf") == 0 ? FORM_PDF : FORM_BADGE;
    o->format = REPORT_HTML;
    return o->form == FORM_PDF || strcmp(name, "badge") == 0;
}

static int
run_report(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"format", required_argument, NULL, 'f'},
        {"out", required_argument, NULL, 'o'},
        {"binding", required_argument, NULL, 'b'},
        {0}};
    struct options o = {.format = c->json ? REPORT_JSON : REPORT_TEXT};
    struct made m = {0};
    struct err err = {0};
    int opt, code;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (opt == 'o')
            o.out = optarg;
        else if (opt == 'b')
            o.binding = optarg;
        else if (opt != 'f' || !take_format(optarg, &o))
            return command_usage(
                c, "--format text|json|junit|tap|sarif|csv|html|pdf|badge");
    }
    if (optind + 1 != argc)
        return command_usage(c, "%s",
                             command_say(c, "report 要一个运行目录",
                                         "report wants one run folder"));
    if (o.form == FORM_BADGE && o.binding != NULL)
        return command_usage(c, "%s",
                             command_say(c, "徽标只用于存储的报告",
                                         "a badge is of the stored report"));
    if (o.form == FORM_PDF && o.out == NULL)
        return command_usage(c, "%s",
                             command_say(c, "pdf 要用 --out 给出文件名",
                                         "pdf wants a file: --out"));
    o.dir = argv[optind];
    code = read_run(o.dir, &m, &err) == ERR_OK
               ? EXIT_PASSED
               : command_fail(c, EXIT_USAGE, &err);
    if (code == EXIT_PASSED && o.binding != NULL)
        code = rejudge(c, o.binding, &m);
    if (code == EXIT_PASSED)
        code = make(c, &o, &m);
    buf_free(&m.json);
    buf_free(&m.proof);
    return code;
}

const struct command command_report = {
    .name = "report",
    .synopsis = "RUN [--format F] [--out FILE] [--binding F]",
    .zh = "由运行记录生成报告",
    .en = "a report of a run folder",
    .help_zh =
        "  --format F   text（缺省）、json、junit 和 tap（CI 用）、"
        "sarif（文件和行，编辑器用）、\n"
        "               csv（逐项要求）、html（单个文件，中英文切换，可打印为"
        "检测记录）、\n"
        "               pdf（由 PATH 中的 Chromium 打印）、badge（SVG "
        "徽标，只用于未改动的记录）\n"
        "  --out FILE   写入文件；缺省为标准输出\n"
        "  --binding F  按绑定文件（见 bind）重新归类，不重测；标明是用户声明\n",
    .help_en =
        "  --format F   text (default), json, junit and tap (for CI), "
        "sarif (file and line,\n               for editors), csv (by "
        "requirement), html (one file, Chinese and English,\n               "
        "prints as the lab's record), pdf (printed by a Chromium on PATH),\n"
        "               badge (SVG, of an intact run only)\n"
        "  --out FILE   write a file; standard output otherwise\n"
        "  --binding F  with the clauses of a binding (see bind), without "
        "another run; marked\n               as the user's claim\n",
    .run = run_report,
};
