/* SPDX-License-Identifier: Apache-2.0 */
/* The interface file: what it says, and broken ones with every problem. */
#include "tests/unit/formats_standard/files.h"

#include "formats/standard/interface.h"

static void
test_shipped(void **state)
{
    struct standard *s = load_shipped(NULL);
    const struct std_interface *i = std_interface(s);
    const struct std_operation *o;
    struct buf path = {0};

    (void)state;
    assert_non_null(i);
    assert_string_equal(i->base, "/interconn/v1");
    assert_string_equal(i->signature_header, "X-Interconn-Signature");
    assert_string_equal(i->signature_over[3], "sm3(body)");
    assert_int_equal(i->window_s, 300);
    assert_int_equal(i->data_count, 4);
    assert_int_equal(i->operation_count, std_codes(s, "operations")->count);
    o = std_operation(s, BYTES("respond"), BYTES("block"));
    assert_non_null(o);
    assert_true(o->effect && !o->async && o->records == NULL);
    assert_string_equal(o->params, "respond.block.params");
    assert_true(std_is_body(s, o->params));
    assert_non_null(std_place(s, "respond.block.params.ttl_s"));
    std_operation_path(s, o, &path);
    assert_string_equal(buf_cstr(&path), "/interconn/v1/command/respond/block");
    assert_null(std_operation(s, BYTES("protect"), BYTES("block")));
    assert_string_equal(
        std_operation(s, BYTES("monitor"), BYTES("threat_lookup"))->records,
        "threat");
    buf_free(&path);
    std_free(s);
}

static void
test_answers(void **state)
{
    struct standard *s = load_shipped(NULL);
    const struct std_interface *i = std_interface(s);

    (void)state;
    assert_int_equal(std_answer(s, 1006)->status[0], 413);
    assert_int_equal(std_answer(s, 1001)->status[1], 415);
    assert_string_equal(std_answer(s, 0)->code->code, "ok");
    assert_null(std_answer(s, 4711));
    for (size_t k = 0; k < i->answer_count; k++) {
        const struct std_answer *a = &i->answer[k];
        int64_t n = a->code->alias;

        assert_true(a->provisional && a->clause == NULL);
        assert_true(n >= 1000 || a->status[0] < 300);
        if (n >= 2000 && n < 3000)
            assert_true(a->status[0] == 401 || a->status[0] == 403);
    }
    for (size_t k = 0; k < i->role_count; k++)
        assert_int_equal(i->role[k].explicit_grant,
                         strcmp(i->role[k].class->code, "respond") == 0);
    std_free(s);
}

/* A body has a row for itself, and none of its members is an information type. */
static void
test_bodies(void **state)
{
    struct standard *s = load_shipped(NULL);
    size_t n = std_body_count(s);

    (void)state;
    assert_int_equal(n, 5 + 2 * std_interface(s)->operation_count);
    for (size_t k = 0; k < n; k++) {
        const char *kind = std_body(s, k);
        const struct std_row *r = std_row(s, kind);

        assert_non_null(r);
        assert_ptr_equal(std_place(s, kind), std_shape(s, kind));
        for (size_t i = 0; i < std_kind_count(s); i++)
            assert_string_not_equal(std_kind(s, i), kind);
    }
    assert_null(std_body(s, n));
    assert_false(std_is_body(s, "alert"));
    std_free(s);
}

/* ---- broken files: the shipped one with one text replaced */

struct bad {
    const char *name, *from, *to, *want; /* want: part of the diagnostics */
};

static const struct bad bad[] = {
    {"unknown key", "base: /interconn/v1", "bass: /interconn/v1",
     "unknown key 'bass'; did you mean base?"},
    {"operation of another class", "  - class: respond\n    operation: block",
     "  - class: protect\n    operation: block",
     "the group of the operation is not its class: 'block'"},
    {"operation that the list does not know", "    operation: block\n",
     "    operation: blok\n", "operations: 'blok'"},
    {"a code without an answer",
     "  - {code: conflict, status: [409], source: P, clause: null, "
     "provisional: true}\n",
     "", "no answer of the code: 'conflict'"},
    {"no HTTP status", "{code: conflict, status: [409]",
     "{code: conflict, status: [99]", "'status' holds HTTP status codes"},
    {"records of no kind", "records: threat", "records: weather",
     "no kind of record: 'weather'"},
    {"records without items", "key: monitor.threat_lookup.result.items\n",
     "key: monitor.threat_lookup.result.found\n",
     "records need a row 'items' in: 'monitor.threat_lookup.result'"},
    {"a body is gone", "  - id: command.task\n", "  - id: command.work\n",
     "'command.task.task_id' is not a key of kind 'command.work'"},
    {"settled by itself",
     "status: [409], source: P, clause: null, "
     "provisional: true",
     "status: [409], source: P, clause: null, provisional: false",
     "only an overlay can clear 'provisional'"},
    {"a row of another body", "      - key: command.response.code\n",
     "      - key: command.request.code\n",
     "'command.request.code' is not a key of kind 'command.response'"},
    {"one of what is not there",
     "one_of: [respond.isolate_host.params.asset_id",
     "one_of: [respond.isolate_host.params.nosuch",
     "'one_of' of 'respond.isolate_host.params' names no row"},
    {"another edition", "edition: provisional-2026", "edition: other",
     "edition 'other' does not fit"},
};

static void
replace(const struct buf *in, const struct bad *b, struct buf *out)
{
    size_t n = strlen(b->from), at = 0;

    while (at + n <= in->len && memcmp(in->data + at, b->from, n) != 0)
        at++;
    if (at + n > in->len)
        fail_msg("%s: not in the file: %s", b->name, b->from);
    buf_add(out, in->data, at);
    buf_str(out, b->to);
    buf_add(out, in->data + at + n, in->len - at - n);
}

static void
test_bad_files(void **state)
{
    struct buf shipped = {0};

    (void)state;
    read_file(TEST_ROOT "/formats/standard/data/provisional/interface.yaml",
              &shipped);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct diag diag;
        struct std_loader *l;
        struct standard *s;
        struct buf text = {0}, got = {0};

        diag_init(&diag);
        l = std_loader_new(&diag);
        replace(&shipped, &bad[k], &text);
        for (size_t i = 0; i < SHIPPED_COUNT; i++) {
            char path[512];

            if (strstr(shipped_files[i], "provisional/interface") != NULL)
                continue;
            (void)snprintf(path, sizeof path, "%s/formats/standard/data/%s",
                           TEST_ROOT, shipped_files[i]);
            add_file(l, path, shipped_files[i]);
        }
        std_loader_add(l, "i", buf_view(&text));
        s = std_loader_finish(l);
        diag_print(&diag, &got);
        if (s != NULL || strstr(buf_cstr(&got), bad[k].want) == NULL)
            fail_msg("%s: %s", bad[k].name, s ? "accepted" : buf_cstr(&got));
        diag_free(&diag);
        buf_free(&text);
        buf_free(&got);
    }
    buf_free(&shipped);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_bad_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
