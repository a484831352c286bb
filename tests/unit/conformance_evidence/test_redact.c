/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken for a secret, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conformance/evidence/redact.h"

static const struct {
    const char *in, *want;
} cases[] = {
    /* header lines */
    {"Authorization: Bearer abc.def-123\r\nHost: x\r\n",
     "Authorization: Bearer [redacted]\r\nHost: x\r\n"},
    {"authorization:Basic dXNlcjpwYXNz\r\n",
     "authorization:Basic [redacted]\r\n"},
    {"Authorization: opaque\r\n", "Authorization: [redacted]\r\n"},
    {"Proxy-Authorization: Digest username=\"a\", response=\"b\"\r\n",
     "Proxy-Authorization: Digest [redacted]\r\n"},
    {"Cookie: sid=1; theme=dark\r\nA: b\r\n", "Cookie: [redacted]\r\nA: b\r\n"},
    {"Set-Cookie: sid=1; HttpOnly\r\n", "Set-Cookie: [redacted]\r\n"},
    {"X-Api-Key: 1\n", "X-Api-Key: [redacted]\n"},
    {"X-Auth-Token: Bearer q\n", "X-Auth-Token: Bearer [redacted]\n"},
    {"Cookie: a=b;\r\n c=d\r\nHost: x", "Cookie: [redacted]\r\nHost: x"},
    {"Cookie: a=b;\r\n\tc=d\n e", "Cookie: [redacted]"},
    {"Cookie:\r\nHost: x", "Cookie:\r\nHost: x"},
    {"Authorization: Bearer ", "Authorization: [redacted]"},
    /* JSON members */
    {"{\"password\":\"p\\\"q\",\"a\":1}",
     "{\"password\":\"[redacted]\",\"a\":1}"},
    {"{\"access_token\" : \"x\"}", "{\"access_token\" : \"[redacted]\"}"},
    {"{\"client_secret\":null}", "{\"client_secret\":null}"},
    {"{\"api_key\":12345,\"b\":2}", "{\"api_key\":\"[redacted]\",\"b\":2}"},
    {"{\"credentials\":{\"u\":\"}\",\"p\":[1,2]},\"b\":2}",
     "{\"credentials\":\"[redacted]\",\"b\":2}"},
    {"{\"口令\":\"x\"}", "{\"口令\":\"[redacted]\"}"},
    {"{\"PrivateKey\":\"x", "{\"PrivateKey\":\"[redacted]"},
    {"{\"password\":\"\"}", "{\"password\":\"\"}"},
    {"{\"data\":\"{\\\"password\\\":\\\"a b\\\",\\\"c\\\":\\\"d\\\"}\"}",
     "{\"data\":\"{\\\"password\\\":\\\"[redacted]\\\",\\\"c\\\":\\\"d\\\"}\"}"},
    {"\"{\\\"token\\\":7}\"", "\"{\\\"token\\\":\\\"[redacted]\\\"}\""},
    {"{\"pwd\":true}", "{\"pwd\":\"[redacted]\"}"},
    /* parameters and URLs */
    {"GET /a?token=abc&x=1 HTTP/1.1\r\n",
     "GET /a?token=[redacted]&x=1 HTTP/1.1\r\n"},
    {"GET /a?x=1&key=abc#f", "GET /a?x=1&key=[redacted]#f"},
    {"user=u&password=p%20q&z=1", "user=u&password=[redacted]&z=1"},
    {"tool --set password=abc next", "tool --set password=[redacted] next"},
    {"https://u:p@host/a", "https://[redacted]@host/a"},
    {"https://host/a@b", "https://host/a@b"},
    /* by shape */
    {"curl -H 'X: Bearer abcdefgh12'", "curl -H 'X: Bearer [redacted]'"},
    {"the bearer of bad news", "the bearer of bad news"},
    {"x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc y", "x [redacted] y"},
    {"eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9"},
    {"a\n-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\nb",
     "a\n-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----\nb"},
    {"-----BEGIN EC PRIVATE KEY-----\nMIG",
     "-----BEGIN EC PRIVATE KEY-----[redacted]"},
    {"-----BEGIN CERTIFICATE-----\nMIG\n",
     "-----BEGIN CERTIFICATE-----\nMIG\n"},
    /* known */
    {"x=s3cr3t-value.", "x=[redacted]."},
    {"tiny", "tiny"},
    /* nothing */
    {"", ""},
    {"{\"alert_id\":\"a-1\",\"msg_id\":\"m\"}",
     "{\"alert_id\":\"a-1\",\"msg_id\":\"m\"}"},
    {"X-Interconn-Signature: alg=hmac-sm3;key_id=K;value=AAAA\r\n",
     "X-Interconn-Signature: alg=hmac-sm3;key_id=K;value=AAAA\r\n"},
    {"Host: authorization\r\n", "Host: authorization\r\n"},
    {"\\\\\\\\\\\\\\\\\\\"", "\\\\\\\\\\\\\\\\\\\""},
};

static const struct bytes secrets[] = {{"s3cr3t-value", 12}, {"tiny", 4}};
static const struct redact_known known = {secrets, 2};

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        size_t n = redact(&known, bytes_str(cases[i].in), &out), marks = 0;
        const char *got = buf_cstr(&out);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%zu: %s\n gave %s\n want %s", i, cases[i].in, got,
                     cases[i].want);
        for (const char *p = got; (p = strstr(p, REDACT_MARK)) != NULL; p++)
            marks++;
        assert_int_equal(n, marks);
        buf_free(&out);
    }
}

/* Cut at every byte: what is left of a secret is redacted too, or the beginning
 * of it was not yet there. */
static void
test_cut(void **state)
{
    static const char in[] =
        "POST /x?access_token=TOPSECRET HTTP/1.1\r\nAuthorization: Bearer "
        "TOPSECRET\r\nCookie: a=TOPSECRET\r\n\r\n{\"a\":{\"password\":"
        "\"TOPSECRET\"},\"secret\":[\"TOPSECRET\"]}";

    (void)state;
    for (size_t n = 0; n < sizeof in; n++) {
        struct buf out = {0};

        (void)redact(NULL, bytes_of(in, n), &out);
        assert_null(strstr(buf_cstr(&out), "TOP"));
        buf_free(&out);
    }
}

/* Lengths and the form of JSON stay; no byte of a secret does. */
static void
test_in_place(void **state)
{
    static const char *const rows[][2] = {
        {"Authorization: Bearer abcdefgh\r\nHost: a\r\n",
         "Authorization: Bearer xxxxxxxx\r\nHost: a\r\n"},
        {"{\"password\":\"12\\\"34\",\"b\":1}",
         "{\"password\":\"xxxxxx\",\"b\":1}"},
        {"{\"token\":-12.5e3,\"b\":1}", "{\"token\":-11.1e1,\"b\":1}"},
        {"{\"token\":true}", "{\"token\":true}"},
        {"{\"credential\":{\"user\":\"ann\",\"n\":[12,\"b]\"]},\"c\":2}",
         "{\"credential\":{\"user\":\"xxx\",\"n\":[11,\"xx\"]},\"c\":2}"},
        {"/x?access_token=abc&y=1", "/x?access_token=xxx&y=1"},
        {"{\"name\":\"plain\"}", "{\"name\":\"plain\"}"},
        {"{\"token\":[\"ab", "{\"token\":[\"xx"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};

        (void)redact_in_place(NULL, bytes_str(rows[i][0]), &out);
        assert_string_equal(buf_cstr(&out), rows[i][1]);
        assert_int_equal(out.len, strlen(rows[i][0]));
        buf_free(&out);
    }
}

static void
test_names(void **state)
{
    (void)state;
    assert_true(redact_name(BYTES("X-API-Key")));
    assert_true(redact_name(BYTES("refresh_token")));
    assert_true(redact_name(BYTES("PASSWORD")));
    assert_false(redact_name(BYTES("compass")));
    assert_false(redact_name(BYTES("author")));
    assert_false(redact_name(BYTES("key_id")));
    assert_false(redact_name(BYTES("")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
