/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a command (PROPOSED, standard.md 11.2), computed anew by
 * OpenSSL: HMAC-SM3 over method, path, query, hex(sm3(body)), timestamp and
 * nonce, each on a line. */
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "conformance/steps/serve.h"
#include "formats/base/text.h"
#include "transport/digest.h"

/* "alg=hmac-sm3;key_id=K;value=BASE64" */
static bool
part(struct bytes field, const char *name, struct bytes *out)
{
    while (field.len > 0) {
        struct bytes one = bytes_upto(field, bytes_find(field, ';'));
        size_t eq = bytes_find(one, '=');

        if (bytes_is(bytes_trim(bytes_upto(one, eq)), name)) {
            *out = bytes_trim(bytes_from(one, eq + 1));
            return true;
        }
        field = bytes_from(field, one.len + 1);
    }
    return false;
}

static bool
put_signed(struct serve *v, const struct serve_request *q, struct buf *out)
{
    struct bytes target = q->r.target, value;
    size_t mark = bytes_find(target, '?');
    char digest[DIGEST_HEX_MAX];
    struct err err;

    if (digest_hex(DIGEST_SM3, q->body, digest, &err) != ERR_OK)
        return false;
    buf_bytes(out, q->r.method);
    buf_char(out, '\n');
    buf_bytes(out, bytes_upto(target, mark));
    buf_char(out, '\n');
    buf_bytes(out, bytes_from(target, mark + 1));
    buf_printf(out, "\n%s\n", digest);
    if (serve_member(v, q, "timestamp", &value))
        buf_bytes(out, value);
    buf_printf(out, "\n%s", q->nonce);
    return buf_ok(out);
}

bool
serve_signature(struct serve *v, const struct serve_request *q,
                struct bytes key, char *why, size_t size)
{
    struct bytes field = http_serve_field(&q->r, "x-interconn-signature", 0);
    struct bytes alg = {0}, value = {0};
    struct buf text = {0}, got = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool good = false;

    if (!part(field, "alg", &alg) || !bytes_is(alg, "hmac-sm3"))
        (void)snprintf(why, size, "alg is not hmac-sm3");
    else if (!part(field, "key_id", &alg) || alg.len == 0)
        (void)snprintf(why, size, "no key_id");
    else if (!part(field, "value", &value) ||
             text_unbase64(&got, value) != ERR_OK)
        (void)snprintf(why, size, "value is no base64");
    else if (!put_signed(v, q, &text) ||
             HMAC(EVP_sm3(), key.data, (int)key.len,
                  (const unsigned char *)text.data, text.len, mac, &n) == NULL)
        (void)snprintf(why, size, "the tester cannot compute SM3");
    else if (!bytes_eq(buf_view(&got), bytes_of((const char *)mac, n)))
        (void)snprintf(why, size, "it is not the HMAC-SM3 of this request");
    else
        good = true;
    buf_free(&text);
    buf_free(&got);
    return good;
}
