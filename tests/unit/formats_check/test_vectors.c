/* SPDX-License-Identifier: Apache-2.0 */
/* One vector a rule at least, each a clean document with one thing broken: the
 * checker must find that and nothing else. vectors/README.md has the form. */
#include "tests/unit/formats_check/load.h"

#include <json-c/json.h>

#include "formats/base/text.h"

#define VECTORS TEST_ROOT "/tests/unit/formats_check/vectors"

static const char *const files[] = {
    "envelope.jsonl",           "alert-general.jsonl",
    "alert-extension.jsonl",    "asset-general.jsonl",
    "asset-extension.jsonl",    "threat-general.jsonl",
    "threat-extension.jsonl",   "behavior-general.jsonl",
    "behavior-extension.jsonl", "body-message.jsonl",
    "body-identify.jsonl",      "body-protect.jsonl",
    "body-monitor.jsonl",       "body-respond.jsonl",
    "body-common.jsonl",
};

struct run {
    struct bench bench;
    json_object *base;
    char body[64]; /* the base is this body of an interface; "": a document */
    char *hit;     /* by rule number */
    size_t vectors, failed;
};

/* {"repeat": S, "times": N}: a string repeated; {"list": V, "times": N}: an
 * array of N times V. */
static json_object *
expand(json_object *value)
{
    json_object *what, *times, *made;
    struct buf b = {0};
    int n;

    if (!json_object_is_type(value, json_type_object) ||
        !json_object_object_get_ex(value, "times", &times))
        return json_object_get(value);
    n = json_object_get_int(times);
    if (json_object_object_get_ex(value, "list", &what)) {
        made = json_object_new_array();
        for (int i = 0; i < n; i++)
            json_object_array_add(made, json_object_get(what));
        return made;
    }
    what = json_object_object_get(value, "repeat");
    for (int i = 0; i < n; i++)
        buf_str(&b, json_object_get_string(what));
    made = json_object_new_string_len(b.data, (int)b.len);
    buf_free(&b);
    return made;
}

/* The document of a vector: the base, changed as its third and fourth say. */
static json_object *
patched(const struct run *r, json_object *line)
{
    json_object *doc = NULL, *gone;
    struct json_object_iterator it, end;

    assert_int_equal(json_object_deep_copy(r->base, &doc, NULL), 0);
    gone = json_object_array_get_idx(line, 3);
    for (size_t i = 0; gone && i < json_object_array_length(gone); i++) {
        const char *pointer =
            json_object_get_string(json_object_array_get_idx(gone, i));
        const char *slash = strrchr(pointer, '/');
        json_object *parent = doc;
        char up[256];

        (void)snprintf(up, sizeof(up), "%.*s", (int)(slash - pointer), pointer);
        assert_int_equal(json_pointer_get(doc, up, &parent), 0);
        json_object_object_del(parent, slash + 1);
    }
    line = json_object_array_get_idx(line, 2);
    it = json_object_iter_begin(line);
    end = json_object_iter_end(line);
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        json_object *value = expand(json_object_iter_peek_value(&it));

        if (json_pointer_set(&doc, json_object_iter_peek_name(&it), value))
            fail_msg("cannot set %s", json_object_iter_peek_name(&it));
    }
    return doc;
}

static void
check_object(struct run *r, json_object *doc)
{
    size_t len;
    const char *text = json_object_to_json_string_length(
        doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

    if (r->body[0] == '\0')
        bench_check(&r->bench, bytes_of(text, len));
    else
        bench_body(&r->bench, bytes_of(text, len), r->body);
}

static void
mark(struct run *r, const char *id)
{
    for (size_t i = 0; i < checker_rule_count(r->bench.c); i++) {
        struct finding f = {0};
        struct buf b = {0};

        checker_rule(r->bench.c, i, &f.row, &f.rule);
        finding_rule(&f, &b);
        if (strcmp(buf_cstr(&b), id) == 0)
            r->hit[i] = 1;
        buf_free(&b);
    }
}

/* Both sentences of a finding say something and end clean. */
static void
check_sentences(const struct finding *f)
{
    for (int zh = 0; zh < 2; zh++) {
        struct buf b = {0};

        finding_text(f, zh, &b);
        if (b.len < 12 || text_utf8_valid(bytes_of(b.data, b.len)) != b.len ||
            strstr(buf_cstr(&b), "(null)") != NULL)
            fail_msg("sentence: %s", buf_cstr(&b));
        buf_free(&b);
    }
}

static void
run_vector(struct run *r, const char *file, unsigned line, json_object *vector)
{
    const char *rule =
        json_object_get_string(json_object_array_get_idx(vector, 0));
    const char *pointer =
        json_object_get_string(json_object_array_get_idx(vector, 1));
    json_object *doc = patched(r, vector);
    struct buf want = {0}, got = {0};

    check_object(r, doc);
    buf_printf(&want, "%s %s\n", rule, pointer);
    bench_lines(&r->bench, &got);
    if (r->bench.out.errors != 1 || strcmp(buf_cstr(&want), buf_cstr(&got))) {
        r->failed++;
        print_error("%s:%u: want %s     got %s", file, line, want.data,
                    got.len ? got.data : "nothing\n");
    } else {
        check_sentences(&r->bench.out.item[0]);
    }
    mark(r, rule);
    r->vectors++;
    buf_free(&want);
    buf_free(&got);
    json_object_put(doc);
}

static void
run_line(struct run *r, const char *file, unsigned line, struct bytes text)
{
    json_tokener *tok = json_tokener_new();
    json_object *o = json_tokener_parse_ex(tok, text.data, (int)text.len);
    const char *body;
    struct buf got = {0};

    if (o == NULL)
        fail_msg("%s:%u: not JSON", file, line);
    json_tokener_free(tok);
    if (json_object_is_type(o, json_type_array)) {
        run_vector(r, file, line, o);
        json_object_put(o);
        return;
    }
    json_object_put(r->base);
    r->base = json_object_get(json_object_object_get(o, "base"));
    body = json_object_get_string(json_object_object_get(o, "body"));
    (void)snprintf(r->body, sizeof(r->body), "%s", body ? body : "");
    json_object_put(o);
    check_object(r, r->base);
    bench_lines(&r->bench, &got);
    if (got.len > 0)
        fail_msg("%s:%u: the base is not clean: %s", file, line, got.data);
    buf_free(&got);
}

static void
run_file(struct run *r, const char *name)
{
    struct buf b;
    struct bytes rest;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", VECTORS, name);
    b = load_file(path);
    rest = bytes_of(b.data, b.len);
    for (unsigned line = 1; rest.len > 0; line++) {
        size_t n = bytes_find(rest, '\n');

        run_line(r, name, line, bytes_upto(rest, n));
        rest = bytes_from(rest, n + 1);
    }
    buf_free(&b);
}

static void
every_rule_has_a_vector(void **state)
{
    struct run r = {0};
    size_t bare = 0;

    (void)state;
    bench_open(&r.bench, NULL, CHECK_STRICT);
    r.hit = calloc(checker_rule_count(r.bench.c), 1);
    assert_non_null(r.hit);
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        run_file(&r, files[i]);
    for (size_t i = 0; i < checker_rule_count(r.bench.c); i++) {
        struct finding f = {0};
        struct buf b = {0};

        if (r.hit[i])
            continue;
        checker_rule(r.bench.c, i, &f.row, &f.rule);
        finding_rule(&f, &b);
        print_error("no vector: %s\n", buf_cstr(&b));
        buf_free(&b);
        bare++;
    }
    print_message("%zu rules, %zu vectors\n", checker_rule_count(r.bench.c),
                  r.vectors);
    assert_int_equal(r.failed, 0);
    assert_int_equal(bare, 0);
    json_object_put(r.base);
    free(r.hit);
    bench_close(&r.bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_has_a_vector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
