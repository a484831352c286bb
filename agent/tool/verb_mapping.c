/* SPDX-License-Identifier: Apache-2.0 */
/* hutong mapping: list, lint, test against golden pairs, start a new one. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "agent/pipeline/bridge.h"
#include "agent/tool/mapping_new.h"
#include "agent/tool/normalize_input.h"
#include "agent/tool/recognise.h"
#include "formats/json/writer.h"

#define GOLDEN_MAX_BYTES ((size_t)16 << 20)
#define GOLDEN_MAX_PATH  1024
#define GOLDEN_NOW       "2026-11-22T10:00:00Z"
#define GOLDEN_MAX_PAIRS 1024

/* ---- list */

static void
list_one(const struct tool *t, struct json_writer *w, const struct mapping *m)
{
    const char *vendor = mapping_product(m, "vendor");
    const char *name = mapping_product(m, "name");

    if (!t->json) {
        buf_printf(w->out, "%-20s %-8s %-6s %-6s %s %s\n", mapping_id(m),
                   mapping_version(m), mapping_codec(m), mapping_kind(m),
                   vendor, name);
        return;
    }
    json_object(w);
    json_key(w, "id");
    json_cstr(w, mapping_id(m));
    json_key(w, "version");
    json_cstr(w, mapping_version(m));
    json_key(w, "codec");
    json_cstr(w, mapping_codec(m));
    json_key(w, "kind");
    json_cstr(w, mapping_kind(m));
    json_key(w, "vendor");
    json_cstr(w, vendor);
    json_key(w, "product");
    json_cstr(w, name);
    json_end_object(w);
}

static int
list(struct tool *t)
{
    const char *ids[MAPPINGS_MAX];
    struct arena arena = {0};
    struct buf out = {0};
    struct json_writer w;
    struct diag diag;
    size_t n = data_mapping_ids(&t->data, &arena, ids, MAPPINGS_MAX);
    int status;

    diag_init(&diag);
    json_writer_init(&w, &out);
    if (t->json)
        json_array(&w);
    for (size_t i = 0; i < n; i++) {
        struct mapping *m = data_mapping(&t->data, ids[i], &diag);

        if (m != NULL)
            list_one(t, &w, m);
        mapping_free(m);
    }
    if (t->json) {
        json_end_array(&w);
        buf_char(&out, '\n');
    }
    (void)tool_write(t, &out);
    tool_diag(t, &diag);
    status = diag.errors ? TOOL_CONFIG : TOOL_OK;
    diag_free(&diag);
    buf_free(&out);
    arena_free(&arena);
    return status;
}

/* ---- lint */

static void
lint_one(struct tool *t, const struct standard *s, const char *name,
         struct diag *diag)
{
    struct mapping *m = data_mapping(&t->data, name, diag);
    struct plan *p = m ? plan_compile(m, s, diag) : NULL;

    if (m != NULL && codec_find(mapping_codec(m)) == NULL)
        diag_add(diag, DIAG_ERROR, name, 0, 0, "no codec \"%s\" is built in",
                 mapping_codec(m));
    if (p != NULL)
        mapping_lint(m, s, diag);
    plan_free(p);
    mapping_free(m);
}

static int
lint(struct tool *t, int argc, char **argv)
{
    const char *ids[MAPPINGS_MAX];
    struct arena arena = {0};
    struct standard *s = tool_standard(t);
    struct diag diag;
    size_t n = 0;
    int status;

    if (s == NULL)
        return TOOL_CONFIG;
    diag_init(&diag);
    if (argc == 0)
        n = data_mapping_ids(&t->data, &arena, ids, MAPPINGS_MAX);
    for (size_t i = 0; i < n; i++)
        lint_one(t, s, ids[i], &diag);
    for (int i = 0; i < argc; i++)
        lint_one(t, s, argv[i], &diag);
    tool_diag(t, &diag);
    if (!t->quiet)
        (void)fprintf(stderr,
                      t->zh ? "映射 %zu 个：错误 %u，警告 %u\n"
                            : "mappings %zu: errors %u, warnings %u\n",
                      n + (size_t)argc, diag.errors, diag.warnings);
    status = diag.errors ? TOOL_FINDINGS : TOOL_OK;
    diag_free(&diag);
    std_free(s);
    arena_free(&arena);
    return status;
}

/* ---- test: DIR/<mapping id>/<name>.in against <name>.want */

struct golden {
    struct tool *tool;
    struct mappings mappings; /* of the folder being tested */
    struct checker *checker;
    size_t pairs, failed;
};

/* What normalize writes, called in the folder of ${path}. */
static int
produce(struct golden *g, const char *path, struct buf *out)
{
    const struct bridge_options o = {.on_finding = FINDING_TAG};
    const char *slash = strrchr(path, '/');
    struct normalize_input in;
    struct normalize_frame f;
    struct stamp now;
    struct err err = {0};
    struct bridge *b;
    uint8_t seed[16];
    int status = TOOL_OK;

    normalize_seed(slash ? slash + 1 : path, seed);
    if (!time_rfc3339_strict(BYTES(GOLDEN_NOW), &now) ||
        normalize_open(&in, path, &err) != ERR_OK)
        return tool_fail(g->tool, &err);
    b = bridge_new((const struct plan *const *)g->mappings.plan, 1, g->checker,
                   &o, &err);
    if (b == NULL || normalize_try_document(&in, &err) != ERR_OK)
        status = tool_fail(g->tool, &err);
    while (status == TOOL_OK && normalize_next(&in, &f, &err) == ERR_OK) {
        uint8_t id[EVENT_ID_BYTES];
        struct bridge_output got;

        event_id_of(seed, sizeof seed, f.offset, f.index, id);
        if (bridge_frame(b, f.data, id, now.sec * INT64_C(1000000000), &got,
                         &err) != BRIDGE_RECORD)
            continue;
        buf_bytes(out, got.record);
        buf_char(out, '\n');
    }
    bridge_free(b);
    normalize_close(&in);
    return status;
}

/* The first line that differs, for people. */
static void
show_difference(const char *path, struct bytes want, struct bytes got)
{
    unsigned line = 1;

    while (want.len > 0 && got.len > 0) {
        size_t a = bytes_find(want, '\n'), b = bytes_find(got, '\n');

        if (!bytes_eq(bytes_upto(want, a), bytes_upto(got, b)))
            break;
        want = bytes_from(want, a + 1);
        got = bytes_from(got, b + 1);
        line++;
    }
    (void)fprintf(stderr, "%s: line %u\n  want %.*s\n  got  %.*s\n", path, line,
                  (int)bytes_find(want, '\n'), want.len ? want.data : "",
                  (int)bytes_find(got, '\n'), got.len ? got.data : "");
}

static int
test_pair(struct golden *g, const char *in_path, bool update)
{
    char want_path[GOLDEN_MAX_PATH];
    struct buf got = {0}, want = {0};
    struct err err = {0};
    size_t stem = strlen(in_path) - 3;
    int status = produce(g, in_path, &got);

    (void)snprintf(want_path, sizeof want_path, "%.*s.want", (int)stem,
                   in_path);
    g->pairs++;
    if (status == TOOL_OK && update) {
        FILE *f = fopen(want_path, "w");

        if (f == NULL || fwrite(got.data, 1, got.len, f) != got.len) {
            (void)err_errno(&err, want_path, "write");
            status = tool_fail(g->tool, &err);
        }
        if (f != NULL)
            (void)fclose(f);
    } else if (status == TOOL_OK &&
               tool_read(want_path, GOLDEN_MAX_BYTES, &want, &err) != ERR_OK) {
        status = tool_fail(g->tool, &err);
    } else if (status == TOOL_OK &&
               !bytes_eq(buf_view(&got), buf_view(&want))) {
        g->failed++;
        show_difference(in_path, buf_view(&want), buf_view(&got));
    }
    buf_free(&got);
    buf_free(&want);
    return status;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The sorted names in ${path} that end in ${end} (NULL: folders). */
static size_t
names_in(const char *path, const char *end, struct arena *arena,
         const char **out, size_t max)
{
    DIR *d = opendir(path);
    struct dirent *e;
    size_t n = 0;

    while (d != NULL && n < max && (e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name);
        char full[GOLDEN_MAX_PATH];
        struct stat st;
        bool fits;

        if (e->d_name[0] == '.' ||
            snprintf(full, sizeof full, "%s/%s", path, e->d_name) >=
                (int)sizeof full ||
            stat(full, &st) != 0)
            continue;
        fits = end == NULL
                   ? S_ISDIR(st.st_mode)
                   : len > strlen(end) &&
                         strcmp(e->d_name + len - strlen(end), end) == 0;
        if (fits)
            out[n] = arena_str(arena, bytes_str(end ? full : e->d_name));
        n += fits && out[n] != NULL;
    }
    if (d != NULL)
        (void)closedir(d);
    qsort(out, n, sizeof *out, by_text);
    return n;
}

static int
test_folder(struct golden *g, const char *dir, const char *id, bool update)
{
    const char *inputs[GOLDEN_MAX_PAIRS];
    struct standard *s = g->mappings.standard;
    struct arena arena = {0};
    const char *path = arena_printf(&arena, "%s/%s", dir, id);
    size_t n =
        path ? names_in(path, ".in", &arena, inputs, GOLDEN_MAX_PAIRS) : 0;
    int status = n ? mappings_add(g->tool, &g->mappings, id) : TOOL_OK;

    for (size_t i = 0; i < n && status == TOOL_OK; i++)
        status = test_pair(g, inputs[i], update);
    g->mappings.standard = NULL;
    mappings_close(&g->mappings);
    g->mappings.standard = s;
    arena_free(&arena);
    return status;
}

static int
test(struct tool *t, int argc, char **argv)
{
    struct golden g = {.tool = t};
    struct arena arena = {0};
    const char *folders[MAPPINGS_MAX];
    bool update = argc > 0 && strcmp(argv[0], "--update") == 0;
    const char *dir = argc > update ? argv[update ? 1 : 0] : "tests/golden";
    struct err err = {0};
    size_t n = names_in(dir, NULL, &arena, folders, MAPPINGS_MAX);
    int status = mappings_open(t, &g.mappings);

    if (status == TOOL_OK) {
        g.checker = checker_new(g.mappings.standard, CHECK_STRICT, &err);
        if (g.checker == NULL)
            status = tool_fail(t, &err);
    }
    for (size_t i = 0; i < n && status == TOOL_OK; i++)
        if (strcmp(folders[i], "recordings") != 0)
            status = test_folder(&g, dir, folders[i], update);
    if (status == TOOL_OK && g.pairs == 0)
        status = tool_usage(t, "no golden pairs in %s", dir);
    if (status == TOOL_OK && !t->quiet)
        (void)fprintf(stderr,
                      t->zh ? "样例 %zu 对，不符 %zu\n"
                            : "golden pairs %zu, failed %zu\n",
                      g.pairs, g.failed);
    if (status == TOOL_OK && g.failed != 0)
        status = TOOL_FINDINGS;
    checker_free(g.checker);
    mappings_close(&g.mappings);
    arena_free(&arena);
    return status;
}

static int
run(struct tool *t, int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "list") == 0 && argc == 2)
        return list(t);
    if (strcmp(what, "lint") == 0)
        return lint(t, argc - 2, argv + 2);
    if (strcmp(what, "test") == 0 && argc <= 4)
        return test(t, argc - 2, argv + 2);
    if (strcmp(what, "new") == 0 && argc >= 3 && argc <= 5)
        return mapping_new(t, argc - 2, argv + 2);
    return tool_usage(t, "list, lint, test or new is wanted");
}

const struct verb verb_mapping = {
    .name = "mapping",
    .synopsis = "list | lint [ID|FILE...] | test [--update] [DIR] | new ID "
                "[CODEC] [FILE]",
    .zh = "映射：列出、检查、测试、新建",
    .en = "mappings: list, lint, test, start a new one",
    .help_zh = "  list              内置映射和 --data 目录中的映射\n"
               "  lint [ID|FILE...] 语法和语义检查，缺省检查全部\n"
               "  test [DIR]        运行样例 DIR/<映射>/<名称>.in 与 .want，"
               "缺省 tests/golden\n"
               "                    (--update 改写 .want)\n"
               "  new ID [CODEC] [FILE]  由一条样例生成映射骨架 (缺省 json，"
               "标准输入)\n",
    .help_en = "  list              built-in ones and those of --data\n"
               "  lint [ID|FILE...] schema and semantic lint, default: all\n"
               "  test [DIR]        golden pairs DIR/<mapping>/<name>.in and "
               ".want\n"
               "                    (default tests/golden; --update writes "
               ".want)\n"
               "  new ID [CODEC] [FILE]  a skeleton from one event (default "
               "json, stdin)\n",
    .run = run,
};
