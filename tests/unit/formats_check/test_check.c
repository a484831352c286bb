/* SPDX-License-Identifier: Apache-2.0 */
/* What the vectors do not reach: profiles, pointers, envelopes, value encodings
 * of an overlay, caps, memory and threads. */
#include "tests/unit/formats_check/load.h"

#include <pthread.h>

/* ---------------------------------------------------------------- allocator
 * Counts calls, and refuses one on demand. Sanitizers bring their own. */

#ifndef HUTONG_SANITIZED
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static size_t allocations;
static size_t refuse_at; /* the call to refuse, 0: none */

static bool
refused(void)
{
    return ++allocations == refuse_at;
}

void *
malloc(size_t n)
{
    return refused() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return refused() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    return refused() ? NULL : __libc_realloc(p, n);
}
#endif

/* ---------------------------------------------------------------- cases */

#define GENERAL                                                                \
    "\"general\":{\"alert_id\":\"a-1\",\"alert_name\":\"x\",\"alert_type\":"   \
    "\"02001\",\"alert_level\":\"high\",\"alert_time\":\"2026-11-22T10:00:00"  \
    "+08:00\",\"detector\":{\"product_name\":\"x\",\"vendor\":\"x\"}}"
#define ALERT "{\"info_type\":\"alert\"," GENERAL "}"
#define ITEM  "{" GENERAL "}"
#define HEAD                                                                   \
    "\"schema\":\"interconn/alert\",\"schema_version\":\"0.1.0\",\"msg_id\":"  \
    "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\",\"sent_time\":"                  \
    "\"2026-11-22T10:00:00Z\",\"source_product\":{\"product_id\":\"p\","       \
    "\"product_name\":\"x\",\"vendor\":\"x\"}"

/* An alert whose alert_name is ${text}, JSON as it stands. */
#define NAMED(text)                                                            \
    "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"a-1\","              \
    "\"alert_name\":\"" text "\",\"alert_type\":\"02001\",\"alert_level\":"    \
    "\"high\",\"alert_time\":\"2026-11-22T10:00:00+08:00\",\"detector\":{"     \
    "\"product_name\":\"x\",\"vendor\":\"x\"}}}"
#define TEN(s) s s s s s s s s s s

static const struct doc_case {
    const char *name, *text, *lines;
    size_t lenient_errors; /* the rest are warnings there */
} cases[] = {
    {"bare alert", ALERT, "", 0},
    {"x_ members",
     "{\"x_\":1,\"x_source\":{\"a\":[]},\"info_type\":\"alert\"," GENERAL "}",
     "", 0},
    {"not an object", "[]", "record#type \n", 1},
    {"no info_type", ITEM, "record#info_type /info_type\n", 1},
    {"info_type of no kind", "{\"info_type\":\"alerts\"," GENERAL "}",
     "record#info_type /info_type\n", 1},
    {"envelope is no kind", "{\"info_type\":\"envelope\"," GENERAL "}",
     "record#info_type /info_type\n", 1},
    {"escaped key and value",
     "{\"inf\\u006f_type\":\"\\u0061lert\"," GENERAL "}", "", 0},
    {"unknown only warns when lenient",
     "{\"info_type\":\"alert\",\"y\":1," GENERAL "}", "record#unknown /y\n", 0},
    {"pointer escapes",
     "{\"info_type\":\"alert\",\"a~b/c\":1,\"\":2," GENERAL "}",
     "record#unknown /a~0b~1c\nrecord#unknown /\n", 0},
    {"everything missing", "{\"info_type\":\"alert\"}",
     "alert.general#missing /general\n", 0},
    {"missing and wrong at once",
     "{\"info_type\":\"alert\",\"general\":{\"alert_level\":\"higher\","
     "\"count\":\"1\",\"source\":{}}}",
     "alert.general.alert_level#code /general/alert_level\n"
     "alert.general.count#type /general/count\n"
     "alert.general.source#members /general/source\n"
     "alert.general.alert_id#missing /general/alert_id\n"
     "alert.general.alert_name#missing /general/alert_name\n"
     "alert.general.alert_type#missing /general/alert_type\n"
     "alert.general.alert_time#missing /general/alert_time\n"
     "alert.general.detector#missing /general/detector\n",
     1},
    {"null is no absence",
     "{\"info_type\":\"alert\"," GENERAL ",\"extension\":null}",
     "alert.extension#type /extension\n", 1},
    {"an integer that a double cannot hold",
     "{\"info_type\":\"behavior\",\"general\":{\"behavior_id\":\"b\","
     "\"behavior_type\":\"host\",\"occur_time\":\"2026-11-22T10:00:00Z\","
     "\"result\":\"success\",\"subject\":{\"user\":\"u\"},\"object\":{"
     "\"name\":\"o\"},\"action\":\"a\",\"count\":1e17,\"duration_ms\":1e15}}",
     "behavior.general.count#type /general/count\n", 1},
    {"the category is unknown: no verdict on the extension",
     "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"a\",\"alert_name\":"
     "\"x\",\"alert_type\":\"02777\",\"alert_level\":\"high\",\"alert_time\":"
     "\"2026-11-22T10:00:00Z\",\"detector\":{\"product_name\":\"x\",\"vendor\":"
     "\"x\"}},\"extension\":{\"malware\":{\"malware_name\":\"x\"}}}",
     "alert.general.alert_type#code /general/alert_type\n", 0},
    {"the category comes after the extension",
     "{\"extension\":{\"malware\":{\"malware_name\":\"x\"}},"
     "\"info_type\":\"alert\"," GENERAL "}",
     "alert.extension.malware#misplaced /extension/malware\n", 0},
    {"two extensions",
     "{\"info_type\":\"alert\"," GENERAL ",\"extension\":{\"attack\":{"
     "\"attack_method\":\"x\"},\"data\":{\"data_type\":\"x\"}}}",
     "alert.extension.data#misplaced /extension/data\n"
     "alert.extension#members /extension\n",
     0},
    {"also-spelling of a code",
     "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"a\",\"alert_name\":"
     "\"x\",\"alert_type\":\"01999\",\"alert_level\":\"high\",\"alert_time\":"
     "\"2026-11-22T10:00:00Z\",\"detector\":{\"product_name\":\"x\",\"vendor\":"
     "\"x\"}},\"extension\":{\"malware\":{\"malware_name\":\"x\"}}}",
     "", 0},
    {"256 characters, not bytes",
     NAMED(TEN(TEN("\xE4\xB8\xAD")) TEN(TEN("\xF0\x9F\x98\x80"))
               TEN("\\u4e2d\\ud83d\\ude00") TEN("\\n\\\\") TEN("a") "abcdef"),
     "", 0},
    {"257 characters",
     NAMED(TEN(TEN("\xE4\xB8\xAD")) TEN(TEN("\xF0\x9F\x98\x80"))
               TEN("\\u4e2d\\ud83d\\ude00") TEN("\\n\\\\") TEN("a") "abcdefg"),
     "alert.general.alert_name#length /general/alert_name\n", 1},
    {"integers however written",
     "{\"info_type\":\"asset\",\"general\":{\"basic\":{\"asset_id\":\"a\","
     "\"asset_name\":\"x\",\"asset_type\":\"device\",\"running_status\":"
     "\"running\",\"last_seen\":\"2026-11-22T10:00:00Z\",\"protection_level\":"
     "3.0},\"location\":{\"rack_unit\":6e1,\"longitude\":-180,\"latitude\":"
     "9e1}}}",
     "", 0},
    {"lost items", "{\"info_type\":\"alert\"," HEAD "}",
     "envelope.items#missing /items\n", 0},
    {"items of another type", "{\"info_type\":\"alert\",\"items\":{}," HEAD "}",
     "envelope.items#type /items\n", 1},
    {"clean envelope",
     "{\"info_type\":\"alert\",\"x_a\":1,\"items\":[" ITEM "," ALERT "]," HEAD
     "}",
     "", 0},
    {"faults in items",
     "{\"items\":[" ITEM
     ",{\"general\":1,\"a\":2},3],\"info_type\":\"alert\"," HEAD "}",
     "envelope.items[]#type /items/2\n"
     "alert.general#type /items/1/general\nrecord#unknown /items/1/a\n",
     2},
    {"item of another kind",
     "{\"info_type\":\"asset\",\"items\":[{\"info_type\":\"alert\"}]," HEAD "}",
     "record#info_type /items/0/info_type\n"
     "asset.general#missing /items/0/general\n",
     1},
    {"the envelope names no kind: items tell",
     "{\"items\":[" ALERT "," ITEM ",{\"info_type\":\"alert\"}]," HEAD "}",
     "envelope.info_type#missing /info_type\n"
     "alert.general#missing /items/2/general\n",
     0},
    {"a kind without definition",
     "{\"info_type\":\"status\",\"items\":[" ITEM "]," HEAD "}",
     "record#info_type /info_type\n", 1},
    {"an array for the record", "[" ALERT "]", "record#type \n", 1},
};

static void
document_cases(void **state)
{
    struct bench strict, lenient;

    (void)state;
    bench_open(&strict, NULL, CHECK_STRICT);
    bench_open(&lenient, NULL, CHECK_LENIENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct doc_case *c = &cases[i];
        struct buf got = {0};

        bench_check(&strict, bytes_str(c->text));
        bench_check(&lenient, bytes_str(c->text));
        bench_lines(&strict, &got);
        if (!bytes_is(bytes_of(got.data, got.len), c->lines))
            fail_msg("%s:\n%.*s", c->name, (int)got.len, got.data);
        if (strict.out.warnings != 0 ||
            strict.out.errors != lenient.out.errors + lenient.out.warnings)
            fail_msg("%s: strict %zu, lenient %zu + %zu", c->name,
                     strict.out.errors, lenient.out.errors,
                     lenient.out.warnings);
        if (lenient.out.errors != c->lenient_errors)
            fail_msg("%s: lenient has %zu errors", c->name, lenient.out.errors);
        buf_free(&got);
    }
    bench_close(&strict);
    bench_close(&lenient);
}

/* ---------------------------------------------------------------- findings */

static void
findings_say_where(void **state)
{
    static const char text[] =
        "{\"info_type\":\"alert\",\n" GENERAL ",\"extnsion\":{}}";
    struct bench b;
    struct buf zh = {0}, en = {0};

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, BYTES(text));
    assert_int_equal(b.out.count, 1);
    assert_string_equal(b.out.item[0].hint, "extension");
    assert_int_equal(b.out.item[0].offset, strstr(text, "extnsion") - text);
    assert_null(b.out.item[0].clause);
    finding_text(&b.out.item[0], true, &zh);
    finding_text(&b.out.item[0], false, &en);
    assert_string_equal(buf_cstr(&zh),
                        "没有定义成员“extnsion”；是否应为“extension”？");
    assert_string_equal(buf_cstr(&en),
                        "the definition knows no member \"extnsion\"; did you "
                        "mean \"extension\"?");
    buf_free(&zh);
    buf_free(&en);
    bench_close(&b);
}

static void
hostile_text_is_visible(void **state)
{
    static const char text[] = "{\"info_type\":\"alert\",\"a\\u001b[31m\\u202e"
                               "\xE4\xB8\xAD\":1," GENERAL "}";
    struct bench b;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, BYTES(text));
    assert_int_equal(b.out.count, 1);
    assert_string_equal(b.out.item[0].detail,
                        "a\\u001b[31m\\u202e\xE4\xB8\xAD");
    bench_close(&b);
}

/* Long keys and values are cut at a character, with dots. */
static void
long_texts_are_cut(void **state)
{
    struct bench b;
    struct buf text = {0};
    const struct finding *f;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    for (int shift = 0; shift < 4; shift++) {
        buf_reset(&text);
        buf_str(&text, "{\"info_type\":\"alert\"," GENERAL ",\"");
        buf_add(&text, "abc", (size_t)shift);
        for (int i = 0; i < 300; i++)
            buf_str(&text, "\xE4\xB8\xAD~");
        buf_str(&text, "\":1}");
        bench_check(&b, bytes_of(text.data, text.len));
        assert_int_equal(b.out.count, 1);
        f = &b.out.item[0];
        assert_true(strlen(f->pointer) > sizeof(f->pointer) - 12);
        assert_true(strlen(f->detail) > sizeof(f->detail) - 12);
        assert_string_equal(f->pointer + strlen(f->pointer) - 3, "...");
        assert_string_equal(f->detail + strlen(f->detail) - 3, "...");
        assert_int_equal((unsigned char)f->pointer[strlen(f->pointer) - 4] <
                             0x80,
                         f->pointer[strlen(f->pointer) - 4] == '0');
    }
    buf_free(&text);
    bench_close(&b);
}

static void
all_are_counted(void **state)
{
    struct bench b;
    struct buf text = {0};

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    buf_str(&text, "{\"info_type\":\"alert\"," GENERAL);
    for (int i = 0; i < 2500; i++)
        buf_printf(&text, ",\"k%d\":1", i);
    buf_str(&text, "}");
    bench_check(&b, bytes_of(text.data, text.len));
    assert_int_equal(b.out.count, 1000);
    assert_int_equal(b.out.errors, 2500);
    b.out.max = 7;
    bench_check(&b, bytes_of(text.data, text.len));
    assert_int_equal(b.out.count, 7);
    assert_int_equal(b.out.errors, 2500);
    assert_string_equal(b.out.item[6].pointer, "/k6");
    buf_free(&text);
    bench_close(&b);
}

static void
rows_are_counted(void **state)
{
    struct bench b;
    size_t all, alert, provisional;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    all = check_rows(b.c, NULL, &provisional);
    assert_int_equal(all, std_row_count(b.s));
    assert_int_equal(provisional, all);
    alert = check_rows(b.c, "alert", &provisional);
    assert_in_range(alert, 1, all - 1);
    assert_int_equal(provisional, alert);
    bench_check(&b, bytes_str("{\"info_type\":\"alert\",\"items\":[" ITEM
                              "," ITEM "]," HEAD "}"));
    assert_int_equal(b.out.records, 2);
    assert_int_equal(b.out.envelopes, 1);
    for (size_t i = 0; checker_kind(b.c, i) != NULL; i++) {
        if (strcmp(checker_kind(b.c, i), "alert") == 0)
            assert_int_equal(b.out.kinds, 1U << i);
    }
    bench_close(&b);
}

static void
records_of_a_kind(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, bytes_str(ITEM));
    findings_reset(&b.out);
    assert_int_equal(check_record(b.c, b.st, &b.tape, 0, "alert", &b.out),
                     ERR_OK);
    assert_int_equal(b.out.errors, 0);
    assert_int_equal(check_record(b.c, b.st, &b.tape, 0, "nosuch", &b.out),
                     ERR_NOT_FOUND);
    bench_close(&b);
}

/* ---------------------------------------------------------------- overlays */

static const struct doc_case alien[] = {
    {"clean alert",
     "{\"info_type\":\"alert\",\"alertId\":\"a\",\"alertName\":\"x\","
     "\"alertType\":\"02001\",\"alertLevel\":50,\"alertTime\":1795305600123,"
     "\"firstTime\":0,\"lastTime\":1795305600123.0,\"attackResult\":\"\xE6\x88"
     "\x90\xE5\x8A\x9F\",\"detectorProductName\":\"x\",\"detectorVendor\":\"x\","
     "\"dutyShift\":2,\"sourceIp\":\"192.0.2.1\"}",
     "", 0},
    {"faults of encodings",
     "{\"info_type\":\"alert\",\"alertId\":\"a\",\"alertName\":\"x\","
     "\"alertType\":\"02001\",\"alertLevel\":\"high\",\"alertTime\":"
     "\"2026-11-22T10:00:00Z\",\"firstTime\":2,\"lastTime\":1,"
     "\"attackResult\":\"success\",\"detectorProductName\":\"x\","
     "\"detectorVendor\":\"x\",\"dutyShift\":3,\"alert_id\":1}",
     "alert.general.alert_level#type /alertLevel\n"
     "alert.general.alert_time#type /alertTime\n"
     "alert.general.first_time#order /firstTime\n"
     "alert.general.attack_result#code /attackResult\n"
     "alert.general.shift#code /dutyShift\n"
     "record#unknown /alert_id\n",
     0},
    {"a time before 1970 and one that is no integer",
     "{\"info_type\":\"alert\",\"alertId\":\"a\",\"alertName\":\"x\","
     "\"alertType\":\"02001\",\"alertLevel\":50,\"alertTime\":-1,"
     "\"firstTime\":0.5,\"detectorProductName\":\"x\","
     "\"detectorVendor\":\"x\"}",
     "alert.general.alert_time#format /alertTime\n"
     "alert.general.first_time#type /firstTime\n",
     0},
    {"a condition over a Chinese name",
     "{\"info_type\":\"asset\",\"assetId\":\"a\",\"assetName\":\"x\","
     "\"assetType\":\"\xE8\xAE\xBE\xE5\xA4\x87\",\"runningStatus\":1,"
     "\"lastSeen\":1795305600123,\"other\":{}}",
     "asset.extension.other#misplaced /other\n", 0},
    {"... that holds",
     "{\"info_type\":\"asset\",\"assetId\":\"a\",\"assetName\":\"x\","
     "\"assetType\":\"\xE5\x85\xB6\xE4\xBB\x96\",\"runningStatus\":1,"
     "\"lastSeen\":1795305600123,\"other\":{}}",
     "", 0},
    {"a group by its Chinese name, of a code by its number",
     "{\"info_type\":\"threat\",\"threatId\":\"t\",\"threatName\":\"x\","
     "\"component\":7,\"domain\":\"\xE6\x96\xB9\xE6\xB3\x95\xE5\x9F\x9F"
     "\",\"createTime\":1,\"ttpName\":\"x\"}",
     "", 0},
    {"... that does not fit; a time that is not before",
     "{\"info_type\":\"threat\",\"threatId\":\"t\",\"threatName\":\"x\","
     "\"component\":2,\"domain\":\"\xE6\x96\xB9\xE6\xB3\x95\xE5\x9F\x9F"
     "\",\"createTime\":1,\"validFrom\":5,\"validUntil\":5}",
     "threat.general.domain#group /domain\n"
     "threat.general.valid_from#order /validFrom\n",
     0},
    {"a condition over a number written as 2.0",
     "{\"info_type\":\"threat\",\"threatId\":\"t\",\"threatName\":\"x\","
     "\"component\":2.0,\"createTime\":1,\"ttpName\":\"x\"}",
     "threat.extension.ttp.name#misplaced /ttpName\n"
     "threat.general.valid_from#condition /validFrom\n",
     0},
    {"the member of a kind is renamed in the envelope",
     "{\"schema\":\"a/b\",\"schemaVersion\":\"1.0.0\",\"msgId\":"
     "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\",\"infoType\":\"asset\","
     "\"sentTime\":1795305600123,\"sourceProduct\":{\"productId\":\"p\","
     "\"productName\":\"x\",\"vendor\":\"x\"},\"items\":[{\"info_type\":"
     "\"asset\",\"assetId\":\"a\",\"assetName\":\"x\",\"assetType\":"
     "\"\xE8\xAE\xBE\xE5\xA4\x87\",\"runningStatus\":9,\"lastSeen\":1}]}",
     "asset.general.basic.running_status#code /items/0/runningStatus\n", 0},
};

static void
alien_edition(void **state)
{
    struct buf overlay = load_file(TEST_ROOT "/tests/e2e/alien/alien.yaml");
    struct bench b;

    (void)state;
    bench_open(&b, buf_cstr(&overlay), CHECK_STRICT);
    for (size_t i = 0; i < sizeof(alien) / sizeof(*alien); i++) {
        struct buf got = {0};

        bench_check(&b, bytes_str(alien[i].text));
        bench_lines(&b, &got);
        if (!bytes_is(bytes_of(got.data, got.len), alien[i].lines))
            fail_msg("%s:\n%.*s", alien[i].name, (int)got.len, got.data);
        buf_free(&got);
    }
    bench_close(&b);
    buf_free(&overlay);
}

/* Length and pattern of a code say nothing about its Chinese name, and a
 * condition over it still compares the code. */
static void
category_by_name(void **state)
{
    static const char overlay[] =
        "kind: overlay\nid: names\nversion: 0.1.0\nover: provisional-2026\n"
        "edition: names-1\nrows:\n"
        "  alert.general.alert_type: {encoding: name_zh}\n";
    static const char form[] =
        "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"a\","
        "\"alert_name\":\"x\",\"alert_type\":\"%s\",\"alert_level\":"
        "\"high\",\"alert_time\":\"2026-11-22T10:00:00Z\",\"detector\":{"
        "\"product_name\":\"x\",\"vendor\":\"x\"}},\"extension\":{"
        "\"attack\":{\"attack_method\":\"x\"}}}";
    static const struct {
        const char *type, *lines;
    } rows[] = {
        {"\xE6\x8B\x92\xE7\xBB\x9D\xE6\x9C\x8D\xE5\x8A\xA1"
         "\xE4\xBA\x8B\xE4\xBB\xB6",
         ""}, /* 02008 */
        {"\xE6\x95\xB0\xE6\x8D\xAE\xE7\xAA\x83\xE5\x8F\x96"
         "\xE4\xBA\x8B\xE4\xBB\xB6",
         "alert.extension.attack#misplaced /extension/attack\n"}, /* 03005 */
        {"02008", "alert.general.alert_type#code /general/alert_type\n"},
    };
    struct bench b;

    (void)state;
    bench_open(&b, overlay, CHECK_STRICT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf text = {0}, got = {0};

        buf_printf(&text, form, rows[i].type);
        bench_check(&b, bytes_of(text.data, text.len));
        bench_lines(&b, &got);
        if (!bytes_is(bytes_of(got.data, got.len), rows[i].lines))
            fail_msg("%s:\n%.*s", rows[i].type, (int)got.len, got.data);
        buf_free(&text);
        buf_free(&got);
    }
    bench_close(&b);
}

/* ---------------------------------------------------------------- memory */

static void
clean_documents_allocate_nothing(void **state)
{
#ifdef HUTONG_SANITIZED
    (void)state;
    print_message("SKIP: the sanitizer owns the allocator\n");
#else
    static const char text[] =
        "{\"info_type\":\"alert\",\"items\":[" ITEM "," ITEM "]," HEAD "}";
    struct bench b;
    size_t before;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, BYTES(text));
    before = allocations;
    for (int i = 0; i < 10; i++)
        bench_check(&b, BYTES(text));
    assert_int_equal(allocations, before);
    assert_int_equal(b.out.errors, 0);
    bench_close(&b);
#endif
}

static void
memory_runs_out(void **state)
{
#ifdef HUTONG_SANITIZED
    (void)state;
    print_message("SKIP: the sanitizer owns the allocator\n");
#else
    struct bench b;
    bool done = false;
    size_t n;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, BYTES("{\"info_type\":\"alert\",\"bad\":1}"));
    for (n = 1; !done && n < 5000; n++) {
        struct checker *c;
        struct check_state *st = NULL;
        struct findings out = {0};
        struct err err = {0};
        enum err_code code = ERR_NOMEM;

        allocations = 0;
        refuse_at = n;
        c = checker_new(b.s, CHECK_STRICT, &err);
        if (c != NULL)
            st = check_state_new(c);
        if (st != NULL)
            code = check_document(c, st, &b.tape, &out);
        done = allocations < n;
        refuse_at = 0;
        if (c == NULL)
            assert_int_not_equal(err.code, ERR_OK);
        if (done)
            assert_int_equal(out.errors, 2);
        /* A sentence's scratch may fail; the finding itself still counts. */
        assert_true(code == ERR_NOMEM || out.errors == 2);
        findings_free(&out);
        check_state_free(st);
        checker_free(c);
    }
    assert_true(done);
    bench_close(&b);
#endif
}

/* ---------------------------------------------------------------- threads */

#define THREADS 4
#define ROUNDS  300

struct job {
    const struct checker *checker;
    size_t errors;
};

static void *
check_many(void *arg)
{
    struct job *job = arg;
    struct bench b = {.st = check_state_new(job->checker)};

    json_reader_init(&b.reader, JSON_STRICT, NULL);
    for (size_t i = 0; i < ROUNDS; i++) {
        const char *text = cases[i % (sizeof(cases) / sizeof(*cases))].text;

        if (json_read(&b.reader, bytes_str(text), &b.tape, NULL) != ERR_OK)
            continue;
        findings_reset(&b.out);
        if (check_document(job->checker, b.st, &b.tape, &b.out) == ERR_OK)
            job->errors += b.out.errors;
    }
    findings_free(&b.out);
    tape_free(&b.tape);
    json_reader_free(&b.reader);
    check_state_free(b.st);
    return NULL;
}

static void
threads_share_a_checker(void **state)
{
    struct bench b;
    pthread_t thread[THREADS];
    struct job job[THREADS + 1];

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    for (int i = 0; i <= THREADS; i++)
        job[i] = (struct job){b.c, 0};
    check_many(&job[THREADS]);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, check_many, &job[i]),
                         0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(job[i].errors, job[THREADS].errors);
    }
    assert_true(job[THREADS].errors > 0);
    bench_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_cases),
        cmocka_unit_test(findings_say_where),
        cmocka_unit_test(hostile_text_is_visible),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(all_are_counted),
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(records_of_a_kind),
        cmocka_unit_test(alien_edition),
        cmocka_unit_test(category_by_name),
        cmocka_unit_test(clean_documents_allocate_nothing),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(threads_share_a_checker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
