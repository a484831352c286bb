/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays: what they may change, how they conflict, what clearing
 * `provisional` needs, and the alien edition. */
#include "tests/unit/formats_standard/files.h"

#include "formats/standard/interface.h"

#define ALIEN TEST_ROOT "/tests/e2e/alien/alien.yaml"

#define OVER(id)                                                               \
    "kind: overlay\nid: " id "\nversion: 0.1.0\nover: provisional-2026\n"
#define DIGEST                                                                 \
    "sha256:"                                                                  \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* The shipped files and up to two overlays, named "o" and "p". */
static struct standard *
load_over(const char *o, const char *p, struct diag *d)
{
    struct std_loader *l;

    diag_init(d);
    l = std_loader_new(d);
    assert_non_null(l);
    add_shipped(l);
    std_loader_add(l, "o", bytes_str(o));
    if (p != NULL)
        std_loader_add(l, "p", bytes_str(p));
    return std_loader_finish(l);
}

static struct standard *
must_load(const char *o, const char *p)
{
    struct diag d;
    struct standard *s = load_over(o, p, &d);

    if (s == NULL)
        fail_msg("%s", diag_text(&d));
    diag_free(&d);
    return s;
}

struct bad {
    const char *name, *o, *p, *want;
};

static const struct bad bad[] = {
    {"head incomplete", "kind: overlay\nid: a\n", NULL,
     "o:1:1: 'version' is missing\n"
     "o:1:1: 'over' is missing\n"},
    {"another edition",
     "kind: overlay\nid: a\nversion: 1.0.0\nover: provisional-2025\n", NULL,
     "o:4:7: made for edition 'provisional-2025', but 'provisional-2026' is "
     "loaded\n"},
    {"unknown row",
     OVER("a") "rows:\n  alert.general.alert_levle: {presence: E}\n", NULL,
     "o:6:3: no row has the key 'alert.general.alert_levle'; did you mean "
     "alert.general.alert_level?\n"},
    {"names stay ours", OVER("a") "rows:\n  alert.general.count: {zh: 次数}\n",
     NULL, "o:6:25: unknown key 'zh'\n"},
    {"two overlays set one property",
     OVER("a") "rows:\n  alert.general.count: {id: n}\n",
     OVER("b") "rows:\n  alert.general.count: {id: m}\n",
     "p:6:29: 'id' of 'alert.general.count' was set by overlay 'a' already\n"},
    {"one retires what the other changes",
     OVER("a") "rows:\n  alert.general.count: {id: n}\n",
     OVER("b") "rows:\n  alert.general.count: {retire: true}\n",
     "p:6:3: overlay 'a' changed 'alert.general.count' already\n"},
    {"one changes what the other retired",
     OVER("a") "rows:\n  alert.general.count: {retire: true}\n",
     OVER("b") "rows:\n  alert.general.count: {id: n}\n",
     "p:6:3: overlay 'a' retired 'alert.general.count' already\n"},
    {"one overlay twice", OVER("a"), OVER("a"),
     "p:2:5: overlay 'a' was loaded already\n"},
    {"two overlays name the edition", OVER("a") "edition: x\n",
     OVER("b") "edition: y\n",
     "p:5:10: another overlay names the edition 'x'\n"},
    {"provisional cleared by nobody",
     OVER("a") "rows:\n  alert.general.count: {provisional: false}\n", NULL,
     "o:6:38: clearing 'provisional' needs issuer, digest and date in the "
     "overlay's head\n"},
    {"added as settled by nobody",
     OVER("a") "add:\n  - {key: alert.x, zh: 名, en: n, type: string, "
               "presence: E, source: T, provisional: false}\n",
     NULL,
     "o:6:87: clearing 'provisional' needs issuer, digest and date in the "
     "overlay's head\n"},
    {"digest is none",
     OVER("a") "issuer: lab\ndigest: abc\ndate: 2026-01-01\n"
               "rows:\n  alert.general.count: {provisional: false}\n",
     NULL,
     "o:6:9: 'digest' must be sm3: or sha256: and 64 hex digits\n"
     "o:9:38: clearing 'provisional' needs issuer, digest and date in the "
     "overlay's head\n"},
    {"date is none", OVER("a") "date: soon\n", NULL,
     "o:5:7: 'date' must be like 2026-11-22\n"},
    {"moved onto another row",
     OVER("a") "rows:\n  alert.general.count: {id: confidence}\n", NULL,
     "provisional/alert.yaml:*: two rows at one place: "
     "'alert.general.confidence' and 'alert.general.count' (*)\n"},
    {"moved into a text",
     OVER("a") "rows:\n  alert.general.count: {at: [general, alert_id, n]}\n",
     NULL,
     "provisional/alert.yaml:*: place of 'alert.general.count': 'alert_id' is "
     "string and has no members\n"},
    {"moved onto a fixed member",
     OVER("a") "rows:\n  alert.general.count: {at: [info_type]}\n", NULL,
     "provisional/alert.yaml:*: place of 'alert.general.count': 'info_type' is "
     "taken in every record\n"},
    {"type leaves a property behind",
     OVER("a") "rows:\n  alert.general.alert_level: {type: integer}\n", NULL,
     "provisional/alert.yaml:*: 'codes' does not fit type integer of "
     "'alert.general.alert_level'\n"},
    {"condition on a retired row",
     OVER("a") "rows:\n  asset.general.basic.asset_subtype: {retire: true}\n",
     NULL,
     "provisional/asset.yaml:*: 'when' of 'asset.general.basic.product_code' "
     "depends on the retired row 'asset.general.basic.asset_subtype'\n"},
    {"member of one_of moved away",
     OVER("a") "rows:\n  \"asset.general.network.interfaces[].mac\": {at: "
               "[general, network, interfaces, \"[]\", link, mac]}\n",
     NULL,
     "provisional/asset.yaml:*: 'one_of': "
     "'asset.general.network.interfaces[].mac' was moved out of "
     "'asset.general.network.interfaces[]'\n"},
    {"moved out of its array",
     OVER("a") "rows:\n  \"asset.general.network.ports[].port\": "
               "{at: [port]}\n",
     NULL,
     "provisional/asset.yaml:*: place of "
     "'asset.general.network.ports[].port' is outside the array of "
     "'asset.general.network.ports[]'\n"},
    {"moved into an array",
     OVER("a") "rows:\n  asset.general.network.zone: "
               "{at: [general, network, ports, \"[]\", zone]}\n",
     NULL,
     "provisional/asset.yaml:*: place of 'asset.general.network.zone' is "
     "inside another array\n"},
    {"array retired, member moved",
     OVER("a") "rows:\n  asset.general.network.ports: {retire: true}\n"
               "  \"asset.general.network.ports[].port\": {at: [port]}\n",
     NULL,
     "provisional/asset.yaml:*: 'asset.general.network.ports[].port' has a "
     "place, but its array was retired\n"},
    {"place of an element",
     OVER("a") "rows:\n  \"asset.general.network.ports[]\": {at: [p]}\n", NULL,
     "provisional/asset.yaml:*: 'at' of 'asset.general.network.ports[]' "
     "follows its array\n"},
    {"added row of no kind",
     OVER("a") "add:\n  - {key: weather.x, zh: 名, en: n, type: string, "
               "presence: E, source: T, provisional: true}\n",
     NULL, "o:6:5: 'weather.x' belongs to no kind that is defined\n"},
    {"both add a row",
     OVER("a") "add:\n  - {key: alert.x, zh: 名, en: n, type: string, "
               "presence: E, source: T, provisional: true}\n",
     OVER("b") "add:\n  - {key: alert.x, zh: 名, en: n, type: string, "
               "presence: E, source: T, provisional: true}\n",
     "p:6:5: overlay 'a' added 'alert.x' already\n"},
    {"unknown list and code",
     OVER("a") "codes:\n  levls: {x: {code: y}}\n"
               "  actions: {stop: {code: y}}\n",
     NULL,
     "o:6:3: no code list 'levls'\n"
     "o:7:13: 'stop' is no code of 'actions'\n"},
    {"kinds keep their names",
     OVER("a") "codes:\n  info_types: {alert: {code: A}}\n", NULL,
     "o:6:3: the codes of 'info_types' cannot be changed so\n"},
    {"two overlays write one code",
     OVER("a") "codes:\n  actions: {block: {code: x}}\n",
     OVER("b") "codes:\n  actions: {block: {code: y}}\n",
     "p:6:21: overlay 'a' changed this already\n"},
    {"two codes written alike",
     OVER("a") "codes:\n  actions: {block: {code: x}, reset: {code: x}}\n",
     NULL, "codes/words.yaml:*: list 'actions': 'x' means both 'x' and 'x'\n"},
    {"code list exists",
     OVER("a") "lists:\n  - {id: actions, zh: 动, en: a, codes: [{code: x, zh: "
               "甲, en: x, source: P, provisional: true}]}\n",
     NULL, "o:6:5: list 'actions' exists already at codes/words.yaml:*\n"},
};

/* ${want} with '*' for any run of digits and colons. */
static bool
matches(const char *got, const char *want)
{
    for (; *want != '\0'; want++) {
        if (*want == '*') {
            got += strspn(got, "0123456789:");
            if (strncmp(got, "provisional/", 12) == 0 && want[1] == ')')
                got += strcspn(got, ")");
            if (want[1] == ':')
                got--; /* the colon behind belongs to the text */
            continue;
        }
        if (*got++ != *want)
            return false;
    }
    return *got == '\0';
}

static void
test_bad_overlays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct diag d;

        if (load_over(bad[i].o, bad[i].p, &d) != NULL)
            fail_msg("%s: accepted", bad[i].name);
        if (!matches(diag_text(&d), bad[i].want))
            fail_msg("%s: got\n%swant\n%s", bad[i].name, diag_text(&d),
                     bad[i].want);
        diag_free(&d);
    }
}

static void
test_changes(void **state)
{
    struct standard *s = must_load(
        OVER("a") "rows:\n"
                  "  alert.general.count: {id: times, presence: M, clause: "
                  "\"6.1\"}\n"
                  "  alert.general.alert_level: {encoding: number}\n"
                  "  alert.general.alert_time: {time_form: epoch_ms}\n"
                  "  alert.general.description: {retire: true}\n"
                  "  alert.general.source: {id: src}\n",
        OVER("b") "rows:\n  alert.general.count: {max: 9}\n");
    const struct std_row *r = std_row(s, "alert.general.count");

    (void)state;
    assert_int_equal(std_overlay_count(s), 2);
    assert_string_equal(std_place(s, r->key)->name, "times");
    assert_int_equal(r->presence, STD_M);
    assert_string_equal(r->clause, "6.1");
    assert_true(r->has_max && r->max == 9.0 && r->has_min);
    assert_true(r->provisional);
    assert_int_equal(std_row(s, "alert.general.alert_level")->encoding,
                     STD_ENC_ALIAS);
    assert_int_equal(std_row(s, "alert.general.alert_time")->time_form,
                     TIME_EPOCH_MS);
    assert_null(std_row(s, "alert.general.description"));
    assert_null(std_place(s, "alert.general.description"));
    assert_true(std_retired(s, "alert.general.description"));
    assert_false(std_retired(s, "alert.general.descriptio"));
    /* members follow their container */
    assert_string_equal(std_row(s, "alert.general.source.ip")->at[1], "src");
    std_free(s);
}

/* A code written otherwise keeps its meaning: mappings, conditions and
 * subcategories follow. */
static void
test_codes_written_otherwise(void **state)
{
    struct standard *s = must_load(
        OVER("a") "codes:\n"
                  "  asset_types: {database: {code: \"03\", alias: 30}}\n"
                  "  event_codes: {\"10000\": {code: \"10-0\"}}\n",
        OVER("b") "codes:\n  asset_types: {device: {code: \"01\"}}\n");
    const struct std_codes *types = std_codes(s, "asset_types");
    const struct std_code *db = std_code(types, BYTES("database"));

    (void)state;
    assert_string_equal(db->code, "03");
    assert_int_equal(db->alias, 30);
    assert_ptr_equal(std_code(types, BYTES("03")), db);
    assert_ptr_equal(std_code(types, BYTES("30")), db);
    assert_string_equal(std_code(types, BYTES("device"))->code, "01");
    assert_string_equal(
        std_row(s, "asset.extension.database")->allow->values[0], "03");
    assert_string_equal(
        std_code(std_codes(s, "event_codes"), BYTES("OI"))->parent, "10");
    std_free(s);
}

static void
test_retired_with_its_members(void **state)
{
    struct standard *s = must_load(
        OVER("a") "rows:\n"
                  "  alert.general.target: {retire: true}\n"
                  "  alert.general.target.ip: {at: [general, victim_ip]}\n",
        NULL);

    (void)state;
    assert_true(std_retired(s, "alert.general.target"));
    assert_true(std_retired(s, "alert.general.target.port"));
    assert_string_equal(std_place(s, "alert.general.target.ip")->name,
                        "victim_ip");
    std_free(s);
}

/* A claim without a trusted signature is a claim (DESIGN section 4). */
static void
test_provisional(void **state)
{
    struct standard *s = must_load(
        OVER("a") "issuer: a lab\ndigest: " DIGEST "\ndate: 2026-11-22\nrows:\n"
                  "  alert.general.count: {provisional: false, "
                  "clause: \"6.1\"}\n",
        NULL);

    (void)state;
    assert_false(std_row(s, "alert.general.count")->provisional);
    assert_true(std_row(s, "alert.general.alert_id")->provisional);
    assert_false(std_trusted(s));
    std_free(s);
}

static void
test_canonical_follows_overlays(void **state)
{
    struct standard *a = load_shipped(NULL);
    struct standard *b = must_load(
        OVER("a") "rows:\n  alert.general.count: {clause: \"6.1\"}\n", NULL);

    (void)state;
    assert_false(bytes_eq(std_canonical(a), std_canonical(b)));
    std_free(a);
    std_free(b);
}

/* ---------------------------------------------------------------- alien */

static bool
is_camel(const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '_')
            return false;
    }
    return true;
}

static void
test_alien_is_flat(void **state)
{
    static const char *const kinds[] = {"alert", "asset", "threat", "behavior"};
    struct standard *s = load_shipped(ALIEN);

    (void)state;
    assert_string_equal(std_edition(s), "alien-1");
    for (size_t k = 0; k < 4; k++) {
        const struct shape *root = std_shape(s, kinds[k]);

        assert_true(root->child_count > 60);
        for (uint32_t i = 0; i < root->child_count; i++) {
            const struct shape *c = root->child[i];

            if (c->type == STD_OBJECT || !is_camel(c->name))
                fail_msg("%s: %s", kinds[k], c->name);
        }
    }
    for (size_t i = 0; i < std_row_count(s); i++) {
        const struct std_row *r = std_row_at(s, i);

        if (r->type == STD_TIME && strcmp(r->kind, STD_ENVELOPE) != 0 &&
            !std_is_body(s, r->kind))
            assert_int_equal(r->time_form, TIME_EPOCH_MS);
    }
    std_free(s);
}

static void
test_alien_rows(void **state)
{
    static const struct {
        const char *key, *name; /* NULL: gone */
    } cases[] = {
        {"alert.general", NULL},
        {"alert.general.source", NULL},
        {"alert.extension.attack.http", NULL},
        {"asset.general.basic.tags", NULL},
        {"alert.general.source.ip", "sourceIp"},
        {"alert.general.alert_level", "alertLevel"},
        {"alert.extension.attack.http.user_agent", "attackHttpUserAgent"},
        {"alert.general.shift", "dutyShift"},
        {"asset.general.basic.asset_id", "assetId"},
        {"asset.general.network.interfaces[].vlan_id", "vlanId"},
        {"threat.general", NULL},
        {"threat.extension.indicator.ioc_value", "indicatorIocValue"},
        {"threat.general.related[].threat_id", "threatId"},
        {"behavior.general.subject", NULL},
        {"behavior.extension.network.tls.sni", "networkTlsSni"},
        {"envelope.msg_id", "msgId"},
        {"command.request.request_id", "requestId"},
        {"respond.block.params.ttl_s", "ttlSeconds"},
    };
    struct standard *s = load_shipped(ALIEN);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct shape *at = std_place(s, cases[i].key);

        if ((at == NULL) != (cases[i].name == NULL) ||
            (at != NULL && strcmp(at->name, cases[i].name) != 0))
            fail_msg("%s: %s", cases[i].key, at ? at->name : "gone");
        if (at == NULL)
            assert_true(std_retired(s, cases[i].key));
    }
    std_free(s);
}

/* What the extension as a whole needs, each of its members needs when it stands
 * alone; what stays inside a container leaves the rule to it. */
static void
test_alien_keeps_the_rules_of_containers(void **state)
{
    struct standard *s = load_shipped(ALIEN);
    const struct std_row *os =
        std_row(s, "asset.extension.operating_system.os_name");
    const struct std_row *uri = std_row(s, "alert.extension.attack.http.uri");

    (void)state;
    assert_non_null(os->allow);
    assert_string_equal(os->allow->key, "asset.general.basic.asset_type");
    assert_string_equal(os->allow->values[0], "operating_system");
    assert_non_null(uri->allow);
    assert_string_equal(uri->allow->values[0], "02");
    assert_null(std_row(s, "alert.general.source.ip")->allow);
    assert_null(std_row(s, "asset.extension.device.disks[].name")->allow);
    assert_non_null(std_row(s, "asset.extension.device.disks")->allow);
    std_free(s);
    s = load_shipped(NULL);
    assert_null(std_row(s, "asset.extension.operating_system.os_name")->allow);
    std_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_overlays),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_codes_written_otherwise),
        cmocka_unit_test(test_retired_with_its_members),
        cmocka_unit_test(test_provisional),
        cmocka_unit_test(test_canonical_follows_overlays),
        cmocka_unit_test(test_alien_is_flat),
        cmocka_unit_test(test_alien_rows),
        cmocka_unit_test(test_alien_keeps_the_rules_of_containers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
