/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped definitions: complete, frozen in their keys, and compiled into
 * shapes that hold what the rows say. */
#include "tests/unit/formats_standard/files.h"

static struct standard *shipped;

static int
setup(void **state)
{
    (void)state;
    shipped = load_shipped(NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    std_free(shipped);
    return 0;
}

static void
test_heads(void **state)
{
    (void)state;
    assert_string_equal(std_edition(shipped), "provisional-2026");
    assert_int_equal(std_kind_count(shipped), 4);
    assert_string_equal(std_kind(shipped, 0), "alert");
    assert_string_equal(std_kind(shipped, 1), "asset");
    assert_string_equal(std_kind(shipped, 2), "behavior");
    assert_string_equal(std_kind(shipped, 3), "threat");
    assert_null(std_kind(shipped, 4));
    assert_string_equal(std_kind_version(shipped, "asset"), "0.1.0");
    assert_string_equal(std_kind_version(shipped, STD_ENVELOPE), "0.1.0");
    assert_string_equal(std_kind_name(shipped, "alert", true), "告警信息");
    assert_null(std_kind_version(shipped, "weather"));
    assert_null(std_shape(shipped, "weather"));
    assert_int_equal(std_shape_count(shipped, "weather"), 0);
    assert_int_equal(std_overlay_count(shipped), 0);
    assert_false(std_trusted(shipped));
    assert_null(std_row(shipped, "alert.general.nothing"));
    assert_null(std_place(shipped, ""));
}

static bool
has_han(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s >= 0xe4 && (unsigned char)*s <= 0xe9)
            return true;
    }
    return false;
}

/* Words that have no Chinese form. */
static bool
is_term(const char *s)
{
    return strcmp(s, "URL") == 0 || strcmp(s, "VLAN") == 0;
}

static void
test_rows_are_complete(void **state)
{
    (void)state;
    assert_true(std_row_count(shipped) > 300);
    for (size_t i = 0; i < std_row_count(shipped); i++) {
        const struct std_row *r = std_row_at(shipped, i);
        const struct shape *at = std_place(shipped, r->key);

        if (!has_han(r->zh) && !is_term(r->zh))
            fail_msg("%s: no Chinese name", r->key);
        if (!has_han(r->about_zh))
            fail_msg("%s: no Chinese description", r->key);
        if (strlen(r->en) < 2 || has_han(r->en))
            fail_msg("%s: no English name", r->key);
        if (strlen(r->about_en) < 5 || has_han(r->about_en))
            fail_msg("%s: no English description", r->key);
        if (strstr(" S I R+ R R- P ", r->source) == NULL)
            fail_msg("%s: source %s", r->key, r->source);
        if (!r->provisional || r->clause != NULL)
            fail_msg("%s: no row of ours is settled yet", r->key);
        if (at == NULL || at->row != r || at->type != r->type)
            fail_msg("%s: place", r->key);
        assert_ptr_equal(std_row(shipped, r->key), r);
        assert_false(std_retired(shipped, r->key));
    }
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A key is an identity: mappings, overlays and reports name it. keys.txt may
 * grow; a line may never change or go. */
static void
test_keys_are_frozen(void **state)
{
    size_t n = std_row_count(shipped);
    const char **keys = calloc(n, sizeof *keys);
    struct buf frozen = {0}, now = {0};

    (void)state;
    assert_non_null(keys);
    for (size_t i = 0; i < n; i++)
        keys[i] = std_row_at(shipped, i)->key;
    qsort(keys, n, sizeof *keys, compare);
    for (size_t i = 0; i < n; i++)
        buf_printf(&now, "%s\n", keys[i]);
    read_file(TEST_ROOT "/formats/standard/data/keys.txt", &frozen);
    assert_string_equal(buf_cstr(&now), buf_cstr(&frozen));
    buf_free(&frozen);
    buf_free(&now);
    free(keys);
}

static void
test_event_codes(void **state)
{
    /* Subcategories with "other": categories 01 to 10. */
    static const size_t want[10] = {10, 21, 12, 8, 5, 9, 3, 3, 5, 1};
    const struct std_codes *c = std_codes(shipped, "event_codes");
    size_t got[10] = {0}, categories = 0;

    (void)state;
    assert_non_null(c);
    for (size_t i = 0; i < c->count; i++) {
        const struct std_code *e = &c->code[i];
        size_t len = strlen(e->name_zh);

        assert_true(e->provisional);
        if (len < 6 || strcmp(e->name_zh + len - 6, "事件") != 0)
            fail_msg("%s %s does not end in 事件", e->code, e->name_zh);
        if (e->parent == NULL) {
            assert_int_equal(strlen(e->code), 2);
            categories++;
            continue;
        }
        assert_int_equal(strlen(e->code), 5);
        assert_memory_equal(e->code, e->parent, 2);
        got[strtoul(e->parent, NULL, 10) - 1]++;
    }
    assert_int_equal(categories, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(got[i], want[i]);
}

static void
test_code_lookup(void **state)
{
    static const struct {
        const char *list, *text, *want; /* NULL: unknown */
    } cases[] = {
        {"event_codes", "01007", "01007"},
        {"event_codes", "01999", "01010"},
        {"event_codes", "02999", "02021"},
        {"event_codes", "10000", "10000"},
        {"event_codes", "CVI", "01001"},
        {"event_codes", "MI", "01010"},
        {"event_codes", "NSEI", "02001"},
        {"event_codes", "DOSAI", "02008"},
        {"event_codes", "ILOI", "03011"},
        {"event_codes", "ICSI", "04008"},
        {"event_codes", "MDA", "05003"},
        {"event_codes", "DI", "09005"},
        {"event_codes", "OI", "10000"},
        {"event_codes", "01011", NULL},
        {"event_codes", "", NULL},
        {"alert_levels", "critical", "critical"},
        {"alert_levels", "5", "critical"},
        {"alert_levels", "1", "info"},
        {"alert_levels", "6", NULL},
        {"alert_levels", "CRITICAL", "critical"},
        {"alert_levels", "criticalx", NULL},
        {"incident_grades", "1", "especially_major"},
        {"incident_grades", "4", "general"},
        {"product_types", "IDS", "入侵检测系统(IDS)"},
        {"product_types", "2", "防火墙"},
        {"vulnerability_grades", "超危漏洞", "critical"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct std_codes *c = std_codes(shipped, cases[i].list);
        const struct std_code *got;

        assert_non_null(c);
        got = std_code(c, bytes_str(cases[i].text));
        if ((got == NULL) != (cases[i].want == NULL) ||
            (got != NULL && strcmp(got->code, cases[i].want) != 0))
            fail_msg("%s %s: got %s", cases[i].list, cases[i].text,
                     got ? got->code : "nothing");
    }
    assert_null(std_codes(shipped, "no_such_list"));
}

/* Every letter code of the 2007 guide means exactly one code of today. */
static void
test_letter_codes_of_2007(void **state)
{
    static const char *const letters[] = {
        "MI",   "CVI",  "WI",   "THI", "BI",  "BAI",  "WBPI", "NAI", "DOSAI",
        "BDAI", "VAI",  "NSEI", "PI",  "II",  "IDI",  "IAI",  "IMI", "ILEI",
        "III",  "ILOI", "ICSI", "FF",  "SHF", "PSFF", "MDA",  "DI",  "OI"};
    const struct std_codes *c = std_codes(shipped, "event_codes");

    (void)state;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        const struct std_code *e = std_code(c, bytes_str(letters[i]));

        if (e == NULL || strlen(e->code) != 5)
            fail_msg("%s means nothing", letters[i]);
    }
}

static void
test_list_counts(void **state)
{
    static const struct {
        const char *id;
        size_t count;
    } want[] = {
        {"product_types", 34},       {"alert_levels", 5},
        {"incident_grades", 4},      {"asset_types", 7},
        {"info_types", 7},           {"interface_kinds", 8},
        {"running_status", 5},       {"actions", 7},
        {"disposal_status", 7},      {"attack_results", 4},
        {"port_protocols", 3},       {"data_levels", 3},
        {"vulnerability_grades", 4}, {"discovery_methods", 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const struct std_codes *c = std_codes(shipped, want[i].id);

        if (c == NULL || c->count != want[i].count)
            fail_msg("%s: %zu codes", want[i].id, c ? c->count : 0);
    }
    for (size_t i = 0; i < std_codes_count(shipped); i++) {
        const struct std_codes *c = std_codes_at(shipped, i);

        assert_ptr_equal(std_codes(shipped, c->id), c);
        for (size_t j = 0; j < c->count; j++) {
            assert_non_null(c->code[j].also);
            assert_non_null(c->code[j].alt);
            assert_true(*c->code[j].name_zh != '\0');
            assert_true(*c->code[j].name_en != '\0');
        }
    }
}

/* Walk all places by following parents, members and the index. */
static void
check_shape(const struct shape *s, uint32_t *next)
{
    assert_int_equal(s->number, (*next)++);
    assert_int_equal(s->name_len, strlen(s->name));
    assert_int_equal(s->hash, hash_key(s->name, s->name_len));
    if (s->type != STD_OBJECT && s->type != STD_ARRAY) {
        assert_int_equal(s->child_count, 0);
        return;
    }
    assert_true(s->child_count > 0);
    assert_true((s->index != NULL) == (s->type == STD_OBJECT));
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct shape *c = s->child[i];

        assert_ptr_equal(c->parent, s);
        if (s->type == STD_OBJECT)
            assert_ptr_equal(shape_child(s, c->hash, c->name, c->name_len), c);
        check_shape(c, next);
    }
    assert_null(shape_child(s, hash_key("nope", 4), "nope", 4));
}

static void
test_shapes(void **state)
{
    static const char *const kinds[] = {"alert", "asset", STD_ENVELOPE};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct shape *root = std_shape(shipped, kinds[i]);
        uint32_t next = 0;

        assert_non_null(root);
        assert_null(root->row);
        assert_null(root->parent);
        check_shape(root, &next);
        assert_int_equal(next, std_shape_count(shipped, kinds[i]));
    }
}

static void
test_places(void **state)
{
    const struct shape *a =
        std_place(shipped, "asset.general.network.interfaces[].ipv4[]");
    const struct shape *level = std_place(shipped, "alert.general.alert_level");

    (void)state;
    assert_non_null(a);
    assert_int_equal(a->type, STD_STRING);
    assert_string_equal(a->name, "");
    assert_int_equal(a->row->format, STD_FORMAT_IPV4);
    assert_true(a->row->prefix_ok);
    assert_int_equal(a->parent->type, STD_ARRAY);
    assert_string_equal(a->parent->name, "ipv4");
    assert_string_equal(a->parent->parent->name, "");
    assert_int_equal(a->parent->parent->type, STD_OBJECT);
    assert_non_null(a->parent->parent->row->one_of);
    assert_string_equal(level->name, "alert_level");
    assert_string_equal(level->parent->name, "general");
    assert_string_equal(level->row->at[0], "general");
    assert_string_equal(level->row->at[1], "alert_level");
    assert_null(level->row->at[2]);
}

/* What DESIGN section 3 decides about presence. */
static void
test_presence(void **state)
{
    static const struct {
        const char *key;
        enum std_presence want;
    } cases[] = {
        {"alert.general.detector", STD_M},
        {"alert.general.detector.product_name", STD_M},
        {"alert.general.source", STD_E},
        {"alert.general.target", STD_E},
        {"alert.extension", STD_E},
        {"alert.general.raw", STD_E},
        {"asset.general.network.interfaces", STD_E},
        {"asset.general.basic.product_code", STD_C},
        {"asset.general.basic.running_status", STD_M},
        {"asset.extension.operating_system.os_name", STD_M},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct std_row *r = std_row(shipped, cases[i].key);

        if (r == NULL || r->presence != cases[i].want)
            fail_msg("%s", cases[i].key);
    }
}

static void
test_canonical_is_repeatable(void **state)
{
    struct standard *again = load_shipped(NULL);

    (void)state;
    assert_true(std_canonical(shipped).len > 10000);
    assert_true(bytes_eq(std_canonical(shipped), std_canonical(again)));
    std_free(again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_keys_are_frozen),
        cmocka_unit_test(test_event_codes),
        cmocka_unit_test(test_code_lookup),
        cmocka_unit_test(test_letter_codes_of_2007),
        cmocka_unit_test(test_list_counts),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_canonical_is_repeatable),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
