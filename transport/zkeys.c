/* SPDX-License-Identifier: Apache-2.0 */
/* See zkeys.h. '#' is a Z85 digit, so it starts a comment only on a line that
 * is no key. */
#include "transport/zkeys.h"

#include <stdio.h>

#include <openssl/crypto.h>
#include <zmq.h>

#include "transport/secret.h"

#define Z85_DIGITS 40

/* z85_key(text, out): a Z85 key of 40 characters to its 32 bytes. */
static bool
z85_key(struct bytes text, uint8_t out[ZAP_KEY_BYTES])
{
    char z85[Z85_DIGITS + 1] = {0};
    bool ok = false;

    if (text.len == Z85_DIGITS) {
        memcpy(z85, text.data, Z85_DIGITS);
        ok = zmq_z85_decode(out, z85) != NULL;
    }
    OPENSSL_cleanse(z85, sizeof(z85));
    return ok;
}

enum err_code
zkeys_secret(const char *path, uint8_t out[ZAP_KEY_BYTES], struct err *err)
{
    struct secret s = {0};
    enum err_code code = secret_load(&s, path, err);

    if (code == ERR_OK && !z85_key(s.value, out))
        code = err_set(err, ERR_SYNTAX, path,
                       "not a CURVE key of 40 Z85 characters");
    secret_fini(&s);
    return code;
}

#define ALLOW_MAX ((size_t)ZAP_MAX_CLIENTS * 128) /* bytes of the file */

static enum err_code
read_file(const char *path, struct buf *out, struct err *err)
{
    enum err_code code = secret_check_file(path, false, err);
    char part[4096];
    size_t n;
    FILE *f;

    if (code != ERR_OK)
        return code;
    f = fopen(path, "re");
    if (!f)
        return err_errno(err, path, "cannot open");
    while ((n = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(out, part, n);
    code = ferror(f) ? err_errno(err, path, "cannot read") : ERR_OK;
    (void)fclose(f);
    if (code == ERR_OK && !buf_ok(out))
        code =
            err_set(err, ERR_LIMIT, path, "longer than %zu bytes", ALLOW_MAX);
    return code;
}

enum err_code
zkeys_public(const char *path, uint8_t (*keys)[ZAP_KEY_BYTES], size_t max,
             size_t *n, struct err *err)
{
    struct buf text = {.max = ALLOW_MAX};
    enum err_code code = read_file(path, &text, err);
    struct bytes rest = buf_view(&text);
    unsigned line = 0;

    *n = 0;
    while (code == ERR_OK && rest.len) {
        struct bytes all = bytes_upto(rest, bytes_find(rest, '\n'));
        struct bytes key = bytes_trim(all);

        rest = bytes_from(rest, all.len + 1);
        line++;
        if (*n < max && z85_key(key, keys[*n]))
            (*n)++;
        else if (key.len == 0 || key.data[0] == '#')
            continue;
        else if (*n == max)
            code = err_set(err, ERR_LIMIT, path, "more than %zu keys", max);
        else
            code =
                err_set(err, ERR_SYNTAX, path,
                        "line %u: not a CURVE key of 40 Z85 characters", line);
    }
    buf_free(&text);
    if (code == ERR_OK && *n == 0)
        code = err_set(err, ERR_SYNTAX, path, "holds no key");
    return code;
}
