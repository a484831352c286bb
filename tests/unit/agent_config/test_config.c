/* SPDX-License-Identifier: Apache-2.0 */
/* hutong.yaml: what is read, and every wrong line named at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/config/config.h"

static const char good[] =
    "version: 1\n"
    "agent: {id: edge-01, org: 示例单位, data_dir: /tmp/x}\n"
    "spool: {max_bytes: 64MiB, when_full: drop_oldest, sync: relaxed}\n"
    "check: {profile: lenient, on_finding: pass}\n"
    "metrics: {listen: \"127.0.0.1:0\"}\n"
    "stop: {drain: 2s}\n"
    "inputs:\n"
    "  eve: {type: file, path: /var/log/eve.json, mapping: suricata-eve}\n"
    "  fw:\n"
    "    type: syslog\n"
    "    listen: \"udp://127.0.0.1:5514\"\n"
    "    mapping: [cef-generic, suricata-eve]\n"
    "    timezone: \"+08:00\"\n"
    "    charset: gb18030\n"
    "    on_finding: dead_letter\n"
    "    product: {name: 防火墙, vendor: 某厂商}\n"
    "  host: {type: host, every: 10m}\n"
    "outputs:\n"
    "  soc: {type: https, url: \"https://localhost/\", kinds: [alert],\n"
    "        min_level: medium, batch_items: 100, linger: 20ms,\n"
    "        max_lag: 1MiB, on_lag: skip, from: end, redact: true}\n";

static void
test_good(void **state)
{
    struct diag diag;
    struct config *c;

    (void)state;
    diag_init(&diag);
    c = config_load("t.yaml", bytes_str(good), &diag);
    assert_int_equal(diag.errors, 0);
    assert_non_null(c);
    assert_string_equal(c->agent_id, "edge-01");
    assert_string_equal(c->control, "/tmp/x/control.sock");
    assert_true(c->spool_bytes == (uint64_t)64 << 20);
    assert_int_equal(c->spool_on_full, 1);
    assert_true(c->spool_relaxed);
    assert_true(c->lenient);
    assert_int_equal(c->drain_ms, 2000);
    assert_int_equal(c->input_count, 3);
    assert_int_equal(c->input[0].on_finding, FINDING_PASS);
    assert_int_equal(c->input[0].value_count, 1);
    assert_string_equal(c->input[0].values[0].name, "path");
    assert_int_equal(c->input[1].mapping_count, 2);
    assert_int_equal(c->input[1].offset_min, 480);
    assert_int_equal(c->input[1].charset, TEXT_GB18030);
    assert_int_equal(c->input[1].on_finding, FINDING_DEAD_LETTER);
    assert_string_equal(c->input[1].product.name, "防火墙");
    assert_string_equal(c->input[1].product.id, "edge-01.fw");
    assert_string_equal(c->input[2].mapping[0], "hutong-host");
    assert_int_equal(c->output_count, 1);
    assert_string_equal(c->output[0].kinds[0], "alert");
    assert_null(c->output[0].kinds[1]);
    assert_int_equal(c->output[0].min_level, 3);
    assert_int_equal(c->output[0].linger_ms, 20);
    assert_int_equal(c->output[0].on_lag, ON_LAG_SKIP);
    assert_false(c->output[0].from_start);
    assert_true(c->output[0].redact);
    config_free(c);
    diag_free(&diag);
}

struct bad {
    const char *name, *yaml;
    unsigned line;      /* of the first error */
    const char *expect; /* part of its text */
};

#define IN "inputs: {a: {type: stdin, mapping: m}}\n"

static const struct bad bad[] = {
    {"empty", "", 0, ""},
    {"list at the top", "- a\n", 1, "map"},
    {"no version", IN, 1, "version"},
    {"future version", "version: 2\n" IN, 1, "version"},
    {"no inputs", "version: 1\n", 1, "no inputs"},
    {"unknown top key", "version: 1\n" IN "output: {}\n", 3, "outputs"},
    {"duplicate key", "version: 1\nversion: 1\n" IN, 2, ""},
    {"relative data_dir", "version: 1\nagent: {data_dir: x}\n" IN, 2,
     "absolute"},
    {"bad size", "version: 1\nspool: {max_bytes: 3GiG}\n" IN, 2, "size"},
    {"tiny spool", "version: 1\nspool: {max_bytes: 1KiB}\n" IN, 2, "1MiB"},
    {"bad enum", "version: 1\nspool: {when_full: blok}\n" IN, 2, "block"},
    {"bad duration", "version: 1\nstop: {drain: soon}\n" IN, 2, "duration"},
    {"no type", "version: 1\ninputs:\n  a: {mapping: m}\n", 3, "type"},
    {"no mapping", "version: 1\ninputs:\n  a: {type: stdin}\n", 3, "mapping"},
    {"bad name", "version: 1\ninputs:\n  \"a b\": {type: stdin}\n", 3, "name"},
    {"bad zone",
     "version: 1\ninputs:\n  a: {type: stdin, mapping: m,\n"
     "      timezone: Asia/Shanghai}\n",
     4, "offset"},
    {"bad charset",
     "version: 1\ninputs:\n  a: {type: stdin, mapping: m, charset: latin1}\n",
     3, "gb18030"},
    {"nested value",
     "version: 1\ninputs:\n  a: {type: stdin, mapping: m, path: {x: 1}}\n", 3,
     "single value"},
    {"bad level",
     "version: 1\n" IN "outputs:\n  o: {type: file, min_level: loud}\n", 4,
     "critical"},
    {"batch too large",
     "version: 1\n" IN "outputs:\n  o: {type: file, batch_items: 1001}\n", 4,
     ""},
    {"alias", "version: 1\nagent: &x {id: a}\n" IN, 2, ""},
};

static void
test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct diag diag;
        struct config *c;

        diag_init(&diag);
        c = config_load("t.yaml", bytes_str(bad[i].yaml), &diag);
        if (c != NULL || diag.errors == 0 || diag.first->line < bad[i].line ||
            strstr(diag.first->text, bad[i].expect) == NULL)
            fail_msg("%s: line %u: %s", bad[i].name,
                     diag.first ? diag.first->line : 0,
                     diag.first ? diag.first->text : "accepted");
        config_free(c);
        diag_free(&diag);
    }
}

static void
test_all_errors_at_once(void **state)
{
    static const char yaml[] = "version: 1\n"
                               "spool: {max_bytes: x}\n"
                               "stop: {drain: y}\n"
                               "inputs: {a: {type: stdin, mapping: m,"
                               " charset: z}}\n";
    struct diag diag;

    (void)state;
    diag_init(&diag);
    assert_null(config_load("t.yaml", bytes_str(yaml), &diag));
    assert_int_equal(diag.errors, 3);
    diag_free(&diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_all_errors_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
