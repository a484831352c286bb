/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform verify, sign: whether a run is as it was written, and by whom. */
#include <getopt.h>
#include <stdio.h>

#include "conformance/evidence/sign.h"
#include "conformance/evidence/verify.h"
#include "conformance/ledger/folder.h"
#include "conformance/report/render.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"

/* The run folder and the --key of argv; false after a message. */
static bool
read_options(const struct command_context *c, int argc, char **argv,
             const char **dir, const char **key)
{
    static const struct option known[] = {{"key", required_argument, NULL, 'k'},
                                          {0}};
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (opt != 'k') {
            (void)command_usage(c, "%s %s",
                                command_say(c, "选项不对:", "wrong option:"),
                                argv[optind - 1]);
            return false;
        }
        *key = optarg;
    }
    if (optind + 1 != argc) {
        (void)command_usage(
            c, "%s",
            command_say(c, "要一个运行目录", "one run folder is wanted"));
        return false;
    }
    *dir = argv[optind];
    return true;
}

enum signature { UNCHECKED, HOLDS, BROKEN };

static void
print_result(const struct command_context *c, const struct verify_result *r,
             enum signature signature, struct buf *out)
{
    static const char *const words[][3] = {
        [UNCHECKED] = {"unchecked", "签名未检查（没有 --key）",
                       "signature not checked (no --key)"},
        [HOLDS] = {"holds", "签名成立", "signature holds"},
        [BROKEN] = {"broken", "签名不成立", "signature does not hold"},
    };
    char line[24];

    (void)snprintf(line, sizeof line, "%zu", r->line);
    if (c->json) {
        command_row(out, "result", verify_word(r->what, false), "file", r->file,
                    "#line", line, "signature", words[signature][0], NULL);
    } else if (r->what != VERIFY_INTACT) {
        text_visible(out, bytes_str(r->file));
        buf_printf(out, "%s%s: %s\n", r->line > 0 ? ":" : "",
                   r->line > 0 ? line : "", verify_word(r->what, c->zh));
    } else {
        buf_printf(out,
                   command_say(c, "%s：%llu 个事件，%zu 个文件；%s\n",
                               "%s: %llu events, %zu files; %s\n"),
                   verify_word(r->what, c->zh), (unsigned long long)r->events,
                   r->files, words[signature][c->zh ? 1 : 2]);
    }
}

static int
run_verify(struct command_context *c, int argc, char **argv)
{
    const char *dir = NULL, *key = NULL;
    enum signature signature = UNCHECKED;
    struct verify_result r;
    struct err err = {0};
    struct buf out = {0};
    int code = EXIT_PASSED;

    if (!read_options(c, argc, argv, &dir, &key))
        return EXIT_USAGE;
    if (verify_run(dir, &r, &err) != ERR_OK)
        return command_fail(c, EXIT_USAGE, &err);
    if (r.what != VERIFY_INTACT) {
        code = EXIT_FAILED;
    } else if (key != NULL && sign_check(dir, key, &err) != ERR_OK) {
        code = command_fail(c, err.code == ERR_AUTH ? EXIT_FAILED : EXIT_USAGE,
                            &err);
        signature = BROKEN;
    } else if (key != NULL) {
        signature = HOLDS;
    }
    print_result(c, &r, signature, &out);
    if (!command_write(&out))
        code = EXIT_TOOL;
    buf_free(&out);
    return code;
}

/* ---- sign */

/* The in-toto word for the run's exit status and warnings. */
static enum err_code
result_of(const char *dir, const char **out, struct err *err)
{
    struct render r = {0};
    struct buf json = {0};
    char path[1024];
    enum err_code code;

    (void)snprintf(path, sizeof path, "%s/report.json", dir);
    code = folder_slurp(path, RENDER_BYTES_MAX, &json, err);
    if (code == ERR_OK)
        code = render_open(&r, buf_view(&json), err);
    if (code == ERR_OK)
        *out = !bytes_is(render_text(&r, 0, "summary.exit"), "0") ? "FAILED"
               : render_u64(&r, 0, "summary.verdicts.warn") > 0   ? "WARNED"
                                                                  : "PASSED";
    render_close(&r);
    buf_free(&json);
    return code;
}

static int
run_sign(struct command_context *c, int argc, char **argv)
{
    const char *dir = NULL, *key = NULL, *result = NULL;
    struct verify_result r;
    struct err err = {0};

    if (!read_options(c, argc, argv, &dir, &key))
        return EXIT_USAGE;
    if (key == NULL)
        return command_usage(c, "%s", command_say(c, "没有 --key", "no --key"));
    if (verify_run(dir, &r, &err) != ERR_OK)
        return command_fail(c, EXIT_USAGE, &err);
    if (r.what != VERIFY_INTACT) {
        struct buf out = {0};

        print_result(c, &r, UNCHECKED, &out);
        (void)command_write(&out);
        buf_free(&out);
        return EXIT_FAILED;
    }
    if (result_of(dir, &result, &err) != ERR_OK ||
        sign_run(dir, key, result, &err) != ERR_OK)
        return command_fail(c, EXIT_USAGE, &err);
    return EXIT_PASSED;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "RUN [--key PUBLIC.pem]",
    .zh = "检查运行记录是否被改动，指出第一处",
    .en = "whether a run folder was altered, and where first",
    .help_zh = "  --key FILE   再用此公钥检查签名\n\n"
               "离线进行。未改动以 0 退出，否则以 1 退出并指出文件和行号。\n"
               "链式摘要能发现改动，签名才能说明由谁产生。\n",
    .help_en =
        "  --key FILE   check the signature with this public key too\n\n"
        "Works offline. Exits with 0 when intact, else with 1 and the "
        "file and line.\nThe chain of digests shows alteration; who made "
        "the run only a signature shows.\n",
    .run = run_verify,
};

const struct command command_sign = {
    .name = "sign",
    .synopsis = "RUN --key PRIVATE.pem",
    .zh = "给完整的运行记录签名（Ed25519，DSSE）",
    .en = "sign an intact run folder (Ed25519, DSSE)",
    .help_zh = "  --key FILE   PEM 私钥，openssl genpkey -algorithm ed25519\n\n"
               "写入 attestation.json：对封存和报告的 in-toto 声明。\n",
    .help_en = "  --key FILE   private key in PEM: openssl genpkey -algorithm "
               "ed25519\n\nWrites attestation.json: an in-toto statement about "
               "seal and report.\n",
    .run = run_sign,
};
