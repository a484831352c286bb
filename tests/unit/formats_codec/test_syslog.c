/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog: RFC 5424 exactly, RFC 3164 as products send it, and no frame that
 * loses its message. */
#include "tests/unit/formats_codec/decode.h"

#include "formats/codec/syslog.h"
#include "formats/codec/syslog_time.h"

extern const struct codec codec_syslog;

#define P13  "\"facility\":1,\"severity\":5,\"pri\":13"
#define V1   P13 ",\"version\":1"
#define T    "2026-11-22T10:00:00.003Z"
#define VT   V1 ",\"timestamp\":\"" T "\""
#define BSD  "Nov 22 10:00:00"
#define PB   P13 ",\"timestamp\":\"" BSD "\""
#define BOM  "\xEF\xBB\xBF"
#define FFFD "\xEF\xBF\xBD"

static const struct decode_row rfc5424[] = {
    {"all fields", "<13>1 " T " host app 123 ID47 [x@1 a=\"1\" b=\"2\"] hello",
     0,
     "{" VT ",\"hostname\":\"host\",\"app\":\"app\",\"procid\":\"123\","
     "\"msgid\":\"ID47\",\"sd\":{\"x@1\":{\"a\":\"1\",\"b\":\"2\"}},"
     "\"message\":\"hello\"}",
     0, NULL},
    {"all nil", "<13>1 - - - - - -", 0, "{" V1 "}", 0, NULL},
    {"nil sd, message", "<13>1 - - - - - - hello", 0,
     "{" V1 ",\"message\":\"hello\"}", 0, NULL},
    {"message that is a dash", "<13>1 - - - - - - -", 0,
     "{" V1 ",\"message\":\"-\"}", 0, NULL},
    {"offset", "<13>1 2026-11-22T10:00:00.000003+08:00 h a - - - m", 0,
     "{" V1 ",\"timestamp\":\"2026-11-22T10:00:00.000003+08:00\","
     "\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"bom", "<13>1 " T " h a - - - " BOM "互通", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"互通\"}", 0, NULL},
    {"bom only once", "<13>1 " T " h a - - - " BOM BOM "x", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"" BOM "x\"}", 0,
     NULL},
    {"two spaces keep one", "<13>1 " T " h a - - -  m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\" m\"}", 0, NULL},
    {"sd without message", "<13>1 " T " h a - - [x@1 a=\"1\"]", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{\"a\":\"1\"}}}",
     0, NULL},
    {"two elements", "<13>1 " T " h a - - [x@1 a=\"1\"][y@1 b=\"2\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{\"a\":\"1\"},"
     "\"y@1\":{\"b\":\"2\"}},\"message\":\"m\"}",
     0, NULL},
    {"element without parameters", "<13>1 " T " h a - - [x@1] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{}},"
     "\"message\":\"m\"}",
     0, NULL},
    {"sd escapes", "<13>1 " T " h a - - [x@1 a=\"\\\"\\\\\\]\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":"
     "{\"a\":\"\\\"\\\\]\"}},\"message\":\"m\"}",
     0, NULL},
    {"other sd backslash stays", "<13>1 " T " h a - - [x@1 a=\"C:\\dir\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":"
     "{\"a\":\"C:\\\\dir\"}},\"message\":\"m\"}",
     0, NULL},
    {"empty sd value", "<13>1 " T " h a - - [x@1 a=\"\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{\"a\":\"\"}},"
     "\"message\":\"m\"}",
     0, NULL},
    {"brackets in sd value", "<13>1 " T " h a - - [x@1 a=\"[b c=d\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":"
     "{\"a\":\"[b c=d\"}},\"message\":\"m\"}",
     0, NULL},
    {"duplicate sd id", "<13>1 " T " h a - - [x@1 a=\"1\"][x@1 a=\"2\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{\"a\":\"1\"}},"
     "\"message\":\"m\"}",
     TAPE_DUPLICATE, NULL},
    {"duplicate sd parameter", "<13>1 " T " h a - - [x@1 a=\"1\" a=\"2\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":{\"a\":\"1\"}},"
     "\"message\":\"m\"}",
     TAPE_DUPLICATE, NULL},
    {"sd not closed is message", "<13>1 " T " h a - - [x@1 a=\"1\" m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\","
     "\"message\":\"[x@1 a=\\\"1\\\" m\"}",
     0, NULL},
    {"sd value not closed", "<13>1 " T " h a - - [x@1 a=\"1] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\","
     "\"message\":\"[x@1 a=\\\"1] m\"}",
     0, NULL},
    {"sd value ends in a backslash", "<13>1 " T " h a - - [x@1 a=\"1\\\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\","
     "\"message\":\"[x@1 a=\\\"1\\\\\\\"] m\"}",
     0, NULL},
    {"sd missing", "<13>1 " T " h a 1 - Server listening", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"procid\":\"1\","
     "\"message\":\"Server listening\"}",
     0, NULL},
    {"bracketed text is no sd", "<13>1 " T " h a 1 - [core]: x", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"procid\":\"1\","
     "\"message\":\"[core]: x\"}",
     0, NULL},
    {"sd id empty", "<13>1 " T " h a 1 - [ a=\"1\"] x", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"procid\":\"1\","
     "\"message\":\"[ a=\\\"1\\\"] x\"}",
     0, NULL},
    {"version 2", "<13>2 " T " h a - - - m", 0,
     "{" P13 ",\"version\":2,\"timestamp\":\"" T "\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"header ends after host", "<13>1 " T " h", 0,
     "{" VT ",\"hostname\":\"h\"}", 0, NULL},
    {"without pri", "1 " T " h a - - - m", 0,
     "{\"version\":1,\"timestamp\":\"" T "\",\"hostname\":\"h\",\"app\":\"a\","
     "\"message\":\"m\"}",
     0, NULL},
    {"version but no time", "<13>1 message for you", 0,
     "{" P13 ",\"message\":\"1 message for you\"}", 0, NULL},
    {"utf-8 host", "<13>1 " T " 网关 a - - - m", 0,
     "{" VT ",\"hostname\":\"网关\",\"app\":\"a\",\"message\":\"m\"}", 0, NULL},
    {"bad utf-8 in sd", "<13>1 " T " h a - - [x@1 a=\"\xFF\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x@1\":"
     "{\"a\":\"" FFFD "\"}},\"message\":\"m\"}",
     TAPE_REPAIRED, NULL},
    {"bad utf-8 in sd name", "<13>1 " T " h a - - [x\xFF a=\"1\"] m", 0,
     "{" VT ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x" FFFD "\":"
     "{\"a\":\"1\"}},\"message\":\"m\"}",
     TAPE_REPAIRED, NULL},
    {"nul in sd", WITH_NUL("<13>1 - h a - - [x a\0=\"1\"] m"),
     "{" V1 ",\"hostname\":\"h\",\"app\":\"a\",\"sd\":{\"x\":"
     "{\"a\\u0000\":\"1\"}},\"message\":\"m\"}",
     0, NULL},
};

static const struct decode_row rfc3164[] = {
    {"as in the RFC", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed", 0,
     "{\"facility\":4,\"severity\":2,\"pri\":34,"
     "\"timestamp\":\"Oct 11 22:14:15\",\"hostname\":\"mymachine\","
     "\"app\":\"su\",\"message\":\"'su root' failed\"}",
     0, NULL},
    {"pid", "<13>" BSD " h sshd[12]: m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"sshd\",\"procid\":\"12\","
     "\"message\":\"m\"}",
     0, NULL},
    {"day padded", "<13>Nov  2 10:00:00 h a: m", 0,
     "{" P13 ",\"timestamp\":\"Nov  2 10:00:00\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"day one digit", "<13>Nov 2 10:00:00 h a: m", 0,
     "{" P13 ",\"timestamp\":\"Nov 2 10:00:00\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"no pri", BSD " h sshd[12]: m", 0,
     "{\"timestamp\":\"" BSD "\",\"hostname\":\"h\",\"app\":\"sshd\","
     "\"procid\":\"12\",\"message\":\"m\"}",
     0, NULL},
    {"no host, tag", "<13>" BSD " su: m", 0,
     "{" PB ",\"app\":\"su\",\"message\":\"m\"}", 0, NULL},
    {"no host, tag with pid", "<13>" BSD " su[1]: m", 0,
     "{" PB ",\"app\":\"su\",\"procid\":\"1\",\"message\":\"m\"}", 0, NULL},
    {"no host, key=value", "<13>" BSD " id=tos time=\"1\"", 0,
     "{" PB ",\"message\":\"id=tos time=\\\"1\\\"\"}", 0, NULL},
    {"no host, json", "<13>" BSD " {\"a\":1}", 0,
     "{" PB ",\"message\":\"{\\\"a\\\":1}\"}", 0, NULL},
    {"no host, %%01", "<13>" BSD " %%01POLICY/6/X(l):a=1", 0,
     "{" PB ",\"message\":\"%%01POLICY/6/X(l):a=1\"}", 0, NULL},
    {"no tag", "<13>" BSD " h some text: here", 0,
     "{" PB ",\"hostname\":\"h\",\"message\":\"some text: here\"}", 0, NULL},
    {"no timestamp", "<13>webui: devid=4", 0,
     "{" P13 ",\"app\":\"webui\",\"message\":\"devid=4\"}", 0, NULL},
    {"no timestamp, no tag", "<13>skyeye_ids rule_id=\"5\"", 0,
     "{" P13 ",\"message\":\"skyeye_ids rule_id=\\\"5\\\"\"}", 0, NULL},
    {"only json behind pri", "<6>{\"a\":\"b\"}", 0,
     "{\"facility\":0,\"severity\":6,\"pri\":6,"
     "\"message\":\"{\\\"a\\\":\\\"b\\\"}\"}",
     0, NULL},
    {"space behind pri", "<13> " BSD " h a: m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}", 0, NULL},
    {"no header at all", "id=tos time=\"1\"", 0,
     "{\"message\":\"id=tos time=\\\"1\\\"\"}", 0, NULL},
    {"only pri", "<13>", 0, "{" P13 "}", 0, NULL},
    {"only pri and time", "<13>" BSD, 0, "{" PB "}", 0, NULL},
    {"year in the middle", "<13>Nov 22 2026 10:00:00 h %%01A/4/B(l):x", 0,
     "{" P13 ",\"timestamp\":\"Nov 22 2026 10:00:00\",\"hostname\":\"h\","
     "\"message\":\"%%01A/4/B(l):x\"}",
     0, NULL},
    {"year and zone", "<13>Nov 22 2026 10:00:00+08:00 h a: x", 0,
     "{" P13 ",\"timestamp\":\"Nov 22 2026 10:00:00+08:00\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"x\"}",
     0, NULL},
    {"year behind", "<13>Nov 22 10:00:00 2026 H3C %%10A/6/B: x", 0,
     "{" P13 ",\"timestamp\":\"Nov 22 10:00:00 2026\",\"hostname\":\"H3C\","
     "\"message\":\"%%10A/6/B: x\"}",
     0, NULL},
    {"year in front", "<13>2026 Nov 22 10:00:00 h a: x", 0,
     "{" P13 ",\"timestamp\":\"2026 Nov 22 10:00:00\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"x\"}",
     0, NULL},
    {"full month name", "July 26 19:51:40 2018 dbapp APT~30~1", 0,
     "{\"timestamp\":\"July 26 19:51:40 2018\",\"hostname\":\"dbapp\","
     "\"message\":\"APT~30~1\"}",
     0, NULL},
    {"weekday", "Mon Jun 8 12:08:44 2020 h a: m", 0,
     "{\"timestamp\":\"Mon Jun 8 12:08:44 2020\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"rfc 3339", "<13>2026-11-22T10:00:00+08:00 h demo[18]: m", 0,
     "{" P13 ",\"timestamp\":\"2026-11-22T10:00:00+08:00\",\"hostname\":\"h\","
     "\"app\":\"demo\",\"procid\":\"18\",\"message\":\"m\"}",
     0, NULL},
    {"rfc 3339, fraction, no pri", "2026-11-22T10:00:00.123456Z h a: m", 0,
     "{\"timestamp\":\"2026-11-22T10:00:00.123456Z\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"date and space", "<57>2016-06-15 14:29:21 10.12.5.200 %%--PROBE/1/A: x",
     0,
     "{\"facility\":7,\"severity\":1,\"pri\":57,"
     "\"timestamp\":\"2016-06-15 14:29:21\",\"hostname\":\"10.12.5.200\","
     "\"message\":\"%%--PROBE/1/A: x\"}",
     0, NULL},
    {"date with slashes", "<13>2026/1/2 3:04:05 h a: m", 0,
     "{" P13 ",\"timestamp\":\"2026/1/2 3:04:05\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"fraction with comma", "<13>2026-01-02 03:04:05,678 h a: m", 0,
     "{" P13 ",\"timestamp\":\"2026-01-02 03:04:05,678\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"offset behind a space", "<13>2026-01-02 03:04:05 +0800 h a: m", 0,
     "{" P13 ",\"timestamp\":\"2026-01-02 03:04:05 +0800\",\"hostname\":\"h\","
     "\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},
    {"gmt offset", "<13>Aug 03 2022 11:10:22 GMT+08:00 h a: m", 0,
     "{" P13 ",\"timestamp\":\"Aug 03 2022 11:10:22 GMT+08:00\","
     "\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}",
     0, NULL},

    {"cisco", "<189>Nov 22 10:00:00: %SYS-5-CONFIG_I: Configured", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,"
     "\"timestamp\":\"Nov 22 10:00:00\",\"app\":\"%SYS-5-CONFIG_I\","
     "\"message\":\"Configured\"}",
     0, NULL},
    {"cisco sequence and clock mark",
     "<189>45: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: x", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,\"sequence\":\"45\","
     "\"timestamp\":\"Mar  1 18:46:11.123\",\"app\":\"%SYS-5-CONFIG_I\","
     "\"message\":\"x\"}",
     0, NULL},
    {"ruijie sequence", "<189> 008407: *Dec  7 19:26:33: %SYS-5-CONFIG_I: x", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,\"sequence\":\"008407\","
     "\"timestamp\":\"Dec  7 19:26:33\",\"app\":\"%SYS-5-CONFIG_I\","
     "\"message\":\"x\"}",
     0, NULL},
    {"cisco zone", "<189>45: Mar  1 18:46:11 UTC: %A-5-B: x", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,\"sequence\":\"45\","
     "\"timestamp\":\"Mar  1 18:46:11 UTC\",\"app\":\"%A-5-B\","
     "\"message\":\"x\"}",
     0, NULL},
    {"cisco host in front", "<189>45: r1: .Mar  1 18:46:11: %A-5-B: x", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,\"sequence\":\"45\","
     "\"timestamp\":\"Mar  1 18:46:11\",\"hostname\":\"r1\","
     "\"app\":\"%A-5-B\",\"message\":\"x\"}",
     0, NULL},
    {"cisco nexus", "<189>: 2014 May 16 21:08:40 UTC: %ETHPORT-5-IF_UP: x", 0,
     "{\"facility\":23,\"severity\":5,\"pri\":189,"
     "\"timestamp\":\"2014 May 16 21:08:40 UTC\","
     "\"app\":\"%ETHPORT-5-IF_UP\",\"message\":\"x\"}",
     0, NULL},
    {"cisco asa", "<164>Jul 01 2020 10:00:00 asa01 : %ASA-4-106023: Deny", 0,
     "{\"facility\":20,\"severity\":4,\"pri\":164,"
     "\"timestamp\":\"Jul 01 2020 10:00:00\",\"hostname\":\"asa01\","
     "\"message\":\"%ASA-4-106023: Deny\"}",
     0, NULL},
    {"clock mark without pri", "* 2023-09-20T05:45:22.5 %CLI-5-CONFIG: x", 0,
     "{\"timestamp\":\"2023-09-20T05:45:22.5\",\"app\":\"%CLI-5-CONFIG\","
     "\"message\":\"x\"}",
     0, NULL},

    {"host with serial", "<13>" BSD " 3411(root) 44243641 Traffic@FLOW: S", 0,
     "{" PB ",\"hostname\":\"3411(root)\","
     "\"message\":\"44243641 Traffic@FLOW: S\"}",
     0, NULL},
    {"host none, empty tag", "<13>" BSD " (none) : {\"dt\":1}", 0,
     "{" PB ",\"hostname\":\"(none)\",\"message\":\"{\\\"dt\\\":1}\"}", 0,
     NULL},
    {"host;sn;ipv4", "<13>" BSD " HOST;53;ipv4;3; operate:a=1", 0,
     "{" PB ",\"message\":\"HOST;53;ipv4;3; operate:a=1\"}", 0, NULL},
    {"ipv6 host", "<13>" BSD " 2001:db8::1 a: m", 0,
     "{" PB ",\"hostname\":\"2001:db8::1\",\"app\":\"a\",\"message\":\"m\"}", 0,
     NULL},
    {"tag with a dot and pid", "<13>" BSD " sangfor EDR.[26566]: x : [{}]", 0,
     "{" PB ",\"hostname\":\"sangfor\",\"app\":\"EDR.\",\"procid\":\"26566\","
     "\"message\":\"x : [{}]\"}",
     0, NULL},
    {"text follows the pid's colon", "<13>" BSD " h scan[17772]:UserName=a", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"scan\",\"procid\":\"17772\","
     "\"message\":\"UserName=a\"}",
     0, NULL},
    {"pid without colon", "<13>" BSD " h isid[1] text", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"isid\",\"procid\":\"1\","
     "\"message\":\"text\"}",
     0, NULL},
    {"brackets that are no pid", "<13>" BSD " h a[b c]: text", 0,
     "{" PB ",\"hostname\":\"h\",\"message\":\"a[b c]: text\"}", 0, NULL},
    {"tag with a slash", "<13>" BSD " h postfix/smtpd[5]: m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"postfix/smtpd\",\"procid\":\"5\","
     "\"message\":\"m\"}",
     0, NULL},
    {"tag with parentheses", "<13>" BSD " h sshd(pam_unix)[5]: m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"sshd(pam_unix)\",\"procid\":\"5\","
     "\"message\":\"m\"}",
     0, NULL},
    {"colon without space is no tag", "<13>" BSD " USG DS/4/X:OID 1.3", 0,
     "{" PB ",\"hostname\":\"USG\",\"message\":\"DS/4/X:OID 1.3\"}", 0, NULL},
    {"chinese message", "<13>" BSD " localhost fwlog: 日志类型:IPS防护日志", 0,
     "{" PB ",\"hostname\":\"localhost\",\"app\":\"fwlog\","
     "\"message\":\"日志类型:IPS防护日志\"}",
     0, NULL},
    {"time is a column", "2018-05-14 15:10:52|!10.91.4.13|!log|![]", 0,
     "{\"message\":\"2018-05-14 15:10:52|!10.91.4.13|!log|![]\"}", 0, NULL},
    {"second header stays", "<13>" BSD " 10.1.1.1 2026-03-09 20:55:39 DP %%I",
     0,
     "{" PB ",\"hostname\":\"10.1.1.1\","
     "\"message\":\"2026-03-09 20:55:39 DP %%I\"}",
     0, NULL},

    {"pri 0", "<0>m", 0,
     "{\"facility\":0,\"severity\":0,\"pri\":0,\"message\":\"m\"}", 0, NULL},
    {"pri 191", "<191>m", 0,
     "{\"facility\":23,\"severity\":7,\"pri\":191,\"message\":\"m\"}", 0, NULL},
    {"pri 192", "<192>m", 0,
     "{\"severity\":0,\"pri\":\"192\",\"pri_invalid\":true,\"message\":\"m\"}",
     0, NULL},
    {"pri 902", "<902>m", 0,
     "{\"severity\":6,\"pri\":\"902\",\"pri_invalid\":true,\"message\":\"m\"}",
     0, NULL},
    {"pri -1", "<-1>m", 0,
     "{\"pri\":\"-1\",\"pri_invalid\":true,\"message\":\"m\"}", 0, NULL},
    {"pri leading zero", "<013>m", 0,
     "{\"severity\":5,\"pri\":\"013\",\"pri_invalid\":true,\"message\":\"m\"}",
     0, NULL},
    {"pri 00", "<00>m", 0,
     "{\"severity\":0,\"pri\":\"00\",\"pri_invalid\":true,\"message\":\"m\"}",
     0, NULL},
    {"pri six digits is text", "<123456>m", 0, "{\"message\":\"<123456>m\"}", 0,
     NULL},
    {"pri empty is text", "<>m", 0, "{\"message\":\"<>m\"}", 0, NULL},
    {"pri not closed is text", "<13m", 0, "{\"message\":\"<13m\"}", 0, NULL},
    {"pri letters is text", "<1a>m", 0, "{\"message\":\"<1a>m\"}", 0, NULL},

    {"gbk bytes", "<13>" BSD " h a: \xBA\xDA\xC3\xFB", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\","
     "\"message\":\"" FFFD FFFD FFFD FFFD "\"}",
     TAPE_REPAIRED, NULL},
    {"lf nul at the end", WITH_NUL("<13>" BSD " h a: m\n\0"),
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}", 0, NULL},
    {"nul at the start", WITH_NUL("\0<13>" BSD " h a: m"),
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}", 0, NULL},
    {"nul inside", WITH_NUL("<13>" BSD " h a: m\0n"),
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\\u0000n\"}", 0,
     NULL},
    {"bom in front", BOM "<13>" BSD " h a: m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"m\"}", 0, NULL},
    {"control in the message", "<13>" BSD " h a: \x1b[1m", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"\\u001b[1m\"}", 0,
     NULL},
    {"several lines", "<13>" BSD " h a: 1\n2", 0,
     "{" PB ",\"hostname\":\"h\",\"app\":\"a\",\"message\":\"1\\n2\"}", 0,
     NULL},

    {"empty", "", 0, NULL, 0, "empty"},
    {"only a line end", "\r\n", 0, NULL, 0, "empty"},
    {"only spaces", "   ", 0, NULL, 0, "empty"},
};

static void
test_rfc5424(void **state)
{
    (void)state;
    decode_check_all(&codec_syslog, rfc5424, ROW_COUNT(rfc5424));
}

static void
test_rfc3164(void **state)
{
    (void)state;
    decode_check_all(&codec_syslog, rfc3164, ROW_COUNT(rfc3164));
}

static void
test_truncated_anywhere(void **state)
{
    (void)state;
    decode_truncate_all(&codec_syslog, rfc5424, ROW_COUNT(rfc5424));
    decode_truncate_all(&codec_syslog, rfc3164, ROW_COUNT(rfc3164));
}

static void
test_sd_elements_are_limited(void **state)
{
    struct decoder d;
    struct buf in = {0};

    (void)state;
    for (int n = SYSLOG_MAX_SD; n <= SYSLOG_MAX_SD + 1; n++) {
        uint32_t sd;

        buf_reset(&in);
        buf_str(&in, "<13>1 - h a - - ");
        for (int i = 0; i < n; i++)
            buf_printf(&in, "[e%d a=\"%d\"]", i, i);
        buf_str(&in, " text");
        decoder_init(&d);
        assert_int_equal(decoder_run(&d, &codec_syslog, buf_view(&in)), ERR_OK);
        sd = tape_get(&d.tape, 0, BYTES("sd"));
        assert_int_equal(d.tape.node[sd].hash, SYSLOG_MAX_SD);
        assert_int_equal(d.tape.flags & TAPE_REPAIRS,
                         n > SYSLOG_MAX_SD ? TAPE_CUT : 0);
        assert_int_not_equal(tape_get(&d.tape, 0, BYTES("message")), 0);
        decoder_free(&d);
    }
    buf_free(&in);
}

static void
test_long_message_is_cut(void **state)
{
    struct decoder d;
    struct buf in = {0};

    (void)state;
    buf_str(&in, "<13>Nov 22 10:00:00 h a: ");
    while (in.len < 200000)
        buf_str(&in, "互通");
    decoder_init(&d);
    assert_int_equal(decoder_run(&d, &codec_syslog, buf_view(&in)), ERR_OK);
    assert_int_equal(d.tape.flags & TAPE_REPAIRS, TAPE_CUT);
    assert_int_equal(d.tape.node[tape_get(&d.tape, 0, BYTES("message"))].length,
                     65535);
    decoder_free(&d);
    buf_free(&in);
}

static void
test_hostile_megabyte(void **state)
{
    static const char *const patterns[] = {
        "<", "[", "a[", "[a ", "a=\"", "\\", ":", " ", "1", "[a b=\"c\"]", "*"};
    struct decoder d;
    struct buf in = {0};

    (void)state;
    decoder_init(&d);
    for (size_t i = 0; i < ROW_COUNT(patterns); i++) {
        buf_reset(&in);
        buf_str(&in, "<13>1 - h a - - ");
        while (in.len < (size_t)1 << 20)
            buf_str(&in, patterns[i]);
        assert_int_equal(decoder_run(&d, &codec_syslog, buf_view(&in)), ERR_OK);
        (void)decoder_run(&d, &codec_syslog, bytes_from(buf_view(&in), 4));
    }
    decoder_free(&d);
    buf_free(&in);
}

struct span_row {
    const char *in;
    size_t want;
};

static void
test_time_span(void **state)
{
    static const struct span_row spans[] = {
        {"Nov 22 10:00:00", 15},
        {"nov 22 10:00:00 x", 15},
        {"NOV 22 10:00:00", 15},
        {"Nov 22 10:00:00.123456 x", 22},
        {"Nov 32 10:00:00", 15}, /* the calendar is the mapping's */
        {"Nov 42 10:00:00", 0},
        {"Nov 122 10:00:00", 0},
        {"Nov 22 10:00", 0},
        {"Nov 22 10:00:0", 0},
        {"Nov 22 10:00:000", 0},
        {"Nov 22 10:00:00x", 0},
        {"Nov 22 10:00:00Z", 16},
        {"Nov 22 10:00:00Zx", 0},
        {"Nox 22 10:00:00", 0},
        {"Nov", 0},
        {"Nov 22", 0},
        {"", 0},
        {"Nov 22 10:00:00 UTC x", 15},
        {"Nov 22 10:00:00 UTC: x", 19},
        {"Nov 22 10:00:00 CRON: x", 15},
        {"Nov 22 10:00:00 2026x", 15},
        {"Nov 22 10:00:00 12026", 15},
        {"1669111200 x", 0},
        {"2026-11-22", 0},
        {"2026-11-22T10:00:00+08:00 h", 25},
        {"2026-11-22T10:00:00+0800 h", 24},
        {"2026-11-22T10:00:00+08 h", 22},
        {"2026-11-22T10:00:00+8 h", 0},
        {"2026-11-22T10:00:00.5-00:30: x", 27},
        {"2026-11-22T10:00:00.5-00:30|x", 0},
        {"2026-11-22 10:00:00,5 x", 21},
        {"2026-11-22 10:00:00,x", 0},
        {"2026-11/22T10:00:00", 0},
        {"3026-11-22T10:00:00", 0},
        {"1899-11-22T10:00:00", 0},
    };

    (void)state;
    for (size_t i = 0; i < ROW_COUNT(spans); i++) {
        size_t n = syslog_time_span(bytes_str(spans[i].in));

        if (n != spans[i].want)
            fail_msg("\"%s\": got %zu, want %zu", spans[i].in, n,
                     spans[i].want);
    }
}

static void
test_looks_like(void **state)
{
    (void)state;
    assert_int_equal(codec_syslog.looks_like(BYTES("<13>1 - - - - - -")), 90);
    assert_int_equal(codec_syslog.looks_like(BYTES("<13>" BSD " h a: m")), 90);
    assert_int_equal(codec_syslog.looks_like(BYTES("<13>text")), 60);
    assert_int_equal(codec_syslog.looks_like(BYTES(BSD " h a: m")), 70);
    assert_int_equal(codec_syslog.looks_like(BYTES(BSD " h m")), 30);
    assert_int_equal(codec_syslog.looks_like(BYTES("{\"a\":1}")), 0);
    assert_int_equal(codec_syslog.looks_like(BYTES("text")), 0);
    assert_int_equal(codec_syslog.looks_like(BYTES("")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc5424),
        cmocka_unit_test(test_rfc3164),
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_sd_elements_are_limited),
        cmocka_unit_test(test_long_message_is_cut),
        cmocka_unit_test(test_hostile_megabyte),
        cmocka_unit_test(test_time_span),
        cmocka_unit_test(test_looks_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
