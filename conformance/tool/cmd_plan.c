/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform plan: what a declaration means for a run, what it leaves out, and
 * whether the product says the same of itself. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conformance/ledger/ics.h"
#include "conformance/roles/role.h"
#include "conformance/roles/run.h"
#include "conformance/tool/command.h"
#include "conformance/wire/conn.h"
#include "conformance/wire/url.h"
#include "formats/base/text.h"
#include "formats/base/time.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define ASK_MS      5000
#define ANSWER_MAX  ((size_t)1 << 20)
#define CLASSES_MAX 8
#define TOKEN_MAX   4096

struct plan_options {
    const char *ics, *template, *role, *target, *token_file, *ca;
    bool insecure;
};

static const char *
said(const struct command_context *c, struct ledger_text t)
{
    const char *s = c->zh ? t.zh : t.en;

    return s ? s : "";
}

static int
plan_template(struct command_context *c, const char *id, struct buf *out)
{
    const struct ics_template *t = ics_template(c->ledger, bytes_str(id));

    if (t == NULL) {
        (void)command_usage(
            c, "%s %s", command_say(c, "没有此声明模板:", "no template:"), id);
        for (size_t i = 0; i < c->ledger->templates; i++)
            (void)fprintf(stderr, "  %-24s %s\n", c->ledger->template[i].id,
                          said(c, c->ledger->template[i].name));
        return EXIT_USAGE;
    }
    ics_form(t, c->zh, out);
    return EXIT_PASSED;
}

/* ---- which tests apply */

static int
plan_tests(struct command_context *c, const struct ics *ics, const char *role,
           struct buf *out)
{
    struct run r = {.ledger = c->ledger, .ics = ics};
    struct err err = {0};
    size_t applies = 0;

    if (run_select(&r, role, &err) != ERR_OK)
        return command_fail(c, EXIT_TOOL, &err);
    for (size_t i = 0; i < r.results; i++) {
        bool yes = run_applies(&r, r.result[i].test);

        applies += yes;
        if (c->json)
            command_row(out, "id", r.result[i].test->id, "#applies",
                        yes ? "true" : "false", NULL);
        else
            buf_printf(out, "%s  %-16s %s\n",
                       yes ? command_say(c, "适用  ", "applies       ")
                           : command_say(c, "不适用", "not applicable"),
                       r.result[i].test->id,
                       said(c, r.result[i].test->purpose));
    }
    if (!c->json)
        buf_printf(out,
                   command_say(c, "%s：%zu 个测试适用，%zu 个不适用\n",
                               "%s: %zu tests apply, %zu do not\n"),
                   ics->name, applies, r.results - applies);
    run_free(&r);
    return applies > 0 ? EXIT_PASSED : EXIT_NOTHING;
}

/* What the template offers and the declaration leaves out: not judged. */
static void
plan_left_out(const struct command_context *c, const struct ics *ics,
              struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < ics->template->items; i++) {
        const struct ics_item *item = &ics->template->item[i];

        if (ics_supports(ics, bytes_str(item->id)))
            continue;
        if (c->json) {
            command_row(out, "item", item->id, "#declared", "false", "text",
                        said(c, item->text), NULL);
            continue;
        }
        if (n++ == 0)
            buf_str(out,
                    command_say(c, "没有声明支持，因此不评定：\n",
                                "not declared, and therefore not judged:\n"));
        buf_printf(out, "  %-24s %s\n", item->id, said(c, item->text));
    }
}

/* ---- what the product says of itself */

struct discovery {
    struct {
        char name[32];
        size_t operations;
    } class[CLASSES_MAX];
    size_t classes;
};

static bool
read_token(const char *path, char token[TOKEN_MAX])
{
    FILE *f = path ? fopen(path, "re") : NULL;
    bool ok = path == NULL || (f != NULL && fscanf(f, "%4095s", token) == 1);

    if (f != NULL)
        (void)fclose(f);
    return ok;
}

static void
make_request(const struct wire_url *url, const char *token, struct buf *out)
{
    struct buf body = {0}, now = {0};
    struct timespec t;
    struct stamp s;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    s = time_of_ns((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
    time_write_rfc3339(&now, &s);
    buf_printf(&body,
               "{\"version\":\"1.0\",\"request_id\":\"plan-%lld%09ld\","
               "\"timestamp\":\"%s\",\"nonce\":\"plan%lld%09ld\",\"sender\":"
               "\"hutong-conform\",\"class\":\"common\",\"operation\":"
               "\"capability_query\",\"params\":{}}",
               (long long)t.tv_sec, t.tv_nsec, buf_cstr(&now),
               (long long)t.tv_sec, t.tv_nsec);
    buf_printf(
        out,
        "POST %s/interconn/v1/command/common/capability_query HTTP/1.1\r\n"
        "Host: %s:%u\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: %zu\r\n",
        url->path, url->host, url->port, body.len);
    if (token[0] != '\0')
        buf_printf(out, "Authorization: Bearer %s\r\n", token);
    buf_str(out, "\r\n");
    buf_bytes(out, buf_view(&body));
    buf_free(&body);
    buf_free(&now);
}

static bool
ask(const struct plan_options *o, const struct wire_url *url, struct buf *in,
    struct err *err)
{
    struct wire_until u = {wire_now_ms() + ASK_MS, NULL};
    struct wire_conn conn = {.fd = -1};
    struct wire_tls tls = {.ca = o->insecure ? NULL : o->ca,
                           .name = o->ca ? url->host : NULL};
    char token[TOKEN_MAX] = "";
    struct buf request = {0};
    enum wire_end end;

    if (!read_token(o->token_file, token)) {
        (void)err_set(err, ERR_NOT_FOUND, o->token_file, "holds no token");
        return false;
    }
    make_request(url, token, &request);
    end = wire_connect(&conn, url->host, url->port, &u);
    if (end == WIRE_OK && strcmp(url->scheme, "https") == 0)
        end = wire_tls(&conn, &tls, &u);
    if (end == WIRE_OK)
        end = wire_send(&conn, buf_view(&request), &u);
    while (end == WIRE_OK && in->len < ANSWER_MAX)
        end = wire_recv(&conn, in, ANSWER_MAX - in->len, &u);
    if (in->len == 0)
        (void)err_set(err, ERR_CLOSED, o->target, "%s",
                      conn.why[0] ? conn.why : wire_end_name(end));
    wire_close(&conn);
    buf_free(&request);
    return in->len > 0;
}

static void
note_class(struct discovery *d, const struct tape *t, uint32_t v)
{
    struct bytes name = v != 0 && t->node[v].type == TAPE_STRING
                            ? tape_raw(t, &t->node[v])
                            : BYTES("");
    size_t i = 0;

    if (name.len == 0 || name.len >= sizeof d->class[0].name)
        return;
    while (i < d->classes && !bytes_is(name, d->class[i].name))
        i++;
    if (i == CLASSES_MAX)
        return;
    if (i == d->classes) {
        memcpy(d->class[i].name, name.data, name.len);
        d->class[i].name[name.len] = '\0';
        d->classes++;
    }
    d->class[i].operations++;
}

/* data.capabilities: [{class, operation, versions}] in the body of an answer. The
 * text between the first and the last brace: chunks have none inside for such
 * short answers, and what is no JSON is said to be none. */
static bool
read_capabilities(struct bytes in, struct discovery *d, struct err *err)
{
    static const struct json_limits limits = {16, 4096, 1 << 16, TAPE_MAX_NODES,
                                              ANSWER_MAX};
    struct json_reader reader;
    struct tape t = {0};
    uint32_t list = 0;

    in = bytes_from(in, bytes_find(in, '{'));
    while (in.len > 0 && in.data[in.len - 1] != '}')
        in.len--;
    json_reader_init(&reader, JSON_STRICT, &limits);
    if (json_read(&reader, in, &t, err) == ERR_OK) {
        list = tape_get(&t, 0, BYTES("data"));
        list = list ? tape_get(&t, list, BYTES("capabilities")) : 0;
        if (list == 0 || t.node[list].type != TAPE_ARRAY)
            (void)err_set(err, ERR_SYNTAX, NULL,
                          "the answer has no data.capabilities");
        else if (t.node[list].hash != 0)
            for (uint32_t i = list + 1; i != 0; i = t.node[i].next)
                note_class(d, &t, tape_get(&t, i, BYTES("class")));
    }
    json_reader_free(&reader);
    tape_free(&t);
    return list != 0;
}

static size_t
offered(const struct discovery *d, const char *item)
{
    const char *name = strchr(item, '.');

    for (size_t i = 0; name != NULL && i < d->classes; i++) {
        if (strcmp(d->class[i].name, name + 1) == 0)
            return d->class[i].operations;
    }
    return 0;
}

/* Items of the function interface that stand for a class of commands. */
static bool
is_class(const char *item)
{
    static const char *const classes[] = {
        "function.protect", "function.monitor",  "function.respond",
        "function.common",  "function.identify", NULL};

    for (const char *const *p = classes; *p != NULL; p++) {
        if (strcmp(item, *p) == 0)
            return true;
    }
    return false;
}

static int
cross_check(const struct command_context *c, const struct ics *ics,
            const struct discovery *d, struct buf *out)
{
    int code = EXIT_PASSED;

    for (size_t i = 0; i < ics->template->items; i++) {
        const char *item = ics->template->item[i].id;
        bool declared = ics_supports(ics, bytes_str(item));
        bool there = offered(d, item) > 0;
        const char *zh, *en;

        if (!is_class(item) || (!declared && !there))
            continue;
        zh = declared && there ? "已声明，产品提供"
             : declared        ? "已声明，产品没有提供"
                               : "产品提供，没有声明";
        en = declared && there ? "declared and offered"
             : declared        ? "declared, the product does not offer it"
                               : "offered, not declared";
        if (declared && !there)
            code = EXIT_FAILED;
        if (c->json)
            command_row(out, "item", item, "#declared",
                        declared ? "true" : "false", "#offered",
                        there ? "true" : "false", NULL);
        else
            buf_printf(out, "%s %-24s %s\n",
                       declared && there ? "✓"
                       : declared        ? "✗"
                                         : "!",
                       item, command_say(c, zh, en));
    }
    return code;
}

static int
plan_discovery(const struct command_context *c, const struct ics *ics,
               const struct plan_options *o, struct buf *out)
{
    struct discovery d = {0};
    struct wire_url url;
    struct buf in = {0};
    struct err err = {0};
    int code;

    if (!wire_url(o->target, &url) || strncmp(url.scheme, "http", 4) != 0)
        return command_usage(c, "--target %s", o->target);
    if (!ask(o, &url, &in, &err) ||
        !read_capabilities(buf_view(&in), &d, &err)) {
        code = command_fail(c, EXIT_NOT_TESTABLE, &err);
    } else {
        if (!c->json)
            buf_str(out,
                    command_say(c, "与产品自述（capability_query）对照：\n",
                                "against what the product says of itself "
                                "(capability_query):\n"));
        code = cross_check(c, ics, &d, out);
    }
    buf_free(&in);
    return code;
}

/* ---- the command */

static int
plan_declaration(struct command_context *c, const struct ics *ics,
                 const struct plan_options *o, struct buf *out)
{
    int code = plan_tests(c, ics, o->role ? o->role : "files", out);

    plan_left_out(c, ics, out);
    if (o->target != NULL && code == EXIT_PASSED)
        code = plan_discovery(c, ics, o, out);
    return code;
}

static bool
read_options(int argc, char **argv, struct plan_options *o)
{
    static const struct option known[] = {
        {"ics", required_argument, NULL, 'i'},
        {"template", required_argument, NULL, 't'},
        {"role", required_argument, NULL, 'r'},
        {"target", required_argument, NULL, 'u'},
        {"token-file", required_argument, NULL, 'k'},
        {"ca", required_argument, NULL, 'c'},
        {"insecure", no_argument, NULL, 'x'},
        {0}};
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        o->ics = opt == 'i' ? optarg : o->ics;
        o->template = opt == 't' ? optarg : o->template;
        o->role = opt == 'r' ? optarg : o->role;
        o->target = opt == 'u' ? optarg : o->target;
        o->token_file = opt == 'k' ? optarg : o->token_file;
        o->ca = opt == 'c' ? optarg : o->ca;
        o->insecure |= opt == 'x';
        if (opt == '?')
            return false;
    }
    return optind == argc && (o->ics == NULL) != (o->template == NULL) &&
           (o->target == NULL || o->ics != NULL) &&
           (o->role == NULL || role_find(o->role) != NULL);
}

static int
run_plan(struct command_context *c, int argc, char **argv)
{
    struct plan_options o = {0};
    struct buf out = {0};
    struct ics *ics = NULL;
    struct diag diag;
    int code = EXIT_USAGE;

    if (!read_options(argc, argv, &o))
        return command_usage(
            c, "plan: --ics FILE [--role ROLE] [--target URL] | --template ID");
    if (!command_ledger(c))
        return EXIT_USAGE;
    diag_init(&diag);
    if (o.template != NULL)
        code = plan_template(c, o.template, &out);
    else if ((ics = ics_load(c->ledger, o.ics, &diag)) != NULL)
        code = plan_declaration(c, ics, &o, &out);
    command_diag(c, &diag); /* what is missing in it, all at once */
    if (!command_write(&out))
        code = EXIT_TOOL;
    diag_free(&diag);
    ics_free(ics);
    buf_free(&out);
    return code;
}

const struct command command_plan = {
    .name = "plan",
    .synopsis = "--ics FILE [--role ROLE] [--target URL] | --template ID",
    .zh = "按产品声明列出适用的测试，或打印空白声明",
    .en = "which tests apply to a declaration; or print a blank one",
    .help_zh =
        "  --ics FILE        产品的实现符合性声明；缺少或写错的项一次列全\n"
        "  --role R          该角色的测试，缺省 files\n"
        "  --target URL      向产品的功能接口查询能力（capability_query）并与声明对照：\n"
        "                    已声明而没有的为 ✗，有而没有声明的为 !\n"
        "  --token-file F    令牌；--ca F 核验证书，--insecure 不核验\n"
        "  --template ID     打印某类产品的空白声明：firewall、ids、waf、\n"
        "                    vulnerability-scanner、monitoring-platform ...\n\n"
        "之后列出没有声明、因此不评定的项。\n"
        "退出码：0，1 声明的能力产品没有，2 用法或声明有误，3 产品没有回答，6 没有适用的\n",
    .help_en =
        "  --ics FILE        a product's declaration; all that is wrong or missing in it\n"
        "                    is said at once\n"
        "  --role R          tests of this role, files unless told\n"
        "  --target URL      ask the product's function interface (capability_query) and\n"
        "                    hold that against the declaration: ✗ declared and not there,\n"
        "                    ! there and not declared\n"
        "  --token-file F    bearer token; --ca F verifies it, --insecure nobody\n"
        "  --template ID     print a blank declaration: firewall, ids, waf,\n"
        "                    vulnerability-scanner, monitoring-platform ...\n\n"
        "Then what is not declared, and therefore not judged.\n"
        "exit status: 0, 1 something declared is not there, 2 usage or declaration, 3 the\n"
        "product does not answer, 6 nothing applies\n",
    .run = run_plan,
};
