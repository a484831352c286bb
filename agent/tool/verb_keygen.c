/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong keygen`: a CURVE key pair for ZeroMQ, as the files that outputs and
 * `hutong receive` want. Existing files are never overwritten. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <zmq.h>

#include "agent/tool/tool.h"
#include "formats/json/writer.h"

#define Z85_BYTES 41 /* 40 characters and a NUL */

static enum err_code
put_file(const char *path, mode_t mode, const char *key, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    enum err_code code = ERR_OK;

    if (fd < 0)
        return err_errno(err, path, "create");
    if (write(fd, key, Z85_BYTES - 1) != Z85_BYTES - 1 ||
        write(fd, "\n", 1) != 1 || fsync(fd) != 0)
        code = err_errno(err, path, "write");
    (void)close(fd);
    if (code != ERR_OK)
        (void)unlink(path);
    return code;
}

static void
say_paths(const struct tool *t, const char *secret, const char *public_path)
{
    struct buf out = {0};
    struct json_writer w;

    if (t->json) {
        json_writer_init(&w, &out);
        json_object(&w);
        json_key(&w, "secret");
        json_cstr(&w, secret);
        json_key(&w, "public");
        json_cstr(&w, public_path);
        json_end_object(&w);
        buf_char(&out, '\n');
    } else if (!t->quiet) {
        buf_printf(&out, "%s\n%s\n", secret, public_path);
    }
    (void)tool_write(t, &out);
    buf_free(&out);
}

static int
run(struct tool *t, int argc, char **argv)
{
    char public_key[Z85_BYTES], secret[Z85_BYTES];
    char secret_path[1024], public_path[1024];
    enum err_code code;
    struct err err;

    if (argc != 2 || argv[1][0] == '-')
        return tool_usage(t, "keygen wants one name");
    if (snprintf(secret_path, sizeof secret_path, "%s.secret", argv[1]) >=
        (int)sizeof secret_path)
        return tool_usage(t, "the name is too long");
    (void)snprintf(public_path, sizeof public_path, "%s.pub", argv[1]);
    if (zmq_curve_keypair(public_key, secret) != 0) {
        (void)err_set(&err, ERR_UNSUPPORTED, "libzmq",
                      "is built without CURVE");
        return tool_fail(t, &err);
    }
    code = put_file(secret_path, 0600, secret, &err);
    OPENSSL_cleanse(secret, sizeof secret);
    if (code == ERR_OK) {
        code = put_file(public_path, 0644, public_key, &err);
        if (code != ERR_OK)
            (void)unlink(secret_path);
    }
    if (code != ERR_OK)
        return tool_fail(t, &err);
    say_paths(t, secret_path, public_path);
    return TOOL_OK;
}

const struct verb verb_keygen = {
    .name = "keygen",
    .synopsis = "NAME",
    .zh = "生成 ZeroMQ 的 CURVE 密钥对",
    .en = "make a CURVE key pair for ZeroMQ",
    .help_zh = "写出 NAME.secret (权限 0600) 和 NAME.pub; 已有文件不覆盖。\n"
               "输出的 curve_secret 用 NAME.secret, 对端用 NAME.pub。\n",
    .help_en =
        "Writes NAME.secret (mode 0600) and NAME.pub; existing files stay "
        "as they are.\nAn output's curve_secret is NAME.secret, the "
        "other side wants NAME.pub.\n",
    .run = run,
};
