/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform verify, sign, keygen: whether a run is as it was written, and
 * who answers for it. */
#include <getopt.h>
#include <stdio.h>

#include "conformance/evidence/sign.h"
#include "conformance/evidence/verify.h"
#include "conformance/tool/about.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

struct options {
    const char *dir;
    const char *key[SIGN_KEYS_MAX];
    size_t keys;
    enum sign_as as;
};

/* The run folder, --key and --as of argv; false after a message. */
static bool
read_options(const struct command_context *c, int argc, char **argv,
             struct options *o)
{
    static const struct option known[] = {{"key", required_argument, NULL, 'k'},
                                          {"as", required_argument, NULL, 'a'},
                                          {0}};
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        bool ok = false;

        if (opt == 'k' && (ok = o->keys < SIGN_KEYS_MAX))
            o->key[o->keys++] = optarg;
        else if (opt == 'a')
            ok = sign_as_of(optarg, &o->as);
        if (!ok) {
            (void)command_usage(c, "%s %s",
                                command_say(c, "选项不对:", "wrong option:"),
                                argv[optind - 1]);
            return false;
        }
    }
    if (optind + 1 != argc) {
        (void)command_usage(
            c, "%s",
            command_say(c, "要一个运行目录", "one run folder is wanted"));
        return false;
    }
    o->dir = argv[optind];
    return true;
}

/* ---- verify */

enum signature { UNSIGNED, UNCHECKED, HOLDS, BROKEN };
static const char *const words[][3] = {
    [UNSIGNED] = {"none", "没有签名", "not signed"},
    [UNCHECKED] = {"unchecked", "签名未检查（没有 --key）",
                   "signature not checked (no --key)"},
    [HOLDS] = {"holds", "签名成立", "signature holds"},
    [BROKEN] = {"broken", "签名不成立", "signature does not hold"},
};

static void
print_signature(const struct command_context *c, const struct sign_seen *s,
                struct buf *out)
{
    buf_printf(out, "  %s  ",
               s->as == SIGN_TESTER ? command_say(c, "测试人员", "tester  ")
                                    : command_say(c, "复核人员", "reviewer"));
    if (s->key == NULL) {
        buf_printf(out, "%s  %s\n",
                   command_say(c, "未检查（没有给出其公钥）",
                               "not checked (its key is not given)"),
                   s->id);
        return;
    }
    buf_printf(out, "%s  %s  %s  ", command_say(c, "成立", "holds"),
               key_alg_name(s->key->alg), s->id);
    text_visible(out, bytes_str(s->key->holder));
    buf_char(out, '\n');
}

static void
print_signature_json(const struct sign_seen *s, struct json_writer *w)
{
    json_object(w);
    json_key(w, "as");
    json_cstr(w, sign_word(s->as));
    json_key(w, "keyid");
    json_cstr(w, s->id);
    json_key(w, "alg");
    json_cstr(w, s->key ? key_alg_name(s->key->alg) : NULL);
    json_key(w, "checked");
    json_bool(w, s->key != NULL);
    json_end_object(w);
}

static void
print_json(const struct verify_result *r, enum signature signature,
           const struct sign_result *s, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "result");
    json_cstr(&w, verify_word(r->what, false));
    json_key(&w, "file");
    json_cstr(&w, r->file);
    json_key(&w, "line");
    json_u64(&w, r->line);
    json_key(&w, "signature");
    json_cstr(&w, words[signature][0]);
    json_key(&w, "signatures");
    json_array(&w);
    for (size_t i = 0; i < s->count; i++)
        print_signature_json(&s->seen[i], &w);
    json_end_array(&w);
    json_end_object(&w);
    buf_char(out, '\n');
}

static void
print_result(const struct command_context *c, const struct verify_result *r,
             enum signature signature, const struct sign_result *s,
             struct buf *out)
{
    if (c->json) {
        print_json(r, signature, s, out);
        return;
    }
    if (r->what != VERIFY_INTACT) {
        text_visible(out, bytes_str(r->file));
        if (r->line > 0)
            buf_printf(out, ":%zu", r->line);
        buf_printf(out, ": %s\n", verify_word(r->what, c->zh));
        return;
    }
    buf_printf(out,
               command_say(c, "%s：%llu 个事件，%zu 个文件；%s\n",
                           "%s: %llu events, %zu files; %s\n"),
               verify_word(r->what, c->zh), (unsigned long long)r->events,
               r->files, words[signature][c->zh ? 1 : 2]);
    for (size_t i = 0; i < s->count; i++)
        print_signature(c, &s->seen[i], out);
}

/* The signatures of an intact run. An envelope that is not as it was written is
 * an altered file like any other; each is one line. */
static int
check_signed(const struct command_context *c, const struct options *o,
             const struct key *key, struct verify_result *r,
             struct sign_result *s, enum signature *signature)
{
    struct sign_about about = {0};
    struct buf store = {0};
    struct err err = {0};
    int code = EXIT_PASSED;

    if (about_read(o->dir, &store, &about, &err) != ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    } else if (sign_check(o->dir, key, o->keys, &about, s, &err) != ERR_OK) {
        code = command_fail(c, s->file ? EXIT_FAILED : EXIT_USAGE, &err);
        if (s->file != NULL) {
            *signature = BROKEN;
            r->what = VERIFY_ALTERED;
            (void)snprintf(r->file, sizeof r->file, "%s", s->file);
            r->line = 1;
        }
    } else {
        *signature = s->count == 0  ? UNSIGNED
                     : o->keys == 0 ? UNCHECKED
                                    : HOLDS;
    }
    buf_free(&store);
    return code;
}

static int
run_verify(struct command_context *c, int argc, char **argv)
{
    enum signature signature = UNCHECKED;
    struct options o = {0};
    struct key key[SIGN_KEYS_MAX] = {{0}};
    struct sign_result s = {0};
    struct verify_result r;
    struct err err = {0};
    struct buf out = {0};
    int code = EXIT_PASSED;

    if (!read_options(c, argc, argv, &o))
        return EXIT_USAGE;
    for (size_t i = 0; i < o.keys && code == EXIT_PASSED; i++) {
        if (key_public(&key[i], o.key[i], &err) != ERR_OK)
            code = command_fail(c, EXIT_USAGE, &err);
    }
    if (code == EXIT_PASSED && verify_run(o.dir, &r, &err) != ERR_OK)
        code = command_fail(c, EXIT_USAGE, &err);
    if (code == EXIT_PASSED) {
        code = r.what == VERIFY_INTACT
                   ? check_signed(c, &o, key, &r, &s, &signature)
                   : EXIT_FAILED;
        if (code != EXIT_USAGE)
            print_result(c, &r, signature, &s, &out);
        if (!command_write(&out))
            code = EXIT_TOOL;
    }
    for (size_t i = 0; i < o.keys; i++)
        key_free(&key[i]);
    buf_free(&out);
    return code;
}

/* ---- sign */

static int
sign_intact(const struct command_context *c, const struct options *o,
            const struct key *key)
{
    const struct sign_result none = {0};
    struct sign_about about = {0};
    struct verify_result r;
    struct buf store = {0};
    struct err err = {0};
    int code = EXIT_PASSED;

    if (verify_run(o->dir, &r, &err) != ERR_OK)
        return command_fail(c, EXIT_USAGE, &err);
    if (r.what != VERIFY_INTACT) {
        print_result(c, &r, UNCHECKED, &none, &store);
        (void)command_write(&store);
        code = EXIT_FAILED;
    } else if (about_read(o->dir, &store, &about, &err) != ERR_OK ||
               sign_run(o->dir, key, o->keys, o->as, &about, &err) != ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    }
    buf_free(&store);
    return code;
}

static int
run_sign(struct command_context *c, int argc, char **argv)
{
    struct options o = {0};
    struct key key[SIGN_KEYS_MAX] = {{0}};
    struct err err = {0};
    int code = EXIT_PASSED;

    if (!read_options(c, argc, argv, &o))
        return EXIT_USAGE;
    if (o.keys == 0)
        return command_usage(c, "%s", command_say(c, "没有 --key", "no --key"));
    for (size_t i = 0; i < o.keys && code == EXIT_PASSED; i++) {
        if (key_private(&key[i], o.key[i], &err) != ERR_OK)
            code = command_fail(c, EXIT_USAGE, &err);
    }
    if (code == EXIT_PASSED)
        code = sign_intact(c, &o, key);
    for (size_t i = 0; i < o.keys; i++)
        key_free(&key[i]);
    return code;
}

/* ---- keygen */

static int
run_keygen(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {{"alg", required_argument, NULL, 'a'},
                                          {0}};
    enum key_alg alg = KEY_ED25519;
    char private_path[1024], public_path[1024];
    struct err err = {0};
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (opt != 'a' || !key_alg_of(optarg, &alg))
            return command_usage(c, "--alg ed25519|sm2");
    }
    if (optind + 1 != argc || strlen(argv[optind]) > 1000)
        return command_usage(
            c, "%s",
            command_say(c, "要一个文件名（不带后缀）",
                        "one file name without its ending is wanted"));
    (void)snprintf(private_path, sizeof private_path, "%s.key.pem",
                   argv[optind]);
    (void)snprintf(public_path, sizeof public_path, "%s.pub.pem", argv[optind]);
    if (key_make(alg, private_path, public_path, &err) != ERR_OK)
        return command_fail(
            c, err.code == ERR_UNSUPPORTED ? EXIT_TOOL : EXIT_USAGE, &err);
    if (!c->quiet)
        (void)fprintf(stderr, "%s %s  %s %s\n",
                      command_say(c, "私钥：", "private:"), private_path,
                      command_say(c, "公钥：", "public:"), public_path);
    return EXIT_PASSED;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "RUN [--key PUBLIC.pem]...",
    .zh = "检查运行记录是否被改动，指出第一处",
    .en = "whether a run folder was altered, and where first",
    .help_zh =
        "  --key FILE   再检查签名：PEM 公钥或 X.509 证书；可重复，每把都须签过\n\n"
        "离线进行。未改动以 0 退出，否则以 1 退出并指出文件和行号。\n"
        "链式摘要能发现改动，签名才能说明由谁产生。\n",
    .help_en =
        "  --key FILE   check the signatures too: public key or X.509 "
        "certificate in PEM;\n               repeatable, each of them must "
        "have signed\n\n"
        "Works offline. Exits with 0 when intact, else with 1 and the "
        "file and line.\nThe chain of digests shows alteration; who made "
        "the run only a signature shows.\n",
    .run = run_verify,
};

const struct command command_sign = {
    .name = "sign",
    .synopsis = "RUN --key PRIVATE.pem... [--as tester|reviewer]",
    .zh = "给完整的运行记录签名（Ed25519、SM2，DSSE）",
    .en = "sign an intact run folder (Ed25519, SM2; DSSE)",
    .help_zh =
        "  --key FILE   PEM 私钥（见 keygen）；可重复，各签一次\n"
        "  --as WHO     tester（缺省）写 attestation.json，reviewer 写 "
        "review.json\n\n"
        "对封存和报告的 in-toto 声明；复核人员的签名还覆盖测试人员的签名。\n"
        "SM2 用 SM3，签名者标识为 1234567812345678。\n",
    .help_en =
        "  --key FILE   private key in PEM (see keygen); repeatable, each "
        "signs once\n"
        "  --as WHO     tester (default) writes attestation.json, reviewer "
        "review.json\n\n"
        "An in-toto statement about seal and report; the reviewer's is about "
        "the tester's\nsignature too. SM2 is used with SM3 and the identity "
        "1234567812345678.\n",
    .run = run_sign,
};

const struct command command_keygen = {
    .name = "keygen",
    .synopsis = "NAME [--alg ed25519|sm2]",
    .zh = "生成签名用的密钥对",
    .en = "make a pair of keys to sign with",
    .help_zh =
        "  --alg A   ed25519（缺省）或 sm2\n\n"
        "写 NAME.key.pem（私钥，0600）和 NAME.pub.pem（公钥）；不覆盖。\n",
    .help_en = "  --alg A   ed25519 (default) or sm2\n\n"
               "Writes NAME.key.pem (private, 0600) and NAME.pub.pem (public); "
               "never over another.\n",
    .run = run_keygen,
};
