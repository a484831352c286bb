/* SPDX-License-Identifier: Apache-2.0 */
/* hutong explain: mapping:NAME < event, field:KEY, error:RULE. */
#include <stdlib.h>
#include <time.h>

#include "agent/tool/normalize_input.h"
#include "agent/tool/recognise.h"
#include "agent/tool/standard_json.h"
#include "formats/codec/codec.h"
#include "formats/json/writer.h"

#define EVENT_ID_ZERO "00000000000000000000000000000000"

/* ---- mapping:NAME */

struct event {
    struct json_reader reader;
    struct codec_context context;
    struct tape tape;
    struct normalize_input input;
    struct normalize_frame frame;
};

static int
read_event(struct tool *t, const struct mapping *m, const char *path,
           struct event *e)
{
    const struct codec *codec = codec_find(mapping_codec(m));
    struct err err = {0};
    enum err_code code = normalize_open(&e->input, path, &err);

    if (code != ERR_OK)
        return tool_fail(t, &err);
    code = normalize_try_document(&e->input, &err);
    if (code == ERR_OK)
        code = normalize_next(&e->input, &e->frame, &err);
    if (code == ERR_CLOSED)
        (void)err_set(&err, ERR_SYNTAX, path, "the input is empty");
    if (code != ERR_OK)
        return tool_fail(t, &err);
    if (codec == NULL) {
        (void)err_set(&err, ERR_UNSUPPORTED, mapping_id(m),
                      "codec %s is not built in", mapping_codec(m));
        return tool_fail(t, &err);
    }
    if (codec->decode(&e->context, e->frame.data, &e->tape, &err) != ERR_OK)
        return tool_fail(t, &err);
    return TOOL_OK;
}

static void
print_strings(struct buf *out, const struct tape *t, uint32_t list,
              const char *before)
{
    struct buf scratch = {0};

    for (uint32_t i = t->node[list].hash ? list + 1 : 0; i;
         i = t->node[i].next) {
        buf_str(out, before);
        buf_bytes(out, tape_clean(t, &t->node[i], &scratch));
        before = ", ";
    }
    buf_free(&scratch);
}

static struct bytes
member(const struct tape *t, uint32_t object, const char *key,
       struct buf *scratch)
{
    uint32_t i = tape_get(t, object, bytes_str(key));

    return i ? tape_clean(t, &t->node[i], scratch) : BYTES("");
}

struct words {
    const char *word, *zh, *en;
};

/* A word of the account in the language of the output. */
static void
print_word(const struct tool *t, struct buf *out, struct bytes word)
{
    static const struct words words[] = {
        {"failed", "无法转换", "failed: the value does not fit"},
        {"absent", "无", "absent"},
        {"not_for_this_category", "不写入：此类别没有该扩展",
         "not written: this category has no such extension"},
        {"mapped", "已映射", "mapped"},
        {"kept", "保留", "kept"},
        {"dropped", "丢弃", "dropped"},
        {"unknown", "无处可去", "no home"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (bytes_is(word, words[i].word)) {
            buf_str(out, tool_say(t, words[i].zh, words[i].en));
            return;
        }
    buf_bytes(out, word);
}

/* A row that is not in the record says why, whatever its value would be. */
static void
print_outcome(const struct tool *tool, struct buf *out, const struct tape *t,
              uint32_t field)
{
    struct buf scratch = {0};
    struct bytes outcome = member(t, field, "outcome", &scratch);

    if (!bytes_is(outcome, "written")) {
        buf_str(out, "\n    ! ");
        print_word(tool, out, outcome);
    }
    buf_free(&scratch);
}

/* One row for people: what it got and where from. */
static void
print_field(const struct tool *tool, struct buf *out, const struct tape *t,
            uint32_t field)
{
    struct buf scratch = {0};
    uint32_t value = tape_get(t, field, BYTES("value"));
    uint32_t from = tape_get(t, field, BYTES("from"));
    uint32_t ops = tape_get(t, field, BYTES("ops"));

    if (value == 0 &&
        !bytes_is(member(t, field, "outcome", &scratch), "failed")) {
        buf_free(&scratch);
        return;
    }
    buf_bytes(out, member(t, field, "row", &scratch));
    buf_str(out, " (");
    buf_bytes(out, member(t, field, "name", &scratch));
    buf_str(out, ")\n    = ");
    if (value != 0)
        json_put_value(out, t, value);
    else
        buf_str(out, "-");
    if (from != 0)
        print_strings(out, t, from, "\n    < ");
    else
        buf_str(out, "\n    < const");
    if (ops != 0)
        print_strings(out, t, ops, "  | ");
    print_outcome(tool, out, t, field);
    if (tape_get(t, field, BYTES("why")) != 0) {
        buf_str(out, "\n    # ");
        buf_bytes(out, member(t, field, "why", &scratch));
    }
    buf_char(out, '\n');
    buf_free(&scratch);
}

static void
print_source(const struct tool *tool, struct buf *out, const struct tape *t,
             uint32_t leaf)
{
    struct buf scratch = {0};

    buf_str(out, "  ");
    print_word(tool, out, member(t, leaf, "fate", &scratch));
    buf_str(out, "  ");
    buf_bytes(out, member(t, leaf, "path", &scratch));
    if (tape_get(t, leaf, BYTES("why")) != 0) {
        buf_str(out, "  # ");
        buf_bytes(out, member(t, leaf, "why", &scratch));
    }
    buf_char(out, '\n');
    buf_free(&scratch);
}

/* The JSON account as lines. */
static void
print_account(const struct tool *t, const struct buf *json, struct buf *out)
{
    struct json_reader reader;
    struct tape tape = {0};
    uint32_t list;

    json_reader_init(&reader, JSON_TOLERANT, NULL);
    if (json_read(&reader, buf_view(json), &tape, NULL) == ERR_OK) {
        list = tape_get(&tape, 0, BYTES("wanted"));
        if (tape.node[list].type == TAPE_FALSE)
            buf_str(out, tool_say(t, "此事件不符合映射的 match，将被略过。\n\n",
                                  "The mapping's match does not want this "
                                  "event: it is skipped.\n\n"));
        list = tape_get(&tape, 0, BYTES("fields"));
        for (uint32_t i = tape.node[list].hash ? list + 1 : 0; i;
             i = tape.node[i].next)
            print_field(t, out, &tape, i);
        list = tape_get(&tape, 0, BYTES("missing"));
        buf_str(out, tool_say(t, "\n缺少的必备项：", "\nmissing:"));
        print_strings(out, &tape, list, " ");
        buf_str(out, tool_say(t, "\n\n源字段：\n", "\n\nsource:\n"));
        list = tape_get(&tape, 0, BYTES("source"));
        for (uint32_t i = tape.node[list].hash ? list + 1 : 0; i;
             i = tape.node[i].next)
            print_source(t, out, &tape, i);
    }
    json_reader_free(&reader);
    tape_free(&tape);
}

static int
account(struct tool *t, const struct plan *p, struct event *e)
{
    struct plan_state *st = plan_state_new(p);
    struct buf json = {0}, out = {0};
    struct err err = {0};
    struct plan_input in = {
        .source = &e->tape,
        .event_id = BYTES(EVENT_ID_ZERO),
        .time.now = time_of_ns((int64_t)time(NULL) * INT64_C(1000000000)),
        .raw = e->frame.data};
    int status = TOOL_OK;
    enum err_code code = st ? plan_explain(p, st, &in, &json, t->zh, &err)
                            : err_set(&err, ERR_NOMEM, NULL, "out of memory");

    if (code != ERR_OK) {
        status = tool_fail(t, &err);
    } else if (t->json) {
        buf_char(&json, '\n');
        (void)tool_write(t, &json);
    } else {
        print_account(t, &json, &out);
        (void)tool_write(t, &out);
    }
    plan_state_free(st);
    buf_free(&json);
    buf_free(&out);
    return status;
}

static int
explain_mapping(struct tool *t, const char *name, const char *path)
{
    struct event e = {.context.json = &e.reader};
    struct mappings m;
    int status = mappings_open(t, &m);

    json_reader_init(&e.reader, JSON_TOLERANT, NULL);
    if (status == TOOL_OK)
        status = mappings_add(t, &m, name);
    if (status == TOOL_OK)
        status = read_event(t, m.mapping[0], path, &e);
    if (status == TOOL_OK)
        status = account(t, m.plan[0], &e);
    if (e.input.block != NULL)
        normalize_close(&e.input);
    json_reader_free(&e.reader);
    tape_free(&e.tape);
    buf_free(&e.context.scratch);
    mappings_close(&m);
    return status;
}

/* ---- field:KEY and error:RULE */

static void
put_row(struct buf *out, const struct tool *t, const struct std_row *r)
{
    static const char *const presence[] = {"E", "C", "M"};
    static const char *const types[] = {"string",  "integer", "number",
                                        "boolean", "time",    "enum",
                                        "object",  "array",   "any"};

    buf_printf(out, "%s\n  %s — %s\n", r->key, t->zh ? r->zh : r->en,
               t->zh ? r->about_zh : r->about_en);
    buf_str(out, tool_say(t, "  位置：", "  at: "));
    for (const char *const *s = r->at; s && *s; s++)
        buf_printf(out, "%s%s", s == r->at ? "" : "/", *s);
    buf_str(out, tool_say(t, "\n  类型：", "\n  type: "));
    buf_printf(out, "%s, %s", types[r->type], presence[r->presence]);
    if (r->max_len != 0)
        buf_printf(out, ", %zu..%zu", r->min_len, r->max_len);
    if (r->has_min || r->has_max)
        buf_printf(out, ", %.0f..%.0f", r->has_min ? r->min : 0,
                   r->has_max ? r->max : 0);
    if (r->pattern != NULL)
        buf_printf(out, ", %s", r->pattern);
    buf_printf(out, "\n  %s%s%s\n", tool_say(t, "条款：", "clause: "),
               r->clause ? r->clause : tool_say(t, "未知", "unknown"),
               r->provisional ? tool_say(t, "（暂定）", " (provisional)") : "");
    for (size_t i = 0; r->codes != NULL && i < r->codes->count; i++)
        buf_printf(out, "    %-12s %s\n", r->codes->code[i].code,
                   t->zh ? r->codes->code[i].name_zh
                         : r->codes->code[i].name_en);
}

static int
explain_row(struct tool *t, const char *key)
{
    struct standard *s = tool_standard(t);
    const struct std_row *row = s ? std_row(s, key) : NULL;
    struct buf out = {0};
    int status = s ? TOOL_OK : TOOL_CONFIG;

    if (s != NULL && row == NULL) {
        size_t n = std_row_count(s);
        const char **names = calloc(n + 1, sizeof *names);
        const char *near;

        for (size_t i = 0; names != NULL && i < n; i++)
            names[i] = std_row_at(s, i)->key;
        near = names ? diag_nearest(bytes_str(key), names) : NULL;
        status = near ? tool_usage(t, "no row %s; did you mean %s?", key, near)
                      : tool_usage(t, "no row %s", key);
        free(names);
    } else if (row != NULL) {
        if (t->json) {
            struct json_writer w;

            json_writer_init(&w, &out);
            standard_json_row(&w, s, row);
            buf_char(&out, '\n');
        } else {
            put_row(&out, t, row);
        }
        (void)tool_write(t, &out);
    }
    buf_free(&out);
    std_free(s);
    return status;
}

static const struct {
    const char *rule, *zh, *en;
} rules[] = {
    {"type", "值的 JSON 类型不对", "the value has another JSON type"},
    {"missing", "缺少必备项；来源没有时不得编造",
     "a mandatory row is missing; never invent one the source lacks"},
    {"condition", "条件成立但缺少条件项",
     "its condition holds but the row is missing"},
    {"unknown", "定义中没有此成员；自有成员以 x_ 开头",
     "the definition has no such member; own members start with x_"},
    {"length", "文本或数组的长度超出范围", "text or array too short or long"},
    {"range", "数值超出范围", "the number is out of range"},
    {"pattern", "文本不符合格式表达式", "the text does not match the pattern"},
    {"format", "地址、时间等语法不对", "wrong syntax of an address, time ..."},
    {"code", "不在代码表中", "not in the code list"},
    {"order", "两个时间的先后颠倒", "two times are in the wrong order"},
    {"members", "成员的组合不符合要求", "the wrong set of members"},
    {"misplaced", "此扩展成员不适用于该类别",
     "this extension member does not fit the category"},
    {"info_type", "info_type 缺失、未知或前后不一致",
     "info_type is missing, unknown or contradicts itself"},
};

static void
put_rule(const struct tool *t, const char *rule, const char *text)
{
    struct buf out = {0};
    struct json_writer w;

    if (t->json) {
        json_writer_init(&w, &out);
        json_object(&w);
        json_key(&w, "rule");
        json_cstr(&w, rule);
        json_key(&w, "text");
        json_cstr(&w, text);
        json_end_object(&w);
        buf_char(&out, '\n');
    } else {
        buf_printf(&out, "%s: %s\n", rule, text);
    }
    (void)tool_write(t, &out);
    buf_free(&out);
}

/* "alert.general.alert_level#code": what the rule wants, then the row; with
 * --json an object a line. */
static int
explain_error(struct tool *t, const char *id)
{
    const char *hash = strchr(id, '#');
    const char *rule = hash ? hash + 1 : id;
    char key[256];

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].rule, rule) != 0)
            continue;
        put_rule(t, rule, tool_say(t, rules[i].zh, rules[i].en));
        if (hash == NULL || hash == id || (size_t)(hash - id) >= sizeof key)
            return TOOL_OK;
        memcpy(key, id, (size_t)(hash - id));
        key[hash - id] = '\0';
        return explain_row(t, key);
    }
    return tool_usage(t, "no rule \"%s\"; a rule id is ROW#RULE", id);
}

static int
run(struct tool *t, int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (argc < 2 || argc > 3)
        return tool_usage(
            t, "%s",
            tool_say(t, "须写 mapping:NAME、field:KEY 或 error:RULE",
                     "mapping:NAME, field:KEY or error:RULE is wanted"));
    if (strncmp(what, "mapping:", 8) == 0)
        return explain_mapping(t, what + 8, argc > 2 ? argv[2] : "-");
    if (argc == 2 && strncmp(what, "field:", 6) == 0)
        return explain_row(t, what + 6);
    if (argc == 2 && strncmp(what, "error:", 6) == 0)
        return explain_error(t, what + 6);
    return tool_usage(
        t, "%s",
        tool_say(t, "须写 mapping:NAME、field:KEY 或 error:RULE",
                 "mapping:NAME, field:KEY or error:RULE is wanted"));
}

const struct verb verb_explain = {
    .name = "explain",
    .synopsis = "mapping:NAME [FILE] | field:KEY | error:RULE",
    .zh = "解释一条日志的转换、一个字段或一条规则",
    .en = "account for one event, a field or a rule",
    .help_zh =
        "  mapping:NAME [FILE]  逐字段说明一条日志如何转换 (缺省读标准输入)\n"
        "  field:KEY            定义中的一行\n"
        "  error:RULE           检查规则，如 alert.general.alert_level#code\n",
    .help_en =
        "  mapping:NAME [FILE]  how one event becomes a record, field by "
        "field\n"
        "                       (default: standard input)\n"
        "  field:KEY            one row of the definition\n"
        "  error:RULE           a rule, e.g. "
        "alert.general.alert_level#code\n",
    .run = run,
};
