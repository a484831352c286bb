/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of every codec in the table, and what products really sent: the
 * shared samples. */
#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#include "formats/codec/framer.h"
#include "tests/unit/formats_codec/decode.h"

static void
test_find(void **state)
{
    (void)state;
    for (size_t i = 0; codec_table[i] != NULL; i++)
        assert_ptr_equal(codec_find(codec_table[i]->name), codec_table[i]);
    assert_non_null(codec_find("json"));
    assert_non_null(codec_find("syslog"));
    assert_non_null(codec_find("cef"));
    assert_null(codec_find("JSON"));
    assert_null(codec_find(""));
    assert_null(codec_find(NULL));
}

static void
test_json(void **state)
{
    static const struct decode_row rows[] = {
        {"object", "{\"a\":[1,\"x\"]}", 0, "{\"a\":[1,\"x\"]}", 0, NULL},
        {"byte order mark", "\xEF\xBB\xBF{\"a\":1}", 0, "{\"a\":1}", 0, NULL},
        {"spaces around", " {\"a\":1} \r", 0, "{\"a\":1}", 0, NULL},
        {"duplicate key", "{\"a\":1,\"a\":2}", 0, "{\"a\":1}", TAPE_DUPLICATE,
         NULL},
        {"bad utf-8", "{\"a\":\"\xFF\"}", 0, "{\"a\":\"\xEF\xBF\xBD\"}",
         TAPE_REPAIRED, NULL},
        {"cut off", "{\"a\":1", 0, NULL, 0, ""},
        {"no json", "Nov 22 10:00:00 h a: m", 0, NULL, 0, ""},
        {"empty", "", 0, NULL, 0, ""},
    };
    const struct codec *json = codec_find("json");

    (void)state;
    decode_check_all(json, rows, ROW_COUNT(rows));
    decode_truncate_all(json, rows, ROW_COUNT(rows));
    assert_int_equal(json->looks_like(BYTES("{\"a\":1}")), 95);
    assert_int_equal(json->looks_like(BYTES("{\"a\":")), 80);
    assert_int_equal(json->looks_like(BYTES("[{\"a\":1}]")), 60);
    assert_int_equal(json->looks_like(BYTES("[error] x [1]")), 0);
    assert_int_equal(json->looks_like(BYTES("<13>{\"a\":1}")), 0);
    assert_int_equal(json->looks_like(BYTES("")), 0);
}

/* Any bytes: an error with a reason, or a tape whose JSON can be read back by
 * the reader to the same JSON. */
static void
check_any(struct decoder *d, const struct codec *codec, struct bytes in)
{
    struct json_reader reader;
    struct tape again = {0};
    struct buf text = {0};
    struct err err = {0};
    int looks = codec->looks_like(in);

    assert_true(looks >= 0 && looks <= 100);
    if (decoder_run(d, codec, in) != ERR_OK) {
        assert_true(d->err.msg[0] != '\0');
        return;
    }
    json_reader_init(&reader, JSON_TOLERANT, NULL);
    if (json_read(&reader, buf_view(&d->text), &again, &err) != ERR_OK)
        fail_msg("%s: the tape is no JSON: %s %s", codec->name, err.where,
                 err.msg);
    json_put_value(&text, &again, 0);
    assert_int_equal(text.len, d->text.len);
    assert_memory_equal(text.data, d->text.data, text.len);
    json_reader_free(&reader);
    tape_free(&again);
    buf_free(&text);
}

static void
test_any_bytes(void **state)
{
    static const char alphabet[] =
        "<13>CEF:0|a=b \\\n\r\"[]{}%-\xE4\xBA\x92\xFF"
        "Nov 22 10:00:00 2026-11-22T";
    struct decoder d;
    uint32_t x = 11;

    (void)state;
    decoder_init(&d);
    for (int i = 0; i < 20000; i++) {
        char in[96];
        size_t n = (size_t)(i % (int)sizeof in);

        for (size_t k = 0; k < n; k++) {
            x = x * 1664525U + 1013904223U;
            in[k] = alphabet[(x >> 16) % sizeof alphabet];
        }
        for (size_t c = 0; codec_table[c] != NULL; c++)
            check_any(&d, codec_table[c], bytes_of(in, n));
    }
    decoder_free(&d);
}

/* ---- samples */

static const char *
samples(void)
{
    const char *env = getenv("HUTONG_SAMPLES");

    return env != NULL && env[0] != '\0' ? env : TEST_ROOT "/../shared/samples";
}

struct tally {
    size_t frames, decoded, with_pri, with_time, with_host;
};

static bool
read_file(const char *path, struct buf *out)
{
    char block[65536];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (f == NULL)
        return false;
    buf_reset(out);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, block, n);
    fclose(f);
    return true;
}

static void
decode_lines(struct decoder *d, const struct codec *codec, struct bytes text,
             struct tally *t)
{
    struct framer f;
    struct frame frame;

    framer_init(&f, FRAMER_LINES, 0, 0);
    while (framer_next(&f, &text, &frame) || framer_flush(&f, &frame)) {
        t->frames++;
        check_any(d, codec, frame.data);
        if (decoder_run(d, codec, frame.data) != ERR_OK)
            continue;
        t->decoded++;
        t->with_pri += tape_get(&d->tape, 0, BYTES("pri")) != 0;
        t->with_time += tape_get(&d->tape, 0, BYTES("timestamp")) != 0;
        t->with_host += tape_get(&d->tape, 0, BYTES("hostname")) != 0;
    }
    framer_free(&f);
}

static struct tally
decode_folder(const char *folder, const struct codec *codec, const char *end)
{
    char path[PATH_MAX];
    struct tally t = {0};
    struct decoder d;
    struct buf text = {0};
    struct dirent *e;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/%s", samples(), folder);
    dir = opendir(path);
    if (dir == NULL) {
        print_message("[   SKIP   ] no samples in %s\n", path);
        return t;
    }
    decoder_init(&d);
    while ((e = readdir(dir)) != NULL) {
        size_t n = strlen(e->d_name);

        if (n < strlen(end) || strcmp(e->d_name + n - strlen(end), end) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s/%s", samples(), folder,
                       e->d_name);
        if (read_file(path, &text))
            decode_lines(&d, codec, buf_view(&text), &t);
    }
    closedir(dir);
    decoder_free(&d);
    buf_free(&text);
    return t;
}

static void
test_cef_samples(void **state)
{
    struct tally t = decode_folder("cef-misc", codec_find("cef"), ".log");

    (void)state;
    assert_int_equal(t.decoded, t.frames);
    t = decode_folder("crowdsec-hub", codec_find("cef"), "cef-logs.log");
    assert_int_equal(t.decoded, t.frames);
}

static void
test_syslog_samples(void **state)
{
    static const char *const vendors[] = {
        "360",     "asiainfo",  "datacloudsec", "dbappsecurity",
        "dptech",  "h3c",       "hillstone",    "huawei",
        "huorong", "jnsec",     "jump",         "legendsec-leadsec",
        "nsfocus", "netentsec", "qianxin",      "ruijie",
        "sangfor", "topsec",    "venustech",    "webray"};
    struct tally all = {0};

    (void)state;
    for (size_t i = 0; i < ROW_COUNT(vendors); i++) {
        char folder[64];
        struct tally t;

        (void)snprintf(folder, sizeof folder, "chinese-vendors-2/%s",
                       vendors[i]);
        t = decode_folder(folder, codec_find("syslog"), ".log");
        /* Nothing that is not empty is refused. */
        assert_int_equal(t.decoded, t.frames);
        all.frames += t.frames;
        all.with_pri += t.with_pri;
        all.with_time += t.with_time;
        all.with_host += t.with_host;
    }
    print_message("%zu lines: %zu with PRI, %zu with a time, %zu with a host\n",
                  all.frames, all.with_pri, all.with_time, all.with_host);
}

static void
test_rsyslog_samples(void **state)
{
    static const char *const files[] = {
        "rsyslog-rfc5424.log", "rsyslog-rawmsg.log", "rsyslog-fileformat.log",
        "rsyslog-traditional-file.log"};

    (void)state;
    for (size_t i = 0; i < ROW_COUNT(files); i++) {
        struct tally t =
            decode_folder("generated-local", codec_find("syslog"), files[i]);

        assert_int_equal(t.decoded, t.frames);
        assert_int_equal(t.with_time, t.frames);
        assert_int_equal(t.with_host, t.frames);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_cef_samples),
        cmocka_unit_test(test_syslog_samples),
        cmocka_unit_test(test_rsyslog_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
