/* SPDX-License-Identifier: Apache-2.0 */
/* Targets, and the throw-away CA: each leaf verifies or fails as its name says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/wire/ca.h"
#include "conformance/wire/url.h"

static void
test_url(void **state)
{
    static const struct {
        const char *in, *scheme, *host, *path;
        unsigned port;
    } good[] = {{"http://a", "http", "a", "", 80},
                {"HTTPS://a.example:8443/x/", "https", "a.example", "/x", 8443},
                {"https://[::1]:9/", "https", "::1", "", 9},
                {"tcp://127.0.0.1:5556", "tcp", "127.0.0.1", "", 5556},
                {"tcp://h", "tcp", "h", "", 0}};
    static const char *const bad[] = {
        "",           "a",          "http:/a",        "http://",
        "http://:80", "http://a:x", "http://a:70000", "http://u@a",
        "http://a?q", "http://a#f", "http://[::1",    "http://a b",
        "1://a"};
    struct wire_url u;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(wire_url(good[i].in, &u));
        assert_string_equal(u.scheme, good[i].scheme);
        assert_string_equal(u.host, good[i].host);
        assert_string_equal(u.path, good[i].path);
        assert_int_equal(u.port, good[i].port);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (wire_url(bad[i], &u))
            fail_msg("is taken for a URL: %s", bad[i]);
    }
}

static X509 *
read_cert(const char *dir, const char *name)
{
    char path[300];
    FILE *f;
    X509 *c;

    (void)snprintf(path, sizeof path, "%s/%s.pem", dir, name);
    f = fopen(path, "r");
    assert_non_null(f);
    c = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    assert_non_null(c);
    return c;
}

/* X509_V_OK, or what is wrong with the leaf for a server at 127.0.0.1. */
static int
verify(X509 *ca, X509 *leaf, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int code;

    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    (void)X509_STORE_CTX_set_purpose(ctx, purpose);
    (void)X509_VERIFY_PARAM_set1_ip_asc(X509_STORE_CTX_get0_param(ctx),
                                        "127.0.0.1");
    (void)X509_verify_cert(ctx);
    code = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return code;
}

static void
test_ca(void **state)
{
    static const struct {
        const char *name;
        int server; /* the error as a server's certificate */
    } leaves[] = {{"server", X509_V_OK},
                  {"client", X509_V_ERR_INVALID_PURPOSE},
                  {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
                  {"not_yet", X509_V_ERR_CERT_NOT_YET_VALID},
                  {"wrong_name", X509_V_ERR_IP_ADDRESS_MISMATCH},
                  {"self_signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
                  {"other", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
                  {"usage", X509_V_ERR_INVALID_PURPOSE}};
    char dir[] = "/tmp/hutong-ca-XXXXXX", command[100], name[64];
    struct err err = {0};
    X509 *ca;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ca_make(dir, &err), ERR_OK);
    ca = read_cert(dir, "ca");
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        X509 *leaf;

        (void)snprintf(name, sizeof name, "%s.cert", leaves[i].name);
        assert_true(ca_known(name));
        leaf = read_cert(dir, name);
        if (verify(ca, leaf, X509_PURPOSE_SSL_SERVER) != leaves[i].server)
            fail_msg("%s: %s", name,
                     X509_verify_cert_error_string(
                         verify(ca, leaf, X509_PURPOSE_SSL_SERVER)));
        X509_free(leaf);
    }
    X509_free(ca);
    assert_false(ca_known("server"));
    assert_false(ca_known("nobody.cert"));
    assert_true(ca_known("other_ca"));
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_url),
                                       cmocka_unit_test(test_ca)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
