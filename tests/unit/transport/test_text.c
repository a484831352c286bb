/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts: status table, per-item results, ZeroMQ headers, digests,
 * gzip, secrets. */
#include "tests/unit/transport/certs.h"

#include "transport/digest.h"
#include "transport/gzip.h"
#include "transport/http_status.h"
#include "transport/report.h"
#include "transport/results.h"
#include "transport/secret.h"
#include "transport/zhead.h"

static struct certs dir;

/* ---- the retry table: result, split, pause; result of one item */

static const struct {
    unsigned status;
    enum send_result request;
    bool split, pause;
    enum send_result item;
} statuses[] = {
    {200, SEND_SENT, false, false, SEND_SENT},
    {202, SEND_SENT, false, false, SEND_SENT},
    {204, SEND_SENT, false, false, SEND_SENT},
    {299, SEND_SENT, false, false, SEND_SENT},
    {301, SEND_AGAIN, false, true, SEND_AGAIN},
    {400, SEND_REFUSED, false, false, SEND_REFUSED},
    {401, SEND_AGAIN, false, true, SEND_REFUSED},
    {403, SEND_AGAIN, false, true, SEND_REFUSED},
    {404, SEND_AGAIN, false, true, SEND_REFUSED},
    {405, SEND_AGAIN, false, true, SEND_REFUSED},
    {408, SEND_AGAIN, false, false, SEND_AGAIN},
    {409, SEND_SENT, false, false, SEND_SENT},
    {410, SEND_REFUSED, false, false, SEND_REFUSED},
    {413, SEND_AGAIN, true, false, SEND_REFUSED},
    {415, SEND_AGAIN, false, true, SEND_REFUSED},
    {422, SEND_REFUSED, false, false, SEND_REFUSED},
    {425, SEND_AGAIN, false, false, SEND_AGAIN},
    {429, SEND_AGAIN, false, false, SEND_AGAIN},
    {499, SEND_REFUSED, false, false, SEND_REFUSED},
    {500, SEND_AGAIN, false, false, SEND_AGAIN},
    {503, SEND_AGAIN, false, false, SEND_AGAIN},
    {599, SEND_AGAIN, false, false, SEND_AGAIN},
    {0, SEND_AGAIN, false, true, SEND_AGAIN},
    {100, SEND_AGAIN, false, true, SEND_AGAIN},
    {600, SEND_AGAIN, false, true, SEND_AGAIN},
};

static void
test_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        const struct http_status_row *row =
            http_status_request(statuses[i].status);

        if (row->result != statuses[i].request ||
            row->split != statuses[i].split ||
            row->pause != statuses[i].pause || !row->why ||
            http_status_item(statuses[i].status) != statuses[i].item)
            fail_msg("%u", statuses[i].status);
    }
    assert_string_equal(http_status_reason(404), "Not Found");
    assert_string_equal(http_status_reason(299), "Status");
}

/* ---- results */

static const struct {
    const char *text;
    bool object, list;
    size_t count;
} results[] = {
    {"{\"msg_id\":\"m\",\"accepted\":1,\"results\":[202,400]}", true, false, 2},
    {" {\t\"results\" : [ 202 ] ,\r\n\"msg_id\":\"\" } ", true, false, 1},
    {"{\"results\":[]}", true, false, 0},
    {"[202,200,599,100]", false, true, 4},
    {" [ 202 , 200 ] \n", false, true, 2},
    {"[]", false, true, 0},
    {"", false, false, 0},
    {"{}", false, false, 0},
    {"{\"msg_id\":\"m\"}", false, false, 0},
    {"{\"results\":[202]", false, false, 0},
    {"{\"results\":[202]}x", false, false, 0},
    {"{\"results\":[202],}", false, false, 0},
    {"{\"results\":[202],\"results\":[202]}", false, false, 0},
    {"{\"results\":[202],\"more\":1}", false, false, 0},
    {"{\"results\":{}}", false, false, 0},
    {"{\"msg_id\":\"a\\\"b\",\"results\":[202]}", false, false, 0},
    {"{\"msg_id\":\"\xe4\xba\x92\",\"results\":[202]}", false, false, 0},
    {"{\"accepted\":65537,\"results\":[202]}", false, false, 0},
    {"{\"accepted\":-1,\"results\":[202]}", false, false, 0},
    {"[99]", false, false, 0},
    {"[600]", false, false, 0},
    {"[0202]", false, false, 0},
    {"[202.0]", false, false, 0},
    {"[2e2]", false, false, 0},
    {"[202,]", false, false, 0},
    {"[,202]", false, false, 0},
    {"[202 202]", false, false, 0},
    {"[\"202\"]", false, false, 0},
    {"[[202]]", false, false, 0},
    {"[202,202,202,202,202]", false, false, 0}, /* one more than expected */
};

/* Cut anywhere, it is no longer right. */
static void
refuse_cut(struct bytes in, struct results *r)
{
    in = bytes_trim(in);
    for (size_t n = 0; n < in.len; n++) {
        if (results_scan(bytes_upto(in, n), r) ||
            results_scan_list(bytes_upto(in, n), r))
            fail_msg("cut: %.*s", (int)n, in.data);
    }
}

static void
test_results(void **state)
{
    uint16_t status[4];
    struct buf out = {0};
    struct results r = {.status = status, .max = 4};

    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        struct bytes in = bytes_str(results[i].text);

        if (results_scan(in, &r) != results[i].object ||
            (results[i].object && r.count != results[i].count))
            fail_msg("object: %s", results[i].text);
        if (results_scan_list(in, &r) != results[i].list ||
            (results[i].list && r.count != results[i].count))
            fail_msg("list: %s", results[i].text);
        if (results[i].object || results[i].list)
            refuse_cut(in, &r);
    }
    results_write(&out, BYTES("a\"\n\\b"), (const uint16_t[]){202, 503}, 2);
    assert_string_equal(
        buf_cstr(&out),
        "{\"msg_id\":\"ab\",\"accepted\":1,\"results\":[202,503]}");
    assert_true(results_scan(buf_view(&out), &r));
    assert_true(bytes_is(r.msg_id, "ab"));
    buf_free(&out);
}

/* ---- headers */

static const struct {
    const char *text;
    bool ok;
} heads[] = {
    {"{\"id\":\"m\",\"info_type\":\"alert\"}", true},
    {"{\"more\":\"x\",\"id\":\"m\",\"n\":1,\"info_type\":\"a_b-1\"}", true},
    {"{\"id\":\"m\",\"info_type\":\"alert\",\"first_sequence\":"
     "18446744073709551615}",
     true},
    {"", false},
    {"{}", false},
    {"{\"id\":\"m\"}", false},
    {"{\"info_type\":\"alert\"}", false},
    {"{\"id\":\"\",\"info_type\":\"alert\"}", false},
    {"{\"id\":\"a b\",\"info_type\":\"alert\"}", false},
    {"{\"id\":\"m\",\"info_type\":\"a/b\"}", false},
    {"{\"id\":\"m\",\"id\":\"n\",\"info_type\":\"alert\"}", false},
    {"{\"id\":1,\"info_type\":\"alert\"}", false},
    {"{\"id\":\"m\",\"info_type\":\"alert\",\"x\":{}}", false},
    {"{\"id\":\"m\",\"info_type\":\"alert\",\"x\":null}", false},
    {"{\"id\":\"m\",\"info_type\":\"alert\",\"x\":18446744073709551616}",
     false},
    {"{\"id\":\"m\",\"info_type\":\"alert\"}}", false},
    {"[\"id\"]", false},
};

static void
test_heads(void **state)
{
    struct zhead h;
    char *large = malloc(ZHEAD_MAX + 100);

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (zhead_scan(bytes_str(heads[i].text), &h) != heads[i].ok)
            fail_msg("%s", heads[i].text);
    }
    assert_non_null(large);
    memset(large, ' ', ZHEAD_MAX + 100);
    memcpy(large, heads[0].text, strlen(heads[0].text));
    assert_true(zhead_scan(bytes_of(large, ZHEAD_MAX), &h));
    assert_false(zhead_scan(bytes_of(large, ZHEAD_MAX + 1), &h));
    free(large);
}

/* ---- digests: FIPS 180-4 and GB/T 32905-2016 examples */

static void
test_digests(void **state)
{
    char hex[DIGEST_HEX_MAX];
    enum digest_alg alg;

    (void)state;
    assert_int_equal(digest_hex(DIGEST_SHA256, BYTES("abc"), hex, NULL),
                     ERR_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                             "b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(digest_hex(DIGEST_SM3, BYTES("abc"), hex, NULL), ERR_OK);
    assert_string_equal(hex, "66c7f0f462eeedd9d1f2d46bdc10e4e2"
                             "4167c4875cf2f7a2297da02b8f4ba8e0");
    assert_int_equal(digest_hex(DIGEST_SHA256, (struct bytes){0}, hex, NULL),
                     ERR_OK);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                             "27ae41e4649b934ca495991b7852b855");
    assert_true(digest_name(BYTES("sm3"), &alg));
    assert_int_equal(alg, DIGEST_SM3);
    assert_string_equal(digest_text(DIGEST_SHA256), "sha256");
    assert_false(digest_name(BYTES("md5"), &alg));
    assert_true(digest_same(BYTES("x"), BYTES("x")));
    assert_false(digest_same(BYTES("x"), BYTES("y")));
    assert_false(digest_same(BYTES("x"), BYTES("xx")));
}

/* ---- gzip */

static void
test_gzip(void **state)
{
    struct gzip *z = gzip_new();
    struct buf packed = {0}, again = {0}, back = {0};
    char *zeros = calloc(1, 4 << 20);

    (void)state;
    assert_non_null(z);
    assert_non_null(zeros);
    assert_int_equal(gzip_pack(z, BYTES("hello hello hello"), &packed), ERR_OK);
    assert_int_equal(gzip_pack(z, BYTES("hello hello hello"), &again), ERR_OK);
    assert_true(bytes_eq(buf_view(&packed), buf_view(&again)));
    assert_int_equal(gzip_unpack(buf_view(&packed), 17, &back), ERR_OK);
    assert_true(bytes_is(buf_view(&back), "hello hello hello"));
    buf_reset(&back);
    assert_int_equal(gzip_unpack(buf_view(&packed), 16, &back), ERR_LIMIT);
    assert_int_equal(back.len, 0);
    for (size_t n = 0; n < packed.len; n++)
        assert_int_equal(
            gzip_unpack(bytes_upto(buf_view(&packed), n), 100, &back),
            ERR_SYNTAX);
    buf_char(&packed, 'x'); /* something behind it */
    assert_int_equal(gzip_unpack(buf_view(&packed), 100, &back), ERR_SYNTAX);
    buf_reset(&packed); /* a bomb: 4 MiB of zeros in 4 KiB */
    assert_int_equal(gzip_pack(z, bytes_of(zeros, 4 << 20), &packed), ERR_OK);
    assert_int_equal(gzip_unpack(buf_view(&packed), 16 << 20, &back),
                     ERR_LIMIT);
    assert_true(back.cap < 4 << 20);
    gzip_free(z);
    gzip_free(NULL);
    buf_free(&packed);
    buf_free(&again);
    buf_free(&back);
    free(zeros);
}

/* ---- secrets */

static const struct {
    const char *name, *text;
    mode_t mode;
    enum err_code code;
} secrets[] = {
    {"good", " s3cret \n", 0600, ERR_OK},
    {"group may read", "s3cret", 0640, ERR_OK},
    {"others read", "s3cret", 0604, ERR_AUTH},
    {"group writes", "s3cret", 0620, ERR_AUTH},
    {"empty", "", 0600, ERR_SYNTAX},
    {"blank", " \n\n", 0600, ERR_SYNTAX},
    {"two lines", "a\nb\n", 0600, ERR_OK},
    {"binary", "a\x01", 0600, ERR_SYNTAX},
};

static void
test_secrets(void **state)
{
    struct secret s = {0};
    struct err err;
    char *large = calloc(1, SECRET_MAX + 2);
    bool changed;

    (void)state;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        certs_file(&dir, "s", secrets[i].text, secrets[i].mode);
        if (secret_load(&s, certs_path(&dir, "s"), &err) != secrets[i].code)
            fail_msg("%s", secrets[i].name);
        if (secrets[i].code != ERR_OK)
            assert_null(strstr(err.msg, "s3cret"));
    }
    assert_true(bytes_is(s.value, "a\nb")); /* the last good one stays */
    assert_non_null(large);
    memset(large, 'x', SECRET_MAX + 1);
    certs_file(&dir, "s", large, 0600);
    assert_int_equal(secret_load(&s, certs_path(&dir, "s"), &err), ERR_LIMIT);
    large[SECRET_MAX] = '\0';
    certs_file(&dir, "s", large, 0600);
    assert_int_equal(secret_refresh(&s, certs_path(&dir, "s"), &changed, &err),
                     ERR_OK);
    assert_true(changed);
    assert_int_equal(s.value.len, SECRET_MAX);
    assert_int_equal(secret_refresh(&s, certs_path(&dir, "s"), &changed, &err),
                     ERR_OK);
    assert_false(changed);
    assert_int_equal(secret_load(&s, "/nonexistent", &err), ERR_NOT_FOUND);
    assert_int_equal(secret_load(&s, "/tmp", &err), ERR_TYPE);
    secret_fini(&s);
    free(large);
}

/* A peer's text is shown, but cannot move the cursor. */
static void
test_report(void **state)
{
    struct send_report r;
    char many[600];

    (void)state;
    report_set(&r, SEND_DOWN, "a%sb", "\x1b[2J");
    assert_int_equal(r.result, SEND_DOWN);
    assert_null(strchr(r.text, '\x1b'));
    for (size_t i = 0; i + 3 < sizeof(many); i += 3)
        memcpy(many + i, "\xe4\xba\x92", 4);
    report_set(&r, SEND_AGAIN, "%s", many);
    assert_int_equal(strlen(r.text) % 3, 0);
    assert_true(strlen(r.text) > 190);
}

static int
set_up(void **state)
{
    (void)state;
    dir = (struct certs){.dir = "/tmp/hutong-test-XXXXXX"};
    assert_non_null(mkdtemp(dir.dir));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    certs_remove(&dir);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses), cmocka_unit_test(test_results),
        cmocka_unit_test(test_heads),    cmocka_unit_test(test_digests),
        cmocka_unit_test(test_gzip),     cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_report),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
