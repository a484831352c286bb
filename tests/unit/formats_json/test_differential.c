/* SPDX-License-Identifier: Apache-2.0 */
/* The strict reader against two others on generated documents: json-c in this
 * process, python3's json through oracle.py. Verdict and value must agree; where
 * json-c is known to be lax, the table below says so, and every row of it must
 * be met. */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* json-c's type names are function names of ours. */
#define json_object jsonc_object
#define json_bool   jsonc_bool
#include <json-c/json.h>
#undef json_object
#undef json_bool

#include "tests/unit/formats_json/generate.h"
#include "tests/unit/formats_json/json_help.h"

#define DOCUMENTS 6000
#define SEED      UINT64_C(0x20261122)

struct lax {
    const char *ours;   /* begins our fault */
    const char *in;     /* what the document must hold, or NULL */
    const char *reason; /* why json-c 0.16 in its strictest mode accepts */
    unsigned met;
};

static struct lax laxities[] = {
    {"duplicate key", NULL, "keeps the last of duplicate keys", 0},
    {"integer beyond", NULL, "saturates at 64 bits", 0},
    {"number beyond", NULL, "reads infinity", 0},
    {"lone surrogate", NULL, "replaces lone surrogates", 0},
    {"U+0000 in a key", NULL, "cuts the key at U+0000", 0},
    {"control character", NULL, "takes raw controls in strings", 0},
    {"number with a leading zero", NULL, "takes leading zeros", 0},
    {"expected a digit", NULL, "takes 1. and 1.e5 and -Infinity", 0},
    {"expected a value, not 'N'", NULL, "takes NaN", 0},
    {"invalid UTF-8", "\xED\xA0", "takes surrogates in UTF-8", 0},
    {"invalid UTF-8", "\xF5", "takes characters above U+10FFFF", 0},
    {"expected a value, not 'I'", NULL, "takes Infinity", 0},
};

#define LAXITIES (sizeof laxities / sizeof laxities[0])

/* What chance meets seldom. */
static const char *const fixed[] = {
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[\"\xF5\x80\x80\x80\"]",
    "[\"\xF5\xBF\xBF\xBF\"]",
    "{\"a\":1,\"a\":2}",
    "[-2.]",
    "[2.e3]",
    "['a']",
    "[01]",
    "{a:1}",
};

static bool
lax(const char *fault, const char *document)
{
    for (size_t i = 0; i < LAXITIES; i++) {
        const struct lax *l = &laxities[i];

        if (strncmp(fault, l->ours, strlen(l->ours)) == 0 &&
            (l->in == NULL || strstr(document, l->in) != NULL)) {
            laxities[i].met++;
            return true;
        }
    }
    return false;
}

/* peer_read(in, value): json-c's verdict; in.data ends in a NUL. A tokener a
 * document: a reset one still knows half a surrogate pair of the last one. */
static bool
peer_read(struct bytes in, struct jsonc_object **value)
{
    struct json_tokener *tok = json_tokener_new();
    bool ok;

    assert_non_null(tok);
    json_tokener_set_flags(tok,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With the NUL, so that a number at the end is complete. */
    *value = json_tokener_parse_ex(tok, in.data, (int)in.len + 1);
    ok = json_tokener_get_error(tok) == json_tokener_success &&
         json_tokener_get_parse_end(tok) >= in.len;
    json_tokener_free(tok);
    return ok;
}

static bool same_value(const struct tape *t, uint32_t i,
                       struct jsonc_object *o);

static bool
same_object(const struct tape *t, uint32_t i, struct jsonc_object *o)
{
    struct buf scratch = {0}, name = {0};
    bool same = json_object_is_type(o, json_type_object) &&
                (uint32_t)json_object_object_length(o) == t->node[i].hash;

    for (uint32_t k = t->node[i].hash ? i + 1 : 0; same && k != 0;
         k = t->node[k].next) {
        struct jsonc_object *member = NULL;

        buf_reset(&name);
        buf_bytes(&name, tape_clean(t, &t->node[k], &scratch));
        same = json_object_object_get_ex(o, buf_cstr(&name), &member) &&
               same_value(t, k + 1, member);
    }
    buf_free(&scratch);
    buf_free(&name);
    return same;
}

static bool
same_array(const struct tape *t, uint32_t i, struct jsonc_object *o)
{
    size_t n = 0;
    bool same = json_object_is_type(o, json_type_array) &&
                json_object_array_length(o) == t->node[i].hash;

    for (uint32_t k = t->node[i].hash ? i + 1 : 0; same && k != 0;
         k = t->node[k].next)
        same = same_value(t, k, json_object_array_get_idx(o, n++));
    return same;
}

static bool
same_text(const struct tape *t, uint32_t i, struct jsonc_object *o)
{
    struct buf scratch = {0};
    struct bytes clean = tape_clean(t, &t->node[i], &scratch);
    bool same =
        json_object_is_type(o, json_type_string) &&
        bytes_eq(clean, bytes_of(json_object_get_string(o),
                                 (size_t)json_object_get_string_len(o)));

    buf_free(&scratch);
    return same;
}

static bool
same_value(const struct tape *t, uint32_t i, struct jsonc_object *o)
{
    struct bytes raw = tape_raw(t, &t->node[i]);
    char text[600];

    (void)snprintf(text, sizeof text, "%.*s", (int)raw.len, raw.data);
    switch ((enum tape_type)t->node[i].type) {
    case TAPE_NULL:
        return o == NULL;
    case TAPE_FALSE:
    case TAPE_TRUE:
        return json_object_is_type(o, json_type_boolean) &&
               json_object_get_boolean(o) == (t->node[i].type == TAPE_TRUE);
    case TAPE_INTEGER:
        return json_object_is_type(o, json_type_int) &&
               json_object_get_int64(o) == strtoll(text, NULL, 10);
    case TAPE_NUMBER:
        return json_object_is_type(o, json_type_double) &&
               json_object_get_double(o) == strtod(text, NULL);
    case TAPE_STRING:
        return same_text(t, i, o);
    case TAPE_ARRAY:
        return same_array(t, i, o);
    case TAPE_OBJECT:
        return same_object(t, i, o);
    case TAPE_KEY:
    default:
        return false;
    }
}

static unsigned
compare(struct buf *doc)
{
    struct jsonc_object *value = NULL;
    struct bytes in = bytes_of(buf_cstr(doc), doc->len);
    struct reading ours;
    bool theirs = peer_read(in, &value);
    bool agree;

    reading_open(&ours, JSON_STRICT, NULL, in);
    if (ours.code == ERR_OK)
        agree = theirs && same_value(&ours.tape, 0, value);
    else
        agree = !theirs || lax(ours.err.msg, in.data);
    if (!agree)
        print_error("ours: %s %s, json-c %s: %.*s\n", err_name(ours.code),
                    ours.err.msg, theirs ? "accepts" : "refuses", (int)in.len,
                    in.data);
    reading_close(&ours);
    json_object_put(value);
    return !agree;
}

static void
test_json_c(void **state)
{
    struct generator g = {SEED};
    struct buf doc = {0};
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        buf_reset(&doc);
        buf_str(&doc, fixed[i]);
        bad += compare(&doc);
    }
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        (void)generate(&g, i, &doc);
        bad += compare(&doc);
    }
    buf_free(&doc);
    assert_int_equal(bad, 0);
    for (size_t i = 0; i < LAXITIES; i++) {
        print_message("json-c %s: %u\n", laxities[i].reason, laxities[i].met);
        assert_true(laxities[i].met > 0);
    }
}

/* ---------------------------------------------------------------- python */

/* put_verdict(f, r): " -" or the hexadecimal of what was written again. */
static void
put_verdict(FILE *f, const struct reading *r)
{
    struct buf hex = {0};

    if (r->code == ERR_OK)
        text_hex(&hex, r->out.data, r->out.len);
    else
        buf_char(&hex, '-');
    (void)fprintf(f, " %s", buf_cstr(&hex));
    buf_free(&hex);
}

/* write_documents(f): a line each: document, strict, tolerant. */
static void
write_documents(FILE *f)
{
    struct generator g = {SEED + 1};
    struct buf doc = {0}, hex = {0};

    for (unsigned i = 0; i < DOCUMENTS; i++) {
        struct bytes in = generate(&g, i, &doc);
        struct reading strict, tolerant;

        reading_open(&strict, JSON_STRICT, NULL, in);
        reading_open(&tolerant, JSON_TOLERANT, NULL, in);
        buf_reset(&hex);
        text_hex(&hex, in.data, in.len);
        (void)fprintf(f, "%s", in.len ? buf_cstr(&hex) : ".");
        put_verdict(f, &strict);
        put_verdict(f, &tolerant);
        (void)fputc('\n', f);
        reading_close(&strict);
        reading_close(&tolerant);
    }
    buf_free(&doc);
    buf_free(&hex);
}

static void
test_python(void **state)
{
    char path[] = "/tmp/hutong-json-XXXXXX";
    char script[] = TEST_ROOT "/tests/unit/formats_json/oracle.py";
    char program[] = "/usr/bin/python3";
    char *argv[] = {program, script, path, NULL};
    char *envp[] = {NULL};
    int fd, status = -1;
    pid_t pid;
    FILE *f;

    (void)state;
    if (access(program, X_OK) != 0) {
        print_message("SKIP: no /usr/bin/python3, its json not compared\n");
        return;
    }
    fd = mkstemp(path);
    assert_true(fd >= 0);
    f = fdopen(fd, "w");
    assert_non_null(f);
    write_documents(f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, envp), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)unlink(path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_c),
        cmocka_unit_test(test_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
