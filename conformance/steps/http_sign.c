/* SPDX-License-Identifier: Apache-2.0 */
/* The optional signature of the function interface (PROPOSED, standard.md 11.2):
 * X-Interconn-Signature: alg=hmac-sm3;key_id=K;value=BASE64 over
 * method \n path \n query \n hex(sm3(body)) \n timestamp \n nonce. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "conformance/steps/http.h"
#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "transport/digest.h"

static void
put_member(struct bytes body, const char *name, struct buf *out)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf scratch = {0};

    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, body, &t, NULL) == ERR_OK) {
        uint32_t at = tape_get(&t, 0, bytes_str(name));

        if (at != 0 && t.node[at].type == TAPE_STRING)
            buf_bytes(out, tape_clean(&t, &t.node[at], &scratch));
    }
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
}

/* method, path and query of the request line */
static void
put_line(struct bytes head, struct buf *out)
{
    size_t a = bytes_find(head, ' ');
    struct bytes target = bytes_from(head, a + 1);
    size_t query;

    target = bytes_upto(target, bytes_find(target, ' '));
    query = bytes_find(target, '?');
    buf_bytes(out, bytes_upto(head, a));
    buf_char(out, '\n');
    buf_bytes(out, bytes_upto(target, query));
    buf_char(out, '\n');
    buf_bytes(out, bytes_from(target, query + 1));
    buf_char(out, '\n');
}

enum verdict
http_sign(struct session *s, const struct ledger_step *st, struct bytes body,
          struct buf *out)
{
    const char *how = session_text(s, st, "sign", "good");
    const char *key = bench_ixit(s->b, "sign_key");
    const char *id = bench_ixit(s->b, "sign_key_id");
    const EVP_MD *md = EVP_get_digestbyname("SM3");
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[DIGEST_HEX_MAX];
    struct buf text = {0}, value = {0};
    struct err err = {0};

    if (key != NULL)
        key = session_expand(s, bytes_str(key)); /* "${token}" */
    if (key == NULL || id == NULL || md == NULL)
        return session_error(s, &(struct err){.msg = "wants --set sign_key=... "
                                                     "and sign_key_id=..."});
    put_line(buf_view(out), &text);
    if (digest_hex(DIGEST_SM3,
                   strcmp(how, "body") == 0 ? BYTES("another body") : body, hex,
                   &err) != ERR_OK)
        return session_error(s, &err);
    buf_printf(&text, "%s\n", hex);
    put_member(body, "timestamp", &text);
    buf_char(&text, '\n');
    put_member(body, "nonce", &text);
    if (strcmp(how, "key") == 0)
        key = "another key";
    (void)HMAC(md, key, (int)strlen(key), (const unsigned char *)text.data,
               text.len, mac, &len);
    text_base64(&value, bytes_of((const char *)mac, len));
    buf_printf(out, "X-Interconn-Signature: alg=%s;key_id=%s;value=%s\r\n",
               strcmp(how, "alg") == 0 ? "none" : "hmac-sm3", id,
               strcmp(how, "malformed") == 0 ? "!" : buf_cstr(&value));
    buf_free(&text);
    buf_free(&value);
    return VERDICT_PASS;
}
