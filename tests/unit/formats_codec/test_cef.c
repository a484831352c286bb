/* SPDX-License-Identifier: Apache-2.0 */
/* CEF as specified and as products send it: escapes, values with spaces and
 * '=', forged and repeated keys, syslog in front, damage of every kind. */
#include "tests/unit/formats_codec/decode.h"

extern const struct codec codec_cef;

/* The header used by rows that are about the extension. */
#define H "CEF:0|V|P|1|100|N|5|"
#define J                                                                      \
    "{\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\"," \
    "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","        \
    "\"severity\":\"5\",\"ext\":"
/* A header with one field replaced. */
#define HEAD(version, vendor, product, dversion, id, name, severity)           \
    "{\"cef_version\":\"" version "\",\"device_vendor\":\"" vendor             \
    "\",\"device_product\":\"" product "\",\"device_version\":\"" dversion     \
    "\",\"signature_id\":\"" id "\",\"name\":\"" name                          \
    "\",\"severity\":\"" severity "\",\"ext\":{}}"

static const struct decode_row rows[] = {
    /* header */
    {"smallest", H, 0, J "{}}", 0, NULL},
    {"version 1", "CEF:1|V|P|1|100|N|5|", 0,
     HEAD("1", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"version 1.2", "CEF:1.2|V|P|1|100|N|5|", 0,
     HEAD("1.2", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"space behind CEF:", "CEF: 0|V|P|1|100|N|5|", 0,
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"CEF: eaten as a tag", "0|V|P|1|100|N|5|", 0,
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"no pipe behind severity", "CEF:0|V|P|1|100|N|5", 0,
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"empty fields", "CEF:0|||||||", 0, HEAD("0", "", "", "", "", "", ""), 0,
     NULL},
    {"spaces in fields", "CEF:0|Check Point|VPN-1 & FireWall-1|1|100|a b|5|", 0,
     HEAD("0", "Check Point", "VPN-1 & FireWall-1", "1", "100", "a b", "5"), 0,
     NULL},
    {"spaces around fields", "CEF:0| V |P| 1|100|N | 5 |", 0,
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"escaped pipe", "CEF:0|V|P|1|100|a\\|b|5|", 0,
     HEAD("0", "V", "P", "1", "100", "a|b", "5"), 0, NULL},
    {"escaped backslash", "CEF:0|V|P|1|100|a\\\\b|5|", 0,
     HEAD("0", "V", "P", "1", "100", "a\\\\b", "5"), 0, NULL},
    {"escaped backslash before pipe", "CEF:0|V|P|1|100|a\\\\|5|", 0,
     HEAD("0", "V", "P", "1", "100", "a\\\\", "5"), 0, NULL},
    {"other backslash stays", "CEF:0|V|P|1|100|C:\\x|5|", 0,
     HEAD("0", "V", "P", "1", "100", "C:\\\\x", "5"), 0, NULL},
    {"equal sign in header", "CEF:0|V|P|1|100|a=b c=d|5|", 0,
     HEAD("0", "V", "P", "1", "100", "a=b c=d", "5"), 0, NULL},
    {"severity word", "CEF:0|V|P|1|100|N|Very-High|", 0,
     HEAD("0", "V", "P", "1", "100", "N", "Very-High"), 0, NULL},
    {"chinese", "CEF:0|亚信|P|1|100|暴力破解|5|", 0,
     HEAD("0", "亚信", "P", "1", "100", "暴力破解", "5"), 0, NULL},
    {"quote in name", "CEF:0|V|P|1|100|a\"b|5|", 0,
     HEAD("0", "V", "P", "1", "100", "a\\\"b", "5"), 0, NULL},
    {"bad utf-8 in name",
     "CEF:0|V|P|1|100|a\xFF"
     "b|5|",
     0,
     HEAD("0", "V", "P", "1", "100",
          "a\xEF\xBF\xBD"
          "b",
          "5"),
     TAPE_REPAIRED, NULL},
    {"line end", "CEF:0|V|P|1|100|N|5|\r\n", 0,
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},
    {"lf and nul behind", WITH_NUL("CEF:0|V|P|1|100|N|5|\n\0"),
     HEAD("0", "V", "P", "1", "100", "N", "5"), 0, NULL},

    /* extension */
    {"first key keeps its letter", H "src=1.2.3.4", 0,
     J "{\"src\":\"1.2.3.4\"}}", 0, NULL},
    {"space before the first key", H " src=1.2.3.4", 0,
     J "{\"src\":\"1.2.3.4\"}}", 0, NULL},
    {"two", H "src=1 dst=2", 0, J "{\"src\":\"1\",\"dst\":\"2\"}}", 0, NULL},
    {"value with spaces", H "msg=a b c dst=2", 0,
     J "{\"msg\":\"a b c\",\"dst\":\"2\"}}", 0, NULL},
    {"trailing spaces", H "a=1   b=2   ", 0, J "{\"a\":\"1\",\"b\":\"2\"}}", 0,
     NULL},
    {"leading spaces", H "a=  1 b=2", 0, J "{\"a\":\"1\",\"b\":\"2\"}}", 0,
     NULL},
    {"empty value", H "a= b=2", 0, J "{\"a\":\"\",\"b\":\"2\"}}", 0, NULL},
    {"empty last value", H "a=1 b=", 0, J "{\"a\":\"1\",\"b\":\"\"}}", 0, NULL},
    {"escaped equal sign", H "a=x\\=y b=2", 0, J "{\"a\":\"x=y\",\"b\":\"2\"}}",
     0, NULL},
    {"escaped key in a value", H "a=x src\\=y b=2", 0,
     J "{\"a\":\"x src=y\",\"b\":\"2\"}}", 0, NULL},
    {"raw equal sign in a value", H "request=http://h/?q=1&r=2 b=2", 0,
     J "{\"request\":\"http://h/?q=1&r=2\",\"b\":\"2\"}}", 0, NULL},
    {"base64 value", H "a=QUJD== b=2", 0, J "{\"a\":\"QUJD==\",\"b\":\"2\"}}",
     0, NULL},
    {"equal sign behind a space", H "a=x = y b=2", 0,
     J "{\"a\":\"x = y\",\"b\":\"2\"}}", 0, NULL},
    {"escaped newline", H "a=x\\ny b=2", 0, J "{\"a\":\"x\\ny\",\"b\":\"2\"}}",
     0, NULL},
    {"escaped return", H "a=x\\r\\ny", 0, J "{\"a\":\"x\\r\\ny\"}}", 0, NULL},
    {"escaped backslash", H "a=C:\\\\dir b=2", 0,
     J "{\"a\":\"C:\\\\dir\",\"b\":\"2\"}}", 0, NULL},
    {"backslash not doubled", H "a=C:\\Windows b=2", 0,
     J "{\"a\":\"C:\\\\Windows\",\"b\":\"2\"}}", 0, NULL},
    {"backslash before n, doubled", H "a=C:\\\\new", 0,
     J "{\"a\":\"C:\\\\new\"}}", 0, NULL},
    {"backslash at the end", H "a=x\\", 0, J "{\"a\":\"x\\\\\"}}", 0, NULL},
    {"escaped pipe", H "a=x\\|y", 0, J "{\"a\":\"x|y\"}}", 0, NULL},
    {"raw pipe", H "a=x|y b=|", 0, J "{\"a\":\"x|y\",\"b\":\"|\"}}", 0, NULL},
    {"duplicate, first wins", H "src=1 src=2 dst=3", 0,
     J "{\"src\":\"1\",\"dst\":\"3\"}}", TAPE_DUPLICATE, NULL},
    {"key characters", H "ad.a_b-c[0]=1 b=2", 0,
     J "{\"ad.a_b-c[0]\":\"1\",\"b\":\"2\"}}", 0, NULL},
    {"digit key", H "1a=1 2=2", 0, J "{\"1a\":\"1\",\"2\":\"2\"}}", 0, NULL},
    {"no key: a colon before =", H "a=1 x:y=2 b=3", 0,
     J "{\"a\":\"1 x:y=2\",\"b\":\"3\"}}", 0, NULL},
    {"quoted value keeps quotes", H "cat='Link' id=\"5\"", 0,
     J "{\"cat\":\"'Link'\",\"id\":\"\\\"5\\\"\"}}", 0, NULL},
    {"value with braces", H "loguid={0x5,0x1} b=2", 0,
     J "{\"loguid\":\"{0x5,0x1}\",\"b\":\"2\"}}", 0, NULL},
    {"tab is part of a value", H "a=x\ty=2 b=3", 0,
     J "{\"a\":\"x\\ty=2\",\"b\":\"3\"}}", 0, NULL},
    {"chinese value", H "group_name=默认组 b=2", 0,
     J "{\"group_name\":\"默认组\",\"b\":\"2\"}}", 0, NULL},
    {"gbk bytes repaired", H "a=\xBA\xDA b=2", 0,
     J "{\"a\":\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"b\":\"2\"}}", TAPE_REPAIRED,
     NULL},
    {"bad utf-8 and escape", H "a=\xFF\\=x", 0, J "{\"a\":\"\xEF\xBF\xBD=x\"}}",
     TAPE_REPAIRED, NULL},
    {"nul in a value", WITH_NUL(H "a=x\0y b=2"),
     J "{\"a\":\"x\\u0000y\",\"b\":\"2\"}}", 0, NULL},
    {"control in a value", H "a=\x1b[31m", 0, J "{\"a\":\"\\u001b[31m\"}}", 0,
     NULL},
    {"newline inside the frame", H "a=x\ny b=2", 0,
     J "{\"a\":\"x\\ny\",\"b\":\"2\"}}", 0, NULL},
    {"dash between", H "a=1 - 0 b=2", 0, J "{\"a\":\"1 - 0\",\"b\":\"2\"}}", 0,
     NULL},
    {"text before the first key", H "some text a=1", 0,
     "{\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext_stray\":\"some text\",\"ext\":{\"a\":\"1\"}}",
     0, NULL},
    {"no key at all", H "just text", 0,
     "{\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext_stray\":\"just text\",\"ext\":{}}",
     0, NULL},
    {"starts with =", H "=x a=1", 0,
     "{\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext_stray\":\"=x\",\"ext\":{\"a\":\"1\"}}",
     0, NULL},
    {"an eighth pipe is extension", H "|a=1", 0,
     "{\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext_stray\":\"|a=1\",\"ext\":{}}",
     0, NULL},

    /* syslog in front */
    {"pri", "<158>" H, 0,
     "{\"syslog\":{\"facility\":19,\"severity\":6,\"pri\":158},"
     "\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},
    {"pri, time, host", "<3>May 11 14:06:00 localhost.localdomain " H, 0,
     "{\"syslog\":{\"facility\":0,\"severity\":3,\"pri\":3,"
     "\"timestamp\":\"May 11 14:06:00\",\"hostname\":\"localhost.localdomain\"}"
     ",\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},
    {"time, host, tag without colon", "May 18 16:02:00 lab isid[1] " H, 0,
     "{\"syslog\":{\"timestamp\":\"May 18 16:02:00\",\"hostname\":\"lab\","
     "\"app\":\"isid\",\"procid\":\"1\"},"
     "\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},
    {"rfc 5424", "<13>1 2026-11-22T10:00:00Z h app - - - " H, 0,
     "{\"syslog\":{\"facility\":1,\"severity\":5,\"pri\":13,\"version\":1,"
     "\"timestamp\":\"2026-11-22T10:00:00Z\",\"hostname\":\"h\","
     "\"app\":\"app\"},"
     "\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},
    {"pri out of range", "<902>" H, 0,
     "{\"syslog\":{\"severity\":6,\"pri\":\"902\",\"pri_invalid\":true},"
     "\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},
    {"a C in front", "<13>Nov 22 10:00:00 CPE CE: " H, 0,
     "{\"syslog\":{\"facility\":1,\"severity\":5,\"pri\":13,"
     "\"timestamp\":\"Nov 22 10:00:00\",\"hostname\":\"CPE\",\"app\":\"CE\"},"
     "\"cef_version\":\"0\",\"device_vendor\":\"V\",\"device_product\":\"P\","
     "\"device_version\":\"1\",\"signature_id\":\"100\",\"name\":\"N\","
     "\"severity\":\"5\",\"ext\":{}}",
     0, NULL},

    /* no CEF */
    {"empty", "", 0, NULL, 0, "not found"},
    {"only the word", "CEF:", 0, NULL, 0, "not found"},
    {"version without pipe", "CEF:0", 0, NULL, 0, "not found"},
    {"version no number", "CEF:x|V|P|1|100|N|5|", 0, NULL, 0, "not found"},
    {"version too long", "CEF:0000000|V|P|1|100|N|5|", 0, NULL, 0, "not found"},
    {"lower case", "cef:0|V|P|1|100|N|5|", 0, NULL, 0, "not found"},
    {"other text", "Nov 22 10:00:00 host app: hello", 0, NULL, 0, "not found"},
    {"json", "{\"a\":1}", 0, NULL, 0, "not found"},
    {"one field", "CEF:0|", 0, NULL, 0, "after 1 of 7 fields"},
    {"two fields", "CEF:0|V", 0, NULL, 0, "no \"|\" behind device_vendor"},
    {"six fields", "CEF:0|V|P|1|100|N", 0, NULL, 0, "after 6 of 7 fields"},
    {"pipes escaped away", "CEF:0|V\\|P\\|1\\|100\\|N\\|5\\|", 0, NULL, 0,
     "after 2 of 7 fields"},
    {"ends in a backslash", "CEF:0|V|P\\", 0, NULL, 0, "after 3 of 7 fields"},
};

static void
test_rows(void **state)
{
    (void)state;
    decode_check_all(&codec_cef, rows, ROW_COUNT(rows));
}

static void
test_truncated_anywhere(void **state)
{
    (void)state;
    decode_truncate_all(&codec_cef, rows, ROW_COUNT(rows));
}

static void
test_long_value_is_cut(void **state)
{
    struct decoder d;
    struct buf in = {0};
    uint32_t ext;

    (void)state;
    buf_str(&in, H "msg=");
    for (int i = 0; i < 30000; i++)
        buf_str(&in, "字"); /* 90,000 bytes, the limit falls inside one */
    buf_str(&in, " src=1.2.3.4");
    decoder_init(&d);
    assert_int_equal(decoder_run(&d, &codec_cef, buf_view(&in)), ERR_OK);
    assert_int_equal(d.tape.flags & TAPE_REPAIRS, TAPE_CUT);
    ext = tape_get(&d.tape, 0, BYTES("ext"));
    assert_int_equal(d.tape.node[tape_get(&d.tape, ext, BYTES("msg"))].length,
                     65535 / 3 * 3);
    assert_int_not_equal(tape_get(&d.tape, ext, BYTES("src")), 0);
    decoder_free(&d);
    buf_free(&in);
}

static void
test_many_keys_are_cut(void **state)
{
    struct decoder d;
    struct buf in = {0};
    uint32_t ext;

    (void)state;
    buf_str(&in, H);
    for (int i = 0; i < 5000; i++)
        buf_printf(&in, "k%d=%d ", i, i);
    decoder_init(&d);
    assert_int_equal(decoder_run(&d, &codec_cef, buf_view(&in)), ERR_OK);
    assert_int_equal(d.tape.flags & TAPE_REPAIRS, TAPE_CUT);
    ext = tape_get(&d.tape, 0, BYTES("ext"));
    assert_int_not_equal(tape_get(&d.tape, ext, BYTES("k4095")), 0);
    assert_int_equal(tape_get(&d.tape, ext, BYTES("k4096")), 0);
    decoder_free(&d);
    buf_free(&in);
}

/* A megabyte made to cost: no key is found late, no step is quadratic. */
static void
test_hostile_megabyte(void **state)
{
    static const char *const patterns[] = {"=",  " =", "a",  "CEF:",  "\\",
                                           " a", "|",  "a=", "CEF:0|"};
    struct decoder d;
    struct buf in = {0};

    (void)state;
    decoder_init(&d);
    for (size_t i = 0; i < ROW_COUNT(patterns); i++) {
        buf_reset(&in);
        if (patterns[i][0] != 'C')
            buf_str(&in, H "x=");
        while (in.len < (size_t)1 << 20)
            buf_str(&in, patterns[i]);
        if (decoder_run(&d, &codec_cef, buf_view(&in)) == ERR_OK)
            assert_int_not_equal(tape_get(&d.tape, 0, BYTES("ext")), 0);
    }
    decoder_free(&d);
    buf_free(&in);
}

static void
test_looks_like(void **state)
{
    (void)state;
    assert_int_equal(codec_cef.looks_like(BYTES(H)), 100);
    assert_int_equal(codec_cef.looks_like(BYTES("<13>Nov 2 10:00:00 h " H)),
                     95);
    assert_int_equal(codec_cef.looks_like(BYTES("0|V|P|1|100|N|5|")), 40);
    assert_int_equal(codec_cef.looks_like(BYTES("{\"a\":\"CEF:\"}")), 0);
    assert_int_equal(codec_cef.looks_like(BYTES("")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_long_value_is_cut),
        cmocka_unit_test(test_many_keys_are_cut),
        cmocka_unit_test(test_hostile_megabyte),
        cmocka_unit_test(test_looks_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
