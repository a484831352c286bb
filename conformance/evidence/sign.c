/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

#define PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define ED25519_BYTES  64
#define PATH_BYTES     1024
#define FILE_BYTES_MAX ((size_t)64 << 20)
#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://in-toto.io/attestation/test-result/v0.1"

static const char *const subjects[] = {EVIDENCE_SEAL, "report.json"};

static enum err_code
slurp(const char *dir, const char *name, struct buf *out, struct err *err)
{
    char path[PATH_BYTES];
    enum err_code code = ERR_OK;
    ssize_t n = 1;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_errno(err, path, "open");
    while (n > 0 && code == ERR_OK) {
        if (out->len > FILE_BYTES_MAX || !buf_reserve(out, 65536)) {
            code = err_set(err, ERR_LIMIT, path, "too long");
            break;
        }
        n = read(fd, out->data + out->len, 65536);
        if (n > 0)
            out->len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            code = err_errno(err, path, "read");
    }
    (void)close(fd);
    return code;
}

static enum err_code
load_key(const char *path, bool private, EVP_PKEY **out, struct err *err)
{
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return err_errno(err, path, "open");
    *out = private ? PEM_read_PrivateKey(f, NULL, NULL, NULL)
                   : PEM_read_PUBKEY(f, NULL, NULL, NULL);
    (void)fclose(f);
    if (*out == NULL)
        return err_set(err, ERR_SYNTAX, path, "is no %s key in PEM form",
                       private ? "private" : "public");
    if (EVP_PKEY_is_a(*out, "ED25519"))
        return ERR_OK;
    EVP_PKEY_free(*out);
    *out = NULL;
    return err_set(err, ERR_UNSUPPORTED, path, "is no Ed25519 key");
}

/* The statement about what lies in ${dir} now. */
static enum err_code
write_statement(const char *dir, const char *result, struct buf *out,
                struct err *err)
{
    struct json_writer w;
    enum err_code code = ERR_OK;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "_type");
    json_cstr(&w, STATEMENT_TYPE);
    json_key(&w, "subject");
    json_array(&w);
    for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
        struct buf text = {0};
        char hex[EVIDENCE_HEX] = "";

        code = slurp(dir, subjects[i], &text, err);
        if (code == ERR_OK)
            code = digest_hex(DIGEST_SHA256, buf_view(&text), hex, err);
        buf_free(&text);
        json_object(&w);
        json_key(&w, "name");
        json_cstr(&w, subjects[i]);
        json_key(&w, "digest");
        json_object(&w);
        json_key(&w, "sha256");
        json_cstr(&w, hex);
        json_end_object(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_key(&w, "predicateType");
    json_cstr(&w, PREDICATE_TYPE);
    json_key(&w, "predicate");
    json_object(&w);
    json_key(&w, "result");
    json_cstr(&w, result);
    json_key(&w, "configuration");
    json_array(&w);
    json_end_array(&w);
    json_end_object(&w);
    json_end_object(&w);
    if (code == ERR_OK && !buf_ok(out))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    return code;
}

/* DSSE 1.0: what is signed is type and body with their lengths. */
static void
pre_encode(struct bytes body, struct buf *out)
{
    buf_printf(out, "DSSEv1 %zu %s %zu ", sizeof PAYLOAD_TYPE - 1, PAYLOAD_TYPE,
               body.len);
    buf_bytes(out, body);
}

static enum err_code
sign_bytes(EVP_PKEY *key, struct bytes in, unsigned char out[ED25519_BYTES],
           struct err *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    size_t n = ED25519_BYTES;
    bool ok =
        md != NULL && EVP_DigestSignInit(md, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(md, out, &n, (const unsigned char *)in.data, in.len) ==
            1 &&
        n == ED25519_BYTES;

    EVP_MD_CTX_free(md);
    return ok ? ERR_OK
              : err_set(err, ERR_UNSUPPORTED, NULL, "OpenSSL cannot sign");
}

static bool
is_signed_by(EVP_PKEY *key, struct bytes in, struct bytes signature)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL &&
              EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestVerify(md, (const unsigned char *)signature.data,
                               signature.len, (const unsigned char *)in.data,
                               in.len) == 1;

    EVP_MD_CTX_free(md);
    return ok;
}

static enum err_code
store(const char *dir, struct bytes text, struct err *err)
{
    char path[PATH_BYTES];
    enum err_code code = ERR_OK;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", dir, SIGN_FILE);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_EXISTS, path, "is there already");
    if (fd < 0)
        return err_errno(err, path, "create");
    while (text.len > 0 && code == ERR_OK) {
        ssize_t n = write(fd, text.data, text.len);

        if (n > 0)
            text = bytes_from(text, (size_t)n);
        else if (n < 0 && errno != EINTR)
            code = err_errno(err, path, "write");
    }
    if (close(fd) != 0 && code == ERR_OK)
        code = err_errno(err, path, "close");
    return code;
}

enum err_code
sign_run(const char *dir, const char *key, const char *result, struct err *err)
{
    unsigned char signature[ED25519_BYTES];
    struct buf body = {0}, signed_text = {0}, out = {0};
    EVP_PKEY *pkey = NULL;
    enum err_code code = load_key(key, true, &pkey, err);

    if (code == ERR_OK)
        code = write_statement(dir, result, &body, err);
    pre_encode(buf_view(&body), &signed_text);
    if (code == ERR_OK && !buf_ok(&signed_text))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code = sign_bytes(pkey, buf_view(&signed_text), signature, err);
    if (code == ERR_OK) {
        buf_str(&out, "{\"payload\":\"");
        text_base64(&out, buf_view(&body));
        buf_str(&out, "\",\"payloadType\":\"" PAYLOAD_TYPE
                      "\",\"signatures\":[{\"sig\":\"");
        text_base64(&out, bytes_of((const char *)signature, sizeof signature));
        buf_str(&out, "\"}]}\n");
        code = buf_ok(&out) ? store(dir, buf_view(&out), err)
                            : err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    EVP_PKEY_free(pkey);
    buf_free(&body);
    buf_free(&signed_text);
    buf_free(&out);
    return code;
}

/* ---- checking */

static enum err_code
refused(const char *why, struct err *err)
{
    return err_set(err, ERR_AUTH, SIGN_FILE, "%s", why);
}

/* The text of a string member, decoded from base64. */
static bool
decode(const struct tape *t, uint32_t at, const char *name, struct buf *out)
{
    uint32_t i = tape_get(t, at, bytes_str(name));

    return i != 0 && t->node[i].type == TAPE_STRING &&
           text_unbase64(out, tape_raw(t, &t->node[i])) == ERR_OK;
}

/* Payload and first signature of the envelope. */
static bool
open_envelope(struct bytes text, struct buf *body, struct buf *signature)
{
    const struct json_limits limits = {.depth = 8,
                                       .keys = 64,
                                       .string_bytes = 1 << 20,
                                       .nodes = 256,
                                       .bytes = 1 << 21};
    struct json_reader reader;
    struct tape t = {0};
    uint32_t list, type;
    bool ok;

    json_reader_init(&reader, JSON_STRICT, &limits);
    ok = json_read(&reader, text, &t, NULL) == ERR_OK;
    if (ok) {
        type = tape_get(&t, 0, BYTES("payloadType"));
        list = tape_get(&t, 0, BYTES("signatures"));
        ok = type != 0 && tape_is(&t, &t.node[type], BYTES(PAYLOAD_TYPE)) &&
             list != 0 && t.node[list].type == TAPE_ARRAY &&
             t.node[list].hash == 1 && decode(&t, 0, "payload", body) &&
             decode(&t, list + 1, "sig", signature) &&
             signature->len == ED25519_BYTES;
    }
    tape_free(&t);
    json_reader_free(&reader);
    return ok;
}

/* The statement is one that we would write about this folder. */
static bool
is_about(const char *dir, struct bytes body)
{
    static const char *const results[] = {"PASSED", "WARNED", "FAILED"};
    bool same = false;

    for (size_t i = 0; i < 3 && !same; i++) {
        struct buf want = {0};
        struct err err;

        same = write_statement(dir, results[i], &want, &err) == ERR_OK &&
               bytes_eq(buf_view(&want), body);
        buf_free(&want);
    }
    return same;
}

enum err_code
sign_check(const char *dir, const char *key, struct err *err)
{
    struct buf text = {0}, body = {0}, signature = {0}, signed_text = {0};
    EVP_PKEY *pkey = NULL;
    enum err_code code = load_key(key, false, &pkey, err);

    if (code == ERR_OK)
        code = slurp(dir, SIGN_FILE, &text, err);
    if (code == ERR_OK && !open_envelope(buf_view(&text), &body, &signature))
        code = refused("is no signed envelope of ours", err);
    if (code == ERR_OK) {
        pre_encode(buf_view(&body), &signed_text);
        if (!buf_ok(&signed_text) ||
            !is_signed_by(pkey, buf_view(&signed_text), buf_view(&signature)))
            code = refused("is not signed with this key", err);
    }
    if (code == ERR_OK && !is_about(dir, buf_view(&body)))
        code = refused("is about another run", err);
    EVP_PKEY_free(pkey);
    buf_free(&text);
    buf_free(&body);
    buf_free(&signature);
    buf_free(&signed_text);
    return code;
}
